"""The command that replaces values."""

import click

from secretzero import Report

from ..command import verb
from ..options.run import options_of, run_options, told
from ..options.selection import chosen
from ..options.shared import completed
from ..project.status import Known, due_text
from ..session import Session


@verb("rotate", "F L V E O D R S")
@click.argument("secrets", nargs=-1, metavar="[SECRET]...", shell_complete=completed("secrets"))
@run_options("dry_run")
@click.option("--force", is_flag=True, help="Those named, or all, due or not.")
@click.option("--from-env", is_flag=True, help="Take new values of generated secrets from the environment, too.")
@run_options("lock_timeout", "parallelism", "allow_weak", "allow_tracked", "show_input")
@click.option("--trigger-reindex", is_flag=True, hidden=True)
def rotate_command(session: Session, *, secrets: tuple[str, ...], force: bool, dry_run: bool, **wanted: object) -> int:
    """Give secrets that are due a new value, and bring it to every target.

    With --force those that are named, or all of them, whether they are due or not.
    """
    if wanted.pop("trigger_reindex"):
        session.warn("--trigger-reindex has no effect")
    session.tell_problems(aloud=False)
    only = chosen(session, secrets)
    options = options_of(session, **wanted)
    report: Report = session.engine.rotate(only=only, force=force, dry_run=dry_run, options=options)

    def document() -> object:
        from ..output.documents import RotationDocument

        known = Known(session.engine)
        due = {secret.name: due_text(secret, known.entry(secret)) for secret in session.manifest.secrets}
        return RotationDocument.of(report, due)

    return told(session, report, document=document)
