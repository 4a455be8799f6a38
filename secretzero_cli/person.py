"""The person who runs a command: prompts at the terminal, and their name in the audit log."""

import os
from collections.abc import Callable, Mapping
from typing import Any

from secretzero import BlockedError, NoValueError, Question, SecretValue

from .output.streams import say
from .preferences import Preferences, agent_of

DEVICE = "/dev/tty"


class Person:
    """Asks for values at the terminal device, so that stdin stays free; implements `Ask` of the core."""

    def __init__(self, preferences: Callable[[], Preferences]) -> None:
        self._preferences = preferences
        self._shown: set[str] = set()

    def __call__(self, question: Question) -> SecretValue:
        """Return the answer as typed. Raises NoValueError if there is no terminal, or it was closed."""
        preferences = self._preferences()
        if question.instructions and question.instructions not in self._shown and not preferences.quiet:
            say(question.instructions)
        self._shown.add(question.instructions)
        answer = typed(f"{question.label}: ", hidden=question.hidden and not preferences.show_input)
        if answer is None:
            name = question.label.removeprefix("Secret: ")
            hint = f"set {question.variable}, or run the command at a terminal"
            raise NoValueError(
                f"no value for {name}: there is no terminal, or its input ended",
                hint=hint if question.variable else "run the command at a terminal",
            )
        return SecretValue(answer)


def confirm(preferences: Preferences, question: str) -> None:
    """Return after a yes. Raises BlockedError if the answer is no, or if prompting is not possible."""
    said = agreed(preferences, question)
    if said is None:
        raise BlockedError(f"not confirmed: {question}", hint="prompting is not possible; -y answers yes")
    if not said:
        raise BlockedError("not confirmed; nothing has changed")


def agreed(preferences: Preferences, question: str) -> bool | None:
    """Return whether the answer is yes; None if prompting is not possible."""
    if preferences.assume_yes:
        return True
    answer = typed(f"{question} [y/N] ", hidden=False) if preferences.interactive else None
    return None if answer is None else answer.strip().lower() in {"y", "yes"}


def typed(prompt: str, *, hidden: bool) -> str | None:
    """Return a line from the terminal device, without its line end; None if there is no terminal or no line."""
    try:
        handle = os.open(DEVICE, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return None
    with open(handle, "r+b", buffering=0) as device:
        device.write(prompt.encode())
        line = _hidden_line(device) if hidden else device.readline()
    return line.decode("utf-8", "surrogateescape").removesuffix("\n").removesuffix("\r") if line else None


def _hidden_line(device: Any) -> bytes:
    """Read a line without echo; the terminal settings are always restored."""
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


def subject_of(environ: Mapping[str, str]) -> str:
    """Return whom the audit log names: the user, with the coding agent that acts for them."""
    user, agent = _user(os.geteuid()), agent_of(environ)
    return f"{agent} for {user}" if agent else user


def _user(uid: int) -> str:
    """Return the name of a user from /etc/passwd: the C library might query a service over a socket."""
    try:
        with open("/etc/passwd", encoding="utf-8", errors="replace") as file:
            users = [line.split(":") for line in file]
    except OSError:
        users = []
    return next((user[0] for user in users if user[2:3] == [str(uid)]), f"uid {uid}")
