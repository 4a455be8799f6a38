"""The commands that give secrets new values: generated ones, or one that is supplied."""

import sys
from typing import TYPE_CHECKING, Literal

import click

from secretzero import NoValueError, Outcome, Question, RejectedError, Report, SecretValue

from ..command import Session, verb
from ..options.run import answer_run, options_of, run_options
from ..options.selection import chosen
from ..options.shared import completed
from ..person import Person
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


@verb("set", "F L V E O R")
@click.argument("name", shell_complete=completed("secrets"))
@run_options("dry_run", "lock_timeout", "allow_tracked", "show_input")
def set_command(session: Session, *, name: str, dry_run: bool, **chosen: object) -> int:
    """Set the secret NAME to a value that you supply, and write it to every target.

    The value comes from stdin, without its final line end, or from a hidden prompt; never from an argument.
    """
    session.note_problems(show=False)
    asked = sys.stdin is None or sys.stdin.isatty()
    value = _asked(session, name) if asked else _from_stdin(name)
    origin: Literal["person", "stdin"] = "person" if asked else "stdin"
    options = options_of(session, **chosen)
    report: Report = session.engine.set(name, value, origin=origin, dry_run=dry_run, options=options)
    return answer_run(session, report)


def _from_stdin(name: str) -> SecretValue:
    """Read the value from stdin, without one final line end."""
    content = sys.stdin.buffer.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise RejectedError("the value on stdin is too long for a secret")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise RejectedError("the value on stdin is not valid UTF-8") from None
    text = text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text
    if not text:
        raise NoValueError(f"no value for {name} on stdin", hint="write it to stdin, or run the command at a terminal")
    return SecretValue(text)


def _asked(session: Session, name: str) -> SecretValue:
    if not session.preferences.interactive:
        raise NoValueError(f"no value for {name}: prompting is off", hint="write the value to stdin")
    value = Person(lambda: session.preferences)(Question(f"Secret: {name}"))
    if not value.canonical():
        raise NoValueError(f"no value for {name}: the input was empty")
    return value
