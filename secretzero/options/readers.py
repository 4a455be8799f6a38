"""Readers: what a node must be, one for each form of option, strict about scalars."""

import re
from collections.abc import Callable
from functools import lru_cache
from types import NoneType
from typing import Any, NamedTuple

from ..values import Material, SecretValue
from .marks import Absent
from .nodes import Map, Missing, Node, Scalar, Seq, below
from .problems import At

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}\Z").match
_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}

FAILED: Any = object()
"""Stands for what could not be read, or is not set; the problem has been said."""


class UnfitError(ValueError):
    """A node is not what its option wants; the message never holds the value."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class Reader(NamedTuple):
    """Reads one node: ``read(node)``, or ``read(node, at)`` when it looks at the nodes below. Raises `UnfitError`."""

    read: Callable[..., Any]
    deep: bool = False


def take(reader: Reader, node: Node, at: At, path: str) -> Any:
    """Read the node at a path; what is wrong with it is said, what is not set is noted, and FAILED stands for both."""
    if node.__class__ is Missing:
        at.absent.append(Absent(node.variable, path, node.mark, is_whole(node.text)))
        return FAILED
    try:
        return reader.read(node, at.to(path)) if reader.deep else reader.read(node)
    except ValueError as error:
        refuse(error, node, at.to(path))
        return FAILED


def refuse(error: ValueError, node: Node, at: At) -> None:
    """Say why a node does not fit."""
    at.say(node.mark, str(error), getattr(error, "hint", ""))


def called(node: Node) -> str:
    """Name what a node is, for messages."""
    if isinstance(node, Map):
        return "a map"
    if isinstance(node, Seq):
        return "a list"
    return {str: "text", bool: "a boolean", NoneType: "null"}.get(type(node.value), "a number")


# -- scalars


def _text(node: Node) -> str:
    """Read text; a plain number keeps its source text."""
    if isinstance(node, Scalar):
        value = node.value
        if value.__class__ is str:
            return value
        if value is not None and value.__class__ is not bool:
            return node.text
    hint = "put it in quotes if it is meant as text" if called(node) == "a boolean" else ""
    raise UnfitError(f"wants text, not {called(node)}", hint)


def _filled(node: Node) -> str:
    found = _text(node)
    if not found:
        raise UnfitError("may not be empty")
    return found


def _boolean(node: Node) -> bool:
    """Read a boolean, or the text that means one."""
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, bool):
        return value
    word = value.lower() if isinstance(value, str) else ""
    if word not in _WORDS:
        raise UnfitError(f"wants true or false, not {'other text' if isinstance(value, str) else called(node)}")
    return _WORDS[word]


def _loose_boolean(node: Node) -> bool:
    """Read a boolean that may also be written ``1`` or ``0``."""
    if isinstance(node, Scalar) and node.text in {"0", "1"}:
        return node.text == "1"
    return _boolean(node)


def _integer(node: Node) -> int:
    """Read an integer, or decimal text."""
    value: object = node.value if isinstance(node, Scalar) else None
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _INTEGER(value):
        return int(value)
    raise UnfitError(f"wants an integer, not {called(node)}")


def _number(node: Node) -> float:
    """Read a number, or decimal text."""
    value = node.value if isinstance(node, Scalar) else None
    try:
        return float("" if value is None or value.__class__ is bool else value)
    except (ValueError, OverflowError):
        raise UnfitError(f"wants a number, not {called(node)}") from None


def _written(node: Node, at: At) -> object:
    """Read whatever is there; a plain scalar is text as it is written, and what the environment gave is hidden."""
    if isinstance(node, Scalar) and node.__class__ is Scalar and node.value is not None:
        return SecretValue(node.text) if node.env else node.text
    return _anything(node, at)


def _anything(node: Node, at: At) -> object:
    """Read whatever is there; what came from the environment is a SecretValue from then on."""
    material = _material(node, at)
    return SecretValue(material) if from_environment(node) else material


def _hidden(node: Node, at: At) -> SecretValue:
    return SecretValue(_material(node, at))


def _material(node: Node, at: At) -> Material:
    if isinstance(node, Map):
        return {key: _material(child, at.to(below(at.path, key))) for key, child in node.items.items()}
    if isinstance(node, Seq):
        return [_material(child, at.to(f"{at.path}[{index}]")) for index, child in enumerate(node.items)]
    if isinstance(node, Missing):
        at.absent.append(Absent(node.variable, at.path, node.mark, is_whole(node.text)))
        return None
    return node.value


def is_whole(text: str) -> bool:
    """Tell whether a text is one ``${…}`` and nothing else."""
    return text.startswith("${") and not text[text.find("}") :].strip("}")


def from_environment(node: Node) -> bool:
    """Tell whether any text of a node came from the environment."""
    if isinstance(node, Map):
        return any(map(from_environment, node.items.values()))
    if isinstance(node, Seq):
        return any(map(from_environment, node.items))
    return bool(node.env)


TEXT = Reader(_text)
FILLED = Reader(_filled)
BOOLEAN = Reader(_boolean)
LOOSE_BOOLEAN = Reader(_loose_boolean)
INTEGER = Reader(_integer)
NUMBER = Reader(_number)
ANYTHING = Reader(_anything, deep=True)
WRITTEN = Reader(_written, deep=True)
HIDDEN = Reader(_hidden, deep=True)


def parsed(parse: Callable[[str], object]) -> Reader:
    """Return a reader of text that `parse` understands; its ValueError is the message."""
    known = lru_cache(maxsize=64)(parse)
    return Reader(lambda node: known(_text(node)))


def choice(*words: object) -> Reader:
    """Return a reader of one of some words; numbers and booleans may be among them."""
    known = {str(word).lower() if isinstance(word, bool) else str(word): word for word in words}
    wanted = f"wants one of {', '.join(known)}"

    def read(node: Node) -> object:
        if not isinstance(node, Scalar):
            raise UnfitError(f"{wanted}, not {called(node)}")
        if node.text not in known:
            raise UnfitError(wanted)
        return known[node.text]

    return Reader(read)


# -- what holds others


def nullable(reader: Reader) -> Reader:
    """Return a reader for which null is None."""

    def read(node: Node, *at: At) -> object:
        return None if _is_null(node) else reader.read(node, *at)

    return Reader(read, reader.deep)


def listed(each: Reader, *, least: int = 0) -> Reader:
    """Return a reader of a list; null is an empty one, and items that do not fit are left out."""

    def read(node: Node, at: At) -> tuple[object, ...]:
        if not isinstance(node, Seq) and not _is_null(node):
            raise UnfitError(f"wants a list, not {called(node)}")
        items = node.items if isinstance(node, Seq) else []
        if len(items) < least:
            raise UnfitError("may not be empty")
        found = [take(each, child, at, f"{at.path}[{index}]") for index, child in enumerate(items)]
        return tuple(item for item in found if item is not FAILED)

    return Reader(read, deep=True)


def mapped(each: Reader) -> Reader:
    """Return a reader of a map of free keys; null is an empty one, and values that do not fit are left out."""

    def read(node: Node, at: At) -> dict[str, object]:
        found = {key: take(each, child, at, below(at.path, key)) for key, child in as_map(node).items.items()}
        return {key: value for key, value in found.items() if value is not FAILED}

    return Reader(read, deep=True)


def as_map(node: Node) -> Map:
    """Return a node that must be a map; null is an empty one."""
    if isinstance(node, Map):
        return node
    if _is_null(node):
        return Map({}, {}, node.mark)
    raise UnfitError(f"wants a map, not {called(node)}")


def as_list(node: Node) -> Seq:
    """Return a node that must be a list; null is an empty one."""
    if isinstance(node, Seq):
        return node
    if _is_null(node):
        return Seq([], node.mark)
    raise UnfitError(f"wants a list, not {called(node)}")


def _is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value is None and node.__class__ is not Missing


MAP = Reader(as_map)
LIST = Reader(as_list)
EACH_TEXT = listed(TEXT)
EACH_FILLED = listed(FILLED)
ANY_MAP = mapped(ANYTHING)
