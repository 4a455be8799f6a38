"""Reading values that a secret already has, wherever they can be proved by their fingerprint."""

import json
from collections.abc import Callable, Iterator, Mapping

from ..errors import NotFoundError, NoValueError, SecretZeroError
from ..lockfile.model import Entry
from ..manifest.model import Secret
from ..planning.world import removed_uris
from ..refs import Ref
from ..values import Material, SecretValue
from .context import Run
from .state.connections import readable
from .state.journal import Record
from .state.lockfile import Ledger

_NOTHING = SecretValue(None)


class Copies:
    """Finds copies of current values; each object is read once until `forget`.

    `in_this_run` returns the value that a secret gets in this run, which counts before the recorded one; None where it
    keeps the one that it has. It raises NoValueError for a secret that failed.
    """

    def __init__(
        self,
        run: Run,
        journalled: Mapping[str, Record],
        in_this_run: Callable[[str], SecretValue | None] = lambda _name: None,
    ) -> None:
        self._run = run
        self._journalled = journalled
        self._in_this_run = in_this_run
        self._contents: dict[str, SecretValue] = {}

    def forget(self) -> None:
        """Drop every value that was read."""
        self._contents.clear()

    def at(self, uri: str) -> SecretValue:
        """Return what one target holds, unproved; an object is read once however many secrets are in it."""
        base, _, _ = uri.partition("#")
        if base not in self._contents:
            store, path = self._run.stores.store_of(base)
            self._contents[base] = readable(store).read(path)
        target = self._run.target_at.get(uri)
        name = target.field if target else Ref.parse(uri).field
        try:
            return self._contents[base].part(name or "value")
        except KeyError:
            raise NotFoundError("no value at this target", target=uri) from None

    def held(self, uri: str) -> SecretValue | None:
        """Return what one target holds, unproved; None where that cannot be read."""
        try:
            return self.at(uri)
        except SecretZeroError:
            return None

    def look_up(self, name: str, part: str) -> SecretValue:
        """Return the value that another secret, or a part of it, has at the end of this run. Raises NoValueError."""
        owner, inner = self._run.manifest.owner_of(name)
        if owner is None:
            raise NoValueError(f"no such secret: {name}")
        value = self._in_this_run(owner.name) or self.current(owner)
        path = ".".join(step for step in (inner, part) if step)
        try:
            return value.part(path)
        except KeyError:
            raise NoValueError(f"{owner.name} has no part {path}") from None

    def current(self, secret: Secret, take_from: str = "") -> SecretValue:
        """Return the current value of a secret from wherever it can be read and proved. Raises NoValueError."""
        entry = self._run.entry(secret)
        ledger = self._run.ledger(secret)
        if entry is None or entry.now is None:
            raise NoValueError(f"{secret.name} has no value yet", hint="run secretzero sync")
        for value in self._candidates(secret, entry, ledger, take_from):
            if value is not None:
                return value
        from ..planning.repair import ways_out

        hint = ways_out(secret)
        raise NoValueError(f"no readable copy of {secret.name} holds the recorded value", hint=hint)

    def _candidates(self, secret: Secret, entry: Entry, ledger: Ledger, first: str) -> Iterator[SecretValue | None]:
        """Try a target, the journal, the origin, the pieces; each only when those before had nothing."""
        yield self._from_targets(secret, entry, ledger, first)
        record = self._journalled.get(entry.current)
        yield record.value if record else None
        yield self._from_origin(secret, entry, ledger)
        yield self._from_fields(secret, entry, ledger)

    def _from_targets(self, secret: Secret, entry: Entry, ledger: Ledger, first: str) -> SecretValue | None:
        uris = [target.uri for target in secret.targets if not target.part and target.options]
        for uri in dict.fromkeys([*([first] if first in entry.targets else []), *uris]):
            value = self.held(uri)
            if value is not None and ledger.match(entry, "", value) == entry.current:
                return in_shape(value, entry.now.shape) if entry.now else value
        return None

    def _from_origin(self, secret: Secret, entry: Entry, ledger: Ledger) -> SecretValue | None:
        """Make the value again where that gives the same: a derived value, a literal, a setting in clear."""
        now = entry.now
        if now is not None and now.has_value:
            return SecretValue(now.value)  # type: ignore[arg-type]
        origins = self._run.origins
        try:
            if secret.nature == "derived":
                value = origins.obtain(secret, secret.fields[0], rotating=False, look_up=self.look_up).value
            elif secret.needs and not secret.template:
                value = origins.without_asking(secret, self.look_up) or _NOTHING
            else:
                value = origins.present(secret, now.origin if now else "", self.look_up) or _NOTHING
        except SecretZeroError:
            return None
        return value if ledger.match(entry, "", value) == entry.current else None

    def _from_fields(self, secret: Secret, entry: Entry, ledger: Ledger) -> SecretValue | None:
        """Put a map together from the targets that hold its pieces; those that cannot be read are left out."""
        found: dict[str, Material] = {}
        for part, uri in self._places_of_parts(secret, entry):
            value = None if part in found else self.held(uri)
            if value is not None and ledger.match(entry, part, value) == entry.current:
                found[part] = value.reveal()
        return SecretValue(found) if found else None

    def _places_of_parts(self, secret: Secret, entry: Entry) -> Iterator[tuple[str, str]]:
        """Yield where each part of a value may be: at its targets, and at those that left the manifest."""
        for target in secret.targets:
            if target.part and target.options is not None:
                yield target.part, target.uri
        parts = [part for part in (entry.now.fingerprints if entry.now else ()) if part]
        for uri in removed_uris(entry, secret.targets) if parts else ():
            if self._run.stores.opener_of(uri):
                yield from ((part, uri) for part in parts)


def in_shape(value: SecretValue, shape: str) -> SecretValue:
    """Return a value that was read as text in the shape that its generation has: a map and a list are JSON there."""
    text = value.reveal()
    if shape not in {"map", "list"} or not isinstance(text, str):
        return value
    try:
        return SecretValue(json.loads(text))
    except (ValueError, RecursionError):
        return value


def pieces_of(value: SecretValue) -> dict[str, Material]:
    """Return the pieces of a map; anything else has none."""
    material = in_shape(value, "map").reveal()
    return material if isinstance(material, dict) else {}
