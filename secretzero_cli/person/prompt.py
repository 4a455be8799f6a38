"""Questions to a person at a terminal, and confirmations."""

import os
from collections.abc import Callable
from typing import Any

from secretzero import BlockedError, NoValueError, Question, SecretValue

from ..output.streams import say
from ..preferences import Preferences

DEVICE = "/dev/tty"


class Person:
    """Asks a person at the terminal device, so that stdin stays free. An `Ask` of the core."""

    def __init__(self, preferences: Callable[[], Preferences]) -> None:
        self._preferences = preferences
        self._shown: set[str] = set()

    def __call__(self, question: Question) -> SecretValue:
        """Return the answer as typed. Raises NoValueError where there is no terminal, or it was closed."""
        preferences = self._preferences()
        if question.instructions and question.instructions not in self._shown and not preferences.quiet:
            say(question.instructions)
        self._shown.add(question.instructions)
        answer = typed(f"{question.label}: ", hidden=question.hidden and not preferences.show_input)
        if answer is None:
            supply = (
                f"set {question.variable}, or run it at a terminal" if question.variable else "run it at a terminal"
            )
            name = question.label.removeprefix("Secret: ")
            raise NoValueError(f"{name} has no value, and nobody can be asked", hint=supply)
        return SecretValue(answer)


def confirm(preferences: Preferences, question: str) -> None:
    """Return once a person said yes. Raises BlockedError where the answer is no, or nobody can be asked."""
    if preferences.assume_yes:
        return
    answer = typed(f"{question} [y/N] ", hidden=False) if preferences.interactive else None
    if answer is None:
        raise BlockedError(f"{question} Nobody can be asked", hint="-y says yes")
    if not _is_yes(answer):
        raise BlockedError("not confirmed; nothing was changed")


def agreed(preferences: Preferences, question: str) -> bool:
    """Ask for a yes that may also be a no, where somebody can be asked."""
    if preferences.assume_yes:
        return True
    return preferences.interactive and _is_yes(typed(f"{question} [y/N] ", hidden=False) or "")


def _is_yes(answer: str) -> bool:
    return answer.strip().lower() in {"y", "yes"}


def typed(prompt: str, *, hidden: bool) -> str | None:
    """Return a line from the terminal device, without its end; None where there is none."""
    try:
        handle = os.open(DEVICE, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return None
    with open(handle, "r+b", buffering=0) as device:
        device.write(prompt.encode())
        line = _hidden_line(device) if hidden else device.readline()
    return line.decode("utf-8", "surrogateescape").removesuffix("\n").removesuffix("\r") if line else None


def _hidden_line(device: Any) -> bytes:
    """Read a line without showing it; the terminal is as before whatever happens."""
    import termios

    before = termios.tcgetattr(device)
    silent = before.copy()
    silent[3] &= ~termios.ECHO
    try:
        termios.tcsetattr(device, termios.TCSAFLUSH, silent)
        line: bytes = device.readline()
    finally:
        termios.tcsetattr(device, termios.TCSAFLUSH, before)
        device.write(b"\n")
    return line
