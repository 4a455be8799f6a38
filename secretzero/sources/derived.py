"""Values derived from other secrets, which follow their changes."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import ClassVar, NamedTuple

from attrs import field, frozen

from ..errors import RejectedError
from ..grammar import TEXT_FILTERS, Expression, Filter, GrammarError, Literal, Operand, Path, parse
from ..grammar import Part as Piece
from ..protocols import Constraints, Request
from ..values import Material, SecretValue, as_text
from .urls import Url

_URL = ("scheme", "username", "password", "host", "port", "path", "query")
_BASIC_AUTH = ("username", "password")


class _Reference(NamedTuple):
    """A reference to another secret or a part of it."""

    secret: str
    field: str


_Part = str | int | float | _Reference


@frozen
class Derived:
    """A URL, basic authentication credentials, a map or a text, built from parts.

    A part is text, a number, or ``{secret: NAME, field: PATH}``. Exactly one of the four forms must be given.
    """

    kind: ClassVar[str] = "derived"
    nature: ClassVar[str] = "derived"
    parts: ClassVar[Mapping[str, bool]] = {"": True}

    url: Mapping[str, object] | None = field(default=None, repr=False)
    basic_auth: Mapping[str, object] | None = field(default=None, repr=False)
    object_: Mapping[str, object] | None = field(default=None, alias="object", repr=False)
    template: str | None = field(default=None, repr=False, metadata={"grammar": "secret"})

    def __attrs_post_init__(self) -> None:
        """Refuse any number of forms other than one, unknown components, and invalid parts."""
        forms = (self.url, self.basic_auth, self.object_, self.template)
        if sum(form is not None for form in forms) != 1:
            raise ValueError("exactly one of url, basic_auth, object and template must be given")
        if self.url is not None:
            _check_keys("url", self.url, _URL, needed=("scheme",))
        if self.basic_auth is not None:
            _check_keys("basic_auth", self.basic_auth, _BASIC_AUTH, needed=_BASIC_AUTH)
        self.needs()

    def bits(self, constraints: Constraints) -> int | None:  # noqa: ARG002 - it depends on the parts only
        """Return None: it is as strong as its parts."""
        return None

    def needs(self) -> tuple[str, ...]:
        """Return the names of the secrets it is built from, in order, without duplicates."""
        if self.template is not None:
            return _names(self.template)
        return tuple(dict.fromkeys(part.secret for part in self._all_parts() if isinstance(part, _Reference)))

    def obtain(self, request: Request) -> SecretValue:
        """Build the value. Raises RejectedError if the parts do not form a valid one."""
        if self.template is not None:
            return SecretValue(_render(self.template, lambda *part: _found(request, _Reference(*part))))
        if self.object_ is not None:
            return SecretValue({key: _value(request, _part("object", part)) for key, part in self.object_.items()})
        return SecretValue(_basic_auth(request, self.basic_auth) if self.basic_auth else _url(request, self.url or {}))

    def _all_parts(self) -> Iterator[_Part]:
        for form, given in (("url", self.url), ("basic_auth", self.basic_auth), ("object", self.object_)):
            for key, part in (given or {}).items():
                query = _query_map(part) if form == "url" and key == "query" else None
                yield from (_part(form, each) for each in (query.values() if query is not None else [part]))


def _check_keys(form: str, given: Mapping[str, object], known: tuple[str, ...], *, needed: tuple[str, ...]) -> None:
    for key in given:
        if key not in known:
            raise ValueError(f"unknown key in {form}: expected one of {', '.join(known)}")
    for key in needed:
        if key not in given:
            raise ValueError(f"{form} requires {key}")


def _part(form: str, given: object) -> _Part:
    """Read a part. Raises ValueError if it is not valid."""
    given = _opened(given)
    if isinstance(given, (str, int, float)) and not isinstance(given, bool):
        return given
    if isinstance(given, Mapping) and set(given) <= {"secret", "field"}:
        secret, path = given.get("secret"), given.get("field", "")
        if isinstance(secret, str) and secret and isinstance(path, str):
            return _Reference(secret, path)
    raise ValueError(f"{form}: a part must be text, a number, or a map with 'secret' and optionally 'field'")


def _opened(given: object) -> object:
    """Reveal a value from the environment; the options that hold it are never shown."""
    return given.reveal() if isinstance(given, SecretValue) else given


def _query_map(given: object) -> Mapping[str, object] | None:
    """Return the map of a query; None if it is text or a reference."""
    given = _opened(given)
    return given if isinstance(given, Mapping) and "secret" not in given else None


def _found(request: Request, part: _Reference) -> Material:
    """Return the value of another secret or of its part."""
    if request.look_up is None:
        raise RejectedError(f"{part.secret} cannot be looked up here")
    try:
        return request.look_up(*part).reveal()
    except KeyError:
        raise RejectedError(f"{part.secret} has no part {part.field}") from None


def _value(request: Request, part: _Part) -> Material:
    return _found(request, part) if isinstance(part, _Reference) else part


def _text(request: Request, form: str, given: object) -> str:
    value = _value(request, _part(form, given))
    if value is None:
        raise RejectedError(f"{form}: a part is null")
    return as_text(value)


def _basic_auth(request: Request, given: Mapping[str, object]) -> str:
    """Return ``username:password`` in base64 (RFC 7617, without the scheme's name)."""
    from base64 import b64encode

    username = _text(request, "basic_auth", given["username"])
    if ":" in username:
        raise RejectedError("basic_auth: the username must not contain a colon, which separates it from the password")
    password = _text(request, "basic_auth", given["password"])
    return b64encode(f"{username}:{password}".encode("utf-8", "surrogatepass")).decode("ascii")


def _url(request: Request, given: Mapping[str, object]) -> str:
    """Build a URL from its components; the pairs of a query keep their order."""
    components: dict[str, str] = {}
    query: tuple[tuple[str, str], ...] = ()
    for key, part in given.items():
        pairs = _query_map(part) if key == "query" else None
        if pairs is not None:
            query = tuple((name, _text(request, "url", each)) for name, each in pairs.items())
        else:
            components[key] = _text(request, "url", part)
    url = Url(**components)
    return (url._replace(query=query) if query else url).rendered()


_LookUp = Callable[[str, str], Material]


def _pieces(template: str) -> tuple[Piece, ...]:
    """Parse a template. Raises ValueError if it is not in the grammar or refers to anything but secrets."""
    try:
        found = parse(template, more_filters=("urlencode",))
    except GrammarError as error:
        raise ValueError(f"template: {error.message} at character {error.offset + 1}") from None
    for piece in found:
        if not isinstance(piece, (str, Expression)) or (isinstance(piece, Expression) and piece.roots - {"secret"}):
            raise ValueError("template may only refer to secrets: {{ secret.NAME.FIELD }}")
        for path in _paths(piece):
            if not path.steps or not isinstance(path.steps[0], str):
                raise ValueError("template: 'secret' requires a name: {{ secret.NAME.FIELD }}")
    return found


def _names(template: str) -> tuple[str, ...]:
    """Return the names of the secrets in a template, in order, without duplicates."""
    return tuple(dict.fromkeys(str(path.steps[0]) for piece in _pieces(template) for path in _paths(piece)))


def _render(template: str, look_up: _LookUp) -> str:
    """Fill a template with the values of its secrets. Raises RejectedError if one is null."""
    return "".join(piece if isinstance(piece, str) else _rendered(piece, look_up) for piece in _pieces(template))


def _paths(piece: Piece) -> tuple[Path, ...]:
    """Return the paths of an expression, including those in arguments of filters."""
    if not isinstance(piece, Expression):
        return ()
    operands = piece.operands
    values = [value for each in operands for value in (each.first, *(a for f in each.filters for a in f.arguments))]
    return tuple(value for value in values if isinstance(value, Path))


def _rendered(piece: Piece, look_up: _LookUp) -> str:
    if not isinstance(piece, Expression):
        return ""
    value: Material = None
    for operand in piece.operands:
        value = _operand(operand, look_up)
        if value:
            break
    if value is None:
        raise RejectedError("template: a part is null", hint="give it a default: {{ … | default('…') }}")
    return as_text(value)


def _operand(operand: Operand, look_up: _LookUp) -> Material:
    value = _operand_value(operand.first, look_up)
    for step in operand.filters:
        value = _filtered(step, value, [_operand_value(argument, look_up) for argument in step.arguments])
    return value


def _operand_value(value: Path | Literal, look_up: _LookUp) -> Material:
    if isinstance(value, Literal):
        return value.value
    name, *field = map(str, value.steps)
    return look_up(name, ".".join(field))


def _filtered(step: Filter, value: Material, arguments: list[Material]) -> Material:
    """Apply one filter."""
    if step.name == "default":
        return arguments[0] if value is None or (any(arguments[1:]) and not value) else value
    if step.name == "tojson":
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    wanted = list if step.name == "join" else str
    if not isinstance(value, wanted):
        raise RejectedError(f"template: {step.name} requires {'a list' if wanted is list else 'text'}")
    return _FILTERS[step.name](value, *map(as_text, arguments))


def _urlencoded(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="", errors="surrogatepass")


def _joined(values: list[Material], separator: str) -> str:
    return separator.join(map(as_text, values))


_FILTERS: Mapping[str, Callable[..., str]] = {
    **TEXT_FILTERS,
    "urlencode": _urlencoded,
    "replace": str.replace,
    "join": _joined,
}
