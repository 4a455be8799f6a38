"""The command that sets a secret to a value that is supplied."""

import sys
from typing import Literal

import click

from secretzero import NoValueError, Question, RejectedError, Report, SecretValue

from ..command import Session, verb
from ..options.run import answer_run, options_of, run_options
from ..options.shared import completed
from ..person import Person

_LARGEST = 1 << 20


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
