"""The commands that verify and merge lockfiles."""

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from secretzero import LockfileError, UsageError
from secretzero.shell import LocalDisk

from ..command import Session, verb
from ..exits import CONFIGURATION, OK
from ..options.shared import CONTEXT
from ..output.streams import os_errors, write_file

if TYPE_CHECKING:
    from secretzero.shell import Inspection


@click.group("lock", context_settings=CONTEXT)
def lock_command() -> None:
    """Verify or merge lockfiles."""


@verb("lock verify", "F L E O")
def verify(session: Session) -> int:
    """Check the structure, key and signatures of the lockfiles, and that none was rolled back."""
    from secretzero.shell import inspect_lockfiles

    found = inspect_lockfiles(session.engine)
    if not found:
        path = session.manifest.lockfile
        raise LockfileError("no lockfile yet", hint=session.command_line("sync"), file=path)
    lines, described = [], []
    for one in found:
        errors = list(_errors(one))
        session.errors += errors
        name = os.path.basename(one.path)
        if one.error is None and one.project and not one.proved:
            message = f"{name}: the project key is not on this machine, so only the structure was checked"
            session.warn(message, code="unproved")
        if not errors:
            state = "all signatures are valid" if one.proved else "well formed"
            lines.append(f"{name}: {one.secrets} secret{'' if one.secrets == 1 else 's'}, {state}")
        described.append(
            {
                "lockfile": one.path,
                "local": one.local,
                "project": one.project or None,
                "secrets": one.secrets,
                "signatures_checked": one.proved,
                "valid": not errors,
            }
        )
    body = {"valid": not session.errors, "lockfiles": described}
    return session.answer(lambda: lines, lambda: body, CONFIGURATION if session.errors else OK)


def _errors(one: "Inspection") -> Iterable[LockfileError]:
    """Yield the errors of one lockfile, each with its file and a hint."""
    if one.error is not None:
        yield one.error
    for name, reason in one.rolled_back.items():
        message, file = f"the lockfile was rolled back: {reason}", os.path.basename(one.path)
        yield LockfileError(message, hint="restore or pull the lockfile", secret=name, file=file)


@verb("lock merge", "F L E O")
@click.argument("files", nargs=-1, metavar="[BASE OURS THEIRS [PATH]]")
def merge(session: Session, *, files: tuple[str, ...]) -> int:
    """Merge lockfiles as a git merge driver (%O %A %B %P); the result is written to OURS.

    Without files, resolve the conflict that a merge without the driver left in the lockfile.
    """
    from secretzero.shell import merged_bytes

    if not files:
        return _resolve(session)
    if len(files) not in {3, 4}:
        raise UsageError("lock merge takes BASE OURS THEIRS [PATH], or nothing")
    base, ours, theirs = (_content(path) for path in files[:3])
    name = files[3] if len(files) == 4 else files[1]  # noqa: PLR2004 - the fourth is the name
    merged = merged_bytes(base, ours, theirs, name)
    if merged != ours:
        write_file(files[1], merged)
    return session.answer(list, lambda: {"lockfile": name, "merged": True, "changed": merged != ours})


def _content(path: str) -> bytes:
    """Return the bytes of a file that git names; for a file that did not exist, git names an empty one."""
    with os_errors(f"cannot read {path}", UsageError):
        content = LocalDisk().read(os.path.abspath(path))
    if content is None:
        raise UsageError(f"no such file: {path}")
    return content


def _resolve(session: Session) -> int:
    """Resolve the conflict that a merge without the driver left in the lockfile."""
    from secretzero.shell import resolved_bytes, unmerged_sides

    named = session.given.lockfile
    path = os.path.abspath(named) if named else session.manifest.lockfile
    content = LocalDisk().read(path)
    if content is None:
        raise LockfileError("no lockfile", file=path)
    sides = unmerged_sides(path)
    resolved = resolved_bytes(content, os.path.basename(path), sides)
    if resolved != content:
        write_file(path, resolved)
        if sides is None:
            session.warn(
                "git no longer has the two sides; the conflict markers alone may lack some history", code="markers"
            )
    said = "Resolved. Next: git add" if resolved != content else "No conflict in"
    body = {"lockfile": path, "merged": True, "changed": resolved != content}
    return session.answer(lambda: [f"{said} {os.path.relpath(path)}"], lambda: body)


lock_command.add_command(verify, "verify")
lock_command.add_command(merge, "merge")
