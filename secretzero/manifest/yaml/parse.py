"""A YAML file as a tree in which every value has its position.

It is built from the parser's events: the composer of the C library crashes on deep nesting, and duplicate keys, tags,
aliases and the kinds of plain scalars are ours to decide.
"""

import gc
import re
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import repeat
from typing import TYPE_CHECKING, NoReturn

from ...errors import Problem
from ...options.nodes import Files, Map, Mark, Node, Scalar, Seq, below, pack, pieces, unpack
from .scalars import NAMED, STARTS, read_plain
from .syntax_errors import explained

if TYPE_CHECKING:
    import yaml

MAX_BYTES = 64 * 2**20
MAX_DEPTH = 64
MAX_EVENTS = 400_000
_MAX_PROBLEMS = 1000
_FREE_EXPANSION = 100_000
_EXPANSION = 10
_REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_PLAIN = bytes([*b"\t\n\r", *range(0x20, 0x7F)])
# Kept under these until the map is closed; no key of a file can hold NUL.
_DROPPED = "\0dropped"
_MERGE = "\0merge"
_ODD_KEYS = frozenset(("<<", *(text for text, value in NAMED.items() if value is None)))


def parse_tree(content: bytes, file: Files, number: int, problems: list[Problem]) -> Map | None:
    """Read one YAML document whose root is a map, or return None when there is nothing to work with.

    Appends all problems it can find; never raises for what the bytes hold, and stops at the first that makes the rest
    unreadable. `number` is the file's in `file`.
    """
    if len(content) > MAX_BYTES:
        problems.append(file.problem(Mark(number), "", f"the file is larger than {MAX_BYTES >> 20} MiB"))
        return None
    start = len(BOM_UTF8) if content.startswith(BOM_UTF8) else 0
    controls, bad = _unreadable(content, start)
    if bad is not None:
        problems.append(file.problem(Mark(number, bad), "", "the file is not UTF-8", "save it as UTF-8"))
        return None
    problems.extend(file.problem(Mark(number, offset), "", "control character", "remove it") for offset in controls)
    return None if controls else _Builder(file, number, problems).build(content[start:])


def _unreadable(content: bytes, start: int) -> tuple[list[int], int | None]:
    """Return the offsets of characters that no file may hold, and of the first byte that is not UTF-8.

    It goes by pieces: a large file stands in memory only once.
    """
    controls: list[int] = []
    if content.isascii() and not content.translate(None, _PLAIN):
        return controls, None
    offset = 0
    try:
        for piece in pieces(content, start):
            found = _REFUSED.finditer(piece)
            controls += [offset + each.start() for each, _ in zip(found, range(20 - len(controls)), strict=False)]
            offset += len(piece)
    except UnicodeDecodeError:
        return controls, offset
    return controls, None


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the garbage collector away: a tree only grows, and looking through it again and again is not linear."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _StopError(Exception):
    """The rest of the file is not worth reading: the problem is noted."""


class _Open:
    """A map or list that is not closed yet. `key` is None where a key is due; `height` is that of its tallest child."""

    __slots__ = ("anchor", "append", "before", "height", "items", "key", "keys", "node")

    def __init__(self, node: Map | Seq, anchor: str | None, before: int) -> None:
        self.node = node
        self.anchor = anchor
        self.before = before
        self.height = 0
        self.key: str | None = None
        self.append: Callable[[Node], None] | None = None
        self.keys: dict[str, int] = {}
        self.items: dict[str, Node] = {}
        if isinstance(node, Map):
            self.items = node.items
        else:
            self.key = ""
            self.append = node.items.append


