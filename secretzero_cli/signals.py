"""Signals and unexpected errors of the whole process."""

import signal
import sys
from collections.abc import Sequence
from functools import partial
from types import FrameType, TracebackType

from secretzero import SecretZeroError


class StoppedError(BaseException):
    """A signal ends the process: one before anything is written, or a second one."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class InternalError(SecretZeroError):
    """An unexpected error."""

    code = "internal"


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


def prepared(arguments: Sequence[str]) -> None:
    """Handle the signals that end a process, and report unexpected errors."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, SIGNALS.arrive)

    sys.excepthook = partial(internal, arguments)


def internal(
    arguments: Sequence[str], kind: type[BaseException], _error: BaseException, trace: TracebackType | None
) -> None:
    """Report an internal error: its kind and location, never its text, which may contain a value."""
    import os
    import traceback

    from .output.answer import refuse

    frames = traceback.extract_tb(trace)
    place = f" at {os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else ""
    if os.environ.get("SECRETZERO_TRACEBACK") == "1":
        sys.stderr.write("".join(traceback.format_list(frames)))
    hint = "please report it; SECRETZERO_TRACEBACK=1 prints a traceback"
    refuse(InternalError(f"internal error: {kind.__name__}{place}", hint=hint), arguments, os.environ)
