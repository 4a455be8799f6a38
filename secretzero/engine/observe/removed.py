"""What stands at targets that left the manifest: whether it is ours to delete, or something that must stay."""

from collections.abc import Iterator
from typing import Literal

from ...errors import SecretZeroError
from ...lockfile.model import Entry
from ...manifest.model import Target
from ...planning.observation import Left
from ...planning.world import entry_for
from ...refs import Ref
from ...stores.file import Folder
from ..context import Run
from ..state.connections import LOCAL
from ..state.lockfile import Ledger
from ..trust import leaves
from .targets import Asked, Observer


def left_behind(run: Run, folder: Folder, observer: Observer) -> dict[tuple[str, str], Left]:
    """Return, by id of the entry and URI, the state of each recorded target that its secret no longer has.

    It is that of `Seen`, where ``known`` stands for a value that the lockfile has of this secret; or ``claimed`` for
    a place that the manifest has for another target, and ``taken`` once that one is recorded as holding its value. A
    file behind two paths is one place. What nobody may look at is missing.
    """
    gone = list(_gone(run))
    if not gone:
        return {}
    claims = _Claims(run, folder)
    states: dict[tuple[str, str], Left] = {}
    asked: list[Asked] = []
    for entry, ledger, uri in gone:
        if claim := claims.on(uri):
            states[entry.id, uri] = claim
        elif not (uri.startswith("file://") and leaves(folder, Ref.parse(uri).path)):
            asked += [Asked(target, entry, ledger) for target in _questions(entry, uri)]
    for one, seen in zip(asked, observer.look_at(asked), strict=True):
        place = (one.entry.id if one.entry else "", one.target.uri)
        if states.get(place) != "known":
            states[place] = seen.state
    return states


def _gone(run: Run) -> Iterator[tuple[Entry, Ledger, str]]:
    """Yield what the lockfiles record and the secrets of the manifest no longer have."""
    declared = {
        entry.id: {target.uri for target in secret.targets}
        for secret in run.manifest.secrets
        if (entry := run.entry(secret)) is not None
    }
    for ledger in (run.shared, run.local):
        for entry in ledger.lockfile.secrets.values():
            kept = declared.get(entry.id, ())
            for uri in entry.targets:
                if uri not in kept:
                    yield entry, ledger, uri


def _questions(entry: Entry, uri: str) -> list[Target]:
    """Stand for a target that left; which part it had is not recorded, so there is one question for each."""
    parts = {part for generation in entry.generations.values() for part in generation.fingerprints}
    ref = Ref.parse(uri)
    return [Target(uri, ref.object, ref.field, part, LOCAL, LOCAL, "file") for part in sorted(parts | {""})]


class _Claims:
    """The places that targets of the manifest have, files by where they really are."""

    def __init__(self, run: Run, folder: Folder) -> None:
        self._folder = folder
        self._real: dict[str, str] = {}
        self._fields: dict[str, dict[str, bool]] = {}
        for secret in run.manifest.secrets:
            entry = entry_for(secret, run.ledger(secret).lockfile)
            for target in secret.targets:
                fields = self._fields.setdefault(self._place_of(target.object), {})
                fields[target.field] = fields.get(target.field, True) and _holds(entry, target.uri)

    def on(self, uri: str) -> Literal["claimed", "taken", ""]:
        """Say whether a place is ``claimed`` or ``taken`` by a target of the manifest; ``""`` for neither.

        A file that is one value claims all of its fields.
        """
        ref = Ref.parse(uri)
        fields = self._fields.get(self._place_of(ref.object), {})
        mine = [taken for name, taken in fields.items() if name == ref.field or not (name and ref.field)]
        return ("taken" if all(mine) else "claimed") if mine else ""

    def _place_of(self, uri: str) -> str:
        if not uri.startswith("file://"):
            return uri
        if uri not in self._real:
            try:
                self._real[uri] = "file://" + self._folder.path_of(Ref.parse(uri).path)
            except (SecretZeroError, OSError):
                self._real[uri] = uri
        return self._real[uri]


def _holds(entry: Entry | None, uri: str) -> bool:
    """Tell whether the lockfile says that a target has the current value of its secret."""
    record = entry.targets.get(uri) if entry else None
    live = record is not None and record.confirmed != "none" and not record.removed_at
    return entry is not None and record is not None and live and bool(entry.current) and record.op == entry.current
