"""Runs something in a child process, stopped at each of its system calls by ptrace, and kills it at the n-th."""

import ctypes
import os
import platform
import re
import signal
import sys
import traceback
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

_TRACEME, _SETOPTIONS, _SYSCALL, _SYSCALL_INFO = 0, 0x4200, 24, 0x420E
_OPTIONS = (
    0x1 | 0x2 | 0x4 | 0x8 | 0x100000
)  # stops are distinct; fork, vfork and clone followed; all die with the tracer
_ALL = 0x40000000  # __WALL
_ENTRY = 1
_O_CREAT = 0o100

_FD = {0: "read", 1: "write", 3: "close", 5: "fstat", 8: "lseek", 16: "ioctl", 17: "pread", 18: "pwrite", 20: "writev",
       72: "fcntl", 73: "flock", 74: "fsync", 75: "fdatasync", 77: "ftruncate", 91: "fchmod", 93: "fchown",
       217: "getdents", 306: "syncfs"}  # fmt: skip
_PATH = {2: "open", 4: "stat", 6: "lstat", 21: "access", 76: "truncate", 79: "getcwd", 80: "chdir", 82: "rename",
         83: "mkdir", 84: "rmdir", 86: "link", 87: "unlink", 88: "symlink", 89: "readlink", 90: "chmod"}  # fmt: skip
_AT = {257: "openat", 258: "mkdirat", 262: "stat", 263: "unlinkat", 264: "renameat", 267: "readlink", 269: "access",
       316: "renameat2", 332: "statx", 439: "access", 437: "openat2"}  # fmt: skip
_SILENT = {9, 10, 11, 12, 13, 14, 15, 24, 25, 28, 39, 60, 96, 97, 102, 104, 107, 108, 110, 131, 157, 186, 201, 202,
           218, 228, 230, 231, 273, 302, 318, 334}  # fmt: skip
"""Calls for memory, time, chance, signals and identity: nothing outside of the process knows of them."""

_CHANGED_PATHS = {"rename", "renameat", "renameat2"}
_NAMES = re.compile(r"prj_[0-9A-Z]+")


class Call(NamedTuple):
    """One system call: its name, the path it concerns, the second path of a rename, and whether it may create."""

    name: str
    path: str = ""
    other: str = ""
    creates: bool = False


class Trace(NamedTuple):
    """What a child did below a folder, from its first access on; how it ended; how many threads it had."""

    calls: list[Call]
    ended: str
    threads: int


