"""Exit codes of errors, and their order of precedence."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from secretzero import Report, SecretZeroError

OK, FAILURE, USAGE, PENDING, ACCESS, DRIFT, CONFIGURATION, PARTIAL, STALE, TRUST = 0, 1, 2, 2, 3, 4, 5, 6, 7, 8
NOT_EXECUTABLE, NOT_FOUND = 126, 127

EXIT_CODES = {
    name: code
    for code, names in (
        (FAILURE, "SecretZeroError TwoProjectsError"),
        (USAGE, "UsageError"),
        (ACCESS, "AuthenticationError UnavailableError"),
        (DRIFT, "DriftedError"),
        (CONFIGURATION, "ManifestError LockfileError ConfigurationError PlanFileError"),
        (PARTIAL, "InterruptedRunError UnfinishedError"),
        (STALE, "BusyError StalePlanError ConflictError"),
        (TRUST, "UntrustedError"),
    )
    for name in names.split()
}
"""The exit code of each error; an error that is not listed has the code of its parent class."""

ORDER = (CONFIGURATION, TRUST, STALE, PARTIAL, ACCESS, FAILURE, DRIFT)
"""Which code is used when several apply."""


def exit_code_of(error: "SecretZeroError") -> int:
    """Return the exit code of an error."""
    return next(EXIT_CODES[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in EXIT_CODES)


def signalled(number: int) -> int:
    """Return the exit code of a process that a signal ended."""
    return 128 + number


def worst(codes: Iterable[int]) -> int:
    """Return the first of `ORDER` among these codes; 0 if there is none."""
    found = set(codes)
    return next((code for code in ORDER if code in found), OK)


def codes_of(report: "Report") -> set[int]:
    """Return every code that applies to a run: from failed secrets, and from targets that are left to finish."""
    found = {PARTIAL} if report.partial else set()
    for outcome in report.failed:
        if outcome.error is not None:
            found.add(exit_code_of(outcome.error))
        found |= {_code_at_target(target.error) for target in outcome.targets if target.status in LEFT}
    return found


LEFT = frozenset({"failed", "pending"})


def _code_at_target(error: "SecretZeroError | None") -> int:
    """Return the code of a target that was not written: blocked beforehand, or refused during writing."""
    if error is None:
        return FAILURE
    return STALE if error.code == "conflict" else PARTIAL
