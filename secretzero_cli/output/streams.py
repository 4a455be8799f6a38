"""Answers as text for people and as one document for programs."""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from secretzero import ManifestError, SecretZeroError

from ..exits import FAILURE

if TYPE_CHECKING:
    from ..session import Session

SCHEMA_VERSION = 1
Row = Sequence[str]
STYLES = {
    "create": "green", "copy": "green", "adopt": "cyan", "restore": "green", "update": "yellow", "rotate": "yellow",
    "retire": "yellow", "forget": "yellow", "block": "red", "failed": "red", "pending": "red", "error": "red",
    "behind": "yellow", "changed": "red", "missing": "red", "foreign": "red", "not_synced": "yellow",
}  # fmt: skip
"""The colour of a word that stands first in a line, on a terminal."""


class UnwritableError(SecretZeroError):
    """The answer could not be written where it was to go; what was done is done."""

    code = "unwritable"


def write_lines(lines: Iterable[str]) -> None:
    """Write lines to stdout; a reader who left is no error."""
    write("".join([line + "\n" for line in lines]))


def paint(session: "Session", lines: Iterable[str]) -> Iterable[str]:
    """Colour the first word of each line on a terminal, where colour is wanted."""
    if sys.stdout is None or not sys.stdout.isatty():
        return lines
    from ..person.prompt import color_wanted

    return [_painted(line) for line in lines] if color_wanted(session) else lines


def _painted(line: str) -> str:
    from rich.style import Style

    word = line.split(maxsplit=1)[0] if line.strip() else ""
    return line.replace(word, Style.parse(STYLES[word]).render(word), 1) if word in STYLES else line


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
    """Say that stdout did not take what somebody else wrote there; return the exit code."""
    _leave(sys.stdout)
    for line in error_lines(_unwritable(error)):
        say(line)
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


def columns(rows: Iterable[Row], *, indent: str = "") -> list[str]:
    """Return rows as lines with aligned columns, two spaces apart; nothing is wrapped or cut."""
    table = [[visible(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [
        indent + "  ".join([cell.ljust(width) for cell, width in zip(row, widths, strict=True)]).rstrip()
        for row in table
    ]


def visible(text: str) -> str:
    """Return a name with everything escaped that would move a terminal's cursor or change its colours."""
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def table(session: "Session", rows: Sequence[Row], head: Row = ()) -> list[str]:
    """Return a table: plain lines off a terminal, without a head; through rich on one."""
    if sys.stdout is None or not sys.stdout.isatty():
        return columns(rows)
    return _rich(session, rows, head)


def _rich(session: "Session", rows: Sequence[Row], head: Row) -> list[str]:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from ..person.prompt import color_wanted

    width = session.environ.get("COLUMNS", "")
    wide = int(width) if width.isdecimal() and width.isascii() and int(width) else None
    console = Console(no_color=not color_wanted(session), width=wide, highlight=False)
    shown = Table(*head, box=None, show_header=bool(head), pad_edge=False, padding=(0, 2, 0, 0))
    for row in rows:
        cells = [Text(visible(cell), style=STYLES.get(cell, "") if not at else "") for at, cell in enumerate(row)]
        shown.add_row(*cells)
    with console.capture() as captured:
        console.print(shown)
    return [line.rstrip() for line in captured.get().splitlines()]


def tell_errors(session: "Session") -> None:
    """Write what went wrong to stderr, each with its place and the way out."""
    begin = "secretzero: " if session.command in {"run", "exec"} else ""
    for error in session.errors:
        for line in error_lines(error):
            say(begin + line)


def error_lines(error: SecretZeroError) -> list[str]:
    """Return an error as lines: what, where, and a hint. A broken manifest has a line for each problem."""
    if isinstance(error, ManifestError):
        return [f"{problem.severity}: {problem}" for problem in error.problems]
    place = f"{error.file}:{error.line}:{error.column}" if error.line else error.file
    about = ": ".join(part for part in (place, error.secret) if part and part not in error.message)
    lines = [f"error: {about}: {error.message}" if about else f"error: {error.message}"]
    lines += [f"  at {error.target}"] if error.target and error.target not in error.message else []
    return lines + ([f"  hint: {error.hint}"] if error.hint else [])


def write_document(session: "Session", body: Mapping[str, object], code: int) -> None:
    """Write one object, JSON or YAML, with the keys that every command has."""
    document: dict[str, object] = {
        "schema_version": SCHEMA_VERSION,
        "command": session.command,
        "exit_code": code,
        **body,
        "errors": [told for error in session.errors for told in errors_as_objects(error)],
        "warnings": [*session.warnings, *(told for error in session.errors for told in _warnings_with(error))],
    }
    if session.output == "yaml":
        import yaml

        write(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=10**6))
        return
    import json

    write(json.dumps(document, indent=2, ensure_ascii=True) + "\n")


def errors_as_objects(error: SecretZeroError) -> list[dict[str, Any]]:
    """Return an error as objects without what does not apply; a broken manifest is one for each problem."""
    if isinstance(error, ManifestError):
        return [problem_as_object(problem) for problem in error.problems if problem.severity == "error"]
    told = {name: getattr(error, name) for name in ("hint", "secret", "target", "file", "line", "column")}
    return [{"code": error.code, "message": error.message, **{name: value for name, value in told.items() if value}}]


def _warnings_with(error: SecretZeroError) -> list[dict[str, Any]]:
    """Return what is only doubtful in a manifest that is broken elsewhere."""
    problems = error.problems if isinstance(error, ManifestError) else ()
    return [problem_as_object(problem) for problem in problems if problem.severity != "error"]


def problem_as_object(problem: Any) -> dict[str, Any]:
    """Return one problem of a manifest as an object."""
    message = f"{problem.path}: {problem.message}" if problem.path else problem.message
    told = {"hint": problem.hint, "file": problem.file, "line": problem.line, "column": problem.column}
    return {"code": "manifest", "message": message, **{name: value for name, value in told.items() if value}}
