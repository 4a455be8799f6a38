"""Exit codes: what each error ends the program with, and which counts when several apply."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from secretzero import Report, SecretZeroError

OK, FAILURE, USAGE, PENDING, ACCESS, DRIFT, CONFIGURATION, PARTIAL, STALE, TRUST = 0, 1, 2, 2, 3, 4, 5, 6, 7, 8
NOT_EXECUTABLE, NOT_FOUND = 126, 127
_SIGNALLED = 128

EXIT_CODES = {
    "SecretZeroError": FAILURE,
    "UsageError": USAGE,
    "ManifestError": CONFIGURATION,
    "LockfileError": CONFIGURATION,
    "TwoProjectsError": FAILURE,
    "ConfigurationError": CONFIGURATION,
    "PlanFileError": CONFIGURATION,
    "UntrustedError": TRUST,
    "DriftedError": DRIFT,
    "InterruptedRunError": PARTIAL,
    "UnfinishedError": PARTIAL,
    "BusyError": STALE,
    "StalePlanError": STALE,
    "ConflictError": STALE,
    "AuthenticationError": ACCESS,
    "UnavailableError": ACCESS,
}
"""The exit code of each error; one that is not named here has that of the class above it."""

ORDER = (CONFIGURATION, TRUST, STALE, PARTIAL, ACCESS, FAILURE, DRIFT)
"""Which code is told when several apply."""


def exit_code_of(error: "SecretZeroError") -> int:
    """Return the exit code of an error."""
    return next(EXIT_CODES[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in EXIT_CODES)


def signalled(number: int) -> int:
    """Return the exit code of a process that a signal ended."""
    return _SIGNALLED + number


def worst(codes: Iterable[int]) -> int:
    """Return the code that wins when several apply; 0 for none."""
    found = set(codes)
    return next((code for code in ORDER if code in found), OK)


def codes_of(report: "Report") -> set[int]:
    """Return every code that applies to what a run did: what stopped a secret, and what is left to finish."""
    found = {PARTIAL} if report.partial else set()
    for outcome in report.failed:
        if outcome.error is not None:
            found.add(exit_code_of(outcome.error))
        found |= {_code_at_target(target.error) for target in outcome.targets if target.status in LEFT}
    return found


LEFT = frozenset({"failed", "pending"})


def _code_at_target(error: "SecretZeroError | None") -> int:
    """Return the code of a target that did not get its value: blocked before, or refused once writing had begun."""
    if error is None:
        return FAILURE
    return STALE if error.code == "conflict" else PARTIAL
