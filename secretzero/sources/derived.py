"""Values derived from other secrets, which follow their changes."""

from collections.abc import Iterator, Mapping
from typing import ClassVar, NamedTuple

from attrs import field, frozen

from ..errors import RejectedError
from ..protocols import Constraints, Request
from ..values import Material, SecretValue, as_text
from . import templates
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
            return templates.names(self.template)
        return tuple(dict.fromkeys(part.secret for part in self._all_parts() if isinstance(part, _Reference)))

    def obtain(self, request: Request) -> SecretValue:
        """Build the value. Raises RejectedError if the parts do not form a valid one."""
        if self.template is not None:
            return SecretValue(templates.render(self.template, lambda *part: _found(request, _Reference(*part))))
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
