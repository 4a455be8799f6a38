"""Makes instances of option classes out of positioned nodes, driven by a table that is read off each class once."""

import re
from collections.abc import Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin

import attrs

from ..values import SecretValue
from .nodes import At, Map, Missing, Node, below
from .readers import (
    ANYTHING,
    BOOLEAN,
    FAILED,
    HIDDEN,
    INTEGER,
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

_Section = TypeVar("_Section", bound=NamedTuple)
_WORD = re.compile(r"'?(\w+)").match


class Option(NamedTuple):
    """One option: its name in the class, and its reader.

    `plain` says that reading it asks for a node and no more; `grammar` that its strings refer to more than variables.
    """

    name: str
    reader: Reader
    plain: bool
    grammar: str = ""


def is_documentation(key: str) -> bool:
    """Return whether a key is for people only, unless its map has an option of that name."""
    return key in DOCUMENTATION or key.startswith("x-")


class Table(Reader):
    """A map of fixed keys: its options by each of their spellings. What does not fit is left out when it is read.

    Of a map in which one of the options `required` is missing or wrong, nothing is left. With `null` null is an empty
    map. `hints` point at the right place for keys that are often misplaced; `accepted` are keys that mean nothing
    here. `rest` reads every other key, where there may be others.
    """

    deep = True

    def __init__(
        self,
        options: Mapping[str, Reader | Option],
        *,
        required: tuple[str, ...] = (),
        hints: Mapping[str, str] = {},
        accepted: tuple[str, ...] = (),
        rest: Reader | None = None,
        null: bool = False,
    ) -> None:
        self.options: Mapping[str, Option] = {
            name: Option(name, each, not each.deep) if isinstance(each, Reader) else each
            for name, each in options.items()
        }
        self.required = required
        self.hints = hints
        self.accepted = accepted
        self.rest = rest
        self.null = null

    def read(self, node: Node, at: At) -> Any:
        """Return the options by name."""
        if self.null:
            node = as_map(node)
        if not isinstance(node, Map):
            raise UnfitError(f"expected a map, got {called(node)}")
        given = self.partly(node, at)
        return FAILED if any(name not in given for name in self.required) else given

    def partly(self, node: Map, at: At) -> Mapping[str, Any]:
        """Return the options that are right, also where a required one is missing."""
        given: dict[str, Any] = {}
        failed = False
        options = self.options
        for key, child in node.items.items():
            option = options.get(key)
            if option is None or option.name in given:
                failed = _other_key(key, option, node, self, at, given) or failed
            elif option.plain and child.__class__ is not Missing:
                # The usual case first: its path is made up only where somebody wants it.
                try:
                    given[option.name] = option.reader.read(child, at)
                except ValueError as error:
                    refuse(error, child, at.to(below(at.path, key)))
                    given[option.name] = FAILED
                    failed = True
            else:
                given[option.name] = value = take(option.reader, child, at, below(at.path, key))
                failed = failed or value is FAILED
        for name in self.required:
            if name not in given:
                at.say(node.mark, f"missing key '{name}'")
        return {name: value for name, value in given.items() if value is not FAILED} if failed else given


def readers_of(kind: type) -> Mapping[str, Reader]:
    """Return the readers of a NamedTuple, which its annotations name: ``name: Annotated[str, FILLED] = ""``.

    A reader alone says nothing of absence, so each field has a default, which stands for what is absent or wrong.
    """
    return {
        name: hint.__metadata__[0] if hasattr(hint, "__metadata__") else _reader_of(hint)
        for name, hint in kind.__annotations__.items()
    }


def read_section(kind: type[_Section], wanted: Table, node: Map, at: At) -> _Section:
    """Read a map by the table of a NamedTuple with defaults; what is wrong is said and has its default."""
    # For half of what keywords cost: thousands are made.
    return tuple.__new__(kind, {**kind._field_defaults, **wanted.partly(node, at)}.values())


class Structured(Table):
    """A map of fixed keys that becomes an instance of an attrs class: a field is an option. Null is an empty map.

    In the metadata of a field, ``aliases`` are further spellings, ``written`` says that a scalar counts as it is
    written, and ``grammar`` that its strings refer to more than variables. What a validator refuses is said at the
    option that its message begins with.
    """

    def __init__(self, kind: type, *, hints: Mapping[str, str] = {}, accepted: tuple[str, ...] = ()) -> None:
        attrs.resolve_types(kind)
        options: dict[str, Option] = {}
        required = []
        for field in attrs.fields(kind):
            if not field.init:
                continue
            metadata = field.metadata
            reader = WRITTEN if metadata.get("written") else _reader_of(field.type)
            option = Option(field.alias, reader, not reader.deep, metadata.get("grammar", ""))
            options.update(dict.fromkeys((field.alias, *metadata.get("aliases", ())), option))
            if field.default is attrs.NOTHING:
                required.append(field.alias)
        super().__init__(options, required=tuple(required), hints=hints, accepted=accepted, null=True)
        self.kind = kind

    def read(self, node: Node, at: At) -> Any:
        """Return the instance."""
        made = self.made(as_map(node), at)
        return FAILED if made is None else made

    def made(self, node: Map, at: At) -> Any:
        """Return the instance; None when something that it needs is wrong or not set."""
        problems, absent = len(at.problems.found), len(at.absent)
        given = self.partly(node, at)
        if at.problems.failed_since(problems) or any(name not in given for name in self.required):
            return None
        try:
            return self.kind(**given)
        except ValueError as error:
            if len(at.absent) == absent:
                _blame(error, node, self, at)
            return None


@cache
def table_of(kind: type) -> Structured:
    """Return the table of an attrs class, without hints."""
    return Structured(kind)


def _other_key(key: str, option: Option | None, node: Map, wanted: Table, at: At, given: dict[str, Any]) -> bool:
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


def _blame(error: ValueError, node: Map, wanted: Table, at: At) -> None:
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
    object: ANYTHING,
    SecretValue: HIDDEN,
}


def _reader_of(kind: Any) -> Reader:
    """Choose the reader that an annotation asks for."""
    if kind in _READERS:
        return _READERS[kind]
    if get_origin(kind):
        return _reader_of_parts(get_origin(kind), get_args(kind))
    if attrs.has(kind):
        return table_of(kind)
    raise TypeError(f"no reader for options of {kind}")


def _reader_of_parts(origin: Any, inner: tuple[Any, ...]) -> Reader:
    """Choose the reader for a choice of words, a tuple, a mapping, or the first of some kinds which the node fits."""
    if origin is Literal:
        return Choice(*inner)
    if origin not in {Union, UnionType}:
        return Listed(_reader_of(inner[0])) if issubclass(origin, tuple) else Mapped(_reader_of(inner[1]))
    readers = [_reader_of(kind) for kind in inner if kind is not NoneType]
    reader = readers[0] if len(readers) == 1 else FirstOf(readers)
    return Nullable(reader) if len(readers) < len(inner) else reader
