"""Merging two lockfiles: records are copied with their signatures, and neither side takes precedence."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from ..errors import LockfileError, TwoProjectsError
from .model import Entry, Generation, Lockfile, ObjectRecord, TargetRecord, amend
from .writing import compact, generation_text, head_text, object_text, target_text

T = TypeVar("T")

_ONE_SIDE = "keep the lockfile of one side (git checkout --ours or --theirs), then run secretzero sync"
_CONFIRMED = ("none", "ack", "readback")
_ORDERED = re.compile(r"(?P<kind>[a-z_]+:|)(?:(?P<number>\d{1,30})|(?P<moment>\d{4}-\d\d-\d\dT[\d:.]+Z?))\Z").match


def merge_lockfiles(base: Lockfile | None, ours: Lockfile, theirs: Lockfile) -> Lockfile:
    """Merge two lockfiles that descend from `base` (None if unknown); the result is the same if the sides are swapped.

    All generations are kept. The head with the higher current generation wins as a whole; of two target or object
    records the later one wins. What one side removed and the other left unchanged stays removed. No key is needed.
    Raises TwoProjectsError, even if one side changed nothing, and LockfileError if both sides changed a file of the
    public 0.14.
    """
    _same_project(ours, theirs)
    if ours == theirs or (base is not None and theirs == base):
        return ours
    if base is not None and ours == base:
        return theirs
    if 1 in {ours.schema, theirs.schema}:
        raise LockfileError("a lockfile of the public 0.14 cannot be merged", hint=_ONE_SIDE)
    origin = base if base is not None and base.project == ours.project and base.schema == ours.schema else Lockfile()
    sides = (origin, ours, theirs)
    secrets = _merged_secrets(sides)
    live = {op for entry in secrets.values() for op in (entry.current, entry.pending) if op}
    return Lockfile(
        ours.project or theirs.project,
        ours.key or theirs.key,
        secrets,
        objects=_union([side.objects for side in sides], lambda _, one, two: _later_object(one, two, live)),
        orphans=_orphans(sides),
        extra=_union([side.extra for side in sides], lambda old, one, two: _changed(old, one, two, compact)),
        schema=ours.schema,
    )


def _same_project(ours: Lockfile, theirs: Lockfile) -> None:
    if ours.project and theirs.project and ours.project != theirs.project:
        raise TwoProjectsError("the two sides belong to different projects", hint=_ONE_SIDE)
    if ours.key and theirs.key and ours.key != theirs.key:
        raise TwoProjectsError("the two sides are signed with different project keys", hint=_ONE_SIDE)


def _merged_secrets(sides: Iterable[Lockfile]) -> Mapping[str, Entry]:
    """Merge secrets by id, so that a rename on one side is recognized; each name goes to one secret."""
    named = [{entry.id: (name, entry) for name, entry in side.secrets.items()} for side in sides]
    merged = _union(named, _merged_entry)
    rivals: dict[str, list[Entry]] = {}
    for name, entry in merged.values():
        rivals.setdefault(name, []).append(entry)
    secrets = {name: max(entries, key=_among_rivals) for name, entries in rivals.items()}
    for name in sorted(name for name, entries in rivals.items() if len(entries) > 1):
        _settle_name(name, rivals[name], named[1:], secrets)
    return secrets


def _among_rivals(entry: Entry) -> tuple[object, ...]:
    return (_rank(entry, entry.generations), entry.id)


def _settle_name(
    name: str, rivals: list[Entry], sides: Iterable[Mapping[str, "Named"]], secrets: dict[str, Entry]
) -> None:
    """Give a contested name to the secret that has no other; a renamed secret returns to the name one side still has.

    It returns with the head that is signed with that name. Of several secrets that have only this name, because two
    branches created them independently, the one whose head wins is kept.
    """
    heads = [side[entry.id] for side in sides for entry in rivals if entry.id in side]
    elsewhere = {head.id: (other, head) for other, head in heads if other != name and other not in secrets}
    stuck = [entry for entry in rivals if entry.id not in elsewhere]
    keeper = max(stuck or rivals, key=_among_rivals)
    secrets[name] = keeper
    for entry in sorted(rivals, key=_among_rivals):
        if entry.id in elsewhere and entry is not keeper:
            other, head = elsewhere[entry.id]
            if other not in secrets:
                secrets[other] = amend(head, generations=entry.generations, targets=entry.targets)


Named = tuple[str, Entry]


def _merged_entry(base: Named | None, ours: Named, theirs: Named) -> Named:
    """Merge two entries of one secret; the winning head brings along the name that it is signed with."""
    before, one, two = base[1].targets if base else {}, ours[1], theirs[1]
    generations = _union(({}, one.generations, two.generations), lambda _, *both: max(both, key=_generation_rank))
    targets = _union((before, one.targets, two.targets), lambda _, *both: max(both, key=_target_rank))
    generations.update(_settled(one, generations) | _settled(two, generations))
    ranks = _rank(one, generations), _rank(two, generations)
    if ranks[0] != ranks[1]:
        name, head = ours if ranks[0] > ranks[1] else theirs
    else:
        name, head = _changed(base, ours, theirs, _head_order, _head_order)
    return name, amend(head, generations=generations, targets=targets)


def _settled(side: Entry, merged: Mapping[str, Generation]) -> dict[str, Generation]:
    """Return the generations that the other side withdrew and this side committed: they are not withdrawn."""
    committed = side.now.n if side.now else 0
    return {
        op: generation
        for op, generation in side.generations.items()
        if merged[op].withdrawn and not generation.withdrawn and (op == side.current or generation.n < committed)
    }


def _rank(entry: Entry, generations: Mapping[str, Generation]) -> tuple[object, ...]:
    """Rank heads by the count, then by the time and op of the current generation, then by the later open op.

    An open op that either side has withdrawn does not count: a losing op never becomes pending again.
    """
    now, pending = generations.get(entry.current), generations.get(entry.pending)
    current = (now.n, now.at, entry.current) if now else (0, "", "")
    withdrawn = pending is not None and pending.withdrawn
    opened = (pending.at, entry.pending) if pending and not withdrawn else ("", "")
    return (*current, *opened, not withdrawn)


def _head_order(named: Named) -> tuple[str, ...]:
    name, entry = named
    return (*head_text(entry), entry.mac, name)


def _generation_rank(generation: Generation) -> tuple[object, ...]:
    """Rank records of one generation by how complete they are: records only ever gain information."""
    retired = generation.retired_at or str((generation.issued or {}).get("retired_at") or "")
    known = len(generation.fingerprints)
    return (generation.withdrawn, retired, known, *generation_text(generation), generation.mac)


def _target_rank(record: TargetRecord) -> tuple[object, ...]:
    """Rank records of one target by later write, later removal, later op, then stronger confirmation."""
    confirmed = _CONFIRMED.index(record.confirmed)
    return (record.at, record.removed_at, record.op, confirmed, *target_text(record), record.mac)


def _later_object(one: ObjectRecord, two: ObjectRecord, live: set[str]) -> ObjectRecord | None:
    """Choose between two records of one object: the platform's own order if it has one, else the later write.

    If the markers are equal but the ops differ, it is unknown which value the object holds. The record that names no
    disputed live op wins, so that the field counts as outdated and is written again; without such a record, none is
    kept.
    """
    if one.remote == two.remote and one.ops != two.ops:
        disputed = (set(one.ops) ^ set(two.ops)) & live
        candidates = [record for record in (one, two) if not disputed & set(record.ops)]
        return max(candidates, key=_object_rank, default=None)
    orders = [_platform_order(record.remote) for record in (one, two)]
    if orders[0][:2] == orders[1][:2] and orders[0][0] and orders[0] != orders[1]:
        return one if orders[0] > orders[1] else two
    return max(one, two, key=_object_rank)


def _object_rank(record: ObjectRecord) -> tuple[str, ...]:
    return (record.at, *object_text(record), record.mac)


def _platform_order(remote: str) -> tuple[str, str, int, str]:
    """Parse a marker that is a number or a timestamp, optionally prefixed by a kind; other markers have no order."""
    match = _ORDERED(remote)
    if match is None:
        return ("", "", 0, "")
    kind, number, moment = match["kind"], match["number"], match["moment"]
    return ("number", kind, int(number), "") if number else ("moment", kind, 0, moment)


def _orphans(sides: Iterable[Lockfile]) -> tuple[Mapping[str, object], ...]:
    """Keep the orphans that either side lists, except those that one side has settled."""
    texts = [{compact(orphan): orphan for orphan in side.orphans} for side in sides]
    merged = _union(texts, lambda _, one, __: one)
    return tuple(merged[text] for text in sorted(merged))


def _changed(
    base: T | None,
    one: T,
    two: T,
    order: Callable[[T], object],
    compared: Callable[[T], object] = lambda side: side,
) -> T:
    """Return the side that changed something; if both did, the greater one."""
    if base is not None and compared(base) == compared(one):
        return two
    if base is not None and compared(base) == compared(two):
        return one
    return max(one, two, key=order)  # type: ignore[arg-type]


def _union(sides: Sequence[Mapping[str, T]], choose: Callable[[T | None, T, T], T | None]) -> dict[str, T]:
    """Merge ours and theirs key by key; a key that one of them removed from the base and the other kept is dropped."""
    base, ours, theirs = sides
    merged = {}
    for key in sorted(ours.keys() | theirs.keys()):
        one, two, old = ours.get(key), theirs.get(key), base.get(key)
        if one is not None and two is not None:
            kept = one if one == two else choose(old, one, two)
        else:
            there = one if one is not None else two
            kept = None if old is not None and there == old else there
        if kept is not None:
            merged[key] = kept
    return merged
