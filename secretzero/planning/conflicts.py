"""Unmanaged values at targets: which may be overwritten and which may be imported."""

from typing import NamedTuple

from ..lockfile.model import Entry
from ..manifest.model import Secret, Target
from .observation import NOT_ASKED, Seen
from .repair import OVERWRITE, RESOLVE_DRIFT, covers
from .world import World

_UNMANAGED = frozenset({"unknown", "foreign"})


class Conflict(NamedTuple):
    """What stands in the way of writing to a secret's targets.

    `blocked` are the URIs that may not be overwritten. `adopt_from` is the URI whose value will be imported, and
    `agreeing` are all URIs that already hold that value.
    """

    blocked: tuple[str, ...] = ()
    reason: str = ""
    hint: str = ""
    adopt_from: str = ""
    agreeing: frozenset[str] = frozenset()


def conflict_of(secret: Secret, entry: Entry | None, world: World) -> Conflict:
    """Find the unmanaged values at the targets of a secret, and decide what happens to them."""
    found = [(t, world.observation.targets.get(t.uri, NOT_ASKED)) for t in secret.targets]
    unmanaged = [(t, seen) for t, seen in found if seen.state in _UNMANAGED]
    expected = world.observation.sources.get(secret.name)
    if expected and expected.likeness:
        unmanaged = [(t, seen) for t, seen in unmanaged if t.part or seen.likeness != expected.likeness]
    if not unmanaged:
        return Conflict()
    wanted = {world.wishes.on_drift or target.on_foreign for target, _ in unmanaged}
    if "fail" in wanted:
        return _refuse(unmanaged, entry, world)
    return _adopt(secret, unmanaged) if "adopt" in wanted else Conflict()


def _refuse(unmanaged: list[tuple[Target, Seen]], entry: Entry | None, world: World) -> Conflict:
    """Name the targets that hold an unmanaged value, and how to resolve the conflict."""
    reason = "changed outside of SecretZero" if entry and entry.current else "already holds a value"
    hint = RESOLVE_DRIFT
    former = {world.holders.get(target.uri, "") for target, _ in unmanaged} if entry is None else set()
    if len(former) == 1 and (name := former.pop()):
        hint = f"if the secret was renamed, add formerly: {name} to it in the manifest; otherwise {hint}"
    if any(seen.state == "foreign" for _, seen in unmanaged):
        hint += "; or pull, if this checkout is out of date"
    return Conflict(tuple(target.uri for target, _ in unmanaged), reason, hint)


def _adopt(secret: Secret, unmanaged: list[tuple[Target, Seen]]) -> Conflict:
    """Import the value that all readable targets share; refuse where they differ or hold only parts."""
    uris = tuple(target.uri for target, _ in unmanaged)
    whole = [target.uri for target, seen in unmanaged if not target.part and seen.readable]
    parts = {target.part for target, seen in unmanaged if target.part and seen.readable}
    if not whole and not covers(secret, parts):
        return Conflict(uris, "no target holds a whole value that could be adopted", OVERWRITE)
    likenesses: dict[str, set[bytes]] = {}
    for target, seen in unmanaged:
        likenesses.setdefault(target.part, set()).add(seen.likeness)
    if any(len(found) > 1 for found in likenesses.values()):
        return Conflict(uris, "its targets hold different values", OVERWRITE)
    return Conflict(adopt_from=whole[0] if whole else "fields", agreeing=frozenset(uris))
