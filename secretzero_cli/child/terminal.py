"""Job control: which process group is in the foreground of the terminal."""

import os
import signal
import stat
from contextlib import suppress

_NEEDS_TERMINAL = frozenset({signal.SIGTTIN, signal.SIGTTOU})


class Terminal:
    """The controlling terminal, if there is one, which this process group shares with its child's.

    A child in its own process group cannot read from a terminal before that group is in the foreground. It is put
    there at once if it is clearly interactive; otherwise when it first reads or writes, so that a pager behind a pipe
    works, too.
    """

    def __init__(self) -> None:
        try:
            self._handle = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError:
            self._handle = -1
        self._own = os.getpgrp()
        self._at_once = self._handle >= 0 and os.isatty(0) and not is_pipe(1)

    def begin(self, group: int) -> None:
        """Put a child's group in the foreground if it is interactive."""
        if self._at_once:
            self._give(group)

    def end(self, group: int) -> None:
        """Take the terminal back from a child's group."""
        if self._foreground() == group:
            self._set(self._own)

    def stopped(self, group: int, number: int) -> None:
        """React to a child that was stopped by a signal.

        A child that needs the terminal gets it, if this job has it; it may have been stopped just before it got it.
        Otherwise the whole job stops, as a single process would, and resumes together with the child. Without a
        terminal there is no job control, and nothing happens.
        """
        if self._handle < 0:
            return
        if number not in _NEEDS_TERMINAL or self._foreground() not in {self._own, group}:
            self.end(group)
            before = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
            os.kill(0, signal.SIGTSTP)
            signal.signal(signal.SIGTSTP, before)
        self._give(group)
        send(group, signal.SIGCONT)

    def close(self) -> None:
        """Close the terminal."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def _give(self, group: int) -> None:
        """Put a group in the foreground, unless another job is there."""
        if self._foreground() == self._own:
            self._set(group)

    def _foreground(self) -> int:
        try:
            return os.tcgetpgrp(self._handle)
        except OSError:
            return -1

    def _set(self, group: int) -> None:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})  # Lets a background process do this.
        try:
            with suppress(OSError):
                os.tcsetpgrp(self._handle, group)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def send(group: int, number: int) -> None:
    """Send a signal to a process group; ignore one that is gone or belongs to another user."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def is_pipe(handle: int) -> bool:
    """Return whether a handle is a pipe or a socket."""
    mode = mode_of(handle)
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def mode_of(handle: int) -> int:
    """Return the type and mode of the file of a handle; 0 if it is not open."""
    try:
        return os.fstat(handle).st_mode
    except OSError:
        return 0
