"""Who does what, and why, as the audit log of this machine records it."""

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from .agents import agent_of

if TYPE_CHECKING:
    from ..session import Session


def audit_of(session: "Session") -> Callable[[str, Iterable[str]], None]:
    """Return what the engine calls before the first effect, and before a value leaves."""

    def audit(action: str, names: Iterable[str]) -> None:
        from secretzero.shell import FileAudit, LocalDisk, Places, SystemClock

        log = FileAudit(
            LocalDisk(),
            Places.of(session.environ),
            SystemClock(),
            os.urandom,
            lambda text: session.warn(text, code="audit"),
            subject=_subject(session),
            purpose=session.command,
            reason=session.reason,
            best_effort=session.settings.audit == "best-effort",
        )
        log(action, names)

    return audit


def _subject(session: "Session") -> str:
    """Name the user of this machine, behind the coding agent that acts for them."""
    user = _user(os.geteuid())
    agent = agent_of(session.environ)
    return f"{agent} for {user}" if agent else user


def _user(uid: int) -> str:
    """Return the name of a user from the machine's own list: the C library might ask a service over a socket."""
    try:
        with open("/etc/passwd", encoding="utf-8", errors="replace") as file:
            users = [line.split(":") for line in file]
    except OSError:
        users = []
    return next((user[0] for user in users if user[2:3] == [str(uid)]), f"uid {uid}")
