"""The nodes of a tree of values that know where they stand, with the files they stand in."""

import re
from bisect import bisect_right

from ..errors import Problem
from ..values import Material
from .model import Mark

_BREAK = re.compile(r"\r\n|\r|\n")
_NAME = re.compile(r"[A-Za-z0-9_$-]+\Z").match
_SHOWN = 60


class Scalar:
    """One value that holds no others: `value` by the core schema, `text` as it is written.

    `plain` says that it stands without quotes. `env` names the environment variables its text was made from.
    """

    __slots__ = ("env", "mark", "plain", "text", "value")

    def __init__(
        self,
        value: str | float | bool | None,  # noqa: FBT001 - a value, no flag
        text: str,
        mark: Mark,
        plain: bool,  # noqa: FBT001 - keywords cost a third more for each value of a file
        env: tuple[str, ...] = (),
    ) -> None:
        self.value = value
        self.text = text
        self.mark = mark
        self.plain = plain
        self.env = env

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

    __slots__ = ("items", "keys", "mark")

    def __init__(self, items: "dict[str, Node]", keys: dict[str, Mark], mark: Mark) -> None:
        self.items = items
        self.keys = keys
        self.mark = mark

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

    def add(self, name: str, content: bytes = b"") -> int:
        """Keep a text under the name that messages show, and return its number."""
        self._names.append(name)
        self._contents.append(content)
        return len(self._names) - 1

    def text(self, number: int) -> str:
        """Return a text as its offsets count: without a byte order mark."""
        if number not in self._texts:
            self._texts[number] = self._contents[number].decode("utf-8-sig", "replace")
        return self._texts[number]

    def locate(self, mark: Mark) -> tuple[str, int, int]:
        """Return file, line and column; line and column are 0 for a mark that is nowhere."""
        if not 0 <= mark.file < len(self._names):
            return "", 0, 0
        if mark.offset < 0:
            return self._names[mark.file], 0, 0
        if mark.file not in self._lines:
            starts = [found.end() for found in _BREAK.finditer(self.text(mark.file))]
            self._lines[mark.file] = [0, *starts]
        starts = self._lines[mark.file]
        line = bisect_right(starts, mark.offset)
        return self._names[mark.file], line, mark.offset - starts[line - 1] + 1

    def problem(self, mark: Mark, path: str, message: str, hint: str = "", severity: str = "error") -> Problem:
        """Make a problem out of a mark."""
        return Problem(*self.locate(mark), path, message, hint, severity)


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
    if not (isinstance(base, Map) and isinstance(over, Map)):
        return over
    items, keys = dict(base.items), {**base.keys, **over.keys}
    for key, item in over.items.items():
        items[key] = overlay(items[key], item) if key in items else item
    return Map(items, keys, over.mark)
