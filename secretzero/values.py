"""Secret values, hidden until they are explicitly revealed."""

import hmac
import json
from collections.abc import Iterator, Mapping
from typing import Literal, NewType, NoReturn

from attrs import field, frozen

from .choices import one_of

Material = str | int | float | bool | None | list["Material"] | dict[str, "Material"]

Version = NewType("Version", str)
"""A store's own opaque name for a revision of an object."""


def as_text(material: Material) -> str:
    """Return a value as text, in the form that text-only stores hold.

    Args:
        material: Text or a JSON value.

    Returns:
        Text unchanged; anything else as compact JSON with sorted keys.

    Example:
        >>> from secretzero import as_text
        >>> as_text({"b": 1, "a": True})
        '{"a":true,"b":1}'
    """
    if isinstance(material, str):
        return material
    return json.dumps(material, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


_SHAPES: dict[type, str] = {str: "text", dict: "map", list: "list"}


class SecretValue:
    """The value of a secret: text, or a JSON map, list or scalar.

    Only `reveal` shows it: `str`, `repr`, `format`, tracebacks, copies and `json` do not, and it cannot be pickled. Two
    values are equal if their material is equal; the comparison takes constant time.

    Args:
        material: The text or JSON value.

    Example:
        >>> from secretzero import SecretValue
        >>> value = SecretValue({"user": "app", "password": "s3cret"})
        >>> print(value)
        SecretValue(hidden)
        >>> value.part("password").reveal()
        's3cret'
    """

    __slots__ = ("__material",)

    def __init__(self, material: Material) -> None:
        self.__material = material

    def reveal(self) -> Material:
        """Return the material itself; call this only to pass it to a platform, a file or a person.

        Returns:
            The material that the value was created from.
        """
        return self.__material

    @property
    def shape(self) -> str:
        """The kind of material: ``text``, ``map``, ``list`` or ``scalar``."""
        return _SHAPES.get(type(self.__material), "scalar")

    def part(self, path: str) -> "SecretValue":
        """Return one named piece of a map.

        A text that is a JSON object counts as a map. Keys may contain dots; the longest matching key is tried first.

        Args:
            path: Keys joined by dots; ``""`` is the whole.

        Returns:
            The piece.

        Raises:
            KeyError: There is no such piece; the error holds the path and nothing else.
        """
        if not path:
            return self
        # No name here for what is inside: a traceback that shows variables would show it.
        if isinstance(self.__material, dict) and path in self.__material:
            return SecretValue(self.__material[path])
        for found in _named(self.__material, path.split(".")):
            return SecretValue(found)
        raise KeyError(path)

    def canonical(self) -> bytes:
        """Return the bytes that a fingerprint is made from.

        Returns:
            Text as UTF-8; anything else as compact JSON with sorted keys.
        """
        return as_text(self.__material).encode("utf-8", "surrogatepass")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SecretValue):
            return NotImplemented
        same_shape = self.shape == other.shape
        return hmac.compare_digest(self.canonical(), other.canonical()) and same_shape

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "SecretValue(hidden)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __copy__(self) -> "SecretValue":
        return self

    def __deepcopy__(self, memo: object) -> "SecretValue":
        return self

    def __reduce__(self) -> NoReturn:
        message = "a SecretValue is never pickled"
        raise TypeError(message)


def _named(material: Material, steps: list[str]) -> Iterator[Material]:
    """Yield what a dot path can name; a key that contains dots comes before it is split."""
    if not steps:
        yield material
        return
    if isinstance(material, str):
        material = _json_object(material)
    if isinstance(material, dict):
        for length in range(len(steps), 0, -1):
            key = ".".join(steps[:length])
            if key in material:
                yield from _named(material[key], steps[length:])


def _json_object(text: str) -> Material:
    """Parse text that is a JSON object; return None for anything else, which has no parts."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        return json.loads(text)  # type: ignore[no-any-return]
    except (ValueError, RecursionError):
        return None


@frozen
class Description:
    """The description of an object in a store, without its values.

    Attributes:
        version: The version that a compare-and-set compares. None if the store has no versions.
        fields: The names of its fields.
        marker: The version as recorded in the lockfile. None if the store has no durable version, as for a file.
        owner: Who wrote the object, if the store knows.
        labels: The labels of the object.

    Example:
        >>> from secretzero import Description, Version
        >>> Description(version=Version("7"), fields=("password",)).marker is None
        True
    """

    version: Version | None = None
    fields: tuple[str, ...] = ()
    marker: str | None = None
    owner: str = ""
    labels: Mapping[str, str] = {}


@frozen
class Written:
    """The result of a write.

    Attributes:
        version: The new version.
        marker: The version as recorded in the lockfile; None as for `Description`.
        confirmed: ``readback`` if the store read back what it wrote and found it equal, otherwise ``ack``.
        refused: The fields that were not written, each with its error.

    Example:
        >>> from secretzero import Version, Written
        >>> Written(version=Version("8")).confirmed
        'ack'
    """

    version: Version | None = None
    marker: str | None = None
    confirmed: Literal["readback", "ack"] = field(default="ack", validator=one_of(Literal["readback", "ack"]))
    refused: Mapping[str, Exception] = {}
