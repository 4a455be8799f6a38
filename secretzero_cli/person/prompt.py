"""Ways to a person at a terminal: questions, confirmations, and how far long work is."""

import os
import sys
import time
from typing import TYPE_CHECKING, Any

from secretzero import BlockedError, NoValueError, Question, SecretValue

if TYPE_CHECKING:
    from ..session import Session

DEVICE = "/dev/tty"
PATIENCE = 1.0


class Person:
    """Asks a person at the terminal device, so that stdin stays free. An `Ask` of the core."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._told: set[str] = set()

    def __call__(self, question: Question) -> SecretValue:
        """Return what was typed. Raises NoValueError where there is no terminal, or it was closed."""
        if question.instructions and question.instructions not in self._told:
            self._told.add(question.instructions)
            self._session.note(question.instructions)
        hidden = question.hidden and not self._session.show_input
        answer = typed(f"{question.label}: ", hidden=hidden)
        if answer is None:
            supply = (
                f"set {question.variable}, or run it at a terminal" if question.variable else "run it at a terminal"
            )
            name = question.label.removeprefix("Secret: ")
            raise NoValueError(f"{name} has no value, and nobody can be asked", hint=supply)
        return SecretValue(answer)


def confirmed(session: "Session", question: str) -> None:
    """Return once a person said yes. Raises BlockedError where the answer is no, or nobody can be asked."""
    if session.given.get("yes"):
        return
    answer = typed(f"{question} [y/N] ", hidden=False) if session.interactive else None
    if answer is None:
        raise BlockedError(f"{question} Nobody can be asked", hint="-y says yes")
    if answer.strip().lower() not in {"y", "yes"}:
        raise BlockedError("not confirmed; nothing was changed")


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


class Progress:
    """A bar on stderr while work takes longer than a second; only at a terminal, gone when done."""

    def __init__(self, session: "Session", *, patience: float = PATIENCE) -> None:
        self._patience = patience
        wanted = session.output == "text" and not session.quiet
        self._wanted = wanted and sys.stderr is not None and sys.stderr.isatty()
        self._color = color_wanted(session)
        self._began = time.monotonic()
        self._bar: Any = None
        self._task: Any = None

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show how far it is."""
        if not self._wanted or (self._bar is None and time.monotonic() - self._began < self._patience):
            return
        if self._bar is None:
            from rich.console import Console
            from rich.progress import Progress as Bar

            self._bar = Bar(console=Console(stderr=True, no_color=not self._color), transient=True)
            self._bar.start()
            self._task = self._bar.add_task(what, total=total)
        self._bar.update(self._task, completed=done, total=total, description=what)

    def over(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def color_wanted(session: "Session") -> bool:
    """Tell whether colour may be used, by option, environment and configuration."""
    off = session.given.get("no_color") or session.environ.get("NO_COLOR")
    return not off and session.color != "never"
