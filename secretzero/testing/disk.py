"""A file system in memory that behaves like a real one on a crash and on a power failure."""

import errno
import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from itertools import count
from posixpath import dirname, join, normpath
from random import Random
from typing import Literal, NamedTuple

from attrs import define, evolve, field

from ..clock import Clock
from ..errors import ConflictError
from ..files import ABSENT, Stamp, take, temporary
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


@define
class State:
    """The state of a disk at one moment, including the contents of all files."""

    names: Names = field(factory=dict)
    durable: Names = field(factory=dict)
    nodes: dict[int, Node] = field(factory=dict)
    folders: set[str] = field(factory=lambda: {"/"})
    links: dict[str, str] = field(factory=dict)
    unsynced: dict[str, list[dict[str, int | None]]] = field(factory=dict)

    def copy(self) -> "State":
        """Return a copy that shares nothing that changes."""
        return State(
            names=dict(self.names),
            durable=dict(self.durable),
            nodes=dict(self.nodes),
            folders=set(self.folders),
            links=dict(self.links),
            unsynced={folder: list(steps) for folder, steps in self.unsynced.items()},
        )


class MemoryDisk:
    """A `files.Disk` in memory. Each effect is one moment of `points`, at which it can fail or the process can die.

    `replace` takes four moments (``create``, ``write``, ``fsync``, ``rename``), `append` two, or four for a new file.
    Bytes are synced by ``fsync``, names by ``sync`` of their folder; `reboot` decides what happens to the rest.
    Permissions are not enforced. Reading is not a moment; `read_paths` lists what was read.
    """

    def __init__(self, points: Points | None = None, folders: Collection[str] = ("/",)) -> None:
        self.points = points or Points()
        self.read_paths: list[str] = []
        self._now = State()
        self._locked: dict[str, object] = {}
        self._refused: dict[str, int] = {}
        self._ticks = count(1)
        for folder in folders:
            self._add_folder(folder)

    # -- the Disk protocol ---------------------------------------------------------------------------------------------

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a file, or None if it does not exist."""
        path = self._find(path)
        self.read_paths.append(path)
        number = self._now.names.get(path)
        return None if number is None else self._now.nodes[number].content

    def stamp(self, path: str) -> Stamp | None:
        """Return the state of a file, or None if it does not exist."""
        number = self._now.names.get(self._find(path))
        return None if number is None else _stamp(number, self._now.nodes[number])

    def real(self, path: str) -> str:
        """Resolve every link in a path."""
        return self._find(normpath(path))

    def replace(self, path: str, content: bytes, *, mode: int = 0o600, expected: Stamp | None = None) -> Stamp:
        """Replace the content of a file, in four moments."""
        before, temp = self._now.names.get(path), temporary(path)
        like = self._now.nodes[before] if before is not None else Node(b"", b"", 0, mode)
        try:
            number = self._create(temp, like)
            self._fill("write", temp, content)
            self._fsync(temp)
            if expected is not None and (self.stamp(path) or ABSENT) != expected:
                raise ConflictError("the file changed while it was being written")
            with self._effect("rename", path):
                self._set({temp: None, path: number})
        except (OSError, ConflictError):
            if temp in self._now.names:
                self._set({temp: None})
            raise
        return _stamp(number, self._now.nodes[number])

    def append(self, path: str, content: bytes) -> None:
        """Append to a file and sync it; the name of a new file is durable too."""
        new = path not in self._now.names
        if new:
            self._create(path, Node(b"", b"", 0))
        self._fill("append", path, self._now.nodes[self._now.names[path]].content + content)
        self._fsync(path)
        if new:
            self.sync(dirname(path))

    def truncate(self, path: str, size: int) -> None:
        """Truncate a file to a size, or extend it with zeros, and sync it."""
        if path not in self._now.names:
            raise _missing(path)
        self._fill("truncate", path, self._now.nodes[self._now.names[path]].content[:size].ljust(size, b"\0"))
        self._fsync(path)

    def unlink(self, path: str) -> None:
        """Remove a file; for a missing file this does nothing and takes no moment."""
        if path in self._now.names:
            with self._effect("unlink", path):
                self._set({path: None})

    def sync(self, folder: str) -> None:
        """Make the names in a folder durable."""
        with self._effect("sync", folder):
            self._require(folder, folder)
            for step in self._now.unsynced.pop(folder, ()):
                _apply(self._now.durable, step)

    def make_folder(self, path: str, mode: int = 0o700) -> None:  # noqa: ARG002 - permissions are not enforced
        """Create a folder and its parents, durable at once."""
        if path not in self._now.folders:
            with self._effect("mkdir", path):
                self._add_folder(path)

    @contextmanager
    def lock(
        self, path: str, *, wait: float, clock: Clock, waiting: Callable[[], None] | None = None
    ) -> Iterator[None]:
        """Hold a lock on a path until the context ends or the machine restarts."""
        self._require(dirname(path), path)
        held = object()
        take(lambda: self._locked.setdefault(path, held) is held, wait=wait, clock=clock, waiting=waiting)
        try:
            yield
        finally:
            if self._locked.get(path) is held:
                del self._locked[path]

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
        names, nodes = self._now.names, self._now.nodes
        if lost != "nothing":
            names = self._now.durable if lost == "everything" else self._survivors(lost)
        nodes = {number: _settled(nodes[number], lost) for number in names.values()}
        self._now = evolve(self._now, names=names, durable=dict(names), nodes=nodes, unsynced={})

    def snapshot(self) -> State:
        """Return the present state; this is cheap."""
        return self._now.copy()

    def restore(self, state: State) -> None:
        """Return to the state of a snapshot, with no lock held; faults and the count of `points` do not change."""
        self._now = state.copy()
        self._locked.clear()

    def put(self, path: str, content: bytes, mode: int = 0o600) -> None:
        """Write a file as another program would, durable and without a moment; missing folders are created."""
        self._add_folder(dirname(path))
        number = next(self._ticks)
        self._now.nodes[number] = Node(content, content, next(self._ticks), mode)
        self._now.names[path] = self._now.durable[path] = number

    def link(self, path: str, target: str) -> None:
        """Make a symbolic link to a file or folder as another program would."""
        self._add_folder(dirname(path))
        self._now.links[path] = target

    def files(self) -> dict[str, bytes]:
        """Return the bytes of every file by path, as a process would see them."""
        return {path: self._now.nodes[number].content for path, number in self._now.names.items()}

    # -- effects -------------------------------------------------------------------------------------------------------

    @contextmanager
    def _effect(self, operation: str, path: str) -> Iterator[None]:
        """Make this block one moment. Raises the fault set for it, or the error set for the folder."""
        moment = self.points.reach(operation, path)
        for folder, error in self._refused.items():
            if error and (path == folder or path.startswith(folder.rstrip("/") + "/")):
                raise OSError(error, os.strerror(error), path)
        yield
        self.points.passed(moment)

    def _create(self, path: str, like: Node) -> int:
        """Create an empty file with the permissions of another one."""
        with self._effect("create", path):
            self._require(dirname(path), path)
            number = next(self._ticks)
            self._now.nodes[number] = like._replace(content=b"", synced=b"", modified=next(self._ticks))
            self._set({path: number})
        return number

    def _fill(self, operation: str, path: str, content: bytes) -> None:
        with self._effect(operation, path):
            number = self._now.names[path]
            self._now.nodes[number] = self._now.nodes[number]._replace(content=content, modified=next(self._ticks))

    def _fsync(self, path: str) -> None:
        with self._effect("fsync", path):
            number = self._now.names[path]
            self._now.nodes[number] = self._now.nodes[number]._replace(synced=self._now.nodes[number].content)

    def _set(self, names: dict[str, int | None]) -> None:
        """Change names together; the change is durable after the next sync of their folder."""
        _apply(self._now.names, names)
        self._now.unsynced.setdefault(dirname(next(iter(names))), []).append(names)

    def _survivors(self, dice: Random) -> Names:
        """Return the names after a power failure: each unsynced change is applied or not, at random."""
        names = dict(self._now.durable)
        for steps in self._now.unsynced.values():
            for step in steps:
                if dice.getrandbits(1):
                    _apply(names, step)
        return names

    def _find(self, path: str) -> str:
        return _resolve(path, self._now.links) if self._now.links else path

    def _require(self, folder: str, path: str) -> None:
        """Raise FileNotFoundError for a path if a folder does not exist."""
        if folder not in self._now.folders:
            raise _missing(path)

    def _add_folder(self, path: str) -> None:
        while path not in self._now.folders:
            self._now.folders.add(path)
            path = dirname(path)


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
