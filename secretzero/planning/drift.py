"""Whether a target still holds what the lockfile says."""

from collections.abc import Mapping
from typing import Literal

from attrs import field, frozen

from ..choices import one_of
from ..lockfile.model import Entry
from .world import Seen, State

Verdict = Literal["in step", "behind", "changed", "missing", "foreign", "cannot tell"]

DRIFTED: frozenset[Verdict] = frozenset({"behind", "changed", "missing", "foreign"})


@frozen
class Drift:
    """How the value at one target compares with the lockfile.

    Attributes:
        secret: Name of the secret.
        target: The target's canonical URI.
        verdict: ``in step``, ``behind`` (an earlier value), ``changed`` (a value that SecretZero did not write),
            ``missing``, ``foreign`` (changed by somebody else, by its version) or ``cannot tell``.
        message: The verdict in words.
        evidence: What was compared: ``value``, ``marker``, ``pending``, or why nothing was.

    Raises:
        UsageError: `verdict` is none of these words.

    Example:
        >>> from secretzero import Engine
        >>> drift = Engine.open("Secretfile.yml").drift()[0]
        >>> drift.verdict, drift.drifted
        ('in step', False)
    """

    secret: str
    target: str
    verdict: Verdict = field(validator=one_of(Verdict))
    message: str = ""
    evidence: str = ""

    @property
    def drifted(self) -> bool:
        """Whether it is one of the four verdicts that require action."""
        return self.verdict in DRIFTED


_PLAIN: Mapping[State, Verdict] = {
    "unknown": "changed",
    "absent": "missing",
    "foreign": "foreign",
    "cannot tell": "cannot tell",
}


def verdict_of(entry: Entry | None, seen: Seen) -> Verdict:
    """Compare what a target holds with what the lockfile records for its secret."""
    if seen.state != "known":
        return _PLAIN[seen.state]
    if entry is None:
        return "changed"
    if seen.op in {entry.current, entry.pending}:
        return "in step"
    return "changed" if _ahead(entry, seen.op) else "behind"


def _ahead(entry: Entry, op: str) -> bool:
    """Whether an op creates a later generation than the current one and was not withdrawn: another run is at work."""
    generation = entry.generations.get(op)
    known = entry.now.n if entry.now else 0
    return generation is not None and not generation.withdrawn and generation.n > known


MESSAGES: Mapping[Verdict, str] = {
    "in step": "holds the recorded value",
    "behind": "holds an earlier value",
    "changed": "holds a value that was never recorded",
    "missing": "holds no value",
    "foreign": "was changed by someone else",
    "cannot tell": "could not be compared",
}


def drift_of(secret: str, uri: str, entry: Entry | None, seen: Seen) -> Drift:
    """Return the verdict on a target, with its message and evidence."""
    verdict = verdict_of(entry, seen)
    pending = entry is not None and bool(entry.pending) and seen.op == entry.pending
    return Drift(
        secret, uri, verdict, message=seen.error or MESSAGES[verdict], evidence="pending" if pending else seen.evidence
    )
