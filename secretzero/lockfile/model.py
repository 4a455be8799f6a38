"""The records of a lockfile: immutable, and without any secret value.

Records refer to each other by op: a ULID for one attempt to bring one secret to one generation. A record with an empty
`mac` is not signed yet; the writer signs it. Change records with `amend`, which drops a signature that no longer holds.
`extra` keeps optional keys that a later version wrote. Records are named tuples because a large run creates, reads and
copies tens of thousands of them, and a frozen class costs four times as much.
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
    """One value that a secret had: its time, its origin, and keyed digests of it (``""`` is the whole value).

    `parts` maps the secrets it was made from to the op that each had at the time; `fields` are those of a template;
    `shape` says how to interpret a value read back as text; `value` is the value in clear text, only for a `nonsecret`.
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
    """The last operation on one target: the op whose value it received, and how that was confirmed.

    `confirmed` is ``readback``, ``ack`` or ``none`` (refused, or outcome unknown; `error` is the error code).
    """

    at: str
    op: str
    confirmed: Confirmed
    error: str = ""
    removed_at: str = ""
    extra: Mapping[str, object] = {}
    mac: str = ""


class Entry(NamedTuple):
    """Everything recorded about one secret. The scalar keys are its head and are signed together."""

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
        """The current generation; None if there is none."""
        return self.generations.get(self.current)

    @property
    def highest(self) -> int:
        """The highest count of all generations, including withdrawn ones."""
        return max([generation.n for generation in self.generations.values()], default=0)

    def op_at(self, uri: str) -> str:
        """Return the op whose value a target has according to its record; ``""`` for none, or a removed target."""
        record = self.targets.get(uri)
        return record.op if record and record.confirmed != "none" and not record.removed_at else ""

    def with_generation(self, op: str, generation: Generation) -> "Entry":
        """Return a copy with this generation added or replaced."""
        return amend(self, generations={**self.generations, op: generation})

    def withdraw(self, op: str, unrecorded: Generation | None = None) -> "Entry":
        """Return a copy with this generation as withdrawn, if it is known: its fingerprints are kept forever."""
        known = self.generations.get(op) or unrecorded
        return self if known is None or known.withdrawn else self.with_generation(op, amend(known, withdrawn=True))


class ObjectRecord(NamedTuple):
    """The store's own version of one object at the time of a write, and the ops whose values it held then."""

    at: str
    ops: tuple[str, ...]
    remote: str
    extra: Mapping[str, object] = {}
    mac: str = ""


@frozen
class KeyRecord:
    """The project key that signs this lockfile: its id, and a short check value that exposes a wrong key at once."""

    id: str
    check: str


@frozen
class Lockfile:
    """The record of one environment. Contains no values.

    Attributes:
        project: Id of the project, ``""`` before the first sync.
        key: Which project key signs it.
        secrets: Records by name of the secret.
        objects: What stores said about objects, by URI.
        orphans: Credentials that were issued and belong to no secret any more.
        extra: What a later version wrote.
        schema: 2, or 1 for a file of the public 0.14 that was only read.

    Example:
        >>> from secretzero import Engine
        >>> entry = Engine.open("Secretfile.yml").lockfile.secrets["db_password"]
        >>> entry.now.n, list(entry.targets)
        (1, ['file://.env#DB_PASSWORD'])
    """

    project: str = ""
    key: KeyRecord | None = None
    secrets: Mapping[str, Entry] = {}
    objects: Mapping[str, ObjectRecord] = {}
    orphans: tuple[Mapping[str, object], ...] = ()
    extra: Extra = {}
    schema: int = 2

    def entry_of(self, identity: str) -> Entry | None:
        """Return the records of the secret with an id.

        Args:
            identity: The secret's id, which stays when its name changes.

        Returns:
            The records, or None.
        """
        return next((entry for entry in self.secrets.values() if entry.id == identity), None)


Record = TypeVar("Record", Generation, TargetRecord, Entry, ObjectRecord)

_UNSIGNED = frozenset({"generations", "targets"})


def amend(record: Record, **changes: Any) -> Record:
    """Return a changed copy of a record; it is unsigned if a change affects what the signature covers."""
    if "mac" not in changes and not _UNSIGNED.issuperset(changes):
        return record._replace(mac="", **changes)
    return record._replace(**changes)


def with_mac(record: Record, mac: str) -> Record:
    """Return a copy of a record with this signature, which is the last field."""
    return type(record)(*record[:-1], mac)
