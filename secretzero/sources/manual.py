"""Values that people supply: in the manifest, or when prompted."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import ClassVar, Final, Literal

from attrs import field, frozen

from ..errors import NoValueError, RejectedError
from ..patterns import SlowPatternError, begins, check_pattern
from ..protocols import Constraints, Request
from ..values import Material, SecretValue, as_text


class _NotGiven:
    """Marks an option that the manifest does not have; null is a value."""

    def __repr__(self) -> str:
        return "NOT_GIVEN"


NOT_GIVEN: Final = _NotGiven()

_TRUE, _FALSE = frozenset(("true", "yes", "on")), frozenset(("false", "no", "off"))
_SEPARATOR = "."


class _Written:
    """What both kinds share: a literal in the manifest, as `default` or `value`, and a rule for values."""

    __slots__ = ()
    nature: ClassVar[str] = "static"
    parts: ClassVar[Mapping[str, bool]]
    default: object
    value: object
    validation: str | None

    def bits(self, constraints: Constraints) -> int | None:  # noqa: ARG002 - unknown for what people choose
        """Return None: the strength of a supplied value is unknown."""
        return None

    def needs(self) -> tuple[str, ...]:
        """Return no names: the value is not derived from other secrets."""
        return ()

    def in_clear(self) -> bool:
        """Return whether the value is not secret: the lockfile may record it."""
        return not self.parts[""]

    def check(self, value: SecretValue) -> None:
        """Raise RejectedError if text does not begin as `validation` says; the message never shows the text."""
        if not self.validation or value.shape != "text":
            return
        try:
            fits = begins(self.validation, value.canonical().decode("utf-8", "surrogatepass"))
        except SlowPatternError:
            raise RejectedError("validation takes too long to check", hint="simplify the expression") from None
        if not fits:
            raise RejectedError("the value does not match 'validation'")

    def written(self) -> bool:
        """Whether the text of the manifest, and not a variable in it, holds the value or a part of it."""
        return any(not isinstance(each, _NotGiven | SecretValue | None) for each in (self.default, self.value))

    def missing_leaves(self) -> tuple[str, ...]:
        """Return no paths: the value is prompted for as a whole."""
        return ()

    def layout(self, *, bare: bool = False) -> SecretValue | None:
        """Return the map in the manifest, to be filled by a source; None if there is none.

        With `bare`, a map without gaps is reduced to its keys, so that none of its values is used.
        """
        given = _given(self.default, self.value)
        if not isinstance(given, dict):
            return None
        return SecretValue(dict.fromkeys(given) if bare and not self.missing_leaves() else given)

    def with_leaves(self, answers: Mapping[str, SecretValue]) -> SecretValue:
        """Return the map in the manifest with its gaps filled; a gap without an answer stays null."""
        return SecretValue(_filled(_given(self.default, self.value), "", answers))


@frozen
class Static(_Written):
    """A secret that a person supplies; the manifest may hold it, or a part of it.

    Scalars become text exactly as written. Null, and null or blank leaves of a map, are prompted for.
    """

    kind: ClassVar[str] = "static"
    parts: ClassVar[Mapping[str, bool]] = {"": True}

    default: object = field(default=NOT_GIVEN, repr=False, metadata={"written": True})
    value: object = field(default=NOT_GIVEN, repr=False, metadata={"written": True})
    validation: str | None = None
    prompt_on_empty: bool = True

    def __attrs_post_init__(self) -> None:
        """Refuse a validation that is not a regular expression, or that the literal does not match."""
        _check_options(self)

    def may_ask(self) -> bool:
        """Return `prompt_on_empty`."""
        return self.prompt_on_empty

    def literal(self) -> SecretValue | None:
        """Return the value in the manifest; None if there is none, or if leaves are missing."""
        given = _given(self.default, self.value)
        return None if given is None or self.missing_leaves() else SecretValue(_as_material(given))

    def missing_leaves(self) -> tuple[str, ...]:
        """Return the sorted dot paths of the leaves to prompt for, if the manifest holds a map with gaps."""
        given = _given(self.default, self.value)
        return tuple(sorted(_SEPARATOR.join(steps) for steps in _gaps(given))) if isinstance(given, dict) else ()

    def accept(self, value: SecretValue) -> SecretValue:
        """Return a supplied value unchanged. Raises RejectedError if it does not match `validation`."""
        self.check(value)
        return value

    def obtain(self, request: Request) -> SecretValue:
        """Return the literal in the manifest. Raises NoValueError if a person has to be prompted."""
        value = self.literal()
        if value is None:
            raise NoValueError("the manifest holds no value", hint="supply it when prompted", secret=request.secret)
        self.check(value)
        return value


@frozen
class Nonsecret(_Written):
    """A setting that is not secret: the lockfile records it in plain text.

    `type` says how text is read; lists and maps stay unchanged.
    """

    kind: ClassVar[str] = "nonsecret"
    parts: ClassVar[Mapping[str, bool]] = {"": False}

    default: object = field(default=NOT_GIVEN, metadata={"written": True})
    value: object = field(default=NOT_GIVEN, metadata={"written": True})
    type: Literal["text", "int", "bool", "json"] = "text"
    validation: str | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse a literal that is not of the type, and a validation that is not a regular expression."""
        _check_options(self)

    def may_ask(self) -> bool:
        """Return False: only a run that allows it prompts for settings."""
        return False

    def literal(self) -> SecretValue | None:
        """Return the value in the manifest; None if there is none."""
        given = _given(self.default, self.value)
        return None if given is None else self.accept(SecretValue(_as_material(given)))

    def accept(self, value: SecretValue) -> SecretValue:
        """Return a supplied value, read as `type`. Raises RejectedError if it is not of this type."""
        self.check(value)
        return SecretValue(_read_as(self.type, value.reveal())) if value.shape == "text" else value

    def obtain(self, request: Request) -> SecretValue:
        """Return the literal in the manifest. Raises NoValueError if there is none."""
        value = self.literal()
        if value is None:
            raise NoValueError("the manifest holds no value", hint="add a source or a value", secret=request.secret)
        return value


