"""Two lockfiles into one: records are copied as they are signed, and no side matters more than the other."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from ..errors import LockfileError, TwoProjectsError
from .model import Entry, Generation, Lockfile, ObjectRecord, TargetRecord, amend
from .records import compact, generation_text, head_text, object_text, target_text

T = TypeVar("T")

_ONE_SIDE = "keep the lockfile of one side (git checkout --ours or --theirs), then run secretzero sync"
_CONFIRMED = ("none", "ack", "readback")
_ORDERED = re.compile(r"(?P<kind>[a-z_]+:|)(?:(?P<number>\d{1,30})|(?P<moment>\d{4}-\d\d-\d\dT[\d:.]+Z?))\Z").match


def merge_lockfiles(base: Lockfile | None, ours: Lockfile, theirs: Lockfile) -> Lockfile:
    """Merge two lockfiles that come from `base`, or from nothing that is known; the sides may be swapped.

    All generations stay. The head whose current generation counts higher wins whole; target and object records are
    the later ones. What one side removed and the other left alone stays removed. No key is needed.
    Raises TwoProjectsError, also where one side did nothing, and LockfileError where both changed a file of the public
    0.14.
    """
    _same_project(ours, theirs)
    if ours == theirs or (base is not None and theirs == base):
        return ours
    if base is not None and ours == base:
        return theirs
    if 1 in {ours.schema, theirs.schema}:
        raise LockfileError("a lockfile of the public 0.14 cannot be merged", hint=_ONE_SIDE)
    origin = base if base is not None and base.project == ours.project and base.schema == ours.schema else Lockfile()
    secrets = _merged_secrets(origin, ours, theirs)
    live = {op for entry in secrets.values() for op in (entry.current, entry.pending) if op}
    return Lockfile(
        ours.project or theirs.project,
        ours.key or theirs.key,
        secrets,
        _union(origin.objects, ours.objects, theirs.objects, lambda _, one, two: _later_object(one, two, live)),
        _orphans(origin, ours, theirs),
        _union(origin.extra, ours.extra, theirs.extra, lambda old, one, two: _changed(old, one, two, compact)),
        ours.schema,
    )


def _same_project(ours: Lockfile, theirs: Lockfile) -> None:
    if ours.project and theirs.project and ours.project != theirs.project:
        raise TwoProjectsError("the two sides belong to two projects", hint=_ONE_SIDE)
    if ours.key and theirs.key and ours.key != theirs.key:
        raise TwoProjectsError("the two sides are signed with two project keys", hint=_ONE_SIDE)


def _merged_secrets(base: Lockfile, ours: Lockfile, theirs: Lockfile) -> Mapping[str, Entry]:
    """Merge secret by secret, found by id so that a rename on one side is seen; a name is taken once."""
    named = {side: {entry.id: (name, entry) for name, entry in lockfile.secrets.items()}
             for side, lockfile in enumerate((base, ours, theirs))}  # fmt: skip
    merged = _union(named[0], named[1], named[2], _merged_entry)
    rivals: dict[str, list[Entry]] = {}
    for name, entry in merged.values():
        rivals.setdefault(name, []).append(entry)
    secrets = {name: max(entries, key=_among_rivals) for name, entries in rivals.items()}
    for name in sorted(name for name, entries in rivals.items() if len(entries) > 1):
        _settle_name(name, rivals[name], (named[1], named[2]), secrets)
    return secrets


def _among_rivals(entry: Entry) -> tuple[object, ...]:
    return (_rank(entry, entry.generations), entry.id)


def _settle_name(
    name: str, rivals: list[Entry], sides: Iterable[Mapping[str, "Named"]], secrets: dict[str, Entry]
) -> None:
    """Give a name to the secret that has no other; a renamed one goes back to the name that one side still has.

    It does so with the head which is signed with that name. Of secrets that have only this name, which two branches
    made without knowing of each other, the one whose head wins stays.
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
    """Merge what two sides know of one secret; the head that wins brings its name along, which it is signed with."""
    before = base[1] if base else None
    generations = _union({}, ours[1].generations, theirs[1].generations, lambda _, one, two: _fuller(one, two))
    targets = _union(
        before.targets if before else {},
        ours[1].targets,
        theirs[1].targets,
        lambda _, one, two: max(one, two, key=_target_rank),
    )
    generations.update(_settled(ours[1], generations) | _settled(theirs[1], generations))
    one, two = (_rank(side[1], generations) for side in (ours, theirs))
    if one != two:
        name, head = ours if one > two else theirs
    else:
        name, head = _changed(base, ours, theirs, _head_order, _same_head)
    return name, amend(head, generations=generations, targets=targets)


