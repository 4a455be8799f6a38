"""TOML files: assignments before the first table are edited in place; each table is a field as a whole."""

import re
from collections import Counter

from ..errors import RejectedError
from ..values import Material
from .format import Format, Syntax
from .layout import Lines, Member, line_end, refused_at
from .literals import leaves, literal, quoted

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+").fullmatch
_WORD = r"(?:\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*'|[A-Za-z0-9_-]+)"
_KEY = rf"(?P<first>{_WORD})(?P<rest>(?:[ \t]*\.[ \t]*{_WORD})*)[ \t]*"
_ASSIGNMENT = re.compile(rf"[ \t]*{_KEY}=[ \t]*").match
_TABLE = re.compile(rf"[ \t]*\[\[?[ \t]*{_KEY}\]").match
_BLANK = re.compile(r"[ \t\r]*(?:#[^\n]*)?(?:\n|\Z)").match
_TOKEN = re.compile(
    r"\"\"\"(?:\\.|[^\\])*?\"\"\"\"{0,2}|'''.*?''''{0,2}|\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*'"
    r"|(?P<open>[\[{])|(?P<close>[\]}])|(?P<end>\n)|(?P<comment>#[^\n]*)|[^\"'#\[\]{}\n]+",
    re.DOTALL,
).match
_LARGEST = 2**63


class Toml(Syntax):
    """TOML 1.0, written with double-quoted strings and inline tables."""

    def layout(self, text: str) -> Lines:
        """Find every top-level key; the standard library reads the values."""
        import tomllib

        try:
            values = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            line = re.search(r"at line (\d+)", str(error))
            number = line[1] if line else text.count("\n") + 1
            raise RejectedError(f"line {number} is not TOML") from None
        except (RecursionError, ValueError):
            raise RejectedError("the TOML is nested too deeply, or holds a number that is too long to read") from None
        statements, at = _statements(text)
        times = Counter(each.name for each in statements)
        members = [
            each._replace(value=_material(values[each.name]), middle=each.middle if times[each.name] == 1 else -1)
            for each in statements
        ]
        return Lines(text, members, joint=" = ", at=at)

    def check(self, name: str, held: Material) -> None:
        """Refuse null, which TOML does not have, and integers of more than 64 bits."""
        for each in leaves(held):
            if each is None:
                raise RejectedError(f"{name!r}: TOML has no null")
            if isinstance(each, int) and not -_LARGEST <= each < _LARGEST:
                raise RejectedError(f"{name!r}: TOML integers are limited to 64 bits")

    def key(self, name: str) -> str:
        """Format a key, quoted if necessary."""
        return name if _BARE_KEY(name) else quoted(name)

    def value(self, held: Material) -> str:
        """Format a value on one line."""
        return literal(held, quoted, self.key, " = ")


def _statements(text: str) -> tuple[list[Member], int]:
    """Find assignments and tables, each under its top-level key, and where new assignments go (-1: the end)."""
    found, position, at = list[Member](), 0, 0
    table: str | None = None
    while position < len(text):
        if blank := _BLANK(text, position):
            position = blank.end()
            continue
        if header := _TABLE(text, position):
            table = _name(header["first"])
            found.append(Member(table, None, position, -1, header.end(), line_end(text, header.end())))
        elif assignment := _ASSIGNMENT(text, position):
            name = _name(assignment["first"]) if table is None else table
            start, begin = assignment.span()
            middle = begin if table is None and not assignment["rest"] else -1
            found.append(Member(name, None, start, middle, *_value_end(text, begin)))
            at = at if table is not None else found[-1].stop
        else:
            raise refused_at(text, position, " is not TOML")
        position = found[-1].stop
    return found, -1 if table is None else at


def _value_end(text: str, begin: int) -> tuple[int, int]:
    """Return the end of a value and the end of its last line."""
    position, depth, end = begin, 0, begin
    while token := _TOKEN(text, position):
        if depth == 0 and token.lastgroup in {"end", "comment"}:
            break
        depth += (token.lastgroup == "open") - (token.lastgroup == "close")
        position = token.end()
        if not token[0].isspace():
            end = token.start() + len(token[0].rstrip(" \t\r"))
    return end, line_end(text, end)


def _name(written: str) -> str:
    """Read one part of a key."""
    import tomllib

    if written[0] == '"':
        return str(tomllib.loads(f"key = {written}")["key"])
    return written[1:-1] if written[0] == "'" else written


def _material(value: object) -> Material:
    """Convert to JSON types; dates and times become text."""
    if isinstance(value, dict):
        return {key: _material(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_material(inner) for inner in value]
    return value if isinstance(value, str | int | float) else str(value)


TOML = Format("toml", {"": Toml()})
