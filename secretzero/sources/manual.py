"""Values that people supply: in the manifest, or when they are asked."""

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
    """Says that an option is not in the manifest, which null is."""

    def __repr__(self) -> str:
        return "NOT_GIVEN"


NOT_GIVEN: Final = _NotGiven()

_TRUE, _FALSE = frozenset(("true", "yes", "on")), frozenset(("false", "no", "off"))
_SEPARATOR = "."


class _Written:
    """What both kinds have in common: a literal of the manifest, in `default` or in `value`."""

    __slots__ = ()
    nature: ClassVar[str] = "static"
    default: object
    value: object

    def bits(self, constraints: Constraints) -> int | None:  # noqa: ARG002 - who knows what people choose
        """Return None: nobody can say."""
        return None

    def needs(self) -> tuple[str, ...]:
        """Return no name: it is made from nothing else."""
        return ()

    def written(self) -> bool:
        """Tell whether the text of the manifest, and not a variable in it, holds the value or a part of it."""
        return any(
            each is not NOT_GIVEN and each is not None and not isinstance(each, SecretValue)
            for each in (self.default, self.value)
        )

    def missing_leaves(self) -> tuple[str, ...]:
        """Return nothing: the value is asked for as a whole."""
        return ()

    def layout(self, *, bare: bool = False) -> SecretValue | None:
        """Return the map that the manifest writes, for others to fill; None when it writes none.

        With `bare` a map without gaps is only its keys: nothing of it is to be taken over.
        """
        given = _given(self.default, self.value)
        if not isinstance(given, dict):
            return None
        return SecretValue(dict.fromkeys(given) if bare and not self.missing_leaves() else given)

    def with_leaves(self, answers: Mapping[str, SecretValue]) -> SecretValue:
        """Return the manifest's map with the gaps filled; a gap without an answer stays null."""
        return SecretValue(_filled(_given(self.default, self.value), "", answers))


@frozen
class Static(_Written):
    """A secret that a person supplies; the manifest may hold it, or a part of it.

    Scalars become text as they are written. Null, and in a map null or blank leaves, are asked for.
    """

    kind: ClassVar[str] = "static"
    parts: ClassVar[Mapping[str, bool]] = {"": True}

    default: object = field(default=NOT_GIVEN, repr=False, metadata={"written": True})
    value: object = field(default=NOT_GIVEN, repr=False, metadata={"written": True})
    validation: str | None = None
    prompt_on_empty: bool = True

    def __attrs_post_init__(self) -> None:
        """Refuse a validation that is no regular expression, or that the literal does not match."""
        _check_pattern(self.validation)
        _check_literal(self)

    def in_clear(self) -> bool:
        """Return False: it is a secret."""
        return False

    def may_ask(self) -> bool:
        """Tell what `prompt_on_empty` says."""
        return self.prompt_on_empty

    def literal(self) -> SecretValue | None:
        """Return the value that the manifest holds; None when there is none, or one with missing leaves."""
        given = _given(self.default, self.value)
        return None if given is None or self.missing_leaves() else SecretValue(_as_material(given))

    def missing_leaves(self) -> tuple[str, ...]:
        """Return the sorted dot paths of the leaves to ask for, when the manifest holds a map with gaps."""
        given = _given(self.default, self.value)
        return tuple(sorted(_SEPARATOR.join(steps) for steps in _gaps(given))) if isinstance(given, dict) else ()

    def accept(self, value: SecretValue) -> SecretValue:
        """Return a supplied value as this kind keeps it. Raises RejectedError when it is not one."""
        self.check(value)
        return value

    def check(self, value: SecretValue) -> None:
        """Raise RejectedError when a text does not begin as `validation` says; it never shows the text."""
        _match(self.validation, value)

    def obtain(self, request: Request) -> SecretValue:
        """Return the manifest's literal. Raises NoValueError when a person has to be asked."""
        value = self.literal()
        if value is None:
            raise NoValueError("the manifest holds no value", hint="supply it when asked", secret=request.secret)
        self.check(value)
        return value


