"""All access to the file system: every fsync, rename and flock of SecretZero is in this module."""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import NamedTuple, Protocol

from .clock import Clock
from .errors import BusyError, ConflictError, ProviderError

TEMPORARY = ".{}.secretzero-tmp"
_PRIVATE = 0o600
_CHUNK = 1 << 20
_IRREGULAR = "it is not a regular file"


class Stamp(NamedTuple):
    """The state of a file: what distinguishes it from other states without reading it, and its permissions."""

    size: int
    inode: int
    modified_ns: int
    mode: int
    owner: int
    group: int


ABSENT = Stamp(-1, -1, -1, 0, -1, -1)
"""The expected state of a file that must not exist."""


class Disk(Protocol):
    """The file operations that SecretZero uses; the same engine runs on `testing.MemoryDisk`.

    Paths are absolute. Every method passes on the OSError of the system.
    """

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a file, or None if there is none; raises OSError at once unless the file is regular."""

    def stamp(self, path: str) -> Stamp | None:
        """Return the state of a file, following links, or None if it does not exist."""

    def real(self, path: str) -> str:
        """Resolve every link in a path; a part that does not exist is left unchanged."""

    def replace(self, path: str, content: bytes, *, mode: int = 0o600, expected: Stamp | None = None) -> Stamp:
        """Replace the content of a file atomically, and return the new state.

        The temporary file is in the same folder, has its mode before its first byte, and is synced before the rename;
        the rename is durable after `sync(folder)`. An existing file keeps its mode, owner and group.
        Raises ConflictError if the file is not in the `expected` state just before the rename.
        """

    def append(self, path: str, content: bytes) -> None:
        """Append to a file and sync it; a new file has mode 0600, and its folder is synced too."""

    def truncate(self, path: str, size: int) -> None:
        """Truncate a file to a size and sync it."""

    def unlink(self, path: str) -> None:
        """Remove a file; a missing file is not an error."""

    def sync(self, folder: str) -> None:
        """Make renames, creations and removals in a folder durable."""

    def make_folder(self, path: str, mode: int = 0o700) -> None:
        """Create a folder and its parents; an existing one is left unchanged."""

    def lock(
        self, path: str, *, wait: float, clock: Clock, waiting: Callable[[], None] | None = None
    ) -> AbstractContextManager[None]:
        """Hold an exclusive lock on a lock file for as long as the context lasts.

        Waits at most `wait` seconds, then raises BusyError. Calls `waiting` once if it has to wait.
        """

    def tidy(self, path: str) -> None:
        """Remove the temporary file that an interrupted `replace` of this path left behind."""


def temporary(path: str) -> str:
    """Return the name of the temporary file for a path; it is fixed, so that the next run can remove the file."""
    folder, name = os.path.split(path)
    return os.path.join(folder, TEMPORARY.format(name))


def take(taken: Callable[[], bool], *, wait: float, clock: Clock, waiting: Callable[[], None] | None) -> None:
    """Take a lock as `Disk.lock` does: `taken` tries it, at growing intervals until the time is up."""
    if taken():
        return
    if waiting:
        waiting()
    end, pause = clock.monotonic() + wait, 0.01
    while not taken():
        if clock.monotonic() >= end:
            raise BusyError(f"another run has held the lock for {wait:g} s", hint="try again when it has finished")
        clock.sleep(pause)
        pause = min(pause * 1.5, 0.25)


class LocalDisk:
    """The file system of this machine."""

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a file, or None if it does not exist."""
        try:
            with _opened(path, os.O_RDONLY) as handle:
                return _read_all(handle)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def stamp(self, path: str) -> Stamp | None:
        """Return the state of a file, following links, or None if it does not exist."""
        status = _status(path)
        return _stamp(status) if status else None

    def real(self, path: str) -> str:
        """Resolve every link in a path."""
        return os.path.realpath(path)

    def replace(self, path: str, content: bytes, *, mode: int = 0o600, expected: Stamp | None = None) -> Stamp:
        """Write a temporary file, sync it, check that the old file did not change, and rename."""
        status, temp, renamed = _status(path), temporary(path), False
        if status and _is_special(status):
            raise _irregular(path)
        before = _stamp(status) if status else None
        handle = _create(temp, before.mode if before else mode)
        try:
            after = _fill(handle, content, before)
            if expected is not None and (self.stamp(path) or ABSENT) != expected:
                raise ConflictError("the file changed while it was being written")
            os.rename(temp, path)
            renamed = True
        finally:
            if not renamed:
                self.unlink(temp)
        return after

    def append(self, path: str, content: bytes) -> None:
        """Append to a file and sync it."""
        new = not os.path.exists(path)
        with _opened(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW) as handle:
            _write_all(handle, content)
            os.fsync(handle)
        if new:
            self.sync(os.path.dirname(path))

    def truncate(self, path: str, size: int) -> None:
        """Truncate a file to a size and sync it."""
        with _opened(path, os.O_WRONLY | os.O_NOFOLLOW) as handle:
            os.ftruncate(handle, size)
            os.fsync(handle)

    def unlink(self, path: str) -> None:
        """Remove a file; a missing file is not an error."""
        with suppress(FileNotFoundError):
            os.unlink(path)

    def sync(self, folder: str) -> None:
        """Make renames, creations and removals in a folder durable."""
        with _opened(folder, os.O_RDONLY | os.O_DIRECTORY) as handle:
            os.fsync(handle)

    def make_folder(self, path: str, mode: int = 0o700) -> None:
        """Create a folder and its parents, each durable in its parent."""
        if os.path.isdir(path):
            return
        parent = os.path.dirname(path)
        self.make_folder(parent, mode)
        with suppress(FileExistsError):
            os.mkdir(path, mode)
            self.sync(parent)

    @contextmanager
    def lock(
        self, path: str, *, wait: float, clock: Clock, waiting: Callable[[], None] | None = None
    ) -> Iterator[None]:
        """Hold `flock` on a lock file; the kernel releases it when the process dies."""
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            take(lambda: _try_lock(handle), wait=wait, clock=clock, waiting=waiting)
            yield
        finally:
            os.close(handle)

    def tidy(self, path: str) -> None:
        """Remove the temporary file that an interrupted `replace` left behind."""
        self.unlink(temporary(path))


