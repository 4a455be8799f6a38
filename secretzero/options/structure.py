"""Makes instances of option classes out of positioned nodes, driven by a table that is read off each class once."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin

import attrs

from ..values import SecretValue
from .nodes import Map, Missing, Node, below
from .problems import At
from .readers import (
    ANYTHING,
    BOOLEAN,
    FAILED,
    HIDDEN,
    INTEGER,
    NUMBER,
    TEXT,
    WRITTEN,
    Choice,
    FirstOf,
    Listed,
    Mapped,
    Nullable,
    Reader,
    UnfitError,
    as_map,
    called,
    refuse,
    take,
)

DOCUMENTATION = frozenset(
    ("description", "notes", "tags", "purpose", "automation_hint", "documentation_url", "owner"),
)
"""Keys that every map of fixed keys accepts, as it does those that start with ``x-``."""

_Kind = TypeVar("_Kind")
_Section = TypeVar("_Section", bound=NamedTuple)
_WORD = re.compile(r"'?(\w+)").match


class Option(NamedTuple):
    """One option: its name in the class, its reader, and a further check of its value that may raise ValueError.

    `grammar` says that its strings refer to more than variables; `plain` that reading it asks for a node and no more.
    """

    name: str
    reader: Reader
    check: Callable[[Any], object] | None = None
    grammar: str = ""
    plain: bool = False


class Shape(NamedTuple):
    """What a map of fixed keys may hold: its options by each of their spellings.

    `hints` point at the right place for keys that are often misplaced; `accepted` are keys that mean nothing here.
    `rest` reads every other key, where there may be others.
    """

    options: Mapping[str, Option]
    required: tuple[str, ...] = ()
    hints: Mapping[str, str] = {}
    accepted: frozenset[str] = frozenset()
    rest: Reader | None = None


def shape(
    options: Mapping[str, Reader],
    *,
    required: str = "",
    hints: Mapping[str, str] | None = None,
    accepted: str = "",
    rest: Reader | None = None,
) -> Shape:
    """Make a Shape of readers by name; `required` and `accepted` are names with spaces between them."""
    table = {name: Option(name, reader, plain=not reader.deep) for name, reader in options.items()}
    return Shape(table, tuple(required.split()), hints or {}, frozenset(accepted.split()), rest)


def is_documentation(key: str) -> bool:
    """Return whether a key is for people only, unless its map has an option of that name."""
    return key in DOCUMENTATION or key.startswith("x-")


def _read(wanted: Shape, node: Map, at: At) -> dict[str, Any]:
    """Read a map of fixed keys; what is wrong is said and left out of the result."""
    given: dict[str, Any] = {}
    failed = False
    options = wanted.options
    for key, child in node.items.items():
        option = options.get(key)
        if option is None or option.name in given:
            failed = _other_key(key, option, node, wanted, at, given) or failed
        elif option.plain and child.__class__ is not Missing:
            # The usual case first: its path is made up only where somebody wants it.
            try:
                given[option.name] = option.reader.read(child, at)
            except ValueError as error:
                refuse(error, child, at.to(below(at.path, key)))
                given[option.name] = FAILED
                failed = True
        else:
            given[option.name] = value = _checked(option, child, at.to(below(at.path, key)))
            failed = failed or value is FAILED
    for name in wanted.required:
        if name not in given:
            at.say(node.mark, f"missing key '{name}'")
    return {name: value for name, value in given.items() if value is not FAILED} if failed else given


def read_section(kind: type[_Section], wanted: Shape, node: Map, at: At) -> _Section:
    """Read a map of fixed keys into a NamedTuple with defaults; what is wrong is said and has its default."""
    # For half of what keywords cost: thousands are made.
    return kind._make({**kind._field_defaults, **_read(wanted, node, at)}.values())


def structure(kind: type[_Kind], node: Map, at: At, wanted: Shape | None = None) -> _Kind | None:
    """Make an instance of an attrs class of options; None when something that it needs is wrong or not set.

    `wanted` is the shape of the class, with pointers or keys added.
    """
    wanted = wanted or shape_of(kind)  # type: ignore[arg-type]
    problems, absent = len(at.problems.found), len(at.absent)
    given = _read(wanted, node, at)
    if at.problems.failed_since(problems) or any(name not in given for name in wanted.required):
        return None
    try:
        return kind(**given)
    except ValueError as error:
        if len(at.absent) == absent:
            _blame(error, node, wanted, at)
        return None


class Table(Reader):
    """A map of fixed keys; what does not fit is left out, and all of it when it is required.

    With `null` null is an empty one.
    """

    __slots__ = ("null", "shape")
    deep = True

    def __init__(self, shape: Shape, *, null: bool = False) -> None:
        self.shape = shape
        self.null = null

    def read(self, node: Node, at: At) -> Any:
        """Return the options by name."""
        if self.null:
            node = as_map(node)
        if not isinstance(node, Map):
            raise UnfitError(f"expected a map, got {called(node)}")
        given = self.partly(node, at)
        return FAILED if any(name not in given for name in self.shape.required) else given

    def partly(self, node: Map, at: At) -> Mapping[str, object]:
        """Return the options that are right, also where a required one is missing."""
        return _read(self.shape, node, at)


class Structured(Reader):
    """A map that is an instance of an option class; null is an empty one."""

    __slots__ = ("kind",)
    deep = True

    def __init__(self, kind: type) -> None:
        self.kind = kind

    def read(self, node: Node, at: At) -> object:
        """Return the instance."""
        made = structure(self.kind, as_map(node), at)
        return FAILED if made is None else made


def _checked(option: Option, node: Node, at: At) -> Any:
    """Read the node of an option and check its value."""
    value = take(option.reader, node, at, at.path)
    if value is FAILED or option.check is None:
        return value
    try:
        option.check(value)
    except ValueError as error:
        refuse(error, node, at)
        return FAILED
    return value


def _other_key(key: str, option: Option | None, node: Map, wanted: Shape, at: At, given: dict[str, Any]) -> bool:
    """Read a key that has no option of its own, or say that it is given twice, or neither option nor documentation."""
    there = at.to(below(at.path, key))
    if option is not None:
        there.say(node.keys[key], f"duplicate key: another spelling of '{option.name}'")
    elif key in wanted.accepted or is_documentation(key):
        return False
    elif wanted.rest is not None:
        given[key] = take(wanted.rest, node.items[key], at, there.path)
        return given[key] is FAILED
    else:
        hint = wanted.hints.get(key) or at.problems.nearest(key, wanted.options)
        at.problems.unknown(node.keys[key], there.path, "unknown key", hint)
    return False


def _blame(error: ValueError, node: Map, wanted: Shape, at: At) -> None:
    """Report what a whole class refuses at the option that the message begins with, else at the map."""
    word = _WORD(str(error))
    for key, child in node.items.items():
        option = wanted.options.get(key)
        if word and option and word[1] in {key, option.name}:
            return refuse(error, child, at.to(below(at.path, key)))
    return refuse(error, node, at)


# -- tables of classes

_READERS: Mapping[object, Reader] = {
    str: TEXT,
    bool: BOOLEAN,
    int: INTEGER,
    float: NUMBER,
    object: ANYTHING,
    SecretValue: HIDDEN,
}


@cache
def shape_of(kind: type) -> Shape:
    """Return the shape of an attrs class: a field is an option.

    In its metadata, ``aliases`` are further spellings, ``check`` may refuse a value, ``written`` says that a scalar
    counts as it is written, and ``grammar`` that its strings refer to more than variables.
    """
    attrs.resolve_types(kind)
    options: dict[str, Option] = {}
    required = []
    for field in attrs.fields(kind):
        if not field.init:
            continue
        metadata = field.metadata
        reader = WRITTEN if metadata.get("written") else _reader_of(field.type, parses=field.converter is not None)
        check = metadata.get("check")
        plain = check is None and not reader.deep
        option = Option(field.alias, reader, check, metadata.get("grammar", ""), plain)
        options.update(dict.fromkeys((field.alias, *metadata.get("aliases", ())), option))
        if field.default is attrs.NOTHING:
            required.append(field.alias)
    return Shape(options, tuple(required))


def shape_of_section(
    kind: type, *, required: str = "", hints: Mapping[str, str] | None = None, accepted: str = ""
) -> Shape:
    """Return the shape of a NamedTuple whose annotations name a reader: ``name: Annotated[str, FILLED] = ""``.

    A reader alone says nothing of absence, so each field has a default, which stands for what is absent or wrong.
    """
    readers = {
        name: hint.__metadata__[0] if hasattr(hint, "__metadata__") else _reader_of(hint)
        for name, hint in kind.__annotations__.items()
    }
    return shape(readers, required=required, hints=hints, accepted=accepted)


def _reader_of(kind: Any, *, parses: bool = False) -> Reader:
    """Choose the reader that an annotation asks for; a class that `parses` may take text instead."""
    if kind in _READERS:
        return _READERS[kind]
    if get_origin(kind):
        return _reader_of_parts(get_origin(kind), get_args(kind))
    if attrs.has(kind):
        return Structured(kind)
    if parses:
        return TEXT
    raise TypeError(f"no reader for options of {kind}")


def _reader_of_parts(origin: Any, inner: tuple[Any, ...]) -> Reader:
    """Choose the reader for a choice of words, one of some kinds, a tuple or a mapping."""
    if origin is Literal:
        return Choice(*inner)
    if origin in {Union, UnionType}:
        return _reader_of_one(inner)
    return Listed(_reader_of(inner[0])) if issubclass(origin, tuple) else Mapped(_reader_of(inner[1]))


def _reader_of_one(kinds: tuple[Any, ...]) -> Reader:
    """Return a reader that takes the first of some kinds which the node fits."""
    readers = [_reader_of(kind) for kind in kinds if kind is not NoneType]
    reader = readers[0] if len(readers) == 1 else FirstOf(readers)
    return Nullable(reader) if len(readers) < len(kinds) else reader
