"""A child process: starting it, forwarding signals, redacting its output and waiting for it."""

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
"""Signals that are forwarded to the child's process group."""

_IGNORED_BY_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ)


class Child:
    """A process in its own group. `code` is its exit code after it has ended: 128 plus the signal, if one ended it."""

    def __init__(self, pid: int, terminal: Terminal) -> None:
        self.pid = pid
        self.code: int | None = None
        self._terminal = terminal

    def forward(self, number: int, _frame: object) -> None:
        """Forward a signal; this is a signal handler."""
        if number == signal.SIGCONT:
            self._terminal.begin(self.pid)
        send(self.pid, number)

    def collect(self, flags: int = 0) -> bool:
        """Collect the next state change of any child, including orphans adopted as PID 1; False if there is none."""
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
    """Run a command to its end and return its exit code; output to `streams` is redacted.

    Signals are forwarded to its process group. Raises OSError if it cannot be started.
    """
    terminal = Terminal()
    try:
        with _signals_blocked() as forwarding:
            try:
                child = Child(_spawned(words, environ, streams, forwarding.mask), terminal)
            finally:
                for stream in streams:
                    stream.close_inlet()
            forwarding.start(child.forward)
            terminal.begin(child.pid)
            return _followed(child, streams)
    finally:
        for stream in streams:
            stream.close_outlet()
        terminal.close()


def _followed(child: Child, streams: Sequence[Stream]) -> int:
    """Wait for the end of a child, and redact its output meanwhile."""
    if streams:
        pumped(streams, child.collect, lambda: child.code is not None)
    while child.code is None and child.collect():
        pass
    child._terminal.end(child.pid)  # noqa: SLF001 - the child's own
    return child.code or 0


def _spawned(words: Sequence[str], environ: Mapping[str, str], streams: Sequence[Stream], mask: set[int]) -> int:
    """Start a process with the signal settings that it would have without this program."""
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


class _Forwarding:
    """Blocked signals that wait for a child."""

    def __init__(self, mask: set[int]) -> None:
        self.mask = mask
        self.before: dict[int, object] = {}

    def start(self, handler: Callable[[int, object], None]) -> None:
        """Forward signals from now on, starting with pending ones. Ignored signals stay ignored in both processes."""
        for number in FORWARDED:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self.before[number] = signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, self.mask - FORWARDED)


@contextmanager
def _signals_blocked() -> Iterator[_Forwarding]:
    """Block the forwarded signals; restore all signal settings afterwards."""
    if signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    forwarding = _Forwarding(signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED))
    try:
        yield forwarding
    finally:
        for number, before in forwarding.before.items():
            signal.signal(number, before)  # type: ignore[arg-type]
        signal.pthread_sigmask(signal.SIG_SETMASK, forwarding.mask)


def become(words: Sequence[str], environ: Mapping[str, str]) -> None:
    """Replace this process by another program. Raises OSError if it cannot be started; never returns otherwise."""
    for number in _IGNORED_BY_PYTHON:
        signal.signal(number, signal.SIG_DFL)
    os.execvpe(words[0], list(words), dict(environ))  # noqa: S606 - running the given command is the purpose
