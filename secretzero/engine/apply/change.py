"""The change that a run makes to one secret, and its result."""

from collections.abc import Mapping
from typing import NamedTuple

from ...lockfile.model import Entry, Generation
from ...manifest.model import Secret, Target
from ...planning.plan import Step, TargetStep
from ...values import SecretValue
from ..report import TargetOutcome
from ..state.lockfile import Ledger


class Key(NamedTuple):
    """Identifies a change. Two entries may have the same name: one in the shared, one in the `local` lockfile."""

    secret: str
    local: bool

    @classmethod
    def of(cls, step: Step) -> "Key":
        """Return the key of the change that a step becomes."""
        return cls(step.secret, step.local)


class Change(NamedTuple):
    """Everything that is decided about one step before anything is written.

    `entry` is what the lockfile records, `announced` what it records before the first write. `op` is the generation
    that the targets get, and `value` its value. `new`: it is not committed yet. `journalled`: the journal already has
    its value. `partial`: some parts of the value could not be read. `made_from` are the changes that this one depends
    on, `depth` is the length of the longest chain of such changes.
    """

    key: Key
    step: Step
    ledger: Ledger
    entry: Entry
    announced: Entry
    secret: Secret | None = None
    writes: tuple[Target, ...] = ()
    made_from: tuple[Key, ...] = ()
    depth: int = 0
    op: str = ""
    value: SecretValue | None = None
    generation: Generation | None = None
    new: bool = False
    journalled: bool = False
    partial: bool = False

    @property
    def name(self) -> str:
        """The name of the secret."""
        return self.key.secret

    @property
    def forgotten(self) -> list[TargetStep]:
        """The targets that were removed from the manifest."""
        return [target for target in self.step.targets if target.action in {"forget", "delete"}]


class Effect(NamedTuple):
    """The result at one target: the outcome, the time of the write, and the marker of the object after it."""

    outcome: TargetOutcome
    at: str = ""
    marker: str | None = None


class Result(NamedTuple):
    """The result of a change: its effects by target URI.

    `dropped`: the op ran into a conflict before any of it was visible, and is withdrawn.
    """

    change: Change
    effects: Mapping[str, Effect] = {}
    dropped: bool = False

    def outcome(self, uri: str) -> TargetOutcome | None:
        """Return the outcome at one target, or None if it was not touched."""
        effect = self.effects.get(uri)
        return effect.outcome if effect else None

    def stored(self, uri: str) -> bool:
        """Return whether this target now holds the value."""
        effect = self.effects.get(uri)
        return effect is not None and effect.outcome.status == "stored"

    @property
    def complete(self) -> bool:
        """Return whether every target to write holds the value."""
        return all(self.stored(target.uri) for target in self.change.writes)

    @property
    def committed(self) -> bool:
        """Return whether every required target holds the value."""
        return all(self.stored(target.uri) for target in self.change.writes if target.required)


def fingerprints_of(ledger: Ledger, identity: str, secret: Secret, op: str, value: SecretValue) -> dict[str, str]:
    """Fingerprint the whole value and each part that has a target of its own."""
    made = {}
    for part in {"", *(target.part for target in secret.targets)}:
        try:
            canonical = value.part(part).canonical()
        except KeyError:
            continue
        made[part] = ledger.fingerprints.of(identity, part, op, canonical)
    return made
