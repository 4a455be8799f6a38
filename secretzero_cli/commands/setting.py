"""The command that takes a new value for one secret."""

import sys
from typing import Literal

import click

from secretzero import NoValueError, Question, RejectedError, Report, SecretValue

from ..command import verb
from ..options.run import options_of, run_options, told
from ..options.shared import completed
from ..person.prompt import Person
from ..session import Session

_LARGEST = 1 << 20


@verb("set", "F L V E O R")
@click.argument("name", shell_complete=completed("secrets"))
@run_options("dry_run", "lock_timeout", "allow_tracked", "show_input")
def set_command(session: Session, *, name: str, dry_run: bool, **chosen: object) -> int:
    """Give the secret NAME a value that you have, everywhere, in one run.

    The value comes from stdin, without its last line end, or from a hidden prompt; never from an argument.
    """
    session.tell_problems(aloud=False)
    asked = sys.stdin is None or sys.stdin.isatty()
    value = _asked(session, name) if asked else _from_stdin(name)
    origin: Literal["person", "stdin"] = "person" if asked else "stdin"
    options = options_of(session, **chosen)
    report: Report = session.engine.set(name, value, origin=origin, dry_run=dry_run, options=options)
    return told(session, report)


def _from_stdin(name: str) -> SecretValue:
    """Read the value from stdin; exactly one line end is taken off."""
    content = sys.stdin.buffer.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise RejectedError("what stdin holds is far too long for a secret")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise RejectedError("what stdin holds is no text in UTF-8") from None
    text = text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text
    if not text:
        raise NoValueError(f"stdin holds no value for {name}", hint="write it to stdin, or type it at a terminal")
    return SecretValue(text)


def _asked(session: Session, name: str) -> SecretValue:
    if not session.preferences.interactive:
        raise NoValueError(f"{name} needs a value, and nobody is to be asked", hint="write it to stdin")
    value = Person(lambda: session.preferences)(Question(f"Secret: {name}"))
    if not value.canonical():
        raise NoValueError(f"no value was given for {name}")
    return value