def refused() -> str:
    """Return why processes cannot be traced here; empty if they can."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return "system calls are known by number for Linux on x86_64 alone"
    try:
        seen = traced(lambda: os.close(os.open("/", os.O_RDONLY)), below="/")
    except OSError as error:
        return f"ptrace: {error.strerror}"
    return "" if [call.name for call in seen.calls[:2]] == ["openat", "close"] else f"ptrace shows {seen}"


def traced(action: Callable[[], None], *, below: str, kill_at: int = 0) -> Trace:
    """Run `action` in a child; kill it when its `kill_at`-th call (from 1) is about to begin.

    Calls are counted over all threads, from the first that names something below a folder. The killed call has no
    effect: the kernel leaves a call out whose process got SIGKILL before it began.
    """
    pid = os.fork()
    if pid == 0:
        _child(action)
    try:
        _wait(pid)
        _ptrace(_SETOPTIONS, pid, 0, _OPTIONS)
        _ptrace(_SYSCALL, pid, 0, 0)
    except OSError:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise
    return _Watch(pid, below, kill_at).until_it_ends()


def _child(action: Callable[[], None]) -> None:
    """Wait to be traced, do it, and end without anything that an interpreter does at its end."""
    try:
        _ptrace(_TRACEME, 0, 0, 0)
        os.kill(os.getpid(), signal.SIGSTOP)
        action()
        os._exit(0)
    finally:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(70)


class _Watch:
    """One traced child and all of its threads."""

    def __init__(self, pid: int, below: str, kill_at: int) -> None:
        self.pid, self.below, self.kill_at = pid, below, kill_at
        self.alive = {pid}
        self.threads = 1
        self.calls: list[Call] = []
        self.ended = ""

    def until_it_ends(self) -> Trace:
        memory = os.open(f"/proc/{self.pid}/mem", os.O_RDONLY)
        try:
            while self.alive:
                self._step(memory)
        finally:
            os.close(memory)
        return Trace(self.calls, self.ended, self.threads)

    def _step(self, memory: int) -> None:
        found, status = os.waitpid(-1, _ALL)
        if os.WIFEXITED(status) or os.WIFSIGNALED(status):
            self.alive.discard(found)
            if found == self.pid:
                self.ended = f"exit {os.WEXITSTATUS(status)}" if os.WIFEXITED(status) else "killed"
            return
        sent, event = os.WSTOPSIG(status), status >> 16
        if found not in self.alive:
            self.alive.add(found)
            self.threads += 1
            sent = 0
        elif sent == signal.SIGTRAP | 0x80:
            sent = 0
            if self._is_the_end(found, memory):
                os.kill(self.pid, signal.SIGKILL)
                return
        elif event:
            sent = 0
        try:
            _ptrace(_SYSCALL, found, 0, sent)
        except ProcessLookupError:
            self.alive.discard(found)

    def _is_the_end(self, thread: int, memory: int) -> bool:
        """Note the call that is about to begin; tell whether it is the one that never does."""
        number, args = _entry(thread)
        if number < 0 or number in _SILENT:
            return False
        call = _call(thread, memory, number, args)
        if not self.calls and not call.path.startswith(self.below):
            return False
        self.calls.append(call._replace(path=_NAMES.sub("prj", call.path), other=_NAMES.sub("prj", call.other)))
        return len(self.calls) == self.kill_at


class _Info(ctypes.Structure):
    """`struct ptrace_syscall_info` of Linux 5.3, at the entry of a call."""

    _fields_ = (
        ("op", ctypes.c_uint8), ("pad", ctypes.c_uint8 * 3), ("arch", ctypes.c_uint32),
        ("pointers", ctypes.c_uint64 * 2),
        ("number", ctypes.c_uint64), ("args", ctypes.c_uint64 * 6), ("rest", ctypes.c_uint64),
    )  # fmt: skip


def _entry(thread: int) -> tuple[int, tuple[int, ...]]:
    """Return number and arguments of the call that a thread begins; -1 where it ends one."""
    info = _Info()
    _ptrace(_SYSCALL_INFO, thread, ctypes.sizeof(info), ctypes.addressof(info))
    return (info.number, tuple(info.args)) if info.op == _ENTRY else (-1, ())


def _call(thread: int, memory: int, number: int, args: tuple[int, ...]) -> Call:
    if number in _FD:
        return Call(_FD[number], _open_file(thread, args[0]))
    if number in _PATH:
        name = _PATH[number]
        other = _text(memory, args[1]) if name in _CHANGED_PATHS else ""
        return Call(name, _text(memory, args[0]), other, creates=number == 2 and bool(args[1] & _O_CREAT))
    if number in _AT:
        name, path = _AT[number], _text(memory, args[1]) or _open_file(thread, args[0])
        other = _text(memory, args[3]) if name in _CHANGED_PATHS else ""
        return Call(name, path, other, creates=name == "openat" and bool(args[2] & _O_CREAT))
    return Call(f"call {number}")


def _text(memory: int, address: int) -> str:
    if not address:
        return ""
    room = 4096 - address % 4096
    content = os.pread(memory, room, address)
    while b"\0" not in content:
        content += os.pread(memory, 4096, address + len(content))
    return os.fsdecode(content.partition(b"\0")[0])


def _open_file(thread: int, number: int) -> str:
    try:
        return os.readlink(f"/proc/{thread}/fd/{number}")
    except OSError:
        return ""


def _wait(pid: int) -> None:
    _, status = os.waitpid(pid, _ALL)
    if not os.WIFSTOPPED(status):
        raise OSError(0, "the child could not be traced")


@cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(None, use_errno=True)
    library.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
    library.ptrace.restype = ctypes.c_long
    return library


def _ptrace(request: int, pid: int, address: int, data: int) -> None:
    if _library().ptrace(request, pid, address, data) < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
