r"""The closed interpolation grammar of `${NAME}` and `{{ var.name }}` in a text, parsed into a small syntax tree.

    string  = { "$${" | "${" NAME [ ":-" text | ":?" text ] "}" | "{{" expr "}}" | character }
    text    = characters without "}", may hold nested ${…} (8 deep)
    expr    = operand { "or" operand }                  operand = ( path | literal ) { "|" filter }
    path    = WORD step { step }                        step    = "." WORD | "." DIGITS | "[" INT "]" | "[" STRING "]"
    literal = 'text' | "text" | INT | true | false | null     (also True, False, None; \\ \' \" \n inside quotes)
    filter  = NAME [ "(" argument { "," argument } ")" ]      argument = path | literal

There are no attributes, calls or blocks, and this module does not look anything up.
"""

import re
from collections.abc import Callable, Collection, Mapping
from itertools import groupby
from typing import NamedTuple

MAX_NESTING = 8

ARGUMENTS: Mapping[str, tuple[int, int]] = {
    "default": (1, 2),
    "upper": (0, 0),
    "lower": (0, 0),
    "trim": (0, 0),
    "replace": (2, 2),
    "join": (1, 1),
    "tojson": (0, 0),
    "b64encode": (0, 0),
}
"""The filters, each with the minimum and maximum number of arguments."""


