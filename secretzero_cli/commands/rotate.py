"""The command that replaces the values of due secrets."""

from typing import TYPE_CHECKING

import click

from secretzero import Outcome, Report

from ..command import Session, verb
from ..options.run import answer_run, options_of, run_options
from ..options.selection import chosen
from ..options.shared import completed
from ..project.status import Known, due_text

if TYPE_CHECKING:
    from ..output.documents import RotationDetail, RotationDocument, RotationStatus

_LARGEST = 1 << 20


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

    return answer_run(session, report, document=lambda: _document(session, report))


def _document(session: Session, report: Report) -> "RotationDocument":
    known = Known(session.engine)
    due = {secret.name: due_text(secret, known.entry(secret)) for secret in session.manifest.secrets}
    details: list[RotationDetail] = [
        {
            "name": outcome.step.secret,
            "status": _status(outcome),
            "reason": outcome.error.message if outcome.error else outcome.step.reason,
            "due_at": due.get(outcome.step.secret),
        }
        for outcome in report.outcomes
    ]
    return {
        "dry_run": report.dry_run,
        "secrets_rotated": sum(outcome.generated for outcome in report.outcomes),
        "details": details,
        "would_rotate": [detail["name"] for detail in details if detail["status"] == "needs_rotation"],
    }


def _status(outcome: Outcome) -> "RotationStatus":
    if outcome.failed:
        return "failed"
    if outcome.generated:
        return "ok"
    return "needs_rotation" if outcome.step.makes_value else "skipped"
