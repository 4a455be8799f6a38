"""The few shapes that everything else is made of: stores and their capabilities, target kinds, sources, providers."""

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol, TypeGuard, TypeVar, runtime_checkable

import attrs
from attrs import frozen

from .refs import Ref
from .values import Description, SecretValue, Version, Written

if TYPE_CHECKING:
    from .clock import Clock
    from .files import Disk
    from .places import Places

Capability = TypeVar("Capability")


class Store(Protocol):
    """Somewhere secrets are kept. `path` names an object in it; the only obligation is to describe one."""

    def describe(self, path: str) -> Description | None:
        """Say what is there without a value; None when there is nothing."""


@runtime_checkable
class Readable(Store, Protocol):
    """A store whose values can be read back."""

    def read(self, path: str, version: Version | None = None) -> SecretValue:
        """Return the object as a map of its fields. Raises NotFoundError when there is nothing."""


@runtime_checkable
class Writable(Store, Protocol):
    """A store that takes values."""

    def write(
        self,
        path: str,
        fields: SecretValue,
        *,
        remove: Collection[str] = (),
        replace: bool = False,
        expected: Version | None = None,
        token: str | None = None,
    ) -> Written:
        """Set the fields of the map `fields`, remove those named in `remove`, leave all others alone.

        `replace` makes `fields` the whole object. `expected` is the version that the object must still have; ``""``
        means that it must not exist; None compares nothing. The same `token` twice is one version.
        Raises ConflictError when the object moved, and then nothing was written.
        """


@runtime_checkable
class Deletable(Store, Protocol):
    """A store that can forget a whole object."""

    def delete(self, path: str) -> None:
        """Delete the object; nothing there is no error."""


@runtime_checkable
class Listable(Store, Protocol):
    """A store that can say which objects it has."""

    def paths(self, prefix: str = "") -> Iterator[str]:
        """Yield the paths of all objects under `prefix`, sorted."""


@runtime_checkable
class Versioned(Store, Protocol):
    """A store that keeps earlier versions of an object."""

    def versions(self, path: str) -> Sequence[Version]:
        """List the versions of an object, newest first."""

    def undelete(self, path: str, versions: Collection[Version] = ()) -> None:
        """Bring deleted versions back; ``()`` means the newest."""

    def destroy(self, path: str, versions: Collection[Version] = ()) -> None:
        """Make versions unreadable for ever; ``()`` means the whole object."""


@runtime_checkable
class Labelled(Store, Protocol):
    """A store whose objects carry labels."""

    def label(self, path: str, labels: Mapping[str, str]) -> None:
        """Merge these labels into those that the object has."""


@runtime_checkable
class Snapshotting(Readable, Protocol):
    """A store that can describe an object and read it in one look, so that version and values belong together."""

    def snapshot(self, path: str) -> tuple[Description, SecretValue] | None:
        """Return what `describe` and `read` would, of one moment; None when there is nothing."""


@runtime_checkable
class Comparing(Writable, Protocol):
    """A store that compares `expected` and writes in one step, so that of two machines the first wins."""

    def newest(self, path: str) -> Version | None:
        """Return the version that a compare-and-set would compare; None when there is no object."""


@runtime_checkable
class Synced(Store, Protocol):
    """A store whose writes are durable only after one more call for all of them together."""

    def sync(self) -> None:
        """Make every write so far survive a power failure."""


@runtime_checkable
class OnDisk(Store, Protocol):
    """A store whose objects are files of this machine. They are written last, after what other machines share."""

    def local_path(self, path: str) -> str:
        """Return the absolute path of an object's file, links resolved. Raises OSError where links form a circle."""


@frozen
class Constraints:
    """What a target can hold: lengths in characters and bytes, characters, shape. All targets of a secret count.

    `forbidden` may never appear; `avoid` lists characters that a generator leaves out because they are accepted only
    in some combinations; `allowed`, when given, is the whole alphabet.
    """

    min_length: int = 0
    max_length: int | None = None
    max_bytes: int | None = None
    forbidden: str = ""
    avoid: str = ""
    allowed: str | None = None
    text_only: bool = False

    def __and__(self, other: "Constraints") -> "Constraints":
        """Return what satisfies both."""
        return Constraints(
            min_length=max(self.min_length, other.min_length),
            max_length=_lower(self.max_length, other.max_length),
            max_bytes=_lower(self.max_bytes, other.max_bytes),
            forbidden="".join(sorted({*self.forbidden, *other.forbidden})),
            avoid="".join(sorted({*self.avoid, *other.avoid})),
            allowed=_common(self.allowed, other.allowed),
            text_only=self.text_only or other.text_only,
        )

    @property
    def impossible(self) -> bool:
        """Tell whether no value at all can satisfy this."""
        bounded = self.max_length is not None and self.max_length < self.min_length
        narrow = self.allowed is not None and not set(self.allowed) - set(self.forbidden)
        return bounded or (narrow and self.min_length > 0)