class _Builder:
    """Turns the events of one document into a tree."""

    def __init__(self, files: Files, number: int, problems: list[Problem]) -> None:
        self.files = files
        self.number = number
        self.base = pack(number, 0)
        self.words: dict[str, str] = {}
        self.problems = problems
        self.enough = len(problems) + _MAX_PROBLEMS
        self.documents = Seq([], Mark(number, 0))
        self.frame = _Open(self.documents, None, 0)
        self.stack = [self.frame]
        # Node, number of values in it, height.
        self.anchors: dict[str, tuple[Node, int, int]] = {}
        self.written = self.total = self.copied = 0
        self.suspect: Mark | None = None

    def build(self, content: bytes) -> Map | None:
        """Read the document; None when there is no map, or no way to know what the rest of it means."""
        import yaml

        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(content)
        try:
            with uncollected():
                self.follow(loader)
            return self.result()
        except yaml.MarkedYAMLError as error:
            offset, message, hint = explained(error)
            self.problems.append(self.files.problem(Mark(self.number, offset), "", message, hint))
        except MemoryError:
            self.problems.append(self.files.problem(Mark(self.number), "", "not enough memory to read the file"))
        except _StopError:
            pass
        finally:
            loader.dispose()
        return None

    def follow(self, loader: "yaml.SafeLoader") -> None:
        """Take all events; asking the loader itself is a tenth faster than `yaml.parse`."""
        import yaml

        acts: Mapping[type, Callable[..., None]] = {
            yaml.MappingStartEvent: self.open_map,
            yaml.MappingEndEvent: self.close,
            yaml.SequenceStartEvent: self.open_list,
            yaml.SequenceEndEvent: self.close,
            yaml.AliasEvent: self.alias,
            yaml.DocumentStartEvent: self.document,
        }
        scalar, kind, next_event = self.scalar, yaml.ScalarEvent, loader.get_event
        for _ in repeat(None, MAX_EVENTS):
            event = next_event()  # type: ignore[no-untyped-call]
            if event.__class__ is kind:
                scalar(event)
            elif act := acts.get(event.__class__):
                act(event)
            elif event is None:
                return
        self.stop(self.mark(event), "the file contains too many values", "split it", path="")

    def result(self) -> Map | None:
        """Return the root, if it is a map that stayed within bounds."""
        start = Mark(self.number, 0)
        if self.total > _EXPANSION * self.written + _FREE_EXPANSION:
            self.note(self.suspect or start, "aliases expand to too many values", "write them out", path="")
            return None
        root = self.documents.items[0] if self.documents.items else None
        if isinstance(root, Map):
            return root
        if root is None or (root.__class__ is Scalar and not root.text):
            self.note(start, "the file is empty", path="")
        else:
            self.note(root.mark, "expected a map at the top level", "write `key: value` lines", path="")
        return None

    def mark(self, event: "yaml.Event") -> Mark:
        """Return where an event starts."""
        # For half of what Mark(…) costs: each map and list has one.
        return tuple.__new__(Mark, (self.number, event.start_mark.index))  # type: ignore[union-attr]

    def note(self, mark: Mark | int, message: str, hint: str = "", path: str | None = None) -> None:
        """Add a problem, by default with the path of what is being read."""
        where = self.path() if path is None else path
        self.problems.append(self.files.problem(unpack(mark), where, message, hint))
        if len(self.problems) >= self.enough:
            raise _StopError

    def stop(self, mark: Mark | int, message: str, hint: str = "", path: str | None = None) -> NoReturn:
        """Add a problem after which nothing more is read."""
        self.note(mark, message, hint, path)
        raise _StopError

    def path(self) -> str:
        """Return the path of the value that is being read."""
        path = ""
        for frame in self.stack[1:]:
            if frame.node.__class__ is Seq:
                path += f"[{len(frame.node.items)}]"
            elif frame.key and frame.key[0] != "\0":
                path = below(path, frame.key)
        return path

    def document(self, event: "yaml.Event") -> None:
        """Only one document is read."""
        if self.documents.items:
            self.stop(self.mark(event), "more than one YAML document", "remove the `---` line", path="")

    def scalar(self, event: "yaml.ScalarEvent") -> None:
        """Take a value, or the key that is due."""
        frame = self.frame
        text, is_plain = event.value, not event.style
        mark = self.base | event.start_mark.index  # type: ignore[union-attr]
        unusual = event.anchor is not None or event.tag is not None or (event.style == '"' and "\0" in text)
        if frame.key is None:
            if unusual:
                self.unusual(event, Scalar(text, text, mark, is_plain))
            if text in frame.keys or text in _ODD_KEYS or unusual:
                text = self.odd_key(text, mark, frame, is_plain=is_plain)
            text = self.words.setdefault(text, text)
            frame.keys[text] = mark
            frame.key = text
            return
        value = self.read(text, mark) if is_plain and text[:1] in STARTS else text
        node = Scalar(value, text, mark, is_plain)
        if unusual:
            self.unusual(event, node)
        if frame.append is not None:
            frame.append(node)
        else:
            frame.items[frame.key] = node
            frame.key = None

    def read(self, text: str, mark: int) -> str | float | bool | None:
        """Read a scalar without quotes."""
        try:
            return read_plain(text)
        except ValueError as error:
            self.note(mark, str(error), "put it in quotes")
            return text

    def odd_key(self, text: str, mark: int, frame: _Open, *, is_plain: bool) -> str:
        """Return the key under which to keep a value whose own key is not an ordinary one."""
        if is_plain and text == "<<":
            text = _MERGE
        elif is_plain and text in NAMED and NAMED[text] is None:
            self.note(mark, "null cannot be a key", "put it in quotes")
            text = _DROPPED
        elif "\0" in text:
            text = _DROPPED
        if text in frame.keys and text != _DROPPED:
            frame.key = "<<" if text == _MERGE else text
            _, line, column = self.files.locate(unpack(frame.keys[text]))
            self.note(mark, "duplicate key", f"first defined at line {line}, column {column}")
            text = _DROPPED
        return text

    def unusual(self, event: "yaml.ScalarEvent", node: Scalar) -> None:
        """Take note of an anchor, and refuse a tag or NUL."""
        if event.anchor is not None:
            self.anchors[event.anchor] = (node, 1, 0)
        if event.tag is not None:
            self.refuse_tag(event)
        if "\0" in node.text:
            self.note(node.mark, "control character", "remove it")

    def refuse_tag(self, event: "yaml.NodeEvent") -> None:
        """No tag means anything here."""
        self.note(self.mark(event), "tags are not supported", "remove the tag; put text in quotes instead")

    def open_map(self, event: "yaml.MappingStartEvent") -> None:
        """Start a map."""
        self.open(Map({}, (), self.mark(event)), event)

    def open_list(self, event: "yaml.SequenceStartEvent") -> None:
        """Start a list."""
        self.open(Seq([], self.mark(event)), event)

    def open(self, node: Map | Seq, event: "yaml.CollectionStartEvent") -> None:
        """Go one level down, at most 64 in all."""
        if len(self.stack) > MAX_DEPTH:
            self.stop(node.mark, f"nested deeper than {MAX_DEPTH}")
        if event.tag is not None:
            self.refuse_tag(event)
        if event.anchor is not None:
            self.anchors.pop(event.anchor, None)
        self.frame = _Open(node, event.anchor, self.total)
        self.stack.append(self.frame)

    def close(self, _: "yaml.CollectionEndEvent") -> None:
        """Finish a map or list and hand it to the one around it."""
        done = self.stack.pop()
        self.frame = self.stack[-1]
        node, height = done.node, done.height + 1
        self.written += len(node.items)
        self.total += len(node.items)
        if node.__class__ is Map:
            if _MERGE in done.items or _DROPPED in done.items:
                self.tidy(node, done.keys)
            else:
                node.marked(tuple(done.keys.values()))
        if done.anchor is not None:
            self.anchors[done.anchor] = (node, self.total - done.before + 1, height)
        self.attach(node, height)

    def attach(self, node: Node, height: int) -> None:
        """Put a finished value where it belongs."""
        frame = self.frame
        if frame.key == _MERGE:
            # What is merged comes to stand in the map itself.
            height -= 2 if isinstance(node, Seq) else 1
        frame.height = max(frame.height, height)
        if frame.append is not None:
            frame.append(node)
        elif frame.key is not None:
            frame.items[frame.key] = node
            frame.key = None
        elif isinstance(node, Scalar):
            frame.key = self.odd_key(node.text, pack(*node.mark), frame, is_plain=node.plain)
            frame.keys[frame.key] = pack(*node.mark)
        else:
            self.note(node.mark, "a map or list cannot be a key", "use text as the key")
            frame.keys[_DROPPED] = pack(*node.mark)
            frame.key = _DROPPED

    def alias(self, event: "yaml.AliasEvent") -> None:
        """Put the anchored value here once more."""
        mark, name = self.mark(event), event.anchor
        circular = any(frame.anchor == name for frame in self.stack)
        found = None if circular else self.anchors.get(name or "")
        if found is None:
            self.note(mark, f"alias to an anchor that {'contains it' if circular else 'is not defined above it'}")
        node, size, height = found or (Scalar(None, "", mark, plain=True), 1, 0)
        # A merged value stands where the merge key does, or higher.
        keys = [frame.key for frame in self.stack[-2:]]
        merged = 1 if keys[-1] == _MERGE else 2 if keys[0] == _MERGE else 0
        if len(self.stack) - 1 - merged + height > MAX_DEPTH:
            self.stop(mark, f"nested deeper than {MAX_DEPTH}")
        self.total += size
        if self.suspect is None and self.total > _EXPANSION * self.written + _FREE_EXPANSION:
            self.suspect = mark
        self.attach(node, height)

    def tidy(self, node: Map, keys: dict[str, int]) -> None:
        """Lay a map's own keys over those that it merges, and drop what was refused."""
        node.items.pop(_DROPPED, None)
        keys.pop(_DROPPED, None)
        merged = node.items.pop(_MERGE, None)
        mark = keys.pop(_MERGE, -1)
        sources = list(merged.items) if isinstance(merged, Seq) else [merged] if merged is not None else []
        items: dict[str, Node] = {}
        marks: dict[str, int] = {}
        for source in reversed(sources):
            if not isinstance(source, Map):
                self.note(mark, "a merge key takes a map or a list of maps")
                continue
            self.copied += len(source.items)
            if self.copied > _EXPANSION * self.written + _FREE_EXPANSION:
                self.stop(mark, "aliases expand to too many values", "write them out", path="")
            items.update(source.items)
            marks.update(zip(source.items, source.packed(), strict=True))
        node.items = {**items, **node.items}
        node.marked(tuple({**marks, **keys}.values()))
