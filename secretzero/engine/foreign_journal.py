"""A journal that another project left at the path of this one: moved away, and brought back for its own project."""

import os

from ..errors import LockfileError
from ..files import refusals_of
from .context import Run
from .state.journal import Peek, peek


def journal_to_read(run: Run, *, act: bool) -> str:
    """Return the path of the journal that this run is to compare with its lockfiles, or ``""`` for none.

    One of another project or key is not read. With `act` it is moved to a path with that id, and one of this project
    that was moved is brought back; without, nothing moves. Either way a notice says so.

    Raises LockfileError when another file is in the way, ProviderError when the file system refuses.
    """
    path = run.journal_path
    content = run.disk.read(path)
    if content is not None:
        foreign = _foreign_id(run, peek(content))
        if not foreign:
            return path
        moved = _path_for(path, foreign)
        if act:
            _move(run, path, moved)
        kept = moved if act else path
        run.notices.append(f"found the journal of an unfinished run of another project; kept as {kept}")
    return _brought_back(run, act=act)


def _foreign_id(run: Run, ids: Peek) -> str:
    """Return the first id of a journal that is not this run's, or ``""``."""
    shared, local = run.shared.lockfile, run.local.lockfile
    lost = (
        ids.local_project and not local.project and run.founder.keys.find(ids.local_project, None, local=True) is None
    )
    pairs = (
        (ids.project, shared.project),
        (ids.local_project, "another" if lost else local.project),
        (ids.key, shared.key.id if shared.key else ""),
        (ids.local_key, local.key.id if local.key else ""),
    )
    return next((theirs for theirs, mine in pairs if theirs and mine and theirs != mine), "")


def _path_for(path: str, identity: str) -> str:
    if not identity.replace("_", "").isalnum():
        raise LockfileError("the journal was altered", hint=f"move {path} to another folder")
    return f"{path}.{identity}"


def _brought_back(run: Run, *, act: bool) -> str:
    """Return the journal of this project that was moved away, back in its place with `act`."""
    for ledger in (run.shared, run.local):
        key = ledger.lockfile.key
        for identity in (ledger.lockfile.project, key.id if key else ""):
            moved = f"{run.journal_path}.{identity}"
            content = run.disk.read(moved) if identity else None
            if content is None or _foreign_id(run, peek(content)):
                continue
            if act:
                _move(run, moved, run.journal_path)
            return run.journal_path if act else moved
    return ""


def _move(run: Run, path: str, to: str) -> None:
    """Give a journal another name; at each moment one of the two names has all of it, durably."""
    content, there = run.disk.read(path) or b"", run.disk.read(to)
    if there is not None and there != content:
        raise LockfileError(
            "two unfinished runs of another project left journals here", hint=f"move {to} to another folder"
        )
    with refusals_of("the journal"):
        if there is None:
            run.disk.replace(to, content)
        run.disk.sync(os.path.dirname(to))
        run.disk.unlink(path)
        run.disk.sync(os.path.dirname(path))
