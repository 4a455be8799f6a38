"""Unmanaged values at targets: which may be overwritten, and which may be adopted."""

from typing import NamedTuple

from ..lockfile.model import Entry
from ..manifest.model import Secret, Target
from .observation import Seen
from .world import World

_UNMANAGED = frozenset({"unknown", "foreign"})


class Conflict(NamedTuple):
    """What stands in the way of writing to a secret's targets.

    `blocked` are URIs that may not be overwritten; `adopt_from` is the one whose value is to be taken, `agreeing` all
    that hold that value already.
    """

    blocked: tuple[str, ...] = ()
    reason: str = ""
    hint: str = ""
    adopt_from: str = ""
    agreeing: frozenset[str] = frozenset()


def conflict_of(secret: Secret, entry: Entry | None, world: World) -> Conflict:
    """Compare what the targets hold with what is allowed there."""
    unmanaged = [
        (target, world.observation.targets[target.uri]) for target in secret.targets if _is_unmanaged(target, world)
    ]
    expected = world.observation.sources.get(secret.name)
    if expected and expected.likeness:
        unmanaged = [(t, seen) for t, seen in unmanaged if t.part or seen.likeness != expected.likeness]
    if not unmanaged:
        return Conflict()
    wanted = {world.wishes.on_drift or target.on_foreign for target, _ in unmanaged}
    if "fail" in wanted:
        return _refuse(unmanaged, entry, world)
    return _adopt(secret, unmanaged) if "adopt" in wanted else Conflict()


def _is_unmanaged(target: Target, world: World) -> bool:
    seen = world.observation.targets.get(target.uri)
    return seen is not None and seen.state in _UNMANAGED


def _refuse(unmanaged: list[tuple[Target, Seen]], entry: Entry | None, world: World) -> Conflict:
    """Name the targets that hold a value which is not ours, and the ways on."""
    reason = "changed outside of SecretZero" if entry and entry.current else "already holds a value"
    hint = "secretzero sync --on-drift=adopt takes it, --on-drift=overwrite replaces it"
    former = {world.holders.get(target.uri, "") for target, _ in unmanaged} if entry is None else set()
    if len(former) == 1 and (name := former.pop()):
        hint = f"if the secret was renamed, say so with formerly: {name}; else {hint}"
    if any(seen.state == "foreign" for _, seen in unmanaged):
        hint += "; or pull: this checkout may be stale"
    return Conflict(tuple(target.uri for target, _ in unmanaged), reason, hint)


def _adopt(secret: Secret, unmanaged: list[tuple[Target, Seen]]) -> Conflict:
    """Take the value that all readable unmanaged targets share; refuse where they disagree or hold only pieces."""
    uris = tuple(target.uri for target, _ in unmanaged)
    whole = [(target, seen) for target, seen in unmanaged if not target.part and seen.readable]
    pieces = {target.part: seen for target, seen in unmanaged if target.part and seen.readable}
    covered = bool(secret.template) and {f.name for f in secret.fields} <= set(pieces)
    if not whole and not covered:
        return Conflict(uris, "no target holds a whole value that could be adopted", "replace: --on-drift=overwrite")
    likenesses: dict[str, set[bytes]] = {}
    for target, seen in unmanaged:
        likenesses.setdefault(target.part, set()).add(seen.likeness)
    if any(len(found) > 1 for found in likenesses.values()):
        return Conflict(uris, "its targets hold different values", "replace them with --on-drift=overwrite")
    source = whole[0][0].uri if whole else "fields"
    return Conflict(adopt_from=source, agreeing=frozenset(uris))
