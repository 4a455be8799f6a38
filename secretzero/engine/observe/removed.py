"""Observe targets that were removed from the manifest: what may be deleted there, and what must stay."""

from collections.abc import Iterator
from functools import cache, partial
from typing import Literal

from ...errors import SecretZeroError
from ...lockfile.model import Entry
from ...planning.world import Left, removed_uris
from ...protocols import offers
from ...protocols.stores import OnDisk
from ...refs import Ref
from ..context import Run
from ..state.connections import Stores
from ..state.lockfile import Ledger
from ..trust import needs_trust
from .targets import Asked, Observer, RemovedTarget


def states_of_removed(run: Run, observer: Observer) -> dict[tuple[str, str], Left]:
    """Return, by id of the entry and URI, the state of each recorded target that its secret no longer has.

    It is that of `Seen`, where ``known`` stands for a value that the lockfile has of this secret; or ``claimed`` for
    a place that the manifest has for another target, and ``taken`` once that one is recorded as holding its value. A
    file behind two paths is one place. What needs trust is not looked at, and missing.
    """
    removed = list(_removed(run))
    claims = _Claims(run, {Ref.parse(uri).scheme for _, _, uri in removed})
    states: dict[tuple[str, str], Left] = {}
    asked: list[Asked] = []
    for entry, ledger, uri in removed:
        if claim := claims.on(uri):
            states[entry.id, uri] = claim
        elif not ((opener := run.stores.opener_of(uri)) and needs_trust(opener.options, run.files)):
            parts = {part for generation in entry.generations.values() for part in generation.fingerprints}
            asked += [Asked(RemovedTarget(uri, part), entry, ledger) for part in sorted(parts | {""})]
    for one, seen in zip(asked, observer.look_at(asked), strict=True):
        place = (one.entry.id if one.entry else "", one.target.uri)
        if states.get(place) != "known":
            states[place] = seen.state
    return states


def _removed(run: Run) -> Iterator[tuple[Entry, Ledger, str]]:
    """Yield what the lockfiles record and the secrets of the manifest no longer have."""
    declared = {entry.id: secret.targets for secret in run.manifest.secrets if (entry := run.entry(secret)) is not None}
    for ledger in (run.shared, run.local):
        for entry in ledger.lockfile.secrets.values():
            for uri in removed_uris(entry, declared.get(entry.id, ())):
                yield entry, ledger, uri


class _Claims:
    """The places that targets of the manifest have in stores of some schemes, files by where they really are."""

    def __init__(self, run: Run, schemes: set[str]) -> None:
        self._place_of = cache(partial(_place, run.stores))
        self._fields: dict[str, dict[str, bool]] = {}
        for secret in run.manifest.secrets if schemes else ():
            entry = run.entry(secret) or Entry("", "", "")
            for target in secret.targets:
                if target.object.partition("://")[0] in schemes:
                    fields = self._fields.setdefault(self._place_of(target.object), {})
                    fields[target.field] = (
                        fields.get(target.field, True) and entry.op_at(target.uri) == entry.current != ""
                    )

    def on(self, uri: str) -> Literal["claimed", "taken", ""]:
        """Return whether a target of the manifest has ``claimed`` or ``taken`` a place; ``""`` for neither.

        A file that is one value claims all of its fields.
        """
        ref = Ref.parse(uri)
        fields = self._fields.get(self._place_of(ref.object), {})
        mine = [taken for name, taken in fields.items() if name == ref.field or not (name and ref.field)]
        return ("taken" if all(mine) else "claimed") if mine else ""


def _place(stores: Stores, uri: str) -> str:
    """Return the real path of a file; for an object elsewhere, and one that cannot be opened, its URI."""
    try:
        store, path = stores.store_of(uri)
        return store.local_path(path) if offers(store, OnDisk) else uri
    except (SecretZeroError, OSError):
        return uri
