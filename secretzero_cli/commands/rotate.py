"""The command that replaces values."""

import click

from secretzero import Report

from ..command import verb
from ..options.run import answer_run, options_of, run_options
from ..options.selection import chosen
from ..options.shared import completed
from ..project.status import Known, due_text
from ..session import Session


@verb("rotate", "F L V E O D R S")
@click.argument("secrets", nargs=-1, metavar="[SECRET]...", shell_complete=completed("secrets"))
@run_options("dry_run")
@click.option("--force", is_flag=True, help="Rotate the named secrets, or all, even if they are not due.")
@click.option("--from-env", is_flag=True, help="Also take new values of generated secrets from the environment.")
@run_options("lock_timeout", "parallelism", "allow_weak", "allow_tracked", "show_input")
@click.option("--trigger-reindex", is_flag=True, hidden=True)
def rotate_command(session: Session, *, secrets: tuple[str, ...], force: bool, dry_run: bool, **wanted: object) -> int:
    """Replace the values of due secrets, and write the new values to every target.

    With --force, replace the values of the named secrets, or of all, even if they are not due.
    """
    if wanted.pop("trigger_reindex"):
        session.warn("--trigger-reindex has no effect")
    session.note_problems(show=False)
    only = chosen(session, secrets)
    options = options_of(session, **wanted)
    report: Report = session.engine.rotate(only=only, force=force, dry_run=dry_run, options=options)

    def document() -> object:
        from ..output.documents import RotationDocument

        known = Known(session.engine)
        due = {secret.name: due_text(secret, known.entry(secret)) for secret in session.manifest.secrets}
        return RotationDocument.of(report, due)

    return answer_run(session, report, document=document)
