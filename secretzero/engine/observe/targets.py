"""Asking the stores and followed sources what they hold: each object once, every value dropped again."""

import hmac
from collections.abc import Callable, Mapping
from typing import NamedTuple

from ...errors import AuthenticationError, NotFoundError, ProviderError, UnsupportedError
from ...lockfile.legacy import verify_legacy
from ...lockfile.model import Entry, ObjectRecord
from ...manifest.model import Target
from ...planning.world import LEGACY, Code, Seen, State, code_of
from ...protocols import offers
from ...protocols.stores import Readable, Snapshotting
from ...refs import Ref
from ...values import Description, SecretValue
from ..state.connections import Stores
from ..state.lockfile import Ledger

_ABSENT = Seen("absent")


class RemovedTarget(NamedTuple):
    """A recorded place that its secret no longer has, and one of the parts that it may hold: which is not recorded."""

    uri: str
    part: str

    @property
    def object(self) -> str:
        """The URI without its field."""
        return self.uri.partition("#")[0]

    @property
    def field(self) -> str:
        """The field of the object."""
        return Ref.parse(self.uri).field


class Asked(NamedTuple):
    """One target to look at, with the entry that it is compared with."""

    target: Target | RemovedTarget
    entry: Entry | None
    ledger: Ledger


class Holdings(NamedTuple):
    """What an object holds, for as long as it is compared; or why it could not be read."""

    fields: Mapping[str, object] | None = None
    description: Description | None = None
    error: str = ""
    unreadable: bool = False


class Observer:
    """Looks at objects once. `verify` reads the value even where a recorded marker would be believed."""

    def __init__(self, stores: Stores, random: Callable[[int], bytes], *, verify: bool = False) -> None:
        self._stores = stores
        self._likeness_key = random(32)
        self._verify = verify
        self.versions: dict[str, str] = {}
        self.failures: dict[str, Code] = {}

    def look_at(self, asked: list[Asked]) -> list[Seen]:
        """Answer each question, object by object; no value is kept longer than its object is compared."""
        objects: dict[str, list[int]] = {}
        for number, one in enumerate(asked):
            objects.setdefault(one.target.object, []).append(number)
        seen = [_ABSENT] * len(asked)
        for uri, numbers in objects.items():
            held = self._holdings(uri, [asked[number] for number in numbers])
            for number in numbers:
                seen[number] = self._believed(asked[number], held) or self._compare(asked[number], held)
        return seen

    def likeness(self, value: SecretValue) -> bytes:
        """Return a digest under a key of this run alone, which tells two values apart."""
        return hmac.digest(self._likeness_key, value.canonical(), "sha256")

    def _holdings(self, uri: str, wanted: list[Asked]) -> Holdings:
        """Describe and, unless every marker is believed, read an object; an error is an answer too."""
        try:
            return self._read(uri, wanted)
        except NotFoundError:
            return Holdings({})
        except UnsupportedError as error:
            return Holdings(error=error.message)
        except ProviderError as error:
            if not isinstance(error, AuthenticationError):
                self.failures[uri] = code_of(error)
            return Holdings(error=error.message)

    def _read(self, uri: str, wanted: list[Asked]) -> Holdings:
        """Look at an object once: at its marker, and at its values unless the marker is enough."""
        store, path = self._stores.store_of(uri)
        if offers(store, Snapshotting):
            taken = store.snapshot(path)
            self.versions[uri] = (taken[0].version or "") if taken else ""
            return Holdings(_fields(taken[1]), taken[0]) if taken else Holdings({})
        described = store.describe(path)
        if described is None:
            self.versions[uri] = ""
            return Holdings({})
        if described.version:
            self.versions[uri] = described.version
        believed = not self._verify and all(_marker_holds(one, described) for one in wanted)
        if believed or not offers(store, Readable):
            return Holdings(None, described, unreadable=not offers(store, Readable))
        return Holdings(_fields(store.read(path)), described)

    def _believed(self, one: Asked, held: Holdings) -> Seen | None:
        """Answer from the marker alone, where that is enough or all there is."""
        if held.error:
            return Seen("cannot tell", evidence=held.error, error=held.error)
        if held.fields is not None or held.description is None:
            return None
        record = one.entry.targets.get(one.target.uri) if one.entry else None
        if _marker_holds(one, held.description) and record:
            return Seen("known", record.op, "marker", readable=not held.unreadable)
        return self._write_only(one, held.description)

    def _write_only(self, one: Asked, described: Description) -> Seen:
        """Judge a target whose value cannot be read, by its marker."""
        if one.target.field and described.fields and one.target.field not in described.fields:
            return Seen("absent", evidence="marker")
        recorded = one.ledger.lockfile.objects.get(one.target.object)
        if recorded is None or described.marker is None:
            state: State = "unknown" if one.entry is None or one.target.uri not in one.entry.targets else "cannot tell"
            return Seen(state, evidence="no marker")
        if described.marker != recorded.remote:
            return Seen("foreign", evidence="marker")
        op = _op_there(one, recorded)
        return Seen("known", op, "marker") if op else Seen("cannot tell", evidence="marker")

    def _compare(self, one: Asked, held: Holdings) -> Seen:
        """Compare the value of one field with the generations that are recorded."""
        fields, name = held.fields or {}, one.target.field or "value"
        if name not in fields:
            return _ABSENT
        if one.ledger.key is None and one.ledger.lockfile.key:
            return Seen("cannot tell", evidence="no key", readable=True, error="no project key on this machine")
        value = SecretValue(fields[name])  # type: ignore[arg-type]
        if one.entry and one.entry.legacy and not one.entry.current:
            return self._compare_legacy(one.entry, one.target.part, value)
        op = one.ledger.match(one.entry, one.target.part, value) if one.entry else ""
        return Seen("known" if op else "unknown", op, likeness=b"" if op else self.likeness(value), readable=True)

    def _compare_legacy(self, entry: Entry, part: str, value: SecretValue) -> Seen:
        """Compare with the plain digest that the public 0.14 recorded."""
        if verify_legacy(entry, value, part.partition(".")[0]):
            return Seen("known", op=LEGACY, evidence="legacy", likeness=self.likeness(value), readable=True)
        return Seen("unknown", likeness=self.likeness(value), readable=True)


def _fields(held: SecretValue) -> Mapping[str, object]:
    material = held.reveal()
    return material if isinstance(material, dict) else {"value": material}


def _marker_holds(one: Asked, described: Description) -> bool:
    """Return whether the recorded marker is still there and belongs to the target's current generation."""
    recorded = one.ledger.lockfile.objects.get(one.target.object)
    record = one.entry.targets.get(one.target.uri) if one.entry else None
    if recorded is None or record is None or one.entry is None or described.marker is None:
        return False
    return (
        described.marker == recorded.remote
        and record.op in recorded.ops
        and record.op == one.entry.current
        and not record.removed_at
    )


def _op_there(one: Asked, recorded: ObjectRecord) -> str:
    """Return the op that a target held at the recorded version: that of its record, else the oldest of its own."""
    entry = one.entry or Entry("", "", "")
    record = entry.targets.get(one.target.uri)
    if record is not None and record.confirmed != "none" and record.op in recorded.ops:
        return record.op
    own = [op for op in recorded.ops if op in entry.generations]
    return min(own, key=lambda op: entry.generations[op].n, default="")
