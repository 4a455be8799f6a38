"""YAML files: one document whose root is a map, edited in place at the positions that the parser reports."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import yaml  # noqa: TID253 - this module is loaded only to read YAML

from ..errors import RejectedError
from ..values import Material
from .format import MAX_DEPTH, Format, Syntax
from .layout import Braces, Layout, Lines, Member, whole_lines
from .literals import keys, literal, quoted

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*").fullmatch
_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))
_COLON = re.compile(r"[ \t]*:")
# YAML limits a key on one line to 1,024 characters, including quotes and escapes.
_MAX_KEY = 1000
_MAX_ALIASED = 100_000
_NAMED: dict[str, Material] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]{1,4000}|0o[0-7]+|0x[0-9a-fA-F]+").fullmatch
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?").fullmatch


class Yaml(Syntax):
    """YAML that readers of 1.1 and of 1.2 read the same way: all text is in double quotes."""

    def layout(self, text: str) -> Layout:
        """Find the keys of the root map; an empty document is a map without keys."""
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            return _Reader(text, yaml.parse(text, Loader=loader)).read()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise RejectedError(f"line {mark.line + 1 if mark else 1} is not YAML") from None
        except yaml.YAMLError:
            raise RejectedError("the file is not YAML: it holds a control character") from None

    def check(self, name: str, held: Material) -> None:
        """Refuse a key that is too long for one line of YAML."""
        if any(len(quoted(each)) > _MAX_KEY for each in (name, *keys(held))):
            raise RejectedError(f"a YAML key cannot be longer than {_MAX_KEY} characters")

    def key(self, name: str) -> str:
        """Format a key, quoted unless every reader takes it for text."""
        return name if _PLAIN_KEY(name) and name.lower() not in _WORDS else quoted(name)

    def value(self, held: Material) -> str:
        """Format a value on one line."""
        return literal(held, quoted, quoted, ": ")


class _Node(NamedTuple):
    """A value and its position; `size` counts its nodes with every alias expanded."""

    value: Material
    start: int
    end: int
    size: int = 1
    anchored: bool = False


class _Reader:
    """Builds the root map from parser events, whose marks count characters."""

    def __init__(self, text: str, events: Iterator[yaml.Event]) -> None:
        self._text = text
        self._events = events
        self._anchors: dict[str, _Node] = {}
        self._aliased = 0

    def read(self) -> Layout:
        """Read the whole stream, which must be one document."""
        next(self._events)
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return Lines(self._text, (), joint=": ")
        root = next(self._events)
        if isinstance(root, yaml.ScalarEvent) and root.value == "" and root.implicit[0]:
            return Lines(self._text, (), joint=": ", at=self._finish())
        if not isinstance(root, yaml.MappingStartEvent):
            raise RejectedError(f"line {_line(root)}: the root of the YAML must be a map")
        found = dict[str, tuple[_Node, _Node]]()
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event)
            if key in found:
                raise RejectedError(f"line {_line(event)}: duplicate key")
            found[key] = (_Node(key, _start(event), _end(event)), self._node(next(self._events), 1))
        if root.flow_style:
            opened = self._text.index("{", _start(root)) + 1
            self._finish()
            members = [
                Member(name, value.value, key.start, value.start, value.end, value.end, locked=self._lock(value))
                for name, (key, value) in found.items()
            ]
            return Braces(self._text, members, opened, _end(event) - 1)
        first = next(iter(found.values()))[0].start
        indent = self._text[self._text.rfind("\n", 0, first) + 1 : first]
        members = [self._line_member(name, key, value) for name, (key, value) in found.items()]
        return Lines(self._text, members, joint=": ", lead=" ", at=self._finish(), indent=indent)

    def _line_member(self, name: str, key: _Node, value: _Node) -> Member:
        """Return a field of a root without braces; a comment between the colon and the value is kept."""
        start, stop = whole_lines(self._text, key.start, value.end)
        colon = _COLON.match(self._text, key.end)
        middle = colon.end() if colon else value.start
        alone = colon is not None and not self._text[start : key.start].strip()
        gap = self._text[middle : value.start].rstrip()
        end = max(value.end, middle)
        locked = self._lock(value) if alone else "its key is written in a way that cannot be edited in place"
        return Member(name, value.value, start, middle, end, stop, gap if "#" in gap else "", locked)

    def _lock(self, value: _Node) -> str:
        return "its value has an anchor that is used elsewhere in the file" if value.anchored and self._aliased else ""

    def _finish(self) -> int:
        """Read the end of the document and return where new keys go: before its end marker, or -1 for the end."""
        ended = next(self._events)
        if not isinstance(after := next(self._events), yaml.StreamEndEvent):
            raise RejectedError(f"line {_line(after)}: expected a single document")
        return _start(ended) if isinstance(ended, yaml.DocumentEndEvent) and ended.explicit else -1

    def _key(self, event: yaml.Event) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            raise RejectedError(f"line {_line(event)}: keys of a map must be text")
        return event.value

    def _node(self, event: yaml.Event, depth: int) -> _Node:
        """Read one value; a collection without brackets ends where its last value does."""
        if depth > MAX_DEPTH:
            raise RejectedError(f"line {_line(event)} is nested more than {MAX_DEPTH} levels deep")
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        anchor = event.anchor if isinstance(event, yaml.NodeEvent) else None
        if isinstance(event, yaml.ScalarEvent):
            # A block scalar ends before its trailing empty lines.
            end = _start(event) + len(self._text[_start(event) : _end(event)].rstrip())
            node = _Node(_scalar(event), _start(event), end, 1, bool(anchor))
        else:
            node = self._collection(event, depth, anchored=bool(anchor))
        if anchor:
            self._anchors[anchor] = node
        return node

    def _collection(self, opened: yaml.Event, depth: int, *, anchored: bool) -> _Node:
        items, mapping = list[tuple[str, Material]](), isinstance(opened, yaml.MappingStartEvent)
        size, last = 1, _end(opened)
        while not isinstance(event := next(self._events), yaml.CollectionEndEvent):
            key = self._key(event) if mapping else ""
            anchored = anchored or (mapping and bool(getattr(event, "anchor", None)))
            inner = self._node(next(self._events) if mapping else event, depth + 1)
            items.append((key, inner.value))
            size, last, anchored = size + inner.size, inner.end, anchored or inner.anchored
        end = _end(event) if getattr(opened, "flow_style", False) else last
        value = dict(items) if mapping else [item for _, item in items]
        return _Node(value, _start(opened), end, size, anchored)

    def _alias(self, event: yaml.AliasEvent) -> _Node:
        """Return the node that an alias refers to. Raises RejectedError if aliases expand to more than the limit."""
        node = self._anchors.get(event.anchor or "")
        if node is None:
            raise RejectedError(f"line {_line(event)}: undefined alias")
        self._aliased += node.size
        if self._aliased > _MAX_ALIASED:
            raise RejectedError(f"line {_line(event)}: the aliases expand to too many values")
        return node._replace(start=_start(event), end=_end(event), anchored=False)


def _start(event: yaml.Event) -> int:
    return event.start_mark.index if event.start_mark else 0


def _end(event: yaml.Event) -> int:
    return event.end_mark.index if event.end_mark else 0


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _scalar(event: yaml.ScalarEvent) -> Material:
    """Read a scalar by the core schema of YAML 1.2; a quoted or tagged scalar is text."""
    text = event.value
    if not event.implicit[0]:
        return text
    if text in _NAMED:
        return _NAMED[text]
    if _INTEGER(text):
        return int(text, 0 if text[1:2] in {"o", "x"} else 10)
    return float(text) if _FLOAT(text) else text


YAML = Format("yaml", {"": Yaml()})
