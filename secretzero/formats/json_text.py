"""JSON files: values of the outermost object are replaced in the text, and everything else is kept."""

import json
import re
from json.decoder import scanstring  # type: ignore[attr-defined]

from attrs import frozen

from ..errors import RejectedError
from ..protocols import Constraints
from ..values import Material
from .format import Format
from .layout import Braces, Member, line_of

_SPACE = re.compile(r"[ \t\r\n]*").match


@frozen
class Json:
    """JSON as in RFC 8259. A key that occurs twice is read as its last value and set in both places."""

    empty: str = "{}\n"
    constraints: Constraints = Constraints()

    def layout(self, text: str) -> Braces:
        """Find the members of the outermost object."""
        try:
            return _Reader(text).read()
        except json.JSONDecodeError as error:
            raise RejectedError(f"line {error.lineno} is not JSON") from None
        except RecursionError:
            raise RejectedError("the JSON is nested too deeply") from None
        except ValueError:
            raise RejectedError("the JSON holds an invalid number, or one that is too long to read") from None

    def held(self, material: Material) -> Material:
        """Return the material unchanged: JSON has every type."""
        return material

    def check(self, name: str, held: Material) -> None:
        """Accept every name and value."""

    def key(self, name: str) -> str:
        """Quote a key."""
        return json.dumps(name, ensure_ascii=False)

    def value(self, held: Material) -> str:
        """Format a value, indented with tabs."""
        return json.dumps(held, ensure_ascii=False, indent="\t" if isinstance(held, dict | list) else None)


def _no_constant(_: str) -> Material:
    raise ValueError


_decode = json.JSONDecoder(parse_constant=_no_constant).raw_decode


class _Reader:
    """Walks over the members of one object; the standard library decodes the values."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = self._space(0)

    def read(self) -> Braces:
        """Read the whole text, which must be one object."""
        self._take("{")
        begin, members = self._at, list[Member]()
        self._at = self._space(begin)
        if not self._text.startswith("}", self._at):
            members.append(self._member())
            while self._text.startswith(",", self._at):
                self._at = self._space(self._at + 1)
                members.append(self._member())
        close = self._at
        self._take("}")
        self._at = self._space(self._at)
        if self._at != len(self._text):
            self._fail()
        return Braces(self._text, members, begin, close, self._colon(members))

    def _member(self) -> Member:
        start = self._at
        self._take('"')
        name, after = scanstring(self._text, self._at, True)
        self._at = self._space(after)
        self._take(":")
        middle = self._space(self._at)
        value, end = _decode(self._text, middle)
        self._at = self._space(end)
        return Member(name, value, start, middle, end, end)

    def _colon(self, members: list[Member]) -> str:
        if not members:
            return ": "
        first = members[0]
        after = scanstring(self._text, first.start + 1, True)[1]
        return self._text[after : first.middle]

    def _take(self, expected: str) -> None:
        if not self._text.startswith(expected, self._at):
            self._fail()
        self._at += 1

    def _space(self, position: int) -> int:
        found = _SPACE(self._text, position)
        return found.end() if found else position

    def _fail(self) -> None:
        raise RejectedError(f"line {line_of(self._text, self._at)} is not JSON, or the file is not a JSON object")


JSON = Format("json", {"": Json()})
