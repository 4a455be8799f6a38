"""A child process: started, told every signal, waited for, and its output redacted on the way."""

import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from ..exits import signalled
from .output import Stream, pumped
from .terminal import Terminal, send

FORWARDED = frozenset(
    {
        signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2,
        signal.SIGWINCH, signal.SIGCONT, signal.SIGTSTP,
    }
)  # fmt: skip
"""What the child's process group is told when this process is."""

_IGNORED_BY_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ)


class Child:
    """A process in a group of its own. `code` is its exit code once it has ended: 128 and the signal, if one did."""

    def __init__(self, pid: int, terminal: Terminal) -> None:
        self.pid = pid
        self.code: int | None = None
        self._terminal = terminal

    def told(self, number: int, _frame: object) -> None:
        """Pass a signal on, as a signal handler."""
        if number == signal.SIGCONT:
            self._terminal.begin(self.pid)
        send(self.pid, number)

    def collect(self, flags: int = 0) -> bool:
        """Take the next news of any child, also of orphans that only a first process has; False when there is none."""
        try:
            pid, status = os.waitpid(-1, os.WUNTRACED | flags)
        except ChildProcessError:
            return False
        if pid == self.pid and os.WIFSTOPPED(status):
            self._terminal.stopped(self.pid, os.WSTOPSIG(status))
        elif pid == self.pid:
            code = os.waitstatus_to_exitcode(status)
            self.code = code if code >= 0 else signalled(-code)
        return pid != 0


def run_child(words: Sequence[str], environ: Mapping[str, str], streams: Sequence[Stream] = ()) -> int:
    """Run a command to its end and return its exit code; what it writes into `streams` is redacted.

    Signals go to its process group. Raises OSError when it cannot be started.
    """
    terminal = Terminal()
    try:
        with _forwarding() as forward:
            try:
                child = Child(_spawned(words, environ, streams, forward.mask), terminal)
            finally:
                for stream in streams:
                    stream.close_inlet()
            forward.to(child.told)
            terminal.begin(child.pid)
            return _followed(child, streams)
    finally:
        for stream in streams:
            stream.close_outlet()
        terminal.close()


def _followed(child: Child, streams: Sequence[Stream]) -> int:
    """Wait for the end of a child, with its output where somebody redacts it."""
    if streams:
        pumped(streams, child.collect, lambda: child.code is not None)
    while child.code is None and child.collect():
        pass
    child._terminal.end(child.pid)  # noqa: SLF001 - the child's own
    return child.code or 0


def _spawned(words: Sequence[str], environ: Mapping[str, str], streams: Sequence[Stream], mask: set[int]) -> int:
    """Start a process with the signals that it would have without us."""
    actions = [(os.POSIX_SPAWN_DUP2, stream.inlet, handle) for stream in streams for handle in stream.handles]
    return os.posix_spawnp(
        words[0],
        list(words),
        dict(environ),
        file_actions=actions,
        setpgroup=0,
        setsigmask=mask,
        setsigdef=_IGNORED_BY_PYTHON,
    )


class _Forward:
    """Signals that wait until there is a child to tell them to."""

    def __init__(self, mask: set[int]) -> None:
        self.mask = mask
        self.before: dict[int, object] = {}

    def to(self, told: Callable[[int, object], None]) -> None:
        """Tell a child from now on, and what came meanwhile first. What was ignored before stays so for both."""
        for number in FORWARDED:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self.before[number] = signal.signal(number, told)
        signal.pthread_sigmask(signal.SIG_SETMASK, self.mask - FORWARDED)


@contextmanager
def _forwarding() -> Iterator[_Forward]:
    """Hold signals back; afterwards everything is as it was."""
    if signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    forward = _Forward(signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED))
    try:
        yield forward
    finally:
        for number, before in forward.before.items():
            signal.signal(number, before)  # type: ignore[arg-type]
        signal.pthread_sigmask(signal.SIG_SETMASK, forward.mask)


def become(words: Sequence[str], environ: Mapping[str, str]) -> None:
    """Become another program. Returns only by OSError, when that cannot be started."""
    for number in _IGNORED_BY_PYTHON:
        signal.signal(number, signal.SIG_DFL)
    os.execvpe(words[0], list(words), dict(environ))  # noqa: S606 - to run what the person named is the purpose