def _settled(side: Entry, merged: Mapping[str, Generation]) -> dict[str, Generation]:
    """Return what the other side withdrew while it was open, and this one committed: it is not withdrawn."""
    committed = side.now.n if side.now else 0
    return {
        op: generation
        for op, generation in side.generations.items()
        if merged[op].withdrawn and not generation.withdrawn and (op == side.current or generation.n < committed)
    }


def _rank(entry: Entry, generations: Mapping[str, Generation]) -> tuple[object, ...]:
    """Order heads: the higher count, then the later (at, op); of one op, the one with the later open op.

    An open op that either side has withdrawn is none: a losing op is never made pending again.
    """
    now, pending = generations.get(entry.current), generations.get(entry.pending)
    current = (now.n, now.at, entry.current) if now else (0, "", "")
    withdrawn = pending is not None and pending.withdrawn
    opened = (pending.at, entry.pending) if pending and not withdrawn else ("", "")
    return (*current, *opened, not withdrawn)


def _head_order(named: Named) -> tuple[str, ...]:
    name, entry = named
    return (*head_text(entry), entry.mac, name)


def _same_head(one: Named, two: Named) -> bool:
    return _head_order(one) == _head_order(two)


def _fuller(one: Generation, two: Generation) -> Generation:
    """Choose between two records of one generation: they only ever gain knowledge."""
    return max(one, two, key=_generation_rank)


def _generation_rank(generation: Generation) -> tuple[object, ...]:
    retired = generation.retired_at or str((generation.issued or {}).get("retired_at") or "")
    known = len(generation.fingerprints)
    return (generation.withdrawn, retired, known, *generation_text(generation), generation.mac)


def _target_rank(record: TargetRecord) -> tuple[object, ...]:
    """Order records of one target: the later write, the later removal, the later op, the better confirmation."""
    confirmed = _CONFIRMED.index(record.confirmed)
    return (record.at, record.removed_at, record.op, confirmed, *target_text(record), record.mac)


def _later_object(one: ObjectRecord, two: ObjectRecord, live: set[str]) -> ObjectRecord | None:
    """Choose between two records of one object: the platform's own order where it has one, else the later write.

    With one marker and different ops nobody knows whose value stands there. The record that names none of the values
    that should makes its field count as behind, and it is sent again; where there is no such record, none stays.
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
    """Read a marker that is a number or a moment, perhaps behind the name of what it is; others have no order."""
    match = _ORDERED(remote)
    if match is None:
        return ("", "", 0, "")
    kind, number, moment = match["kind"], match["number"], match["moment"]
    return ("number", kind, int(number), "") if number else ("moment", kind, 0, moment)


def _orphans(base: Lockfile, ours: Lockfile, theirs: Lockfile) -> tuple[Mapping[str, object], ...]:
    """Keep what either side lists, but what one of them has settled."""
    sides = [{compact(orphan): orphan for orphan in side.orphans} for side in (base, ours, theirs)]
    merged = _union(sides[0], sides[1], sides[2], lambda _, one, __: one)
    return tuple(merged[text] for text in sorted(merged))


def _changed(
    base: T | None,
    one: T,
    two: T,
    order: Callable[[T], object],
    same: Callable[[T, T], bool] = lambda left, right: left == right,
) -> T:
    """Take the side that changed something; where both did, the greater."""
    if base is not None and same(base, one):
        return two
    if base is not None and same(base, two):
        return one
    return max(one, two, key=order)  # type: ignore[arg-type]


def _union(
    base: Mapping[str, T],
    ours: Mapping[str, T],
    theirs: Mapping[str, T],
    choose: Callable[[T | None, T, T], T | None],
) -> dict[str, T]:
    """Merge two mappings key by key; a key that one side removed, and the other has as it was, is gone."""
    merged = {}
    for key in _keys(ours, theirs):
        one, two, old = ours.get(key), theirs.get(key), base.get(key)
        if one is not None and two is not None:
            kept = one if one == two else choose(old, one, two)
        else:
            there = one if one is not None else two
            kept = None if old is not None and there == old else there
        if kept is not None:
            merged[key] = kept
    return merged


def _keys(*mappings: Iterable[str]) -> list[str]:
    return sorted({key for mapping in mappings for key in mapping})
