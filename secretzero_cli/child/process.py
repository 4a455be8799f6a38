"""A child process: starting it, forwarding signals, redacting its output and waiting for it."""

import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from ..exits import signalled
from .terminal import Terminal, send

if TYPE_CHECKING:
    from .output import Stream

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


def run_child(words: Sequence[str], environ: Mapping[str, str], streams: "Sequence[Stream]" = ()) -> int:
    """Run a command to its end and return its exit code; output to `streams` is redacted.

    Signals are forwarded to its process group, pending ones first. Those that are ignored stay ignored in both
    processes. All signal settings are restored afterwards. Raises OSError if it cannot be started.
    """
    if signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with ExitStack() as afterwards:
        terminal = Terminal()
        afterwards.callback(terminal.close)
        for stream in streams:
            afterwards.enter_context(stream.outlet)
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED)
        afterwards.callback(signal.pthread_sigmask, signal.SIG_SETMASK, mask)
        with ExitStack() as inlets:
            for stream in streams:
                inlets.enter_context(stream.inlet)
            child = Child(_spawned(words, environ, streams, mask), terminal)
        for number in FORWARDED:
            if signal.getsignal(number) is not signal.SIG_IGN:
                afterwards.callback(signal.signal, number, signal.signal(number, child.forward))
        signal.pthread_sigmask(signal.SIG_SETMASK, mask - FORWARDED)
        terminal.begin(child.pid)
        if streams:
            from .output import pumped

            pumped(streams, child.collect, lambda: child.code is not None)
        while child.code is None and child.collect():
            pass
        terminal.end(child.pid)
    return child.code or 0


def _spawned(words: Sequence[str], environ: Mapping[str, str], streams: "Sequence[Stream]", mask: set[int]) -> int:
    """Start a process with the signal settings that it would have without this program."""
    actions = [(os.POSIX_SPAWN_DUP2, stream.inlet.fileno(), handle) for stream in streams for handle in stream.handles]
    return os.posix_spawnp(
        words[0],
        list(words),
        dict(environ),
        file_actions=actions,
        setpgroup=0,
        setsigmask=mask,
        setsigdef=_IGNORED_BY_PYTHON,
    )


def become(words: Sequence[str], environ: Mapping[str, str]) -> None:
    """Replace this process by another program. Raises OSError if it cannot be started; never returns otherwise."""
    for number in _IGNORED_BY_PYTHON:
        signal.signal(number, signal.SIG_DFL)
    os.execvpe(words[0], list(words), dict(environ))  # noqa: S606 - running the given command is the purpose
