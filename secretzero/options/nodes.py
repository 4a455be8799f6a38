"""Values in files that people write: a tree in which each knows its position, so that a problem can name it."""

import re
from bisect import bisect_right
from codecs import BOM_UTF8, utf_8_decode
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from ..errors import Problem, Severity
from ..values import Material

_BREAK = re.compile(r"\r\n|\r|\n")
_NAME = re.compile(r"[A-Za-z0-9_$-]+\Z").match
_SHOWN = 60
_FEW = 32
_LONGEST = 64
_PIECE = 1 << 20
_OFFSET_BITS = 40
_OFFSET = (1 << _OFFSET_BITS) - 1


class Mark(NamedTuple):
    """A place in a file that people write: the file's number, and a character offset from 0 (-1: nowhere)."""

    file: int = 0
    offset: int = -1


class Absent(NamedTuple):
    """An option that names an environment variable which is not set: an error only when the value is needed.

    `whole` says that the option is nothing but that variable, so that a value may take its place.
    """

    variable: str
    path: str
    mark: Mark
    whole: bool = True


def pack(number: int, offset: int) -> int:
    """Return a mark as one integer: a manifest of 5,000 secrets holds 200,000 of them, and few are ever looked at."""
    return number << _OFFSET_BITS | offset


def unpack(at: Mark | int) -> Mark:
    """Return the mark that was packed; a mark is itself."""
    return at if isinstance(at, Mark) else Mark(at >> _OFFSET_BITS, at & _OFFSET)


class Scalar:
    """One value that holds no others: `value` by the core schema, `text` as it is written.

    `plain` says that it is written without quotes. `env` names the environment variables its text was made from.
    """

    __slots__ = ("_at", "env", "plain", "text", "value")

    def __init__(
        self,
        value: str | float | bool | None,  # noqa: FBT001 - a value, no flag
        text: str,
        mark: Mark | int,
        plain: bool,  # noqa: FBT001 - keywords cost a third more for each value of a file
        env: tuple[str, ...] = (),
    ) -> None:
        self.value = value
        self.text = text
        self._at = mark
        self.plain = plain
        self.env = env

    @property
    def mark(self) -> Mark:
        """Its position in the file."""
        return unpack(self._at)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(at {self.mark.offset})"


class Missing(Scalar):
    """A value whose `${NAME}` is not defined, where that is an error only once the value is needed."""

    __slots__ = ("variable",)

    def __init__(self, variable: str, text: str, mark: Mark) -> None:
        super().__init__(None, text, mark, plain=False)
        self.variable = variable


class Map:
    """Values by key; `keys` says where each key stands."""

    __slots__ = ("_keys", "items", "mark")

    def __init__(self, items: "dict[str, Node]", keys: Mapping[str, Mark] | tuple[int, ...], mark: Mark) -> None:
        self.items = items
        # Packed marks in the order of the items, until somebody asks.
        self._keys = keys
        self.mark = mark

    @property
    def keys(self) -> Mapping[str, Mark]:
        """Where each key stands."""
        if isinstance(self._keys, tuple):
            self._keys = dict(zip(self.items, map(unpack, self._keys), strict=True))
        return self._keys

    def marked(self, keys: tuple[int, ...]) -> None:
        """Take packed marks of the keys, in the order of the items."""
        self._keys = keys

    def packed(self) -> tuple[int, ...]:
        """Return the marks of the keys, packed, in the order of the items."""
        if isinstance(self._keys, tuple):
            return self._keys
        return tuple(pack(*self._keys[key]) for key in self.items)

    def changed(self, items: "dict[str, Node]") -> "Map":
        """Return a map with other values under some of the same keys."""
        return Map({**self.items, **items}, self._keys, self.mark)

    def __repr__(self) -> str:
        return f"Map({', '.join(self.items)})"


class Seq:
    """Values in order."""

    __slots__ = ("items", "mark")

    def __init__(self, items: "list[Node]", mark: Mark) -> None:
        self.items = items
        self.mark = mark

    def __repr__(self) -> str:
        return f"Seq({len(self.items)} items)"


Node = Scalar | Map | Seq


