"""A file system in memory that behaves like a real one on a crash and on a power failure."""

import errno
import os
from collections.abc import Callable, Collection
from itertools import count
from posixpath import dirname, join, normpath
from random import Random
from typing import Literal, NamedTuple

from ..clock import Clock
from ..errors import BusyError, ConflictError
from ..files import ABSENT, Stamp, temporary
from .faults import Points

Lost = Literal["nothing", "everything"] | Random
"""What a restart loses of the unsynced changes; with a `Random`, each is lost, kept or partly kept at random."""

Names = dict[str, int]
"""The number of the file at each path."""


class Node(NamedTuple):
    """One file, independent of its names: its bytes, those that survive a power failure, and its permissions."""

    content: bytes
    synced: bytes
    modified: int
    mode: int = 0o600
    owner: int = 0
    group: int = 0


class Snapshot(NamedTuple):
    """The state of a disk at one moment, including the contents of all files."""

    names: Names
    durable: Names
    nodes: dict[int, Node]
    folders: frozenset[str]
    links: dict[str, str]
    unsynced: dict[str, list[dict[str, int | None]]]


class MemoryDisk:
    """A `files.Disk` in memory. Each effect is one moment of `points`, at which it can fail or the process can die.

    `replace` takes four moments (``create``, ``write``, ``fsync``, ``rename``), `append` two, or four for a new file.
    Bytes are synced by ``fsync``, names by ``sync`` of their folder; `reboot` decides what happens to the rest.
    Permissions are not enforced. Reading is not a moment; `read_paths` lists what was read.
    """

    def __init__(self, points: Points | None = None, folders: Collection[str] = ("/",)) -> None:
        self.points = points or Points()
        self.read_paths: list[str] = []
        self._names: Names = {}
        self._durable: Names = {}
        self._nodes: dict[int, Node] = {}
        self._unsynced: dict[str, list[dict[str, int | None]]] = {}
        self._links: dict[str, str] = {}
        self._locked: dict[str, object] = {}
        self._refused: dict[str, int] = {}
        self._ticks = count(1)
        self._folders = {"/"}
        for folder in folders:
            self._add_folder(folder)

    # -- the Disk protocol ---------------------------------------------------------------------------------------------

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a file, or None if it does not exist."""
        path = self._find(path)
        self.read_paths.append(path)
        number = self._names.get(path)
        return None if number is None else self._nodes[number].content

    def stamp(self, path: str) -> Stamp | None:
        """Return the state of a file, or None if it does not exist."""
        number = self._names.get(self._find(path))
        return None if number is None else _stamp(number, self._nodes[number])

    def real(self, path: str) -> str:
        """Resolve every link in a path."""
        return self._find(normpath(path))

    def replace(self, path: str, content: bytes, *, mode: int = 0o600, expected: Stamp | None = None) -> Stamp:
        """Replace the content of a file, in four moments."""
        before, temp = self._names.get(path), temporary(path)
        like = self._nodes[before] if before is not None else Node(b"", b"", 0, mode)
        try:
            number = self._create(temp, like)
            self._fill("write", temp, content)
            self._fsync(temp)
            if expected is not None and (self.stamp(path) or ABSENT) != expected:
                raise ConflictError("the file changed while it was being written")
            self._rename(temp, path)
        except (OSError, ConflictError):
            if temp in self._names:
                self._set({temp: None})
            raise
        return _stamp(number, self._nodes[number])

    def append(self, path: str, content: bytes) -> None:
        """Append to a file and sync it; the name of a new file is durable too."""
        new = path not in self._names
        if new:
            self._create(path, Node(b"", b"", 0))
        self._fill("append", path, self._nodes[self._names[path]].content + content)
        self._fsync(path)
        if new:
            self.sync(dirname(path))

    def truncate(self, path: str, size: int) -> None:
        """Truncate a file to a size, or extend it with zeros, and sync it."""
        if path not in self._names:
            raise _missing(path)
        self._fill("truncate", path, self._nodes[self._names[path]].content[:size].ljust(size, b"\0"))
        self._fsync(path)

    def unlink(self, path: str) -> None:
        """Remove a file; for a missing file this does nothing and takes no moment."""
        if path in self._names:
            moment = self._reach("unlink", path)
            self._set({path: None})
            self.points.passed(moment)

    def sync(self, folder: str) -> None:
        """Make the names in a folder durable."""
        moment = self._reach("sync", folder)
        if folder not in self._folders:
            raise _missing(folder)
        for step in self._unsynced.pop(folder, ()):
            _apply(self._durable, step)
        self.points.passed(moment)

    def make_folder(self, path: str, mode: int = 0o700) -> None:  # noqa: ARG002 - permissions are not enforced
        """Create a folder and its parents, durable at once."""
        if path not in self._folders:
            moment = self._reach("mkdir", path)
            self._add_folder(path)
            self.points.passed(moment)

    def lock(self, path: str, *, wait: float, clock: Clock, waiting: Callable[[], None] | None = None) -> "Held":
        """Hold a lock on a path until the context ends or the machine restarts."""
        if dirname(path) not in self._folders:
            raise _missing(path)
        return Held(self._locked, path, wait, clock, waiting)

    def tidy(self, path: str) -> None:
        """Remove the temporary file that an interrupted `replace` left behind."""
        self.unlink(temporary(path))

    # -- for tests -----------------------------------------------------------------------------------------------------

    def crash_at(self, moment: int, *, after: bool = False) -> None:
        """Make the process die just before the n-th effect from now on (counted from 1), or just after it."""
        self.points.crash_at(self.points.count + moment, after=after)

    def refuse_at(self, moment: int, error: int = errno.ENOSPC) -> None:
        """Make the n-th effect from now on (counted from 1) fail with this errno, without any change."""
        self.points.fail_at(self.points.count + moment, OSError(error, os.strerror(error)))

    def refuse(self, folder: str, error: int = errno.EACCES) -> None:
        """Make every effect in a folder and below fail with this errno; 0 allows them again."""
        self._refused[folder] = error

    def reboot(self, lost: Lost = "nothing") -> None:
        """Start the next process: faults and locks are cleared, and `lost` decides which unsynced changes are lost.

        ``"nothing"`` is a killed process, ``"everything"`` the worst power failure. A `Random` decides for each
        unsynced name whether it survives, and how many of the unsynced bytes of a file do.
        """
        self.points.begin()
        self._locked.clear()
        if lost != "nothing":
            self._names = self._durable if lost == "everything" else self._survivors(lost)
        self._nodes = {number: _settled(self._nodes[number], lost) for number in self._names.values()}
        self._durable, self._unsynced = dict(self._names), {}

    def snapshot(self) -> Snapshot:
        """Return the present state; this is cheap."""
        unsynced = {folder: list(steps) for folder, steps in self._unsynced.items()}
        names, durable, nodes = dict(self._names), dict(self._durable), dict(self._nodes)
        return Snapshot(names, durable, nodes, frozenset(self._folders), dict(self._links), unsynced)

    def restore(self, snapshot: Snapshot) -> None:
        """Return to the state of a snapshot, with no lock held; faults and the count of `points` do not change."""
        self._names, self._durable = dict(snapshot.names), dict(snapshot.durable)
        self._nodes, self._folders = dict(snapshot.nodes), set(snapshot.folders)
        self._links = dict(snapshot.links)
        self._unsynced = {folder: list(steps) for folder, steps in snapshot.unsynced.items()}
        self._locked.clear()

    def put(self, path: str, content: bytes, mode: int = 0o600) -> None:
        """Write a file as another program would, durable and without a moment; missing folders are created."""
        self._add_folder(dirname(path))
        number = next(self._ticks)
        self._nodes[number] = Node(content, content, next(self._ticks), mode)
        self._names[path] = self._durable[path] = number

    def link(self, path: str, target: str) -> None:
        """Make a symbolic link to a file or folder as another program would."""
        self._add_folder(dirname(path))
        self._links[path] = target

    def files(self) -> dict[str, bytes]:
        """Return the bytes of every file by path, as a process would see them."""
        return {path: self._nodes[number].content for path, number in self._names.items()}

    # -- effects -------------------------------------------------------------------------------------------------------

    def _reach(self, operation: str, path: str) -> int:
        """Reach the next moment. Raises the fault set for it, or the error set for the folder."""
        moment = self.points.reach(operation, path)
        for folder, error in self._refused.items():
            if error and (path == folder or path.startswith(folder.rstrip("/") + "/")):
                raise OSError(error, os.strerror(error), path)
        return moment

    def _create(self, path: str, like: Node) -> int:
        """Create an empty file with the permissions of another one."""
        moment = self._reach("create", path)
        if dirname(path) not in self._folders:
            raise _missing(path)
        number = next(self._ticks)
        self._nodes[number] = like._replace(content=b"", synced=b"", modified=next(self._ticks))
        self._set({path: number})
        self.points.passed(moment)
        return number

    def _fill(self, operation: str, path: str, content: bytes) -> None:
        moment = self._reach(operation, path)
        number = self._names[path]
        self._nodes[number] = self._nodes[number]._replace(content=content, modified=next(self._ticks))
        self.points.passed(moment)

    def _fsync(self, path: str) -> None:
        moment = self._reach("fsync", path)
        number = self._names[path]
        self._nodes[number] = self._nodes[number]._replace(synced=self._nodes[number].content)
        self.points.passed(moment)

    def _rename(self, source: str, path: str) -> None:
        moment = self._reach("rename", path)
        self._set({source: None, path: self._names[source]})
        self.points.passed(moment)

    def _set(self, names: dict[str, int | None]) -> None:
        """Change names together; the change is durable after the next sync of their folder."""
        _apply(self._names, names)
        self._unsynced.setdefault(dirname(next(iter(names))), []).append(names)

    def _survivors(self, dice: Random) -> Names:
        """Return the names after a power failure: each unsynced change is applied or not, at random."""
        names = dict(self._durable)
        for steps in self._unsynced.values():
            for step in steps:
                if dice.getrandbits(1):
                    _apply(names, step)
        return names

    def _find(self, path: str) -> str:
        return _resolve(path, self._links) if self._links else path

    def _add_folder(self, path: str) -> None:
        while path not in self._folders:
            self._folders.add(path)
            path = dirname(path)


class Held:
    """A lock on a path of a MemoryDisk; waiting polls the given clock, as on a real disk."""

    __slots__ = ("_clock", "_locked", "_path", "_wait", "_waiting")

    def __init__(
        self, locked: dict[str, object], path: str, wait: float, clock: Clock, waiting: Callable[[], None] | None
    ) -> None:
        self._locked, self._path, self._wait, self._clock, self._waiting = locked, path, wait, clock, waiting

    def __enter__(self) -> None:
        if not self._take():
            if self._waiting:
                self._waiting()
            self._poll()

    def __exit__(self, *args: object) -> None:
        if self._locked.get(self._path) is self:
            del self._locked[self._path]

    def _take(self) -> bool:
        return self._locked.setdefault(self._path, self) is self

    def _poll(self) -> None:
        end = self._clock.monotonic() + self._wait
        while not self._take():
            if self._clock.monotonic() >= end:
                message = f"another run has held the lock for {self._wait:g} s"
                raise BusyError(message, hint="try again when it has finished")
            self._clock.sleep(0.001)


def _apply(names: Names, step: dict[str, int | None]) -> None:
    """Apply one atomic change of names."""
    for path, number in step.items():
        if number is None:
            names.pop(path, None)
        else:
            names[path] = number


def _settled(node: Node, lost: Lost) -> Node:
    """Return a file after the restart; its unsynced bytes survive entirely, not at all, or up to some point."""
    content = node.content if lost == "nothing" else node.synced
    if isinstance(lost, Random) and node.content != node.synced:
        least = len(node.synced) if node.content.startswith(node.synced) else 0
        content = node.content[: lost.randint(least, len(node.content))]
    return node._replace(content=content, synced=content)


def _stamp(number: int, node: Node) -> Stamp:
    return Stamp(len(node.content), number, node.modified, node.mode, node.owner, node.group)


def _missing(path: str) -> FileNotFoundError:
    return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)


def _resolve(path: str, links: dict[str, str]) -> str:
    """Follow links from the root down. Raises OSError if they form a loop."""
    found, rest, hops = "/", [step for step in path.split("/") if step], 0
    while rest:
        here = normpath(join(found, rest.pop(0)))
        if here in links:
            hops += 1
            if hops > 40:  # noqa: PLR2004 - as on Linux
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
            rest = [*(step for step in normpath(join(found, links[here])).split("/") if step), *rest]
            here = "/"
        found = here
    return found