def _check_options(options: Static | Nonsecret) -> None:
    """Check `validation` and a literal at once; text from the environment is checked when it is used."""
    if options.validation:
        try:
            check_pattern(options.validation)
        except ValueError as error:
            raise ValueError(f"validation is not a valid regular expression: {error}") from None
    if isinstance(options.default, SecretValue) or isinstance(options.value, SecretValue):
        return
    try:
        if (literal := options.literal()) is not None:
            options.check(literal)
    except RejectedError as error:
        raise ValueError(error.message) from None


def _given(default: object, value: object) -> object:
    """Return the literal in the manifest; None if there is none, or it is null."""
    chosen = value if isinstance(default, _NotGiven) else default
    if isinstance(chosen, SecretValue):
        chosen = chosen.reveal()
    return None if isinstance(chosen, _NotGiven) else chosen


def _as_material(given: object) -> Material:
    """Turn a scalar into its text; lists and maps stay unchanged."""
    return given if isinstance(given, (list, dict)) else as_text(given)  # type: ignore[arg-type]


def _gaps(given: Mapping[str, object], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the paths of the empty leaves of a map."""
    for key, leaf in given.items():
        if isinstance(leaf, dict):
            yield from _gaps(leaf, (*above, key))
        elif leaf is None or (isinstance(leaf, str) and not leaf.strip()):
            yield (*above, key)


def _filled(given: object, path: str, answers: Mapping[str, SecretValue]) -> Material:
    if isinstance(given, dict):
        begin = path + _SEPARATOR if path else ""
        return {key: _filled(leaf, begin + key, answers) for key, leaf in given.items()}
    return answers[path].reveal() if path in answers else given  # type: ignore[return-value]


def _read_as(kind: str, text: Material) -> Material:
    """Read a text as an integer, a boolean or JSON."""
    word = str(text).strip()
    if kind == "int":
        if not re.fullmatch(r"[+-]?[0-9]{1,4000}", word):
            raise RejectedError("not an integer, which its 'type' requires")
        return int(word)
    if kind == "bool":
        if word.lower() not in _TRUE | _FALSE:
            raise RejectedError("not a boolean, which its 'type' requires")
        return word.lower() in _TRUE
    if kind == "text":
        return text
    try:
        read: Material = json.loads(word)
    except (ValueError, RecursionError):
        raise RejectedError("not valid JSON, which its 'type' requires") from None
    return read
