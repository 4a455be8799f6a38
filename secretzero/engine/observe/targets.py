"""Asking the stores and followed sources what they hold: each object once, every value dropped again."""

import hmac
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from attrs import frozen

from ...errors import AuthenticationError, NotFoundError, ProviderError, UnsupportedError
from ...lockfile.legacy import verify_legacy
from ...lockfile.model import Entry, ObjectRecord
from ...manifest.model import Secret, Target
from ...planning.observation import LEGACY, Code, Observation, Seen, SourceSeen, State, code_of
from ...protocols import Readable, Snapshotting
from ...refs import Ref
from ...values import Description, SecretValue
from ..state.connections import Stores
from ..state.lockfile import Ledger
from ..state.matching import match

_ABSENT = Seen("absent")


class Asked(NamedTuple):
    """One target to look at, with the entry that it is compared with."""

    target: Target
    entry: Entry | None
    ledger: Ledger


@frozen
class Holdings:
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

    def observe(self, asked: Iterable[Asked], sources: Mapping[str, SourceSeen]) -> Observation:
        """Look at every target, object by object."""
        objects: dict[str, list[Asked]] = {}
        for one in asked:
            objects.setdefault(one.target.object, []).append(one)
        seen: dict[str, Seen] = {}
        for uri, wanted in objects.items():
            self._observe_object(uri, wanted, seen)
        return Observation(seen, sources, self.versions, self.failures)

    def look_at(self, asked: list[Asked]) -> list[Seen]:
        """Answer question by question, where several are about one target."""
        objects: dict[str, list[Asked]] = {}
        for one in asked:
            objects.setdefault(one.target.object, []).append(one)
        held = {uri: self._holdings(uri, wanted) for uri, wanted in objects.items()}
        return [self._seen(one, held[one.target.object]) for one in asked]

    def likeness(self, value: SecretValue) -> bytes:
        """Return a digest under a key of this run alone, by which two values can be told apart."""
        return hmac.digest(self._likeness_key, value.canonical(), "sha256")

    def _observe_object(self, uri: str, wanted: list[Asked], seen: dict[str, Seen]) -> None:
        held = self._holdings(uri, wanted)
        for one in wanted:
            seen[one.target.uri] = self._seen(one, held)

    def _seen(self, one: Asked, held: Holdings) -> Seen:
        return self._believed(one, held) or self._compare(one, held)

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
        if isinstance(store, Snapshotting):
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
        if believed or not isinstance(store, Readable):
            return Holdings(None, described, unreadable=not isinstance(store, Readable))
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
        """Judge a target whose value nobody may read, by its marker."""
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
        op = match(one.entry, one.target.part, value, one.ledger) if one.entry else ""
        return Seen("known" if op else "unknown", op, likeness=b"" if op else self.likeness(value), readable=True)

    def _compare_legacy(self, entry: Entry, part: str, value: SecretValue) -> Seen:
        """Compare with the plain digest that the public 0.14 recorded."""
        if verify_legacy(entry, value, part.partition(".")[0]):
            return Seen("known", LEGACY, "legacy", self.likeness(value), readable=True)
        return Seen("unknown", likeness=self.likeness(value), readable=True)


def _fields(held: SecretValue) -> Mapping[str, object]:
    material = held.reveal()
    return material if isinstance(material, dict) else {"value": material}


def _marker_holds(one: Asked, described: Description) -> bool:
    """Tell whether the recorded marker still stands and belongs to the target's current generation."""
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
    """Say which generation a target held at the recorded version: the one of its record, else the oldest of its own."""
    entry = one.entry or Entry("", "", "")
    record = entry.targets.get(one.target.uri)
    if record is not None and record.confirmed != "none" and record.op in recorded.ops:
        return record.op
    own = [op for op in recorded.ops if op in entry.generations]
    return min(own, key=lambda op: entry.generations[op].n, default="")


def asked_about(secrets: Iterable[Secret], entries: Callable[[Secret], tuple[Entry | None, Ledger]]) -> list[Asked]:
    """List the targets of secrets with what they are compared with."""
    asked = []
    for secret in secrets:
        entry, ledger = entries(secret)
        asked += [Asked(target, entry, ledger) for target in secret.targets if target.options is not None]
    return asked


def asked_about_left(
    secrets: Iterable[Secret], entries: Callable[[Secret], tuple[Entry | None, Ledger]], seen: Mapping[str, Seen]
) -> list[Asked]:
    """List the files that left the manifest with the current value of a secret that some target lacks."""
    asked = []
    for secret in secrets:
        entry, ledger = entries(secret)
        if entry is None or entry.now is None or all(_holds_current(seen.get(t.uri), entry) for t in secret.targets):
            continue
        declared = {target.uri for target in secret.targets}
        for uri, record in entry.targets.items():
            if uri not in declared and record.op == entry.current and uri.startswith("file://"):
                asked += [Asked(_left(uri, part), entry, ledger) for part in entry.now.fingerprints]
    return asked


def _holds_current(seen: Seen | None, entry: Entry) -> bool:
    return seen is not None and seen.op == entry.current


def _left(uri: str, part: str) -> Target:
    """Stand for a target that left the manifest; which part it had is not recorded, so each has one of its own."""
    ref = Ref.parse(uri)
    return Target(f"{part}\n{uri}", ref.object, ref.field, part, "local", "local", "file")