class GrammarError(ValueError):
    """A text is not in the grammar: the offset, the reason and a hint. It quotes no part of the text."""

    def __init__(self, offset: int, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.offset = offset
        self.message = message
        self.hint = hint


class Name(NamedTuple):
    """`${NAME}`, from `start` to `end`; `operator` is ``""``, ``":-"`` or ``":?"``, and `text` follows it."""

    name: str
    operator: str
    text: "tuple[str | Name, ...]"
    start: int
    end: int


class Path(NamedTuple):
    """A root name and the steps below it."""

    root: str
    steps: tuple[str | int, ...]
    offset: int


class Literal(NamedTuple):
    """A value written in the expression itself; `text` is its source without quotes."""

    value: str | int | bool | None
    text: str


class Filter(NamedTuple):
    """A filter by name, with its arguments."""

    name: str
    arguments: tuple[Path | Literal, ...]
    offset: int


class Operand(NamedTuple):
    """A path or literal, and the filters applied to it."""

    first: Path | Literal
    filters: tuple[Filter, ...]


class Expression(NamedTuple):
    """`{{ … }}`, from `start` to `end`: operands joined by `or`."""

    operands: tuple[Operand, ...]
    start: int
    end: int

    @property
    def roots(self) -> frozenset[str]:
        """The roots of all paths, including those in arguments of filters."""
        first = [operand.first for operand in self.operands]
        rest = [value for operand in self.operands for filter_ in operand.filters for value in filter_.arguments]
        return frozenset(value.root for value in first + rest if isinstance(value, Path))


Part = str | Name | Expression


def parse(text: str, *, more_filters: Collection[str] = ()) -> tuple[Part, ...]:
    """Split a text into literal text and references, in one pass from left to right.

    `more_filters` are filters without arguments that are allowed in addition to the usual ones.
    Raises GrammarError if the text is not in the grammar.
    """
    return _Reader(text, more_filters).parts()


def quote(text: str) -> str:
    """Escape a text so that `parse` reads it as exactly this literal text."""
    return _SPECIAL.sub(lambda found: "$${" if found[0] == "${" else f"{{{{ '{found[0]}' }}}}", text)


def is_name(text: str) -> bool:
    """Return whether a variable of this name can be written as `${…}`."""
    return _WHOLE_NAME.match(text) is not None


_SPECIAL = re.compile(r"\$\{|\{[{%#]")
_WHOLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
_OPENING = re.compile(r"\$\$\{|\$\{|\{\{")
_INSIDE = re.compile(r"\$\$\{|\$\{|\}")
_NAME = re.compile(r"([A-Za-z_][A-Za-z0-9_-]*?)(\}|:-|:\?)")
_SPACE = re.compile(r"[ \t\r\n]*")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DIGITS = re.compile(r"[0-9]{1,18}(?![0-9A-Za-z_])")
_INTEGER = re.compile(r"-?[0-9]{1,18}(?![0-9A-Za-z_.])")
_QUOTED = re.compile(r"""(['"])((?:(?!\1)[^\\]|\\[\\'"n])*)\1""")
_ESCAPE = re.compile(r"\\(.)")
_OR = re.compile(r"[ \t\r\n]*or(?![A-Za-z_])")
_BLOCK = re.compile(r"\{[%#]")
_CONDITION = re.compile(r"[=!<>]=?|(?:if|else|and|not|in|is)\b")
_WORDS: Mapping[str, bool | None] = {
    "true": True, "True": True, "false": False, "False": False, "null": None, "None": None,
}  # fmt: skip

_PER_ENVIRONMENT = "set the value in the var file of each environment"
_PLAIN_DOLLAR = "write ${NAME}, or $${ for a literal ${"
_PLAIN_BRACES = "write {{ '{{' }} for a literal {{"


class _Reader:
    """One text, and the position up to which it has been read."""

    def __init__(self, text: str, more_filters: Collection[str]) -> None:
        self.text = text
        self.at = 0
        self.more_filters = more_filters

    def parts(self) -> tuple[Part, ...]:
        """Read the whole text."""
        parts = self.pieces(_OPENING, 0)
        if any(isinstance(part, Expression) for part in parts):
            self.refuse_blocks(parts)
        return _joined(parts)

    def pieces(self, marks: re.Pattern[str], depth: int) -> list[Part]:
        """Read text and references up to a closing brace, if that is a mark, or to the end."""
        parts: list[Part] = []
        while (found := marks.search(self.text, self.at)) and found[0] != "}":
            parts.append(self.text[self.at : found.start()])
            self.at = found.end()
            if found[0] == "$${":
                parts.append("${")
            else:
                parts.append(self.name(depth) if found[0] == "${" else self.expression())
        end = found.start() if found else len(self.text)
        parts.append(self.text[self.at : end])
        self.at = end
        return parts

    def refuse_blocks(self, parts: list[Part]) -> None:
        """Refuse text next to an expression that looks like a block of a template language."""
        for part in parts:
            if isinstance(part, str) and (found := _BLOCK.search(part)):
                at = max(self.text.find(part), 0) + found.start()
                raise GrammarError(at, "blocks are not supported, only expressions", _PER_ENVIRONMENT)

    def name(self, depth: int) -> Name:
        """Read what follows `${`."""
        start = self.at - 2
        if depth > MAX_NESTING:
            raise GrammarError(start, f"${{…}} nested deeper than {MAX_NESTING}")
        found = _NAME.match(self.text, self.at)
        if not found:
            raise GrammarError(start, "invalid variable name after ${", _PLAIN_DOLLAR)
        self.at = found.end()
        if found[2] == "}":
            return Name(found[1], "", (), start, self.at)
        text = _joined(self.pieces(_INSIDE, depth + 1))
        if self.at == len(self.text):
            raise GrammarError(start, "unclosed ${", _PLAIN_DOLLAR)
        self.at += 1
        return Name(found[1], found[2], text, start, self.at)  # type: ignore[arg-type]

    def expression(self) -> Expression:
        """Read what follows `{{`."""
        start = self.at - 2
        if self.text.find("}}", self.at) < 0:
            raise GrammarError(start, "unclosed {{", _PLAIN_BRACES)
        if self.text[self.at : self.at + 1] in ("-", "+"):
            raise GrammarError(start, "trim markers are not supported", "write {{ without it")
        operands = [self.operand()]
        while self.take(_OR):
            operands.append(self.operand())
        if not self.taken("}}"):
            raise self.unexpected()
        return Expression(tuple(operands), start, self.at)

    def operand(self) -> Operand:
        """Read a path or literal with its filters."""
        first = self.value()
        filters = []
        while self.taken("|"):
            filters.append(self.filter())
        return Operand(first, tuple(filters))

    def value(self) -> Path | Literal:
        """Read a path or literal."""
        self.skip()
        if quoted := self.take(_QUOTED):
            return Literal(*[_unescaped(quoted)] * 2)
        if number := self.take(_INTEGER):
            return Literal(int(number[0]), number[0])
        at = self.at
        word = self.take(_WORD)
        if not word:
            raise self.unexpected("missing value")
        if word[0] in _WORDS:
            return Literal(_WORDS[word[0]], word[0])
        if word[0] in ("or", "if", "not", "else"):
            self.at = at
            raise self.unexpected("missing value")
        return Path(word[0], self.steps(), at)

    def steps(self) -> tuple[str | int, ...]:
        """Read the steps of a path."""
        steps: list[str | int] = []
        while True:
            if self.text.startswith(".", self.at):
                self.at += 1
                word = self.take(_WORD) or self.take(_DIGITS)
                if not word:
                    raise GrammarError(self.at, "missing name after the dot", 'write ["name"] for other names')
                steps.append(word[0])
            elif self.text.startswith("[", self.at):
                self.at += 1
                steps.append(self.index())
            else:
                return tuple(steps)

    def index(self) -> str | int:
        """Read an index in brackets."""
        self.skip()
        found = self.take(_QUOTED) or self.take(_INTEGER)
        if not found or not self.taken("]"):
            raise GrammarError(self.at, "brackets must contain a number or quoted text")
        return _unescaped(found) if found.re is _QUOTED else int(found[0])

    def filter(self) -> Filter:
        """Read a filter with its arguments."""
        self.skip()
        at = self.at
        word = self.take(_WORD)
        if not word or not (word[0] in ARGUMENTS or word[0] in self.more_filters):
            raise GrammarError(at, "unknown filter", f"use one of {', '.join([*ARGUMENTS, *self.more_filters])}")
        arguments: list[Path | Literal] = []
        if self.taken("("):
            while not self.taken(")"):
                if arguments and not self.taken(","):
                    raise self.unexpected()
                arguments.append(self.value())
        least, most = ARGUMENTS.get(word[0], (0, 0))
        if not least <= len(arguments) <= most:
            raise GrammarError(at, f"{word[0]} takes {_counted(least, most)}")
        return Filter(word[0], tuple(arguments), at)

    def unexpected(self, message: str = "unexpected text in an expression") -> GrammarError:
        """Return the error for the text at the current position."""
        self.skip()
        if _CONDITION.match(self.text, self.at):
            return GrammarError(self.at, "conditions and comparisons are not supported", _PER_ENVIRONMENT)
        if self.text.startswith(("-}}", "+}}"), self.at):
            return GrammarError(self.at, "trim markers are not supported", "write }} without it")
        if self.text.startswith("(", self.at):
            return GrammarError(self.at, "calls are not supported", "apply a filter with |")
        return GrammarError(self.at, message, _PLAIN_BRACES)

    def skip(self) -> None:
        """Skip whitespace."""
        self.at = _SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Read a pattern, if it matches at the current position."""
        if found := pattern.match(self.text, self.at):
            self.at = found.end()
        return found

    def taken(self, mark: str) -> bool:
        """Skip whitespace and a mark, if it comes next."""
        self.skip()
        found = self.text.startswith(mark, self.at)
        self.at += len(mark) * found
        return found


def _joined(parts: list[Part]) -> tuple[Part, ...]:
    """Join adjacent texts and leave out empty ones."""
    joined: list[Part] = []
    for is_text, group in groupby(parts, lambda part: isinstance(part, str)):
        pieces = list(group)
        joined.extend(filter(None, ["".join(map(str, pieces))]) if is_text else pieces)
    return tuple(joined)


def _unescaped(found: re.Match[str]) -> str:
    return _ESCAPE.sub(lambda escape: "\n" if escape[1] == "n" else escape[1], found[2])


def _counted(least: int, most: int) -> str:
    words = ("no argument", "one argument", "two arguments")
    return words[most] if least == most else f"{words[least]} or {words[most].split()[0]}"


def _base64(text: str) -> str:
    from base64 import b64encode

    # A file name that is not UTF-8 is held as lone surrogates, and is encoded as its original bytes.
    return b64encode(text.encode("utf-8", "surrogateescape")).decode("ascii")


TEXT_FILTERS: Mapping[str, Callable[[str], str]] = {
    "upper": str.upper,
    "lower": str.lower,
    "trim": str.strip,
    "b64encode": _base64,
}
"""The filters that take only text."""
