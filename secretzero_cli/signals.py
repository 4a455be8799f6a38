"""What belongs to the whole process: signals, and errors that nobody foresaw."""

import signal
import sys
from collections.abc import Sequence
from types import FrameType, TracebackType

from secretzero import SecretZeroError


class StoppedError(BaseException):
    """A signal ends the process: before anything was written, or when a second one came."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class InternalError(SecretZeroError):
    """Something went wrong that nobody foresaw."""

    code = "internal"


class Signals:
    """Remembers that a signal came; the step in hand is finished first, once writing has begun."""

    def __init__(self) -> None:
        self.caught = 0
        self.writing = False

    def asked_to_stop(self) -> bool:
        """Tell the engine, which asks before each write, whether it should stop there."""
        self.writing = True
        return bool(self.caught)

    def arrive(self, number: int, _frame: FrameType | None) -> None:
        """Take a signal."""
        if self.caught or not self.writing:
            raise StoppedError(number)
        self.caught = number


SIGNALS = Signals()


def prepared(arguments: Sequence[str]) -> None:
    """Watch the signals that end a process, and say so when something goes wrong that nobody foresaw."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, SIGNALS.arrive)

    def hook(kind: type[BaseException], _error: BaseException, trace: TracebackType | None) -> None:
        internal(arguments, kind, trace)

    sys.excepthook = hook


def internal(arguments: Sequence[str], kind: type[BaseException], trace: TracebackType | None) -> None:
    """Tell an internal error: its kind and place, never its text, which may hold a value."""
    import os
    import traceback

    from .output.answer import refuse

    frames = traceback.extract_tb(trace)
    place = f" at {os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else ""
    if os.environ.get("SECRETZERO_TRACEBACK") == "1":
        sys.stderr.write("".join(traceback.format_list(frames)))
    hint = "report it, please; SECRETZERO_TRACEBACK=1 shows more"
    refuse(InternalError(f"internal error: {kind.__name__}{place}", hint=hint), arguments, os.environ)
