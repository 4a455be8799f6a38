"""What a run did: one outcome for each secret and target."""

from typing import Literal

from attrs import field, frozen

from ..choices import one_of
from ..errors import SecretZeroError
from ..lockfile.model import Confirmed
from ..planning.plan import Plan, Step

Status = Literal["stored", "skipped", "failed", "pending", "removed", "would_store"]


@frozen
class TargetOutcome:
    """What happened at one target, and how far that was confirmed (``""``: nothing was written)."""

    uri: str
    status: Status = field(validator=one_of(Status))
    confirmed: Confirmed | Literal[""] = field(default="", validator=one_of(Confirmed | Literal[""]))
    error: SecretZeroError | None = None


@frozen
class Outcome:
    """What happened to one secret. `error` is why it did not get a value; `generated` whether it got a new one."""

    step: Step
    targets: tuple[TargetOutcome, ...] = ()
    generated: bool = False
    error: SecretZeroError | None = None

    @property
    def failed(self) -> bool:
        """Tell whether anything that should have happened did not."""
        return self.error is not None or any(t.status in {"failed", "pending"} for t in self.targets)

    @property
    def stored(self) -> bool:
        """Tell whether a value reached a target, or the secret a generation."""
        return self.generated or any(target.status == "stored" for target in self.targets)


@frozen
class Report:
    """What a run did. A failure never stops the other secrets.

    `partial` tells that the journal still has something to finish; `notices` are said once, to people.
    """

    plan: Plan
    outcomes: tuple[Outcome, ...] = ()
    dry_run: bool = False
    partial: bool = False
    recovered: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    lockfile: str = field(default="")

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The outcomes that are failures."""
        return tuple(outcome for outcome in self.outcomes if outcome.failed)
