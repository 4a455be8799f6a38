"""Readers: what a node must be, one for each form of option, strict about scalars.

A reader is a value that says what it accepts, so that `secretzero.options.schema` can describe it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from types import NoneType
from typing import Any, Literal

from ..values import Material, SecretValue
from .nodes import Absent, At, Map, Missing, Node, Scalar, Seq, below

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}\Z").match
WORDS: Mapping[str, bool] = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}

FAILED: Any = object()
"""Stands for what could not be read, or is not set; the problem has been said."""


class UnfitError(ValueError):
    """A node is not what its option wants; the message never holds the value."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class Reader:
    """Reads one node. `deep` says that it looks at the nodes below and needs to know where it is."""

    deep = False

    def read(self, node: Node, at: At, /) -> Any:
        """Return what the node means. Raises ValueError, as a rule `UnfitError`, when it does not fit."""
        raise NotImplementedError


def take(reader: Reader, node: Node, at: At, path: str) -> Any:
    """Read the node at a path; what is wrong with it is said, what is not set is noted, and FAILED stands for both."""
    if node.__class__ is Missing:
        at.absent.append(Absent(node.variable, path, node.mark, is_whole(node.text)))
        return FAILED
    try:
        return reader.read(node, at.to(path) if reader.deep else at)
    except ValueError as error:
        refuse(error, node, at.to(path))
        return FAILED


def refuse(error: ValueError, node: Node, at: At) -> None:
    """Report why a node does not fit."""
    at.say(node.mark, str(error), getattr(error, "hint", ""))


def called(node: Node) -> str:
    """Name what a node is, for messages."""
    if isinstance(node, Map):
        return "a map"
    if isinstance(node, Seq):
        return "a list"
    return {str: "text", bool: "a boolean", NoneType: "null"}.get(type(node.value), "a number")


# -- scalars


class Text(Reader):
    """Text; a plain number keeps its source text. With `filled` it must not be empty."""

    def __init__(self, *, filled: bool = False) -> None:
        self.filled = filled

    def read(self, node: Node, _: At) -> str:
        """Return the text."""
        if isinstance(node, Scalar):
            value = node.value
            if value and value.__class__ is str:
                return value
            if value.__class__ is not str and value is not None and value.__class__ is not bool:
                value = node.text
            if value.__class__ is str:
                if self.filled and not value:
                    raise UnfitError("must not be empty")
                return value
        hint = "put it in quotes if it is meant as text" if called(node) == "a boolean" else ""
        raise UnfitError(f"expected text, got {called(node)}", hint)


class Parsed(Reader):
    """Text that a function understands; its ValueError is the message.

    `pattern` is what all such texts match, as far as a regular expression of ECMA 262 can say it.
    """

    def __init__(self, parse: Callable[[str], object], *, pattern: str = "", text: Text | None = None) -> None:
        self._parse = parse
        self.pattern = pattern
        self.text = text or TEXT

    def read(self, node: Node, at: At) -> object:
        """Return what the text means."""
        return self._parse(self.text.read(node, at))


class Boolean(Reader):
    """A boolean, or the text that means one. A `loose` one may also be written ``1`` or ``0``."""

    def __init__(self, *, loose: bool = False) -> None:
        self.loose = loose

    def read(self, node: Node, _: At) -> bool:
        """Return the boolean."""
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, bool):
            return value
        if self.loose and isinstance(node, Scalar) and node.text in {"0", "1"}:
            return node.text == "1"
        word = value.lower() if isinstance(value, str) else ""
        if word not in WORDS:
            raise UnfitError(f"expected true or false, got {'other text' if isinstance(value, str) else called(node)}")
        return WORDS[word]


class Integer(Reader):
    """An integer, or decimal text, from `least` to `most`."""

    def __init__(self, least: int | None = None, most: int | None = None) -> None:
        self.least = least
        self.most = most

    def read(self, node: Node, _: At) -> int:
        """Return the integer."""
        value: object = node.value if isinstance(node, Scalar) else None
        if isinstance(value, str) and _INTEGER(value):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise UnfitError(f"expected an integer, got {called(node)}")
        if (self.least is not None and value < self.least) or (self.most is not None and value > self.most):
            raise UnfitError(
                f"must be {self.least} or more" if self.most is None else f"must be from {self.least} to {self.most}"
            )
        return value


class Choice(Reader):
    """One of some words; numbers and booleans may be among them."""

    def __init__(self, *words: object) -> None:
        self.words = {str(word).lower() if isinstance(word, bool) else str(word): word for word in words}
        self._wanted = f"expected one of {', '.join(self.words)}"

    def read(self, node: Node, _: At) -> object:
        """Return the word."""
        if not isinstance(node, Scalar):
            raise UnfitError(f"{self._wanted}, got {called(node)}")
        if node.text not in self.words:
            raise UnfitError(self._wanted)
        return self.words[node.text]


# -- whatever is there


