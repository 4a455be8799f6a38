"""The output of a child, read through pipes and passed on with secret texts redacted."""

import os
import select
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import FileIO
from typing import NoReturn

from .redaction import Redactor
from .terminal import is_pipe, mode_of

_CHUNK = 1 << 16
_OUT, _ERR = 1, 2
_LAST_WORDS = range(2)
"""How often to read after the child has ended: once for all that a pipe can hold, once to find its end."""


class Stream:
    """A pipe in place of handles of the child; its content is redacted and written to the first of them."""

    def __init__(self, handles: Sequence[int], texts: Iterable[str]) -> None:
        self.handles = handles
        outlet, inlet = os.pipe()
        self.outlet, self.inlet = FileIO(outlet), FileIO(inlet, "w")
        self._redactor = Redactor(texts)

    def move(self) -> bool:
        """Pass on what can be read; return False at the end, or if the reader has closed its end."""
        chunk = self.outlet.read(_CHUNK)
        try:
            _write_all(self.handles[0], self._redactor.feed(chunk) if chunk else self._redactor.finish())
        except BrokenPipeError:
            return False
        return bool(chunk)


def streams_of(texts: Sequence[str], *, everywhere: bool) -> tuple[Stream, ...]:
    """Return the streams to redact: stdout and stderr if `everywhere`, else only those that are pipes.

    If both go to the same file, they share one pipe, which keeps their order. Empty if there is nothing to hide.
    """
    wanted = mode_of if everywhere else is_pipe
    handles = [handle for handle in (_OUT, _ERR) if wanted(handle)]
    if not handles or not Redactor(texts):
        return ()
    together = len(handles) == 2 and os.path.sameopenfile(*handles)  # noqa: PLR2004 - both
    return tuple(Stream(group, texts) for group in ([handles] if together else [[handle] for handle in handles]))


def pumped(streams: Sequence[Stream], collect: Callable[[int], bool], over: Callable[[], bool]) -> None:
    """Pass everything on until all streams have ended, or the child has ended and its output is passed on.

    If a process that the child left behind still writes, a fork of this process continues to read, so that the output
    arrives without delaying the exit.
    """
    with _woken() as bell:
        outlets = _Outlets(streams)
        outlets.poll.register(bell, select.POLLIN)
        while outlets.open and not over():
            if bell in outlets.move(None):
                os.read(bell, _CHUNK)
                while collect(os.WNOHANG):
                    pass
        outlets.poll.unregister(bell)
    for _ in _LAST_WORDS:
        outlets.move(0)
    if outlets.open and os.fork() == 0:
        _outlive(outlets)


class _Outlets:
    """The streams that have not ended."""

    def __init__(self, streams: Sequence[Stream]) -> None:
        self.poll = select.poll()
        self.open = {stream.outlet.fileno(): stream for stream in streams}
        for handle in self.open:
            self.poll.register(handle, select.POLLIN)

    def move(self, patience: int | None) -> list[int]:
        """Pass on what is ready, close what has ended; return the ready handles. `patience` is in milliseconds."""
        ready = [handle for handle, _ in self.poll.poll(patience)]
        for handle in ready:
            if handle in self.open and not self.open[handle].move():
                self.poll.unregister(handle)
                self.open.pop(handle).outlet.close()
        return ready


def _outlive(outlets: _Outlets) -> NoReturn:
    """Read until the last writer is gone; then exit without the cleanup of the original process."""
    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        while outlets.open:
            outlets.move(None)
    finally:
        os._exit(0)


@contextmanager
def _woken() -> Iterator[int]:
    """Yield a handle that becomes readable when a child changes state."""
    bell, wire = os.pipe()
    for handle in (bell, wire):
        os.set_blocking(handle, False)
    before = signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    earlier = signal.set_wakeup_fd(wire, warn_on_full_buffer=False)
    os.write(wire, b"\0")  # Covers what happened before the handler was set.
    try:
        yield bell
    finally:
        signal.set_wakeup_fd(earlier)
        signal.signal(signal.SIGCHLD, before)
        os.close(bell)
        os.close(wire)


def _write_all(handle: int, content: bytes) -> None:
    """Write everything, even if the reader has made the handle non-blocking."""
    while content:
        try:
            content = content[os.write(handle, content) :]
        except BlockingIOError:
            select.select([], [handle], [])
