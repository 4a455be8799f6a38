"""What the lockfile says after a run: nothing that was not seen."""

from collections.abc import Iterable, Mapping

from ...lockfile.model import Entry, Generation, ObjectRecord, TargetRecord, amend
from ...planning.observation import Observation
from ..state.lockfile import Ledger
from .change import Work, fingerprints_of


def committed_entry(work: Work, now: str) -> Entry | None:
    """Return the entry of a secret after its work; None when nothing of it is to be recorded."""
    if work.secret is None:
        return _forgotten(work, now)
    entry = _with_value(work, now) if work.new else _with_parts(work)
    targets = _target_records(work, entry, now)
    if entry.kind != work.secret.kind:
        return amend(entry, targets=targets, kind=work.secret.kind)
    return amend(entry, targets=targets)


def _with_value(work: Work, now: str) -> Entry:
    """Make the op current when every required target holds it; otherwise it stays pending, or is withdrawn."""
    entry, generation = work.entry, work.generation
    if generation is None:
        return entry
    entry = entry.with_generation(work.op, generation) if work.op not in entry.generations else entry
    if work.dropped:
        gone = amend(entry.generations[work.op], withdrawn=True)
        return amend(entry.with_generation(work.op, gone), pending="")
    if not work.committed:
        return amend(entry, pending=work.op) if entry.pending != work.op else entry
    if withdrawn := work.step.withdraw:
        entry = _withdraw(entry, withdrawn)
    return _made_current(work, entry, generation, now)


def _made_current(work: Work, entry: Entry, generation: Generation, now: str) -> Entry:
    """Move the pointers: what was current becomes previous."""
    aged = generation.reason in {"field added", "field removed", "migrated"} and bool(entry.rotated_at)
    counted = generation.reason in {"due", "forced", "set", "definition changed"}
    return amend(
        entry,
        current=work.op,
        previous=entry.current,
        pending="",
        rotated_at=entry.rotated_at if aged else now,
        rotation_count=entry.rotation_count + counted,
        legacy="",
    )


def _withdraw(entry: Entry, op: str) -> Entry:
    known = entry.generations.get(op)
    if known is None or known.withdrawn:
        return entry
    return entry.with_generation(op, amend(known, withdrawn=True))


def _with_parts(work: Work) -> Entry:
    """Fingerprint parts that some target uses for the first time."""
    generation, secret = work.generation, work.secret
    if generation is None or work.value is None or secret is None:
        return work.entry
    made = fingerprints_of(work, secret, work.op, work.value)
    if set(made) <= set(generation.fingerprints):
        return work.entry
    grown = amend(generation, fingerprints={**made, **generation.fingerprints})
    return work.entry.with_generation(work.op, grown)


def _target_records(work: Work, entry: Entry, now: str) -> Mapping[str, TargetRecord]:
    """Record what was seen done at each target, and only that."""
    records = dict(entry.targets)
    for target in work.writes:
        outcome = work.outcomes.get(target.uri)
        if outcome is None or work.dropped:
            continue
        at = work.times.get(target.uri, now)
        if outcome.status == "stored":
            records[target.uri] = TargetRecord(at, work.op, outcome.confirmed or "none")
        elif outcome.status == "failed" and outcome.error is not None:
            records[target.uri] = TargetRecord(at, work.op, "none", error=outcome.error.code)
    for step in work.recorded:
        records[step.uri] = TargetRecord(now, work.op, "readback")
    _forget(work, records, now)
    return records


def _forget(work: Work, records: dict[str, TargetRecord], now: str) -> None:
    """Mark what left the manifest, or drop what was deleted."""
    for step in work.forgotten:
        outcome = work.outcomes.get(step.uri)
        if step.action == "delete" and (outcome is None or outcome.status == "removed"):
            records.pop(step.uri, None)  # without an outcome it was not touched: another secret has it now
        elif step.uri in records and not records[step.uri].removed_at:
            records[step.uri] = amend(records[step.uri], removed_at=now)


def _forgotten(work: Work, now: str) -> Entry:
    records = dict(work.entry.targets)
    _forget(work, records, now)
    return amend(work.entry, targets=records)


def object_records(
    ledger: Ledger, works: Iterable[Work], entries: Mapping[str, Entry], seen: Observation
) -> dict[str, ObjectRecord]:
    """Record the version of an object where every known field of it was read or written as recorded."""
    markers = _markers(works)
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


def _markers(works: Iterable[Work]) -> dict[str, tuple[str, str]]:
    """Collect the durable markers of the objects that were written, with the time of the write."""
    markers: dict[str, tuple[str, str]] = {}
    for work in works:
        for target in work.writes:
            marker = work.markers.get(target.object)
            if marker is not None:
                markers[target.object] = (marker, work.times.get(target.uri, ""))
    return markers
