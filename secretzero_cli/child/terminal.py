"""The terminal of a job: who may read from it, and what stopping and continuing mean at it."""

import os
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_ASKS_FOR_IT = frozenset({signal.SIGTTIN, signal.SIGTTOU})


class Terminal:
    """The controlling terminal of this process, if it has one, between its own process group and its child's.

    A child in a process group of its own may not read from a terminal before that group is in the foreground. It is
    put there at once where it is clearly meant to talk to the person; else when it first asks, so that a pager behind
    a pipe can talk to them, too.
    """

    def __init__(self) -> None:
        try:
            self._handle = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError:
            self._handle = -1
        self._own = os.getpgrp()
        self._at_once = self._handle >= 0 and os.isatty(0) and not is_pipe(1)

    def begin(self, group: int) -> None:
        """Put a child's group in the foreground where it is meant to be there."""
        if self._at_once:
            self._give(group)

    def end(self, group: int) -> None:
        """Take the terminal back from a child's group."""
        if self._foreground() == group:
            self._set(self._own)

    def stopped(self, group: int, number: int) -> None:
        """Do what has to be done when a child was stopped by a signal.

        One that asks for the terminal gets it, if it is this job's; perhaps it asked just before it was given. Else
        the whole job stops as one process would, and goes on with the child when somebody continues it. Without a
        terminal nobody waits for the job to stop.
        """
        if self._handle < 0:
            return
        if number not in _ASKS_FOR_IT or self._foreground() not in {self._own, group}:
            self.end(group)
            before = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
            os.kill(0, signal.SIGTSTP)
            signal.signal(signal.SIGTSTP, before)
        self._give(group)
        send(group, signal.SIGCONT)

    def close(self) -> None:
        """Let go of the terminal."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def _give(self, group: int) -> None:
        """Put a group in the foreground, unless somebody else's is there."""
        if self._foreground() == self._own:
            self._set(group)

    def _foreground(self) -> int:
        try:
            return os.tcgetpgrp(self._handle)
        except OSError:
            return -1

    def _set(self, group: int) -> None:
        with _unstoppable(), suppress(OSError):
            os.tcsetpgrp(self._handle, group)


@contextmanager
def _unstoppable() -> Iterator[None]:
    """Let a process in the background change who is in the foreground."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def send(group: int, number: int) -> None:
    """Send a signal to a process group; one that is gone, or has become another user's, is no error."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def is_pipe(handle: int) -> bool:
    """Tell whether somebody reads what is written here: a pipe or a socket, no file and no terminal."""
    try:
        mode = os.fstat(handle).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
