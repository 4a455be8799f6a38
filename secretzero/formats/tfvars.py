"""`.tfvars` files: assignments of HCL literals, edited line by line."""

import json
import re
from typing import NoReturn
from unicodedata import is_normalized

from ..errors import RejectedError
from ..protocols import Constraints
from ..values import Material
from .format import MAX_DEPTH, Format, Syntax
from .layout import Lines, Member, refused_at, whole_lines
from .literals import keys, leaves, literal

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*").fullmatch
_ESCAPED = {**{code: f"\\u{code:04x}" for code in (*range(32), *range(0x7F, 0xA0))}, 10: "\\n", 13: "\\r", 9: "\\t"}
_ESCAPED |= {0x5C: "\\\\", 0x22: '\\"', 0x2028: "\\u2028", 0x2029: "\\u2029", 0xFEFF: "\\ufeff"}
_TEMPLATE = re.compile(r"[$%](?=\{)")
# HCL reads `$$` as a pair, so an escaped template after another `$` or `%` would be read as a template.
_DOUBLED = re.compile(r"[$%][$%]\{").search
_SKIPPED = re.compile(r"(?:\s|#[^\n]*|//[^\n]*|/\*.*?\*/)*+", re.DOTALL).match
_LINE_REST = re.compile(r"[ \t\r]*(?:/\*[^\n]*?\*/[ \t\r]*)*(?:#[^\n]*|//[^\n]*)?(?:\n|\Z)").match
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_-]*)[ \t]*=[ \t]*").match
_HEREDOC = re.compile(r"<<(-?)([A-Za-z_][A-Za-z0-9_-]*)\r?\n(.*?)^[ \t]*\2[ \t\r]*$", re.DOTALL | re.MULTILINE)
_TOKEN = re.compile(
    r"\"(?P<string>(?:\\.|[^\"\\\n])*+)\"|(?P<number>-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_-]*)|(?P<sign>[\[\]{},=:])"
).match
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))|([$%])\4\{", re.DOTALL)
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_NAMED: dict[str, Material] = {"true": True, "false": False, "null": None}


class Tfvars(Syntax):
    """The subset of HCL that a variables file may hold: literals assigned to identifiers."""

    constraints = Constraints(forbidden="\0")

    def layout(self, text: str) -> Lines:
        """Find every assignment. Raises RejectedError for anything that is not a literal."""
        return Lines(text, _Reader(text).members(), joint=" = ")

    def check(self, name: str, held: Material) -> None:
        """Refuse what HCL would read differently: text that is not in NFC, and ambiguous template signs."""
        if not _IDENTIFIER(name):
            raise RejectedError(
                f"invalid HCL identifier: {name!r}",
                hint="use letters, digits, _ and - only, and do not start with a digit",
            )
        for text in (each for each in (*keys(held), *leaves(held)) if isinstance(each, str)):
            if "\0" in text:
                raise RejectedError(f"{name}: HCL cannot hold NUL")
            if _DOUBLED(text) or _unclosed(text):
                raise RejectedError(f"{name}: readers of HCL disagree on ${{ or %{{ that follows $ or %, or lacks a }}")
            if not is_normalized("NFC", text):
                raise RejectedError(
                    f"{name}: HCL would change this text: it is not in Unicode normalization form C (NFC)"
                )

    def value(self, held: Material) -> str:
        """Format a value on one line."""
        return literal(held, _quoted, _quoted, " = ")


def _unclosed(text: str) -> bool:
    """Return whether a template is never closed; python-hcl2 looks for the end of escaped ones too."""
    last = max(text.rfind("${"), text.rfind("%{"))
    return last >= 0 and text.find("}", last) < 0


def _quoted(text: str) -> str:
    return '"' + _TEMPLATE.sub(r"\g<0>\g<0>", text.translate(_ESCAPED)) + '"'


class _Reader:
    """Reads literals from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def members(self) -> list[Member]:
        """Read the whole text."""
        found = list[Member]()
        while self._skip() < len(self._text):
            found.append(self._member())
        return found

    def _member(self) -> Member:
        assigned = _ASSIGNMENT(self._text, self._at) or self._fail()
        self._at = middle = assigned.end()
        value = self._value(0)
        end, rest = self._at, _LINE_REST(self._text, self._at)
        if rest is None:
            self._fail()
        self._at = rest.end()
        start, stop = whole_lines(self._text, assigned.start(), end)
        several = "\n" in self._text[middle:end]
        locked = "its value spans several lines and cannot be replaced in place" if several else ""
        return Member(assigned[1], value, start, middle, end, stop, locked=locked)

    def _value(self, depth: int) -> Material:
        """Read one literal."""
        if depth > MAX_DEPTH:
            self._fail()
        if self._text.startswith("<<", self._at):
            return self._heredoc()
        token = self._token()
        if token["sign"]:
            return self._list(depth) if token["sign"] == "[" else self._map(depth, token["sign"])
        if token["word"]:
            return _NAMED[token["word"]] if token["word"] in _NAMED else self._fail()
        return _number(token["number"]) if token["number"] else _unescaped(token["string"])

    def _list(self, depth: int) -> list[Material]:
        items = list[Material]()
        while not self._taken("]"):
            items.append(self._value(depth + 1))
            if not self._text.startswith("]", self._skip()):
                self._sign(",")
        return items

    def _map(self, depth: int, sign: str) -> dict[str, Material]:
        pairs = dict[str, Material]()
        if sign != "{":
            self._fail()
        while not self._taken("}"):
            key = self._token()
            if key["string"] is None and key["word"] is None:
                self._fail()
            self._skip()
            self._sign("=:")
            self._skip()
            name = key["word"] or _unescaped(key["string"] or "")
            pairs[name] = self._value(depth + 1)
            self._taken(",")
        return pairs

    def _taken(self, sign: str) -> bool:
        taken = self._text.startswith(sign, self._skip())
        self._at += taken
        return taken

    def _sign(self, signs: str) -> None:
        if self._token()[0] not in signs:
            self._fail()

    def _heredoc(self) -> str:
        from textwrap import dedent

        found = _HEREDOC.match(self._text, self._at) or self._fail()
        self._at = found.end()
        return dedent(found[3]) if found[1] else found[3]

    def _token(self) -> re.Match[str]:
        found = _TOKEN(self._text, self._at) or self._fail()
        self._at = found.end()
        return found

    def _skip(self) -> int:
        found = _SKIPPED(self._text, self._at)
        self._at = found.end() if found else self._at
        return self._at

    def _fail(self) -> NoReturn:
        raise refused_at(self._text, self._at, " is not an assignment of an HCL literal")


def _unescaped(raw: str) -> str:
    return _ESCAPE.sub(_character, raw) if "\\" in raw or "{" in raw else raw


def _character(found: re.Match[str]) -> str:
    if code := found[1] or found[2]:
        return chr(int(code, 16))
    return _SIMPLE.get(found[3], found[3]) if found[3] else found[4] + "{"


def _number(raw: str) -> Material:
    try:
        return json.loads(raw)  # type: ignore[no-any-return]
    except ValueError:
        return float(raw)


TFVARS = Format("tfvars", {"": Tfvars()})
