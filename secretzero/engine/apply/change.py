"""One secret on its way through a run, and what is made of values and journal records on that way."""

import json

from attrs import define, field

from ...errors import ConflictError, SecretZeroError
from ...lockfile.model import Entry, Generation
from ...manifest.model import Secret, Target
from ...planning.plan import Step, TargetStep
from ...values import Material, SecretValue
from ..report import TargetOutcome
from ..state.journal import Record
from ..state.lockfile import Ledger


@define
class Work:
    """One secret on its way: the value, the generation it belongs to, and what is still to be done where."""

    step: Step
    ledger: Ledger
    name: str
    entry: Entry
    secret: Secret | None = None
    op: str = ""
    value: SecretValue | None = field(default=None, repr=False)
    generation: Generation | None = None
    new: bool = False
    journalled: bool = False
    writes: tuple[Target, ...] = ()
    outcomes: dict[str, TargetOutcome] = field(factory=dict)
    times: dict[str, str] = field(factory=dict)
    markers: dict[str, str] = field(factory=dict)
    error: SecretZeroError | None = None
    dropped: bool = False
    partial: bool = False
    made_from: "tuple[Work, ...]" = ()
    depth: int = 0

    @property
    def parts_failed(self) -> bool:
        """Tell whether something that this value was made from has no value, or could not be published."""
        return any(
            part.error is not None or part.gave_up or any(o.status == "pending" for o in part.outcomes.values())
            for part in self.made_from
        )

    @property
    def gave_up(self) -> bool:
        """Tell whether a target failed without which the others may not go on: a required one, or one that moved."""
        failed = {uri: outcome.error for uri, outcome in self.outcomes.items() if outcome.status == "failed"}
        if not self.new or not failed:
            return False
        moved = any(isinstance(error, ConflictError) for error in failed.values())
        return moved or any(target.required and target.uri in failed for target in self.writes)

    @property
    def recorded(self) -> list[TargetStep]:
        """The targets that hold the value already and only have to be recorded."""
        return [target for target in self.step.targets if target.action == "record"]

    @property
    def forgotten(self) -> list[TargetStep]:
        """The targets that left the manifest."""
        return [target for target in self.step.targets if target.action in {"forget", "delete"}]

    def done(self, uri: str) -> bool:
        """Tell whether this target holds the value now."""
        outcome = self.outcomes.get(uri)
        return outcome is not None and outcome.status == "stored"

    @property
    def complete(self) -> bool:
        """Tell whether every target that was to be written holds the value."""
        return all(self.done(target.uri) for target in self.writes)

    @property
    def committed(self) -> bool:
        """Tell whether every required target holds the value."""
        return all(self.done(target.uri) for target in self.writes if target.required)


def fingerprints_of(work: Work, secret: Secret, op: str, value: SecretValue) -> dict[str, str]:
    """Fingerprint the whole value, and each part that some target uses alone."""
    made = {}
    for part in {"", *(target.part for target in secret.targets)}:
        try:
            canonical = value.part(part).canonical()
        except KeyError:
            continue
        made[part] = work.ledger.fingerprints.of(work.entry.id, part, op, canonical)
    return made


def as_map(value: SecretValue) -> SecretValue:
    """Read a text that is JSON as what it says; anything else stays what it is."""
    text = value.reveal()
    if not isinstance(text, str):
        return value
    try:
        return SecretValue(json.loads(text))
    except (ValueError, RecursionError):
        return value


def as_dict(value: SecretValue) -> dict[str, Material]:
    """Return the pieces of a map; anything else has none."""
    material = as_map(value).reveal()
    return material if isinstance(material, dict) else {}


def value_of(record: Record) -> SecretValue:
    """Return the value that a journal record holds."""
    return SecretValue(record.body["value"])  # type: ignore[arg-type]


def told(generation: Generation) -> dict[str, object]:
    """Return what a journal record says of a generation: all that is not usual, without its signature."""
    said = zip(generation._fields[:-1], generation[:-1], strict=True)
    return {name: value for name, value in said if name not in _USUAL or value != _USUAL[name]}


_USUAL = Generation._field_defaults


def generation_of(record: Record) -> Generation:
    """Return the generation that a journal record announces."""
    return Generation(**record.body["generation"])  # type: ignore[arg-type]
