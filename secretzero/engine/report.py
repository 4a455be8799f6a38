"""The report of a run: one outcome for each secret and target."""

from collections.abc import Mapping
from typing import Literal

from attrs import field, frozen

from ..choices import one_of
from ..errors import (
    BlockedError,
    KeyMissingError,
    NoValueError,
    ProviderError,
    RejectedError,
    SecretZeroError,
    StalePlanError,
    UnavailableError,
    UntrustedError,
)
from ..lockfile.model import Confirmed
from ..planning.plan import Plan, Step

Status = Literal["stored", "skipped", "failed", "pending", "removed", "would_store"]


@frozen
class TargetOutcome:
    """What happened at one target.

    Attributes:
        uri: The target's canonical URI.
        status: ``stored``, ``skipped``, ``failed``, ``pending`` (the next sync continues it), ``removed``
            or ``would_store``.
        confirmed: ``readback`` (the value was read and compared), ``ack`` (the store accepted it), ``none``, or ``""``
            where nothing was written.
        error: Why it failed.

    Raises:
        UsageError: `status` or `confirmed` is not one of these values.

    Example:
        >>> from secretzero import TargetOutcome
        >>> TargetOutcome("file://.env#DB", "stored", "readback").status
        'stored'
    """

    uri: str
    status: Status = field(validator=one_of(Status))
    confirmed: Confirmed | Literal[""] = field(default="", validator=one_of(Confirmed | Literal[""]))
    error: SecretZeroError | None = None


@frozen
class Outcome:
    """What happened to one secret.

    Attributes:
        step: What was to be done.
        targets: What happened at each target.
        generated: Whether it got a new value.
        error: Why it did not get a value.

    Example:
        >>> from secretzero import Engine
        >>> outcome = Engine.open("Secretfile.yml").sync().outcomes[0]
        >>> outcome.step.secret, outcome.failed, outcome.stored
        ('db_password', False, False)
    """

    step: Step
    targets: tuple[TargetOutcome, ...] = ()
    generated: bool = False
    error: SecretZeroError | None = None

    @property
    def failed(self) -> bool:
        """Return whether anything that should have happened did not."""
        return self.error is not None or any(t.status in {"failed", "pending"} for t in self.targets)

    @property
    def stored(self) -> bool:
        """Return whether a target got the value, or the secret a new one."""
        return self.generated or any(target.status == "stored" for target in self.targets)


@frozen
class Report:
    """What a run did. A secret that failed does not stop the others.

    Attributes:
        plan: What was to be done.
        outcomes: What happened to each secret.
        dry_run: Whether nothing was done.
        partial: Whether the journal still has something that the next sync must finish.
        recovered: Operations of an earlier run that this one finished.
        withdrawn: Operations of an earlier run that this one gave up.
        notices: What a person should know.
        lockfile: Path of the shared lockfile.

    Example:
        >>> from secretzero import Engine
        >>> report = Engine.open("Secretfile.yml").sync()
        >>> report.failed, report.partial
        ((), False)
    """

    plan: Plan
    outcomes: tuple[Outcome, ...] = ()
    dry_run: bool = False
    partial: bool = False
    recovered: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    lockfile: str = ""

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The outcomes of the secrets that failed."""
        return tuple(outcome for outcome in self.outcomes if outcome.failed)


_CODED = (UntrustedError, KeyMissingError, NoValueError, UnavailableError, ProviderError, RejectedError)
_ERRORS: Mapping[str, type[SecretZeroError]] = {error.code: error for error in _CODED} | dict.fromkeys(
    ("conflict", "rollback"), StalePlanError
)


def planned_outcome(step: Step) -> Outcome:
    """Return the outcome of a step that was not carried out; a blocked one failed, with the reason as its error."""
    return Outcome(step, error=blocked_error(step) if step.action == "block" else None)


def blocked_error(step: Step) -> SecretZeroError:
    """Return the error of a blocked step."""
    target = next((t.uri for t in step.targets if t.action == "block"), "")
    error = _ERRORS.get(step.code, BlockedError)(step.reason, hint=step.hint, target=target)
    error.secret = step.secret
    return error
