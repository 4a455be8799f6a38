"""Which recorded generation a value is: compared by keyed fingerprints, never by the value itself."""

from ...lockfile.fingerprints import Fingerprints
from ...lockfile.model import Entry
from ...values import SecretValue
from .lockfile import Ledger


def match(entry: Entry, part: str, value: SecretValue, ledger: Ledger) -> str:
    """Return the op whose recorded fingerprint this value has, the current one first; ``""`` for none."""
    if ledger.key is None:
        return ""
    canonical, fingerprints = value.canonical(), ledger.fingerprints
    for op in (entry.current, entry.pending):
        if op and _has_fingerprint(entry, op, part, canonical, fingerprints):
            return op
    known = sorted(entry.generations.items(), key=lambda item: -item[1].n)
    return next((op for op, _ in known if _has_fingerprint(entry, op, part, canonical, fingerprints)), "")


def is_current(entry: Entry, value: SecretValue, ledger: Ledger) -> bool:
    """Return whether a value is that of the current generation. The key must be here."""
    return _has_fingerprint(entry, entry.current, "", value.canonical(), ledger.fingerprints)


def _has_fingerprint(entry: Entry, op: str, part: str, canonical: bytes, fingerprints: Fingerprints) -> bool:
    generation = entry.generations.get(op)
    recorded = generation.fingerprints.get(part) if generation else None
    return recorded is not None and fingerprints.of(entry.id, part, op, canonical) == recorded