def _lower(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else min(one, other)


def _common(one: str | None, other: str | None) -> str | None:
    return other if one is None else one if other is None else "".join(c for c in one if c in other)


class Place(NamedTuple):
    """Where one part of a value lands: a canonical URI, and the part that it gets (``""`` for the whole)."""

    ref: Ref
    part: str = ""


class TargetKind(Protocol):
    """A kind of target: an attrs class whose fields are the options in the manifest."""

    @property
    def one_place(self) -> bool:
        """Tell whether the options fix one place, so that a template's whole map goes there."""

    def places(self, name: str) -> tuple[Place, ...]:
        """Say where it lands when the secret, or the template's field, is called `name`. Pure."""

    def constraints(self) -> Constraints:
        """Say what this target can hold. Pure."""

    def check(self, name: str, value: SecretValue) -> None:
        """Raise RejectedError when the target cannot hold this value; the message never shows it. Pure."""

    def object_options(self) -> Mapping[str, object]:
        """Return the options that belong to the whole object; targets on one object must agree on them."""

    def open(self, connection: object) -> Store:
        """Open the store. Targets with equal connection and object are one store object."""


class Located(NamedTuple):
    """An address that a kind of target understands: its canonical URI, and the options that open it."""

    ref: Ref
    options: TargetKind


@runtime_checkable
class Addressable(Protocol):
    """A kind of target whose objects can be opened by their address alone, when no target in the manifest has it.

    It is asked of the class of options, not of an instance.
    """

    def at(self, address: str) -> Located | None:
        """Understand a canonical URI, or what people write for one; None for the address of another kind. Pure."""


@runtime_checkable
class NamesFiles(Protocol):
    """Options of a target or a source that name files of this machine. One outside of the project needs trust."""

    def files(self) -> tuple[str, ...]:
        """Return the paths of the files, relative to the manifest directory, absolute, or beginning with ``~/``."""


class ProjectFiles(Protocol):
    """The files that a manifest may name, by paths relative to its directory, absolute ones, or ``~/…``."""

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a file, or None when there is none. Raises ProviderError where that is refused."""

    def leaves_project(self, path: str) -> bool:
        """Tell whether a path leads out of the project, into git's own folder, or cannot be resolved."""


def offers(thing: object, capability: type[Capability]) -> TypeGuard[Capability]:
    """Ask what `isinstance` does of a protocol of methods, fifty times faster: for what is asked of every target."""
    return issubclass(type(thing), capability)


@frozen
class Question:
    """What a person is asked: a label, what to do to get the value, and whether typing is shown."""

    label: str
    instructions: str = ""
    hidden: bool = True
    variable: str = ""


Ask = Callable[[Question], SecretValue]
"""Asks a person. Raises NoValueError where nobody can be asked."""


@frozen
class Request:
    """All that a source may use to obtain a value; nothing else reaches it.

    `random` returns n random bytes. `look_up` gives the value of another secret of this run, or the one that stands
    at a readable target: ``look_up(name, part)``. `read_file` returns the bytes of a file named relative to the
    manifest directory, or None when there is none.
    """

    secret: str
    field: str = ""
    constraints: Constraints = Constraints()
    random: Callable[[int], bytes] = attrs.field(repr=False, default=os.urandom)
    now: datetime | None = None
    environ: Mapping[str, str] = attrs.field(repr=False, factory=dict)
    look_up: Callable[[str, str], SecretValue] | None = attrs.field(repr=False, default=None)
    read_file: Callable[[str], bytes | None] | None = attrs.field(repr=False, default=None)
    allow_weak: bool = False


class Source(Protocol):
    """Where a value comes from: a generator, an environment variable, a file, another secret."""

    def obtain(self, request: Request) -> SecretValue:
        """Return a value. Raises NoValueError when there is none here, so that the next source may be asked."""


@runtime_checkable
class Generator(Source, Protocol):
    """A source that a secret's `kind` names: an attrs class whose fields are the options in the manifest.

    `nature` is ``local``, ``issued``, ``static`` or ``derived``. `parts` maps the named pieces of the value to True
    when they are secret; ``""`` is the whole.
    """

    nature: ClassVar[str]
    parts: ClassVar[Mapping[str, bool]]

    def bits(self, constraints: Constraints) -> int | None:
        """Return a lower bound of the min-entropy of what would be drawn; None where nobody can say."""

    def needs(self) -> tuple[str, ...]:
        """Return the names of the secrets that the value is made from."""


@frozen
class Surroundings:
    """What a provider may use to connect: of this machine, and of the project. `lock_wait` is in seconds."""

    disk: "Disk"
    clock: "Clock"
    places: "Places"
    environ: Mapping[str, str] = attrs.field(repr=False)
    folder: str
    root: str
    lock_wait: float


@runtime_checkable
class Supplied(Protocol):
    """A generator of values that people supply: in the manifest, in the environment, or when they are asked."""

    def in_clear(self) -> bool:
        """Tell whether the value is a setting and no secret."""

    def may_ask(self) -> bool:
        """Tell whether a person may be asked for the value without having allowed it for this run."""

    def written(self) -> bool:
        """Tell whether the text of the manifest, and not a variable in it, holds the value or a part of it."""

    def literal(self) -> SecretValue | None:
        """Return the value that the manifest holds; None when there is none, or one with missing leaves."""

    def layout(self, *, bare: bool = False) -> SecretValue | None:
        """Return the map that the manifest writes, or with `bare` its keys alone; None when it writes none."""

    def missing_leaves(self) -> tuple[str, ...]:
        """Return the sorted dot paths of the leaves to ask for; none where the value is asked for as a whole."""

    def with_leaves(self, answers: Mapping[str, SecretValue]) -> SecretValue:
        """Return the manifest's map with these leaves filled."""

    def accept(self, value: SecretValue) -> SecretValue:
        """Return a supplied value in the declared type. Raises RejectedError when it is not one."""

    def check(self, value: SecretValue) -> None:
        """Raise RejectedError when a value breaks the manifest's rule for it; the message never shows it."""


class Provider(Protocol):
    """An authenticated connection to one platform."""

    targets: ClassVar[Mapping[str, type]]
    sources: ClassVar[Mapping[str, type]]

    @classmethod
    def connect(cls, here: Surroundings) -> object:
        """Return a connection, which is what `TargetKind.open` gets."""
