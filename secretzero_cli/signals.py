"""Signals of the whole process."""

import signal
from types import FrameType


class StoppedError(BaseException):
    """A signal ends the process: one before anything is written, or a second one."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Signals:
    """Remembers a signal; after writing has begun, the current step is completed first."""

    def __init__(self) -> None:
        self.caught = 0
        self.writing = False

    def asked_to_stop(self) -> bool:
        """Return whether the engine should stop; it asks before each write."""
        self.writing = True
        return bool(self.caught)

    def arrive(self, number: int, _frame: FrameType | None) -> None:
        """Handle a signal."""
        if self.caught or not self.writing:
            raise StoppedError(number)
        self.caught = number


SIGNALS = Signals()


def handle_signals() -> None:
    """Handle the signals that end a process."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, SIGNALS.arrive)