class Anything(Reader):
    """Whatever is there; what came from the environment is a SecretValue from then on.

    A plain scalar can be taken as it is ``written``; everything can be ``hidden``.
    """

    deep = True

    def __init__(self, form: Literal["meant", "written", "hidden"] = "meant") -> None:
        self.form = form

    def read(self, node: Node, at: At) -> object:
        """Return text, number, boolean, null, or lists and maps of them."""
        if self.form == "written" and node.__class__ is Scalar and node.value is not None:
            return SecretValue(node.text) if node.env else node.text
        material = _material(node, at)
        return SecretValue(material) if self.form == "hidden" or from_environment(node) else material


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
    """Return whether a text is one ``${…}`` and nothing else."""
    return text.startswith("${") and not text[text.find("}") :].strip("}")


def from_environment(node: Node) -> bool:
    """Return whether any text of a node came from the environment."""
    if isinstance(node, Map):
        return any(map(from_environment, node.items.values()))
    if isinstance(node, Seq):
        return any(map(from_environment, node.items))
    return bool(node.env)


class Untouched(Reader):
    """A node that is read later, by `inside`; null is an empty map or list where `form` asks for one."""

    def __init__(self, form: Literal["node", "map", "list"] = "node", inside: Reader | None = None) -> None:
        self.form = form
        self.inside = inside

    def read(self, node: Node, _: At) -> Node:
        """Return the node."""
        return node if self.form == "node" else as_map(node) if self.form == "map" else as_list(node)


TEXT = Text()
FILLED = Text(filled=True)
BOOLEAN = Boolean()
LOOSE_BOOLEAN = Boolean(loose=True)
INTEGER = Integer()
ANYTHING = Anything()
WRITTEN = Anything("written")
HIDDEN = Anything("hidden")
MAP = Untouched("map")


# -- what holds others


class Nullable(Reader):
    """What another reader reads, or null, which is None."""

    def __init__(self, each: Reader) -> None:
        self.each = each
        self.deep = each.deep

    def read(self, node: Node, at: At) -> object:
        """Return None for null."""
        return None if is_null(node) else self.each.read(node, at)


class Listed(Reader):
    """A list; null is an empty one, and items that do not fit are left out. `things` is what messages call them."""

    deep = True

    def __init__(self, each: Reader, *, least: int = 0, things: str = "") -> None:
        self.each = each
        self.least = least
        self.things = things

    def read(self, node: Node, at: At) -> tuple[Any, ...]:
        """Return the items."""
        items = as_list(node, self.things).items
        if len(items) < self.least:
            raise UnfitError("must not be empty")
        found = [take(self.each, child, at, f"{at.path}[{index}]") for index, child in enumerate(items)]
        return tuple(item for item in found if item is not FAILED)


class Mapped(Reader):
    """A map of free keys; null is an empty one, and values that do not fit are left out."""

    deep = True

    def __init__(self, each: Reader) -> None:
        self.each = each

    def read(self, node: Node, at: At) -> Mapping[str, Any]:
        """Return the values by key."""
        found = {key: take(self.each, child, at, below(at.path, key)) for key, child in as_map(node).items.items()}
        return {key: value for key, value in found.items() if value is not FAILED}


class FirstOf(Reader):
    """What the first of some readers takes which the node fits."""

    deep = True

    def __init__(self, each: Sequence[Reader]) -> None:
        self.each = each

    def read(self, node: Node, at: At) -> object:
        """Return what that reader returns."""
        said = []
        for reader in self.each:
            try:
                return reader.read(node, at)
            except ValueError as unfit:
                said.append(str(unfit))
        raise UnfitError(" or ".join(said))


class Via(Reader):
    """What a function makes of a node. It accepts what `accepts` does, and of that only what fits the schema `also`."""

    deep = True

    def __init__(
        self, make: Callable[[Node, At], Any], *, accepts: Reader, also: Mapping[str, object] | None = None
    ) -> None:
        self._make = make
        self.accepts = accepts
        self.also = also or {}

    def read(self, node: Node, at: At) -> Any:
        """Return what the function returns."""
        return self._make(node, at)


def as_map(node: Node) -> Map:
    """Return a node that must be a map; null is an empty one."""
    if isinstance(node, Map):
        return node
    if is_null(node):
        return Map({}, {}, node.mark)
    raise UnfitError(f"expected a map, got {called(node)}")


def as_list(node: Node, things: str = "") -> Seq:
    """Return a node that must be a list, for messages one of `things`; null is an empty one."""
    if isinstance(node, Seq):
        return node
    if is_null(node):
        return Seq([], node.mark)
    raise UnfitError(f"expected a list{f' of {things}' if things else ''}, got {called(node)}")


def is_null(node: Node) -> bool:
    """Return whether a node is null, and not merely missing."""
    return isinstance(node, Scalar) and node.value is None and node.__class__ is not Missing


EACH_FILLED = Listed(FILLED)
EACH_MAP = Mapped(MAP)
ANY_MAP = Mapped(ANYTHING)
