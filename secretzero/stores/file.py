"""A store whose objects are files; the fields of an object are the keys in the file, in any format."""

import hashlib
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cached_property

import attrs
from attrs import frozen

from ..clock import Clock
from ..errors import ConflictError, NotFoundError, ProviderError, RejectedError
from ..files import ABSENT, Disk, Stamp, refusals_of
from ..formats import FORMATS, format_of
from ..formats.format import Format
from ..places import absolute, digest_of
from ..values import Description, SecretValue, Version, Written

_NEW = Version("")


@frozen
class Folder:
    """The connection of local files: where paths start, and how far they may lead.

    `folder` is that of the manifest and `root` that of the project; `locks` holds the lock files, one for each file
    by the digest of its real path. Links, ``..``, ``~/`` and absolute paths that leave `root` are refused unless
    `allow_outside` says that a person trusts them. `lock_wait` is in seconds.
    """

    disk: Disk
    folder: str
    root: str
    locks: str
    clock: Clock
    home: str = ""
    lock_wait: float = 60.0
    allow_outside: bool = False
    _unsynced: set[str] = attrs.field(factory=set, init=False, repr=False, eq=False)

    def path_of(self, uri_path: str) -> str:
        """Return the absolute path of a file, with all links resolved. Raises OSError if links form a circle."""
        return self.disk.real(absolute(uri_path, folder=self.folder, home=self.home))

    def read(self, uri_path: str) -> bytes | None:
        """Return the bytes of a file, or None if there is none. Raises ProviderError if reading is refused."""
        with refusals_of(uri_path, "read"):
            return self.disk.read(self.path_of(uri_path))

    def holds(self, real: str) -> bool:
        """Whether an absolute path, links resolved, is below the root of the project."""
        root = self._real_root
        return real == root or real.startswith(root.rstrip("/") + "/")

    @cached_property
    def _real_root(self) -> str:
        return self.disk.real(self.root)

    def leaves_project(self, uri_path: str) -> bool:
        """Whether a path leads out of the project, into git's own folder, or cannot be resolved."""
        try:
            real = self.path_of(uri_path)
            return not self.holds(real) or ".git" in real.casefold().split("/")
        except OSError:
            return True

    def sync(self) -> None:
        """Make every write so far durable: one fsync for each folder that was written to."""
        for folder in sorted(self._unsynced):
            with refusals_of(folder):
                self.disk.sync(folder)
            self._unsynced.discard(folder)


@frozen
class FileStore:
    """Files of one format. A path is that of a canonical URI; a version is a digest of the bytes, never recorded.

    A write changes the keys that it names and no other byte. It is durable after `sync`.
    """

    folder: Folder
    format: str | None = None
    dialect: str = "portable"
    mode: int = 0o600

    def describe(self, path: str) -> Description | None:
        """Return the keys of a file with its version; None if there is no file."""
        found = self.snapshot(path)
        return found and found[0]

    def snapshot(self, path: str) -> tuple[Description, SecretValue] | None:
        """Return the description of a file and its values, from one read; None if there is no file."""
        with refusals_of(path, "read"):
            content = self.folder.disk.read(self._allowed(path))
        if content is None:
            return None
        with _located(path):
            fields = self._format(path).parse(content, dialect=self.dialect)
        return Description(_digest(content), tuple(sorted(fields))), SecretValue(fields)

    def read(self, path: str, version: Version | None = None) -> SecretValue:
        """Return the keys of a file with their values. Raises NotFoundError if the file or version does not exist."""
        found = self.snapshot(path)
        if found is None or version not in {None, found[0].version}:
            raise NotFoundError(f"nothing at {path}")
        return found[1]

    def write(
        self,
        path: str,
        fields: SecretValue,
        *,
        remove: Collection[str] = (),
        replace: bool = False,
        expected: Version | None = None,
        token: str | None = None,  # noqa: ARG002 - the same bytes twice are the same version
    ) -> Written:
        """Edit a file under its own lock, and read it back.

        Nothing is written if nothing would change; a file that removals leave empty is deleted. Raises ConflictError
        if the file is not at `expected` or changes in the meantime; raises RejectedError for what the format cannot
        hold, before any effect.
        """
        given = fields.reveal()
        if not isinstance(given, dict):
            raise RejectedError(f"{path}: an object is a map of fields")
        with self._held(path) as real:
            # The stamp is taken before the bytes are read, so that a change in between is detected.
            stamp = self.folder.disk.stamp(real) or ABSENT
            before = None if stamp == ABSENT else self.folder.disk.read(real)
            present = _NEW if before is None else _digest(before)
            if expected not in {None, present}:
                raise ConflictError(f"{path} changed since it was last read")
            with _located(path):
                after = self._format(path).edit(before, given, remove=remove, replace=replace, dialect=self.dialect)
            if before == after or (before is None and not given):
                return Written(present, confirmed="readback")
            if not after and not given:
                return self._unlink(real)
            self._put(path, real, after, stamp)
            return Written(_digest(after), confirmed="readback")

    def delete(self, path: str) -> None:
        """Delete a whole file; a file that does not exist is not an error.

        For a file that may hold keys of others, use `write` with `remove`, which deletes only an empty file.
        """
        with self._held(path) as real:
            if self.folder.disk.stamp(real) is not None:
                self._unlink(real)

    def local_path(self, path: str) -> str:
        """Return the absolute path of a file, links resolved. Raises OSError where links form a circle."""
        return self.folder.path_of(path)

    def sync(self) -> None:
        """Make the writes of all stores of this folder durable."""
        self.folder.sync()

    def _format(self, path: str) -> Format:
        return FORMATS[self.format or format_of(path)]

    def _put(self, path: str, real: str, content: bytes, stamp: Stamp) -> None:
        """Replace the file and read it back."""
        disk, parent = self.folder.disk, os.path.dirname(real)
        if stamp == ABSENT and self.folder.holds(real):
            disk.make_folder(parent)
        disk.replace(real, content, mode=self.mode, expected=stamp)
        self.folder._unsynced.add(parent)  # noqa: SLF001 - kept by the folder for its stores
        if disk.read(real) != content:
            raise ProviderError(
                f"{path}: the file read back differs from what was written", hint="another program may write it"
            )

    def _unlink(self, real: str) -> Written:
        self.folder.disk.unlink(real)
        self.folder._unsynced.add(os.path.dirname(real))  # noqa: SLF001
        return Written(_NEW)

    def _allowed(self, path: str) -> str:
        """Return the real path of a file. Raises RejectedError when it leaves the project."""
        folder = self.folder
        real = folder.path_of(path)
        if not folder.allow_outside and not folder.holds(real):
            raise RejectedError(f"{path} leads out of the project", hint="paths outside the project must be trusted")
        return real

    @contextmanager
    def _held(self, path: str) -> Iterator[str]:
        """Hold the lock of one file; remove what an interrupted write left beside it."""
        folder = self.folder
        with refusals_of(path):
            real = self._allowed(path)
            folder.disk.make_folder(folder.locks)
            lock = os.path.join(folder.locks, digest_of(real))
            with folder.disk.lock(lock, wait=folder.lock_wait, clock=folder.clock):
                folder.disk.tidy(real)
                yield real


def _digest(content: bytes) -> Version:
    return Version(hashlib.sha256(content).hexdigest())


@contextmanager
def _located(path: str) -> Iterator[None]:
    """Put the path of the file into the message of a RejectedError of this block."""
    try:
        yield
    except RejectedError as error:
        raise RejectedError(f"{path}: {error.message}", hint=error.hint) from None
