"""The parts of a contract test: promises, a corpus of values, and a store with direct access to its platform."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, ClassVar, Protocol, TypeVar

from ..errors import ConflictError
from ..values import Material, SecretValue, Version, Written

METHODS = {"list": "paths"}
METHODS |= {name: name for name in "describe read write delete versions undelete destroy label".split()}
"""Promises that are a method of the store, and the name of the method."""

ALL = frozenset({*METHODS, "compare", "token", "fields"})
"""All promises. `compare` is compare-and-set, `token` means that a repeated token makes only one version, `fields` that
an object may hold several fields.
"""

CORPUS: tuple[Material, ...] = (
    "",
    "a",
    " spaced ",
    "trailing newline\n",
    "two\nlines",
    "carriage\r\nreturn",
    "tab\there",
    "naïve — 密码 🔑",
    "".join(map(chr, range(32, 127))),
    '{"user": "a", "n": 1.50}',
    "it's",
    'a "quoted" word',
    "back\\slash \\\\ \\",
    "$HOME ${HOME} $(id) `id` !x",
    "# no comment",
    "null",
    "007",
    "x" * 4096,
)

_Test = TypeVar("_Test", bound=Callable[..., None])


class Counterpart(Protocol):
    """A store under test, with direct access to the platform behind it and a count of the calls it received."""

    store: Any
    path: str

    def reopen(self) -> Any:
        """Return a new adapter for the same platform, as a new process would have."""

    def look(self, path: str) -> Mapping[str, Material] | None:
        """Return the fields of an object without the adapter; None if it does not exist."""

    def put(self, path: str, fields: Mapping[str, Material]) -> None:
        """Set fields of an object without the adapter, as another program would; the others stay."""

    def calls(self) -> int:
        """Return how many calls that change something the platform has received."""


def needs(*promises: str) -> Callable[[_Test], _Test]:
    """Mark a test that is skipped unless all of these are promised."""

    def marked(test: _Test) -> _Test:
        test.needs = frozenset(promises)  # type: ignore[attr-defined]
        return test

    return marked


TOKEN = "1"  # noqa: S105 - names a write, opens nothing


class Calls:
    """The calls that the tests make to a store and its platform."""

    promises: ClassVar[Collection[str]] = ALL
    fields: ClassVar[tuple[str, ...]] = ("FIRST", "SECOND")

    @property
    def _first(self) -> str:
        return self.fields[0]

    @property
    def _other(self) -> str:
        return self.fields[-1]

    def _set(self, place: Counterpart, value: Material, **options: Any) -> Written:
        written: Written = place.store.write(place.path, SecretValue({self._first: value}), **options)
        return written

    def _found(self, place: Counterpart) -> Material:
        """Return the value of our field: through the store if it can read, else from the platform."""
        read = "read" in self.promises
        return place.store.read(place.path).part(self._first).reveal() if read else self._looked(place)

    def _looked(self, place: Counterpart) -> Material:
        return (place.look(place.path) or {}).get(self._first)

    def _repeat(self, place: Counterpart, store: Any, first: Written) -> None:
        """Check that the first write, sent again, changes nothing; only a store without tokens may raise a conflict."""
        try:
            store.write(place.path, SecretValue({self._first: "one"}), expected=Version(""), token=TOKEN)
        except ConflictError:
            if "token" in self.promises:
                raise AssertionError("the repeat was refused") from None
        if store.describe(place.path).version != first.version:
            raise AssertionError("the repeat made another version")
        self._one_version(place)

    def _one_version(self, place: Counterpart) -> None:
        """Check that all writes so far made one version, if the store keeps versions."""
        if "versions" in self.promises and len(place.store.versions(place.path)) != 1:
            raise AssertionError("there is more than one version")
