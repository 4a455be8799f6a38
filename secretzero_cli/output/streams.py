"""Where answers and notices are written: stdout, stderr, and files that a person names."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TextIO

from secretzero import SecretZeroError

from ..exits import FAILURE


class UnwritableError(SecretZeroError):
    """The answer could not be written where it was to go; what was done is done."""

    code = "unwritable"


def write_lines(lines: Iterable[str]) -> None:
    """Write lines to stdout; a reader who left is no error."""
    write("".join([line + "\n" for line in lines]))


def write(text: str) -> None:
    """Write text to stdout at once; a reader who left is no error. Raises UnwritableError."""
    if sys.stdout is None or not text:
        return
    with _answering(sys.stdout):
        _harmless(sys.stdout).write(text)
        sys.stdout.flush()


def write_bytes(content: bytes) -> None:
    """Write bytes to stdout as they are; a reader who left is no error. Raises UnwritableError."""
    if sys.stdout is None:
        return
    with _answering(sys.stdout):
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()


@contextmanager
def _answering(stream: TextIO) -> Iterator[None]:
    """Write into a stream that may take nothing; it says nothing of that once more when it is closed."""
    try:
        yield
    except BrokenPipeError:
        _leave(stream)
    except OSError as error:
        _leave(stream)
        raise _unwritable(error) from None


def _unwritable(error: OSError) -> UnwritableError:
    return UnwritableError(f"cannot write the answer: {os.strerror(error.errno or 0)}")


def give_up(error: OSError) -> int:
    """Report that stdout refused what something else wrote to it; return the exit code."""
    _leave(sys.stdout)
    say(f"error: {_unwritable(error).message}")
    return FAILURE


def say(text: str) -> None:
    """Write a line to stderr, for people; where that takes nothing, nobody can be told."""
    if sys.stderr is None:
        return
    try:
        _harmless(sys.stderr).write(text + "\n")
        sys.stderr.flush()
    except OSError:
        _leave(sys.stderr)


def _harmless(stream: TextIO) -> TextIO:
    """Let a stream write what its encoding cannot, escaped."""
    if getattr(stream, "errors", "") == "strict" and hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")
    return stream


def _leave(stream: TextIO) -> None:
    """Point a stream that takes no more at nothing, so that closing it says nothing either."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def write_file(path: str, content: bytes, *, mode: int = 0o600) -> None:
    """Replace a file that the user named, at once and durably. Raises ConfigurationError when that fails."""
    from secretzero import ConfigurationError
    from secretzero.shell import LocalDisk

    try:
        LocalDisk().replace(os.path.realpath(path), content, mode=mode)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {os.strerror(error.errno or 0)}") from error