@frozen
class Nonsecret(_Written):
    """A setting that is no secret: the lockfile keeps it in clear.

    `type` says what a text is to be read as; lists and maps stay what they are.
    """

    kind: ClassVar[str] = "nonsecret"
    parts: ClassVar[Mapping[str, bool]] = {"": False}

    default: object = field(default=NOT_GIVEN, metadata={"written": True})
    value: object = field(default=NOT_GIVEN, metadata={"written": True})
    type: Literal["text", "int", "bool", "json"] = "text"
    validation: str | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse a literal that is not of the type, and a validation that is no regular expression."""
        _check_pattern(self.validation)
        _check_literal(self)

    def in_clear(self) -> bool:
        """Return True: it is no secret."""
        return True

    def may_ask(self) -> bool:
        """Return False: only a run that allows it asks for settings."""
        return False

    def literal(self) -> SecretValue | None:
        """Return the value that the manifest holds; None when there is none."""
        given = _given(self.default, self.value)
        return None if given is None else self.accept(SecretValue(_as_material(given)))

    def accept(self, value: SecretValue) -> SecretValue:
        """Return a supplied value, read as `type` says. Raises RejectedError when it is not one."""
        self.check(value)
        return SecretValue(_read_as(self.type, value.reveal())) if value.shape == "text" else value

    def check(self, value: SecretValue) -> None:
        """Raise RejectedError when a text does not begin as `validation` says."""
        _match(self.validation, value)

    def obtain(self, request: Request) -> SecretValue:
        """Return the manifest's literal. Raises NoValueError when there is none."""
        value = self.literal()
        if value is None:
            raise NoValueError("the manifest holds no value", hint="give it a source", secret=request.secret)
        return value


def _check_pattern(pattern: str | None) -> None:
    if pattern:
        try:
            check_pattern(pattern)
        except ValueError as error:
            raise ValueError(f"validation is no regular expression: {error}") from None


def _check_literal(options: Static | Nonsecret) -> None:
    """Look at a literal at once; a text from the environment is looked at when it is needed."""
    if isinstance(options.default, SecretValue) or isinstance(options.value, SecretValue):
        return
    try:
        literal = options.literal()
        if literal is not None:
            options.check(literal)
    except RejectedError as error:
        raise ValueError(error.message) from None


def _match(pattern: str | None, value: SecretValue) -> None:
    """Compare a text with the pattern at its start; what is no text has nothing to compare."""
    if not pattern or value.shape != "text":
        return
    try:
        fits = begins(pattern, value.canonical().decode("utf-8", "surrogatepass"))
    except SlowPatternError:
        raise RejectedError("validation takes too long to check", hint="write a simpler expression") from None
    if not fits:
        raise RejectedError("the value does not match 'validation'")


def _given(default: object, value: object) -> object:
    """Choose the literal of the manifest; null, and nothing, are None."""
    chosen = value if isinstance(default, _NotGiven) else default
    if isinstance(chosen, SecretValue):
        chosen = chosen.reveal()
    return None if isinstance(chosen, _NotGiven) else chosen


def _as_material(given: object) -> Material:
    """Turn a scalar into its text; leave lists and maps."""
    return given if isinstance(given, (list, dict)) else as_text(given)  # type: ignore[arg-type]


def _gaps(given: Mapping[str, object], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Find the leaves of a map that hold nothing."""
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
            raise RejectedError("the value is no integer, as 'type' says it is")
        return int(word)
    if kind == "bool":
        if word.lower() not in _TRUE | _FALSE:
            raise RejectedError("the value is no boolean, as 'type' says it is")
        return word.lower() in _TRUE
    return _json(word) if kind == "json" else text


def _json(text: str) -> Material:
    try:
        read: Material = json.loads(text)
    except (ValueError, RecursionError):
        raise RejectedError("the value is no JSON, as 'type' says it is") from None
    return read
