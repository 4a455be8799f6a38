"""Work out what the lockfile records after a run: only what was confirmed."""

from collections.abc import Iterable, Mapping

from ...lockfile.model import Entry, Generation, ObjectRecord, TargetRecord, amend
from ...planning.world import Observation
from ..state.lockfile import Ledger
from .change import Change, Result, fingerprints_of

KEPT = 10


def committed_entry(result: Result, now: str) -> Entry:
    """Return the entry of a secret after a change."""
    change = result.change
    if change.secret is None:
        records = dict(change.entry.targets)
        _forget(result, records, now)
        return amend(change.entry, targets=records)
    entry = _with_value(result, now) if change.new else _with_parts(change)
    targets = _target_records(result, entry, now)
    if entry.kind != change.secret.kind:
        return amend(entry, targets=targets, kind=change.secret.kind)
    return amend(entry, targets=targets)


def _with_value(result: Result, now: str) -> Entry:
    """Make the op current if every required target holds it; otherwise it stays pending or is withdrawn."""
    change = result.change
    entry, op, generation = change.announced, change.op, change.generation
    if generation is None:
        return entry
    entry = entry.with_generation(op, generation) if op not in entry.generations else entry
    if result.dropped:
        return amend(entry.withdraw(op), pending="")
    if not result.committed:
        return amend(entry, pending=op) if entry.pending != op else entry
    return _made_current(entry.withdraw(change.step.withdraw), op, generation, now)


def _made_current(entry: Entry, op: str, generation: Generation, now: str) -> Entry:
    """Make the op the current generation, and the current one the previous."""
    aged = generation.reason in {"field added", "field removed", "migrated"} and bool(entry.rotated_at)
    counted = generation.reason in {"due", "forced", "set", "definition changed"}
    return amend(
        entry,
        current=op,
        previous=entry.current,
        pending="",
        rotated_at=entry.rotated_at if aged else now,
        rotation_count=entry.rotation_count + counted,
        legacy="",
    )


def _with_parts(change: Change) -> Entry:
    """Add the fingerprints of parts that have a target for the first time."""
    entry, generation, secret = change.entry, change.generation, change.secret
    if generation is None or change.value is None or secret is None:
        return entry
    made = fingerprints_of(change.ledger, entry.id, secret, change.op, change.value)
    if set(made) <= set(generation.fingerprints):
        return entry
    grown = amend(generation, fingerprints={**made, **generation.fingerprints})
    return entry.with_generation(change.op, grown)


def _target_records(result: Result, entry: Entry, now: str) -> Mapping[str, TargetRecord]:
    """Record what was confirmed at each target, and nothing else."""
    records, op = dict(entry.targets), result.change.op
    for target in result.change.writes:
        effect = result.effects.get(target.uri)
        if effect is None or result.dropped:
            continue
        if effect.outcome.status == "stored":
            records[target.uri] = TargetRecord(effect.at, op, effect.outcome.confirmed or "none")
        elif effect.outcome.error is not None:
            records[target.uri] = TargetRecord(effect.at, op, "none", error=effect.outcome.error.code)
    for step in result.change.step.targets:
        if step.action == "record":
            records[step.uri] = TargetRecord(now, op, "readback")
    _forget(result, records, now)
    return records


def _forget(result: Result, records: dict[str, TargetRecord], now: str) -> None:
    """Mark the targets that were removed from the manifest; drop those that were deleted."""
    for step in result.change.forgotten:
        outcome = result.outcome(step.uri)
        if step.action == "delete" and (outcome is None or outcome.status == "removed"):
            records.pop(step.uri, None)  # No outcome: it was not touched, because another secret has it now.
        elif step.uri in records and not records[step.uri].removed_at:
            records[step.uri] = amend(records[step.uri], removed_at=now)


def object_records(
    ledger: Ledger, results: Iterable[Result], entries: Mapping[str, Entry], seen: Observation
) -> dict[str, ObjectRecord]:
    """Record the version of each object whose known fields were all read or written as recorded."""
    markers = _markers(results)
    if not markers:
        return {}
    ops: dict[str, set[str]] = {uri: set() for uri in markers}
    broken: set[str] = set()
    for entry in {**ledger.lockfile.secrets, **entries}.values():
        for uri, record in entry.targets.items():
            base = uri.partition("#")[0]
            if base not in markers or record.removed_at:
                continue
            held = seen.targets.get(uri)
            written = record.at == markers[base][1] and record.op == (entry.pending or entry.current)
            if written or (held and held.op == record.op == entry.current):
                ops[base].add(record.op)
            else:
                broken.add(base)
    return {
        uri: ObjectRecord(at, tuple(sorted(ops[uri])), marker)
        for uri, (marker, at) in markers.items()
        if uri not in broken
    }


def _markers(results: Iterable[Result]) -> dict[str, tuple[str, str]]:
    """Collect the markers of the objects that were written, with the time of the write."""
    markers: dict[str, tuple[str, str]] = {}
    for result in results:
        for target in result.change.writes:
            effect = result.effects.get(target.uri)
            if effect is not None and effect.marker is not None:
                markers[target.object] = (effect.marker, effect.at)
    return markers


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
