"""The records of a lockfile: frozen, and without a value of a secret.

Everything points by op: a ULID for one attempt to bring one secret to one generation. A record whose `mac` is empty
has not been signed yet, and the writer signs what is unsigned: `amend` is how a record changes.
`extra` keeps optional keys that a later version wrote. Records are named tuples because a large run makes, reads and
copies tens of thousands of them, which costs a frozen class four times as much.
"""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, TypeVar

from attrs import frozen

Extra = Mapping[str, object]

Confirmed = Literal["readback", "ack", "none"]
"""How far a write was seen: read back, acknowledged, or neither."""

Reason = Literal[
    "new",
    "due",
    "forced",
    "set",
    "rollback",
    "followed",
    "part changed",
    "literal changed",
    "field added",
    "field removed",
    "definition changed",
    "adopted",
    "migrated",
    "the value of an unfinished op was lost",
]
"""Why this version makes a generation; a lockfile of another version may have other reasons."""


class Generation(NamedTuple):
    """One value that a secret had: when, where from, and keyed digests of it (``""`` is the whole value).

    `parts` maps the secrets that it was made from to the op that each had then; `fields` are those of a template;
    `shape` is how a value read back from a place of text is to be understood; `value` is in clear and only there for
    a `nonsecret`.
    """

    at: str
    n: int
    fingerprints: Mapping[str, str]
    origin: str = ""
    reason: str = ""
    definition: str = ""
    bits: int | None = None
    shape: str = "text"
    parts: Mapping[str, str] = {}
    fields: tuple[str, ...] = ()
    issued: Mapping[str, object] | None = None
    retired_at: str = ""
    withdrawn: bool = False
    value: object = None
    has_value: bool = False
    extra: Mapping[str, object] = {}
    mac: str = ""


class TargetRecord(NamedTuple):
    """What was last done at one target: the op whose value it got, and how far that was seen.

    `confirmed` is ``readback``, ``ack`` or ``none`` (refused, or outcome unknown; `error` is its code).
    """

    at: str
    op: str
    confirmed: Confirmed
    error: str = ""
    removed_at: str = ""
    extra: Mapping[str, object] = {}
    mac: str = ""


class Entry(NamedTuple):
    """All that is known of one secret. Its scalar keys are its head and are signed together."""

    id: str
    kind: str
    created_at: str
    current: str = ""
    pending: str = ""
    previous: str = ""
    rotated_at: str = ""
    rotation_count: int = 0
    legacy: str = ""
    generations: Mapping[str, Generation] = {}
    targets: Mapping[str, TargetRecord] = {}
    extra: Mapping[str, object] = {}
    mac: str = ""

    @property
    def now(self) -> Generation | None:
        """The generation that is current."""
        return self.generations.get(self.current)

    @property
    def highest(self) -> int:
        """The highest count that any generation has, withdrawn ones included."""
        return max([generation.n for generation in self.generations.values()], default=0)

    def with_generation(self, op: str, generation: Generation) -> "Entry":
        """Return an entry that also, or instead, has this generation."""
        return amend(self, generations={**self.generations, op: generation})

    def with_targets(self, records: Mapping[str, TargetRecord]) -> "Entry":
        """Return an entry that also, or instead, has these target records."""
        return amend(self, targets={**self.targets, **records})


class ObjectRecord(NamedTuple):
    """The store's own version of one object at the time of a write, and the ops whose values stood there then."""

    at: str
    ops: tuple[str, ...]
    remote: str
    extra: Mapping[str, object] = {}
    mac: str = ""


@frozen
class KeyRecord:
    """Which project key signs this lockfile: a name, and a short check that finds a wrong key at once."""

    id: str
    check: str


@frozen
class Lockfile:
    """What was done, for one lane. `legacy_schema` is 1 for a file of the public 0.14 that was only read."""

    project: str = ""
    key: KeyRecord | None = None
    secrets: Mapping[str, Entry] = {}
    objects: Mapping[str, ObjectRecord] = {}
    orphans: tuple[Mapping[str, object], ...] = ()
    extra: Extra = {}
    schema: int = 2

    def entry_of(self, identity: str) -> Entry | None:
        """Return the entry with this secret id."""
        return next((entry for entry in self.secrets.values() if entry.id == identity), None)


Record = TypeVar("Record", Generation, TargetRecord, Entry, ObjectRecord)

_UNSIGNED = frozenset({"generations", "targets"})


def amend(record: Record, **changes: Any) -> Record:
    """Return a copy of a record with some of it changed, unsigned where what changed is signed."""
    if "mac" not in changes and not _UNSIGNED.issuperset(changes):
        return record._replace(mac="", **changes)
    return record._replace(**changes)


def with_mac(record: Record, mac: str) -> Record:
    """Return a record with its signature, which is the last of its fields."""
    return type(record)(*record[:-1], mac)