def reason(error: OSError) -> str:
    """Return the reason for a refusal: the message of the system, or that a file is not regular."""
    return _IRREGULAR if error.strerror == _IRREGULAR else os.strerror(error.errno or 0)


def translate(error: OSError, path: str, doing: str = "write") -> ProviderError:
    """Return the error for a refusal; its message contains only the path and the message of the system."""
    return ProviderError(
        f"cannot {doing} {path}: {reason(error)}",
        hint=_HINTS.get(error.errno or 0, ""),
    )


@contextmanager
def refusals_of(path: str, doing: str = "write") -> Iterator[None]:
    """Translate an OSError of this block. Raises ProviderError."""
    try:
        yield
    except OSError as error:
        raise translate(error, path, doing) from error


_HINTS = {
    errno.ENOSPC: "free some space, then run secretzero sync",
    errno.EDQUOT: "free some space, then run secretzero sync",
    errno.EACCES: "check who owns the folder",
    errno.EROFS: "the file system is mounted read-only",
}


@contextmanager
def _opened(path: str, flags: int) -> Iterator[int]:
    """Open a file or folder, a new file with mode 0600; a pipe, socket or device is refused without waiting."""
    try:
        handle = os.open(path, flags | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY, _PRIVATE)
    except OSError as error:
        raise (_irregular(path) if error.errno == errno.ENXIO else error) from None
    try:
        if _is_special(os.fstat(handle)):
            raise _irregular(path)
        yield handle
    finally:
        os.close(handle)


def _status(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def _is_special(status: os.stat_result) -> bool:
    """Return whether it is neither a regular file nor a folder; for a folder the system has a message of its own."""
    return not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode))


def _irregular(path: str) -> OSError:
    return OSError(errno.EINVAL, _IRREGULAR, path)


def _create(temp: str, mode: int) -> int:
    """Create the temporary file; an existing one was left by a run that died, and is replaced."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        handle = os.open(temp, flags, _PRIVATE)
    except FileExistsError:
        os.unlink(temp)
        handle = os.open(temp, flags, _PRIVATE)
    if mode != _PRIVATE:
        os.fchmod(handle, mode)
    return handle


def _fill(handle: int, content: bytes, before: Stamp | None) -> Stamp:
    """Write the temporary file, sync and close it, and return its state."""
    try:
        if before and (before.owner, before.group) != (os.geteuid(), os.getegid()):
            # The owner and group of the replaced file, if this user may set them.
            with suppress(PermissionError):
                os.fchown(handle, before.owner, before.group)
        _write_all(handle, content)
        os.fsync(handle)
        return _stamp(os.fstat(handle))
    finally:
        os.close(handle)


def _write_all(handle: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(handle, rest) :]


def _read_all(handle: int) -> bytes:
    chunks = []
    while chunk := os.read(handle, _CHUNK):
        chunks.append(chunk)
    return b"".join(chunks)


def _stamp(status: os.stat_result) -> Stamp:
    return Stamp(
        status.st_size, status.st_ino, status.st_mtime_ns, status.st_mode & 0o7777, status.st_uid, status.st_gid
    )


def _try_lock(handle: int) -> bool:
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