class Files:
    """The texts that were read, so that line and column are computed only for a message."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._contents: list[bytes] = []
        self._texts: dict[int, str] = {}
        self._lines: dict[int, list[int]] = {}
        self._asked = 0

    def add(self, name: str, content: bytes = b"") -> int:
        """Keep a text under the name that messages show, and return its number."""
        self._names.append(name)
        self._contents.append(content)
        return len(self._names) - 1

    def text(self, number: int) -> str:
        """Return a text as its offsets count: without a byte order mark."""
        if number not in self._texts:
            self._texts[number] = _readable(self._contents[number])
        return self._texts[number]

    def locate(self, mark: Mark) -> tuple[str, int, int]:
        """Return file, line and column; line and column are 0 for a mark that is nowhere."""
        if not 0 <= mark.file < len(self._names):
            return "", 0, 0
        if mark.offset < 0:
            return self._names[mark.file], 0, 0
        line, start = self._line(mark.file, mark.offset)
        return self._names[mark.file], line, mark.offset - start + 1

    def _line(self, number: int, offset: int) -> tuple[int, int]:
        """Return the line of an offset and where it starts; only for many is a table of all lines worth its price."""
        text = self.text(number)
        self._asked += 1
        if self._asked <= _FEW and "\r" not in text:
            return text.count("\n", 0, offset) + 1, text.rfind("\n", 0, offset) + 1
        if number not in self._lines:
            self._lines[number] = [0, *(found.end() for found in _BREAK.finditer(text))]
        starts = self._lines[number]
        line = bisect_right(starts, offset)
        return line, starts[line - 1]

    def problem(self, mark: Mark, path: str, message: str, hint: str = "", severity: Severity = "error") -> Problem:
        """Make a problem out of a mark."""
        return Problem(*self.locate(mark), path, message, hint, severity)


class Problems:
    """Collects problems with their place. With `lenient`, unknown keys and kinds are warnings.

    `found` is the list itself: what reads nodes without this class appends to it, too.
    """

    def __init__(self, files: Files, *, lenient: bool = False) -> None:
        self.files = files
        self.lenient = lenient
        self.found: list[Problem] = []
        self._patience = 20_000

    def say(self, mark: Mark, path: str, message: str, hint: str = "", severity: Severity = "error") -> None:
        """Add a problem. The message never holds a value."""
        self.found.append(self.files.problem(mark, path, message, hint, severity))

    def unknown(self, mark: Mark, path: str, message: str, hint: str = "") -> None:
        """Add an unknown key or kind: an error, or a warning when the reader is lenient."""
        self.say(mark, path, message, hint, "warning" if self.lenient else "error")

    def nearest(self, name: str, known: Collection[str]) -> str:
        """Propose the known name that is nearest; a file of nothing but unknown names gets no more proposals."""
        self._patience -= len(known)
        return did_you_mean(name, known) if self._patience > 0 else ""

    def failed_since(self, count: int) -> bool:
        """Return whether an error came after the first `count` problems."""
        return len(self.found) > count and any(problem.severity == "error" for problem in self.found[count:])

    def place(self, mark: Mark) -> str:
        """Return a place as ``file:line:column``, for a message about another one."""
        file, line, column = self.files.locate(mark)
        return f"{file}:{line}:{column}"

    def apart(self) -> "Problems":
        """Return an empty collection over the same files, for what is only tried."""
        return Problems(self.files, lenient=self.lenient)


class At(NamedTuple):
    """Where in the file a reader is, and where it says what is wrong, or not set in the environment."""

    problems: Problems
    path: str
    absent: list[Absent]

    def to(self, path: str) -> "At":
        """Return another place with the same listeners."""
        return At(self.problems, path, self.absent)

    def say(self, mark: Mark, message: str, hint: str = "", severity: Severity = "error") -> None:
        """Add a problem at this path."""
        self.problems.say(mark, self.path, message, hint, severity)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Propose the known name that is nearest to a wrong one; empty when none is near."""
    from difflib import get_close_matches

    near = get_close_matches(name, sorted(known), n=1, cutoff=0.6) if len(name) <= _LONGEST else []
    return f"did you mean '{near[0]}'?" if near else ""


def below(path: str, key: str) -> str:
    """Return the path of a key of the map at a path."""
    if not _NAME(key):
        shown = key if len(key) <= _SHOWN else key[:_SHOWN] + "…"
        return f"{path}[{shown!r}]"
    return f"{path}.{key}" if path else key


def plain(node: Node) -> Material:
    """Return a tree as plain Python; what is missing is None."""
    if isinstance(node, Map):
        return {key: plain(item) for key, item in node.items.items()}
    if isinstance(node, Seq):
        return [plain(item) for item in node.items]
    return node.value


def overlay(base: Node, over: Node) -> Node:
    """Lay one tree over another: maps merge deeply, anything else replaces. Neither is changed."""
    return laid(base, over, over.mark) if isinstance(base, Map) and isinstance(over, Map) else over


def laid(base: Map, over: Map, mark: Mark) -> Map:
    """Lay one map over another; `mark` is where the whole stands."""
    items = dict(base.items)
    for key, item in over.items.items():
        items[key] = overlay(items[key], item) if key in items else item
    return Map(items, {**base.keys, **over.keys}, mark)


def pieces(content: bytes, start: int) -> Iterator[str]:
    """Yield a text from `start` on, in pieces that are small enough whatever is in it.

    Raises UnicodeDecodeError at the first byte that is not UTF-8, when all before it was given.
    """
    while start < len(content):
        try:
            piece, used = utf_8_decode(content[start : start + _PIECE], "strict", start + _PIECE >= len(content))
        except UnicodeDecodeError as error:
            yield error.object[: error.start].decode("utf-8")
            raise
        yield piece
        start += used


def _readable(content: bytes) -> str:
    """Return a text, up to the first byte that is none where there is one: nothing behind it has a place."""
    content = content.removeprefix(BOM_UTF8)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        return content[: error.start].decode("utf-8")
