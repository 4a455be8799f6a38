"""The few shapes that everything else is made of: target kinds, sources, generators, providers."""

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol, TypeGuard, TypeVar, runtime_checkable

import attrs
from attrs import frozen

from ..refs import Ref
from ..values import SecretValue
from .stores import Store

if TYPE_CHECKING:
    from ..clock import Clock
    from ..files import Disk
    from ..places import Places

Capability = TypeVar("Capability")


@frozen
class Constraints:
    """What a target can hold. The constraints of all targets of a secret apply to its value.

    Attributes:
        min_length: Fewest characters.
        max_length: Most characters. None: no limit.
        max_bytes: Most bytes of UTF-8. None: no limit.
        forbidden: Characters that may not appear.
        avoid: Characters that a generator leaves out, because only some combinations of them are accepted.
        allowed: All characters that may appear. None: any.
        text_only: Whether maps and lists are refused.

    Example:
        >>> from secretzero import Constraints
        >>> (Constraints(max_length=20) & Constraints(max_length=8, forbidden="$")).max_length
        8
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
        """Whether no value can satisfy this."""
        bounded = self.max_length is not None and self.max_length < self.min_length
        narrow = self.allowed is not None and not set(self.allowed) - set(self.forbidden)
        return bounded or (narrow and self.min_length > 0)


def _lower(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else min(one, other)


def _common(one: str | None, other: str | None) -> str | None:
    return other if one is None else one if other is None else "".join(c for c in one if c in other)


class Place(NamedTuple):
    """Where one part of a value goes.

    Attributes:
        ref: The place.
        part: Dot path of the part; ``""`` is the whole value.

    Example:
        >>> from secretzero import Place, Ref
        >>> str(Place(Ref.parse("file://.env#DB")).ref)
        'file://.env#DB'
    """

    ref: Ref
    part: str = ""


class TargetKind(Protocol):
    """A kind of target: an attrs class whose fields are the options in the manifest.

    Example:
        >>> from secretzero import TargetKind
        >>> from secretzero.providers.local import Local
        >>> target: TargetKind = Local.targets["file"](path=".env")
        >>> [str(place.ref) for place in target.places("db")]
        ['file://.env#db']
    """

    @property
    def one_place(self) -> bool:
        """Whether the options name a single place, so that the whole map of a template goes there."""

    def places(self, name: str) -> tuple[Place, ...]:
        """Return where a value goes. Pure.

        Args:
            name: Name of the secret, or of the template's field.

        Returns:
            A place for each part.
        """

    def constraints(self) -> Constraints:
        """Return what this target can hold. Pure.

        Returns:
            Its constraints.
        """

    def check(self, name: str, value: SecretValue) -> None:
        """Refuse a value that the target cannot hold. Pure.

        Args:
            name: Name of the secret.
            value: The value.

        Raises:
            RejectedError: It cannot be held; the message says which rule, never the value.
        """

    def object_options(self) -> Mapping[str, object]:
        """Return the options that belong to the whole object; targets on one object must agree on them.

        Returns:
            Options by name.
        """

    def open(self, connection: object) -> Store:
        """Open the store. Targets with equal connection and object are one store object.

        Args:
            connection: What the provider connects with.

        Returns:
            The store.
        """


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
        """Whether a path leads out of the project, into git's own folder, or cannot be resolved."""


def offers(thing: object, capability: type[Capability]) -> TypeGuard[Capability]:
    """Ask what `isinstance` does of a protocol of methods, fifty times faster: for what is asked of every target."""
    return issubclass(type(thing), capability)


@frozen
class Question:
    """A question for a person.

    Attributes:
        label: What is asked for.
        instructions: How to get the value.
        hidden: Whether typing is hidden.
        variable: The environment variable that would answer it.

    Example:
        >>> from secretzero import Question
        >>> Question("API key", instructions="Create one in the console.").hidden
        True
    """

    label: str
    instructions: str = ""
    hidden: bool = True
    variable: str = ""


Ask = Callable[[Question], SecretValue]
"""Prompts a person. Raises NoValueError if prompting is not possible."""


@frozen
class Request:
    """Everything that a source may use to obtain a value.

    Attributes:
        secret: Name of the secret.
        field: Name of the template's field; ``""`` for the whole.
        constraints: What every target can hold.
        random: Returns n random bytes.
        now: The present moment, in UTC.
        environ: The environment variables.
        look_up: Returns the value of another secret, given its name and part.
        read_file: Returns the bytes of a file named relative to the manifest's folder; None when there is none.
        allow_weak: Whether a weaker value than the manifest asks for is accepted.

    Example:
        >>> from secretzero import Request
        >>> len(Request("db").random(16))
        16
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
    """Where a value comes from: a generator, an environment variable, a file, another secret.

    Example:
        >>> from secretzero import Request, SecretValue, Source
        >>> class Fixed:
        ...     def obtain(self, request):
        ...         return SecretValue("s3cret")
        >>> source: Source = Fixed()
        >>> source.obtain(Request("db"))
        SecretValue(hidden)
    """

    def obtain(self, request: Request) -> SecretValue:
        """Return a value.

        Args:
            request: All that may be used.

        Returns:
            The value.

        Raises:
            NoValueError: There is none here, so the next source is asked.
        """


@runtime_checkable
class Generator(Source, Protocol):
    """A source that a secret's `kind` names: an attrs class whose fields are the options in the manifest.

    Attributes:
        nature: ``local``, ``issued``, ``static`` or ``derived``.
        parts: Named pieces of the value: True for those that are secret; ``""`` is the whole.

    Example:
        >>> from secretzero import Constraints, Generator
        >>> from secretzero.sources.registry import GENERATORS
        >>> generator: Generator = GENERATORS["uuid"]()
        >>> generator.nature, generator.bits(Constraints())
        ('local', 122)
    """

    nature: ClassVar[str]
    parts: ClassVar[Mapping[str, bool]]

    def bits(self, constraints: Constraints) -> int | None:
        """Return a lower bound of the strength of what would be made.

        Args:
            constraints: What every target can hold.

        Returns:
            The min-entropy in bits; None where it is unknown.
        """

    def needs(self) -> tuple[str, ...]:
        """Return the secrets that the value is made from.

        Returns:
            Their names.
        """


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
        """Whether the value is a setting and not a secret."""

    def may_ask(self) -> bool:
        """Whether a person may be prompted for the value without allowing it for this run."""

    def written(self) -> bool:
        """Whether the text of the manifest, and not a variable in it, holds the value or a part of it."""

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
    """An authenticated connection to one platform.

    Attributes:
        targets: Kinds of targets by name.
        sources: Kinds of sources by name.

    Example:
        >>> from secretzero import Provider
        >>> from secretzero.providers.local import Local
        >>> provider: type[Provider] = Local
        >>> sorted(provider.targets)
        ['file']
    """

    targets: ClassVar[Mapping[str, type]]
    sources: ClassVar[Mapping[str, type]]

    @classmethod
    def connect(cls, here: Surroundings) -> object:
        """Connect to the platform.

        Args:
            here: What may be used of this machine and of the project.

        Returns:
            What `TargetKind.open` gets.
        """
