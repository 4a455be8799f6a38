"""Audit records of this machine: who does what, and why."""

import os
from collections.abc import Callable, Iterable, Mapping

from ..preferences import agent_of


def audit_of(
    command: str, reason: str, environ: Mapping[str, str], warn: Callable[[str], None], *, best_effort: bool
) -> Callable[[str, Iterable[str]], None]:
    """Return the callback that the engine calls before the first change, and before it returns a value.

    If the log cannot be written, the action fails; with `best_effort`, that is only a warning.
    """

    def audit(action: str, names: Iterable[str]) -> None:
        from secretzero.shell import FileAudit, LocalDisk, Places, SystemClock

        log = FileAudit(
            LocalDisk(),
            Places.of(environ),
            SystemClock(),
            os.urandom,
            warn,
            subject=_subject(environ),
            purpose=command,
            reason=reason,
            best_effort=best_effort,
        )
        log(action, names)

    return audit


def _subject(environ: Mapping[str, str]) -> str:
    """Return the name of the user, with the coding agent that acts for them."""
    user = _user(os.geteuid())
    agent = agent_of(environ)
    return f"{agent} for {user}" if agent else user


def _user(uid: int) -> str:
    """Return the name of a user from /etc/passwd: the C library might query a service over a socket."""
    try:
        with open("/etc/passwd", encoding="utf-8", errors="replace") as file:
            users = [line.split(":") for line in file]
    except OSError:
        users = []
    return next((user[0] for user in users if user[2:3] == [str(uid)]), f"uid {uid}")
