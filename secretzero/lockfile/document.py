"""Parsing a lockfile: bytes into records, with a line and a hint for every problem."""

import json
import re
from collections.abc import Mapping, Sequence
from json import JSONDecodeError
from math import isfinite
from typing import NoReturn

from ..errors import LockfileError
from . import legacy
from .model import Lockfile
from .positions import Path, locate, offset_of, place_of, second_key
from .signing import Edited
from .structure import Structure
from .writing import quoted

SCHEMA = 2
_LARGEST = 1 << 26
_SHOWN = 20
_RESTORE = "restore the file from version control or a backup; nothing was overwritten"
_MARKER = re.compile(r"^(?:<{7}|={7}|>{7}|\|{7})(?: .*)?$", re.MULTILINE)
_LONG_NUMBER = re.compile(r"\d{300,}")


class _NotPlainError(ValueError):
    """A number that is not JSON or that a float cannot hold; the argument is its text."""


class _DuplicateError(ValueError):
    """An object has a duplicate key."""


def parse_lockfile(content: bytes, name: str, *, half: bool = False) -> Lockfile:
    """Read a lockfile of schema 2, or of schema 1 (the public 0.14); optional keys of later versions are kept.

    `name` is the file name in messages. With `half`, for one side of a merge, a head may name a generation that only
    the other side has. Raises LockfileError, with line and hint, for content that no version wrote: invalid JSON, a
    truncated file, conflict markers, a wrong shape or a later schema.
    """
    text = _decode(content, name)
    document = _load(text, name)
    schema = document.get("schema", 1 if "version" in document else 0)
    schema = schema if type(schema) is int else 0
    if schema > SCHEMA:
        line, column = locate(text, [("schema",)])["schema",]
        message = f"the lockfile has schema {schema}, which a later version of SecretZero wrote"
        raise LockfileError(message, hint="update secretzero", file=name, line=line, column=column)
    structure = Structure(half=half)
    if schema == 1:
        lockfile = legacy.read(document, structure.problems)
    else:
        lockfile = structure.lockfile(document)
        if schema != SCHEMA and not structure.problems:
            structure.problems.append((("schema",), "must be 2"))
    if structure.problems:
        raise _refusal(text, name, structure.problems)
    return lockfile


def edited_error(content: bytes, name: str, found: Sequence[Edited]) -> LockfileError:
    """Return the error that lists the records `Signer.verify` found, each with its line."""
    text = content.decode("utf-8", "replace")
    message = "was edited by hand or merged wrongly: its signature does not match"
    return _refusal(text, name, [(edited.path, message) for edited in found])


def _decode(content: bytes, name: str) -> str:
    if len(content) > _LARGEST:
        raise LockfileError("the lockfile is larger than any that SecretZero writes", hint=_RESTORE, file=name)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        raise LockfileError("the lockfile is not UTF-8", hint=_RESTORE, file=name, line=line, column=column) from None


def _load(text: str, name: str) -> dict[str, object]:
    """Parse JSON. Every failure is a LockfileError with its position."""
    try:
        document = json.loads(text, object_pairs_hook=_unique, parse_float=_finite, parse_constant=_finite)
    except JSONDecodeError as error:
        _refuse_text(text, name, error)
    except _DuplicateError:
        path, offset = second_key(text) or ((), 0)
        _refuse(text, name, offset, f"duplicate key: {_path_text(path)}")
    except RecursionError:
        _refuse(text, name, 0, "the lockfile is nested too deeply")
    except _NotPlainError as error:
        _refuse(text, name, offset_of(text, str(error)), "invalid number")
    except ValueError:
        long = _LONG_NUMBER.search(text)
        _refuse(text, name, long.start() if long else 0, "this number is too large")
    if not isinstance(document, dict):
        _refuse(text, name, 0, "the lockfile is not a JSON object")
    return document


def _refuse_text(text: str, name: str, error: JSONDecodeError) -> NoReturn:
    """Raise the reason why a text is not JSON: conflict markers, truncation or a syntax error."""
    marker = _MARKER.search(text) if any(sign * 7 in text for sign in "<=>|") else None
    if marker:
        hint = "run secretzero lock merge, which resolves them in place"
        _refuse(
            text, name, marker.start(), "unresolved conflict markers, left by a merge without the merge driver", hint
        )
    if not text.strip():
        _refuse(text, name, 0, "the lockfile is empty")
    if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
        _refuse(text, name, error.pos, "the lockfile is truncated here")
    _refuse(text, name, error.pos, f"the lockfile is not JSON: {error.msg[0].lower()}{error.msg[1:]}")


def _refuse(text: str, name: str, offset: int, message: str, hint: str = _RESTORE) -> NoReturn:
    line, column = place_of(text, offset)
    raise LockfileError(message, hint=hint, file=name, line=line, column=column) from None


def _refusal(text: str, name: str, problems: Sequence[tuple[Path, str]]) -> LockfileError:
    """Combine all problems into one error, sorted by position, one line each."""
    places = locate(text, [path for path, _ in problems])
    ordered = sorted((places[path], path, message) for path, message in problems)
    (line, column), path, message = ordered[0]
    lines = [_described(path, message)]
    lines += [f"{name}:{at}:{col}: {_described(where, what)}" for (at, col), where, what in ordered[1:_SHOWN]]
    if len(ordered) > _SHOWN:
        lines.append(f"and {len(ordered) - _SHOWN} more")
    secret = str(path[1]) if path[:1] == ("secrets",) and len(path) > 1 else ""
    return LockfileError("\n".join(lines), hint=_RESTORE, secret=secret, file=name, line=line, column=column)


def _described(path: Path, message: str) -> str:
    return f"{_path_text(path)}: {message}" if path else message


def _path_text(path: Path) -> str:
    """Format a path for messages; unprintable characters are escaped."""
    return ".".join(step if step.isprintable() else quoted(step) for step in map(str, path))


def _unique(pairs: list[tuple[str, object]]) -> Mapping[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _DuplicateError
    return found


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise _NotPlainError(text)
    return number
