"""Results as plain data and back, and the JSON Schema of that data, through cattrs.

A class becomes an object of its fields, a tuple or set a list, an error its code, message and place. Fields with the
metadata `OPTIONAL` are absent where they have their default. Going back is strict: a missing or unknown field, a text
that should be a number, or a word outside a closed set is refused.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from types import GenericAlias, NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import attrs

from .choices import words_of
from .errors import ManifestError, Problem, SecretZeroError, UsageError
from .values import SecretValue

if TYPE_CHECKING:
    from cattrs import Converter

T = TypeVar("T")
Schema = dict[str, object]

Moment = Annotated[str, ("pattern", r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
"""A time in UTC as text, to the second: ``2026-01-31T09:30:00Z``."""

OPTIONAL = {"optional": True}
"""Marks a field that is omitted if it has its default."""

_PLAIN: Mapping[object, Schema] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer", "minimum": 0},
    float: {"type": "number"},
    NoneType: {"type": "null"},
    object: {},
}
_ERROR_FIELDS = ("hint", "secret", "target", "file", "line", "column", "missing", "retry_after")


def to_data(value: object) -> Any:
    """Return a result as objects, lists and scalars, as `json` knows them.

    Args:
        value: A result of the engine, an error, or a class whose fields are such.

    Returns:
        Data without a value of a secret.

    Raises:
        UsageError: A value of a secret is somewhere in it.

    Example:
        >>> from secretzero.shell import to_data
        >>> from secretzero import Drift
        >>> to_data(Drift("db", "file://.env#DB", "missing"))["verdict"]
        'missing'
    """
    return _converter().unstructure(value)


def from_data(kind: type[T], data: object) -> T:
    """Return the result from data that `to_data` made of it.

    Args:
        kind: Its class.
        data: What `to_data` returned, perhaps written as JSON and read again.

    Returns:
        An equal result.

    Raises:
        UsageError: The data does not have the shape of this class; the message says where.

    Example:
        >>> from secretzero.shell import from_data, to_data
        >>> from secretzero import Drift
        >>> drift = Drift("db", "file://.env#DB", "missing")
        >>> from_data(Drift, to_data(drift)) == drift
        True
    """
    from cattrs import BaseValidationError, StructureHandlerNotFoundError, transform_error

    try:
        return _converter().structure(data, kind)
    except StructureHandlerNotFoundError:
        raise UsageError(f"{kind.__name__} is not a class that data can be read into") from None
    except (BaseValidationError, ValueError, TypeError) as error:
        said = "; ".join(transform_error(error, path=kind.__name__, format_exception=_reason))
        raise UsageError(f"invalid data: {said}") from None


def schema_of(kind: object, known: Mapping[object, str] = {}) -> Schema:
    """Return the JSON Schema (draft 2020-12) of the data of a class.

    Args:
        kind: The class, or the type of a field: a scalar, a `Literal`, a union with None, a tuple, a mapping. The class
            has fields of attrs or is a `TypedDict`; an `Annotated` type adds its keywords of JSON Schema.
        known: Names under ``$defs`` of classes that are described there.

    Returns:
        A schema that accepts what `to_data` returns.

    Example:
        >>> from secretzero.shell import schema_of
        >>> schema_of(str | None)
        {'anyOf': [{'type': 'string'}, {'type': 'null'}]}
    """
    if kind in known:
        return {"$ref": f"#/$defs/{known[kind]}"}
    if isinstance(kind, type) and (attrs.has(kind) or hasattr(kind, "__required_keys__")):
        return _object(kind, known)
    if get_origin(kind) is Annotated:
        plain, *keywords = get_args(kind)
        return schema_of(plain, known) | dict(keywords)
    return dict(_PLAIN[kind]) if kind in _PLAIN else _compound(kind, known)


def _compound(kind: object, known: Mapping[object, str]) -> Schema:
    inner, origin = get_args(kind), get_origin(kind)
    if origin is Literal:
        return {"const": inner[0]} if len(inner) == 1 else {"enum": list(inner)}
    if origin in {Union, UnionType}:
        return {"anyOf": [schema_of(each, known) for each in inner]}
    if origin in {tuple, frozenset, Sequence}:
        return {"type": "array", "items": schema_of(inner[0], known)}
    return {"type": "object"}


def _object(kind: type, known: Mapping[object, str]) -> Schema:
    hints = get_type_hints(kind, include_extras=True)
    required = getattr(kind, "__required_keys__", ())
    if attrs.has(kind):
        optional = {each.name: each.default for each in attrs.fields(kind) if "optional" in each.metadata}
        hints = {each.name: hints[each.name] for each in attrs.fields(kind)}
        hints |= {name: _without_none(hints[name]) for name, default in optional.items() if default is None}
        required = hints.keys() - optional
    return {
        "type": "object",
        "properties": {name: schema_of(hint, known) for name, hint in hints.items()},
        "required": [name for name in hints if name in required],
        "additionalProperties": False,
    }


def _without_none(kind: object) -> object:
    return Union[tuple(each for each in get_args(kind) if each is not NoneType)]  # noqa: UP007 - a number of types


@cache
def _converter() -> "Converter":
    """Make the one converter; cattrs is imported when it is first needed."""
    from cattrs import Converter
    from cattrs.cols import is_namedtuple, namedtuple_dict_structure_factory, namedtuple_dict_unstructure_factory

    made = Converter(forbid_extra_keys=True, unstruct_collection_overrides={frozenset: sorted, tuple: list})
    made.register_unstructure_hook_factory(attrs.has, lambda kind: _unstructure_class(kind, made))
    made.register_structure_hook_factory(attrs.has, lambda kind: _structure_class(kind, made))
    made.register_unstructure_hook_factory(is_namedtuple, lambda kind: namedtuple_dict_unstructure_factory(kind, made))
    made.register_structure_hook_factory(
        is_namedtuple, lambda kind: namedtuple_dict_structure_factory(kind, made, "from_converter", True)
    )
    for scalar in (str, int, bool):
        made.register_structure_hook(scalar, _exactly(scalar))
    made.register_structure_hook_func(_is_words, _word)
    made.register_structure_hook_factory(_is_list, lambda kind: _list(kind, made))
    made.register_unstructure_hook(SecretValue, _refuse)
    made.register_unstructure_hook_func(_is_error, _error_to_data)
    made.register_structure_hook_func(_is_error, _error_from_data)
    return made


def _unstructure_class(kind: type, made: "Converter") -> Callable[[Any], Mapping[str, Any]]:
    from cattrs.gen import make_dict_unstructure_fn, override

    absent = {each.name: override(omit_if_default=True) for each in attrs.fields(kind) if "optional" in each.metadata}
    return make_dict_unstructure_fn(kind, made, **absent)  # type: ignore[arg-type]  # the keywords are names of fields


def _structure_class(kind: type, made: "Converter") -> Callable[[Any, Any], Any]:
    from cattrs.gen import make_dict_structure_fn

    inner: Callable[[Any, Any], Any] = make_dict_structure_fn(kind, made)

    def structured(data: Any, to: Any) -> Any:
        if not isinstance(data, Mapping):
            raise TypeError("expected an object")
        return inner(data, to)

    return structured


def _exactly(scalar: type) -> Callable[[object, object], object]:
    """Return a hook that takes a scalar of this type and turns nothing else into one."""

    def structured(data: object, _: object) -> object:
        if type(data) is not scalar:
            raise TypeError(f"expected {scalar.__name__}")
        return data

    return structured


def _is_words(kind: object) -> bool:
    return get_origin(kind) is Literal or (
        get_origin(kind) in {Union, UnionType} and all(get_origin(each) is Literal for each in get_args(kind))
    )


def _word(data: object, kind: object) -> object:
    if not any(type(data) is type(word) and data == word for word in words_of(kind)):
        raise TypeError("not one of the allowed words")
    return data


def _is_list(kind: object) -> bool:
    return get_origin(kind) in {tuple, frozenset}


def _list(kind: object, made: "Converter") -> Callable[[object, object], object]:
    into: Any = get_origin(kind)
    listed: Any = GenericAlias(list, get_args(kind)[:1])

    def structured(data: object, _: object) -> object:
        if not isinstance(data, list):
            raise TypeError("expected a list")
        return into(made.structure(data, listed))

    return structured


def _refuse(_: SecretValue) -> None:
    raise UsageError("a secret value cannot be part of a document")


def _is_error(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, SecretZeroError)


def _error_to_data(error: SecretZeroError) -> Mapping[str, object]:
    said = {name: value for name in _ERROR_FIELDS if (value := getattr(error, name, None))}
    if isinstance(error, ManifestError):
        said["problems"] = [to_data(problem) for problem in error.problems]
    return {"code": error.code, "message": error.message, **said}


def _error_from_data(data: object, _: object) -> SecretZeroError:
    """Make an error of the class that has this code; its other fields are the keywords of its constructor."""
    if not isinstance(data, Mapping):
        raise TypeError("expected an object")
    said = dict(data)
    kind = next((each for each in _errors(SecretZeroError) if each.code == said.get("code")), SecretZeroError)
    if {"problems", "message"}.isdisjoint(said) or (issubclass(kind, ManifestError) and "problems" not in said):
        raise TypeError("missing field")
    if issubclass(kind, ManifestError):
        return kind([_converter().structure(each, Problem) for each in said["problems"]])
    error = kind(str(said.pop("message")), hint=str(said.pop("hint", "")))
    for name in set(said) & set(_ERROR_FIELDS):
        setattr(error, name, said[name])
    return error


def _errors(kind: type[SecretZeroError]) -> Iterator[type[SecretZeroError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _errors(below)


def _reason(error: BaseException, _: type | None) -> str:
    """Report what is wrong with a piece of data, never what it is."""
    from cattrs import ForbiddenExtraKeysError

    if isinstance(error, ForbiddenExtraKeysError):
        return f"unknown field {', '.join(sorted(error.extra_fields))}"
    if isinstance(error, KeyError):
        return "missing field"
    return str(error) if isinstance(error, TypeError) else "invalid value"
