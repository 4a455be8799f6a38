"""JSON files: values of the outermost object are replaced in the text, and everything else is kept."""

import json
import re
from json.decoder import scanstring  # type: ignore[attr-defined]

from ..errors import RejectedError
from ..values import Material
from .format import Format, Syntax
from .layout import Braces, Member, refused_at

_SPACE = re.compile(r"[ \t\r\n]*").match


class Json(Syntax):
    """JSON as in RFC 8259. A key that occurs twice is read as its last value and set in both places."""

    empty = "{}\n"

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
        self._at = 0

    def read(self) -> Braces:
        """Read the whole text, which must be one object."""
        begin, members = self._take("{"), list[Member]()
        while not self._text.startswith("}", self._skip()):
            if members:
                self._take(",")
            members.append(self._member())
        close = self._take("}") - 1
        if self._skip() != len(self._text):
            self._fail()
        if not members:
            return Braces(self._text, members, begin, close)
        first = members[0]
        colon = self._text[scanstring(self._text, first.start + 1, True)[1] : first.middle]
        return Braces(self._text, members, begin, close, colon)

    def _member(self) -> Member:
        start = self._take('"') - 1
        name, self._at = scanstring(self._text, self._at, True)
        self._take(":")
        middle = self._skip()
        value, self._at = _decode(self._text, middle)
        return Member(name, value, start, middle, self._at, self._at)

    def _take(self, sign: str) -> int:
        """Skip whitespace and this sign, and return the position after it."""
        if not self._text.startswith(sign, self._skip()):
            self._fail()
        self._at += 1
        return self._at

    def _skip(self) -> int:
        """Skip whitespace, and return the position after it."""
        found = _SPACE(self._text, self._at)
        self._at = found.end() if found else self._at
        return self._at

    def _fail(self) -> None:
        raise refused_at(self._text, self._at, " is not JSON, or the file is not a JSON object")


JSON = Format("json", {"": Json()})
