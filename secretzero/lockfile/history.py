"""How much history a lockfile keeps."""

from .model import Entry, amend

KEPT = 10


def trimmed(entry: Entry) -> Entry:
    """Return an entry with its ten newest generations and every older one that is still needed.

    Still needed are the current, the pending and the previous generation, those that a target record names, and those
    whose issued credential has not been retired. The remaining records keep their signatures.
    """
    if len(entry.generations) <= KEPT:
        return entry
    newest = sorted(entry.generations, key=lambda op: (entry.generations[op].n, op), reverse=True)[:KEPT]
    needed = {*newest, entry.current, entry.pending, entry.previous, *(record.op for record in entry.targets.values())}
    kept = {
        op: generation
        for op, generation in entry.generations.items()
        if op in needed or (generation.issued and not generation.retired_at and not generation.issued.get("retired_at"))
    }
    return entry if len(kept) == len(entry.generations) else amend(entry, generations=kept)
