"""The commands that verify and merge lockfiles."""

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from secretzero import LockfileError, UsageError
from secretzero.shell import LocalDisk

from ..command import verb
from ..exits import CONFIGURATION, OK
from ..options.shared import CONTEXT
from ..output.streams import write_file
from ..session import Session

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
    session.errors += [error for one in found for error in _errors(one)]
    unproved = [one for one in found if one.error is None and one.project and not one.proved]
    for one in unproved:
        session.warn(
            f"{_name(one)}: the project key is not on this machine, so only the structure was checked", code="unproved"
        )
    code = CONFIGURATION if session.errors else OK
    body = {"valid": not session.errors, "lockfiles": [_object(one) for one in found]}
    return session.answer(lambda: _lines(found), lambda: body, code)


def _errors(one: "Inspection") -> Iterable[LockfileError]:
    """Yield the errors of one lockfile, each with its file and a hint."""
    if one.error is not None:
        yield one.error
    for name, reason in one.rolled_back.items():
        hint = "restore or pull the lockfile"
        yield LockfileError(f"the lockfile was rolled back: {reason}", hint=hint, secret=name, file=_name(one))


def _name(one: "Inspection") -> str:
    return os.path.basename(one.path)


def _object(one: "Inspection") -> dict[str, object]:
    return {
        "lockfile": one.path,
        "local": one.local,
        "project": one.project or None,
        "secrets": one.secrets,
        "signatures_checked": one.proved,
        "valid": not list(_errors(one)),
    }


def _lines(found: Iterable["Inspection"]) -> list[str]:
    checked = {True: "all signatures are valid", False: "well formed"}
    return [f"{_name(one)}: {one.secrets} secrets, {checked[one.proved]}" for one in found if not list(_errors(one))]


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
    return session.answer(list, lambda: {"lockfile": name, "merged": True, "changed": merged != ours}, OK)


def _content(path: str) -> bytes:
    """Return the bytes of a file that git names; for a file that did not exist, git names an empty one."""
    try:
        content = LocalDisk().read(os.path.abspath(path))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {os.strerror(error.errno or 0)}") from error
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
    return session.answer(lambda: [f"{said} {os.path.relpath(path)}"], lambda: body, OK)


lock_command.add_command(verify, "verify")
lock_command.add_command(merge, "merge")
