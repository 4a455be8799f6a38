"""What a run is about to do for one secret, and what became of it."""

from collections.abc import Mapping
from typing import NamedTuple

from attrs import field, frozen

from ...lockfile.model import Entry, Generation
from ...manifest.model import Secret, Target
from ...planning.plan import Step, TargetStep
from ...values import SecretValue
from ..report import TargetOutcome
from ..state.lockfile import Ledger


class Key(NamedTuple):
    """Names a change. `local` tells two entries of one name apart, which the two lockfiles may have."""

    secret: str
    local: bool

    @classmethod
    def of(cls, step: Step) -> "Key":
        """Return what names the change that a step becomes."""
        return cls(step.secret, step.local)


@frozen(eq=False)
class Change:
    """All that is decided about one step before anything has an effect.

    `entry` is what the lockfile records, `announced` what it says before the first write. `op` is the generation that
    the targets get, with its `value`; `new` tells that it is not committed yet, `journalled` that the journal already
    has its value, `partial` that some parts of the value could not be read. `made_from` are the changes that this one
    depends on, `depth` how many follow each other.
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
    value: SecretValue | None = field(default=None, repr=False)
    generation: Generation | None = None
    new: bool = False
    journalled: bool = False
    partial: bool = False

    @property
    def name(self) -> str:
        """The name of the secret."""
        return self.key.secret

    @property
    def is_announced(self) -> bool:
        """Tell whether the lockfile has to say that the op is pending before the first write."""
        return self.announced is not self.entry

    @property
    def recorded(self) -> list[TargetStep]:
        """The targets that hold the value already and only have to be recorded."""
        return [target for target in self.step.targets if target.action == "record"]

    @property
    def forgotten(self) -> list[TargetStep]:
        """The targets that left the manifest."""
        return [target for target in self.step.targets if target.action in {"forget", "delete"}]


class Effect(NamedTuple):
    """What became of one target: the outcome, when it was written, and the marker that its object had then."""

    outcome: TargetOutcome
    at: str = ""
    marker: str | None = None


@frozen
class Result:
    """What became of a change: the effects by target URI.

    `dropped` tells that the op met a conflict before anything of it was visible, and is withdrawn.
    """

    change: Change
    effects: Mapping[str, Effect] = {}
    dropped: bool = False

    def outcome(self, uri: str) -> TargetOutcome | None:
        """Return what became of one target; None where it was not touched."""
        effect = self.effects.get(uri)
        return effect.outcome if effect else None

    def stored(self, uri: str) -> bool:
        """Tell whether this target holds the value now."""
        effect = self.effects.get(uri)
        return effect is not None and effect.outcome.status == "stored"

    @property
    def complete(self) -> bool:
        """Tell whether every target that was to be written holds the value."""
        return all(self.stored(target.uri) for target in self.change.writes)

    @property
    def committed(self) -> bool:
        """Tell whether every required target holds the value."""
        return all(self.stored(target.uri) for target in self.change.writes if target.required)


def fingerprints_of(ledger: Ledger, identity: str, secret: Secret, op: str, value: SecretValue) -> dict[str, str]:
    """Fingerprint the whole value, and each part that some target uses alone."""
    made = {}
    for part in {"", *(target.part for target in secret.targets)}:
        try:
            canonical = value.part(part).canonical()
        except KeyError:
            continue
        made[part] = ledger.fingerprints.of(identity, part, op, canonical)
    return made
