"""Writing answers and notices to stdout, stderr and files that the user names."""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TextIO

from secretzero import ConfigurationError, SecretZeroError

from ..exits import FAILURE


class UnwritableError(SecretZeroError):
    """The answer could not be written; what the command did is not undone."""

    code = "unwritable"


def write_lines(lines: Iterable[str]) -> None:
    """Write lines to stdout; a closed pipe is ignored."""
    write("".join([line + "\n" for line in lines]))


def write(text: str) -> None:
    """Write text to stdout and flush it; a closed pipe is ignored. Raises UnwritableError."""
    if sys.stdout is None or not text:
        return
    with _answering(sys.stdout):
        _escaping(sys.stdout).write(text)
        sys.stdout.flush()


def write_bytes(content: bytes) -> None:
    """Write bytes to stdout unchanged; a closed pipe is ignored. Raises UnwritableError."""
    if sys.stdout is None:
        return
    with _answering(sys.stdout):
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()


def write_value(content: bytes) -> None:
    """Write the exact bytes of a value to stdout, with a line end added only on a terminal."""
    ended = b"\n" if sys.stdout is not None and sys.stdout.isatty() and not content.endswith(b"\n") else b""
    write_bytes(content + ended)


def write_document(document: Mapping[str, object], form: str) -> None:
    """Write a document to stdout as JSON or YAML. Raises UnwritableError."""
    import json

    text = json.dumps(document, indent=2, ensure_ascii=True) + "\n"
    if form == "yaml":
        import yaml

        text = yaml.safe_dump(json.loads(text), sort_keys=False, allow_unicode=True, width=10**6)
    write(text)


@contextmanager
def _answering(stream: TextIO) -> Iterator[None]:
    """Translate the errors of a stream; after an error, closing the stream does not fail again."""
    try:
        yield
    except BrokenPipeError:
        _discard(stream)
    except OSError as error:
        _discard(stream)
        raise _unwritable(error) from None


def _unwritable(error: OSError) -> UnwritableError:
    return UnwritableError(f"cannot write the answer: {os.strerror(error.errno or 0)}")


def give_up(error: OSError) -> int:
    """Report an error of stdout that was raised elsewhere; return the exit code."""
    _discard(sys.stdout)
    say(f"error: {_unwritable(error).message}")
    return FAILURE


def say(text: str) -> None:
    """Write a line for people to stderr; if that fails, the line is dropped."""
    if sys.stderr is None:
        return
    try:
        _escaping(sys.stderr).write(text + "\n")
        sys.stderr.flush()
    except OSError:
        _discard(sys.stderr)


def _escaping(stream: TextIO) -> TextIO:
    """Make a stream escape what its encoding cannot represent."""
    if getattr(stream, "errors", "") == "strict" and hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")
    return stream


def _discard(stream: TextIO) -> None:
    """Redirect a broken stream to the null device, so that closing it does not fail."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)


def write_file(path: str, content: bytes, *, mode: int = 0o600) -> None:
    """Replace a file atomically and durably. Raises ConfigurationError if that fails."""
    from secretzero.shell import LocalDisk

    with os_errors(f"cannot write {path}", ConfigurationError):
        LocalDisk().replace(os.path.realpath(path), content, mode=mode)


@contextmanager
def os_errors(failed: str, kind: type[SecretZeroError]) -> Iterator[None]:
    """Translate an error of the operating system into one that says what failed and why."""
    try:
        yield
    except OSError as error:
        raise kind(f"{failed}: {os.strerror(error.errno or 0)}") from error
