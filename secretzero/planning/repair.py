"""Targets that do not hold what is recorded: copy, restore, record, import, forget, or refuse to overwrite."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ..lockfile.model import Entry
from ..manifest.model import Manifest, Secret, Target
from .drift import Verdict, verdict_of
from .plan import ACTIONS, Action, Step, TargetAction, TargetStep
from .world import NOT_ASKED, Code, Left, Seen, World, removed_uris

_BLOCKED = "no readable copy"
_UNMANAGED = frozenset({"unknown", "foreign"})
OVERWRITE = "replace it with secretzero sync --on-drift=overwrite"
RESOLVE_DRIFT = f"import it with secretzero sync --on-drift=adopt, or {OVERWRITE}"


def step_of(secret: Secret, action: Action, reason: str, targets: Iterable[TargetStep], **facts: Any) -> Step:
    """Return the step of a secret; `facts` are other fields of Step."""
    return Step(secret.name, secret.kind, action, reason=reason, targets=tuple(targets), local=secret.local, **facts)


def block(
    secret: Secret, reason: str, *, hint: str = "", code: Code = "blocked", targets: Iterable[TargetStep] = ()
) -> Step:
    """Return the step of a secret that cannot be carried out, with a hint how to resolve it."""
    return step_of(secret, "block", reason, targets, hint=hint, code=code)


def covers(secret: Secret, parts: Iterable[str]) -> bool:
    """Return whether these parts make up the whole value of a template."""
    return bool(secret.template) and {f.name for f in secret.fields}.issubset(parts)


def repair(secret: Secret, world: World, entry: Entry) -> Step:
    """Decide the step of a secret that keeps its value: what each target needs in order to hold it."""
    parts = _readable_parts(secret, world, entry)
    source = _copy_source(secret, world, entry, parts)
    targets = [_repair_target(t, world, entry, source or parts.get(t.part, "")) for t in secret.targets]
    chosen = [_STEP_OF[target.action] for target in targets]
    action: Action = min(chosen, key=ACTIONS.index, default="keep")
    reason = next((t.reason for t, c in zip(targets, chosen, strict=True) if c == action and t.reason), "")
    blocked = [target for target in targets if target.action == "block"]
    if len(blocked) == 1 and len(targets) > 1 and blocked[0].reason == _BLOCKED:
        reason = f"{_BLOCKED} for {blocked[0].uri}"
    hint = RESOLVE_DRIFT if blocked else ""
    if any(target.reason == _BLOCKED for target in blocked):
        hint = ways_out(secret)
    take_from, code = source or ("fields" if parts else ""), "blocked" if action == "block" else ""
    return _adoption(secret, world, targets) or step_of(
        secret, action, reason, targets, hint=hint, take_from=take_from, code=code
    )  # fmt: skip


_STEP_OF: Mapping[TargetAction, Action] = {
    "keep": "keep",
    "record": "keep",
    "write": "update",
    "copy": "copy",
    "restore": "restore",
    "adopt": "adopt",
    "forget": "forget",
    "delete": "forget",
    "block": "block",
}


def ways_out(secret: Secret) -> str:
    """Return the hint for a value of which no copy can be read on this machine."""
    if secret.needs:
        return f"first restore {' and '.join(secret.needs)}, from which it is derived"
    put_back = "put the value back by hand from a machine that has it"
    if secret.nature == "static":
        return f"supply it with secretzero set {secret.name}, or {put_back}"
    return f"{put_back}, or replace it with secretzero rotate {secret.name} --force"


def _copy_source(secret: Secret, world: World, entry: Entry, readable: Mapping[str, str]) -> str:
    """Return where the current value can be read: a target, the journal or its origin; ``""`` if nowhere."""
    if "" in readable:
        return readable[""]
    if entry.current in world.journalled:
        return "journal"
    source = world.observation.sources.get(secret.name)
    again = secret.needs or secret.nature == "derived" or (entry.now and entry.now.has_value)
    if again or (source and source.state == "same"):
        return "origin"
    return "fields" if covers(secret, readable) else ""


def _readable_parts(secret: Secret, world: World, entry: Entry) -> dict[str, str]:
    """Map each part of the current value to the first place where it can be read: a target, or a removed one."""
    found: dict[str, str] = {}
    for target in secret.targets:
        seen = world.observation.targets.get(target.uri)
        if seen and seen.readable and seen.op == entry.current:
            found.setdefault(target.part, target.uri)
    for part, uri in world.observation.left.get(secret.name, {}).items():
        found.setdefault(part, uri)
    return found


def _repair_target(target: Target, world: World, entry: Entry, source: str) -> TargetStep:
    """Decide the step of one target; `source` says where its value can be read."""
    seen = world.observation.targets.get(target.uri, NOT_ASKED)
    verdict = verdict_of(entry, seen)
    if verdict == "in step":
        known: TargetAction = "keep" if entry.op_at(target.uri) == entry.current else "record"
        return TargetStep(target.uri, "restore" if target.uri in world.wishes.rewrite else known, verdict=verdict)
    if verdict == "cannot tell":
        return TargetStep(target.uri, "keep", seen.error or seen.evidence, verdict=verdict)
    if verdict in {"changed", "foreign"}:
        return _changed(target, world, verdict, source)
    return _bring_back(target, entry, verdict) if source else _no_copy(target, verdict)


def _bring_back(target: Target, entry: Entry, verdict: Verdict) -> TargetStep:
    """Restore a missing value, or copy the value to a target that is new or holds an earlier value."""
    record = entry.targets.get(target.uri)
    if record is not None and not record.removed_at and verdict == "missing":
        return TargetStep(target.uri, "restore", "missing", verdict=verdict)
    return TargetStep(target.uri, "copy", "behind" if verdict == "behind" else "new target", verdict=verdict)


def _no_copy(target: Target, verdict: Verdict) -> TargetStep:
    return TargetStep(target.uri, "block", _BLOCKED, verdict=verdict)


def _changed(target: Target, world: World, verdict: Verdict, source: str) -> TargetStep:
    """Apply `on_drift` of the run, or else of the target, to a value that is not the recorded one."""
    wanted = world.wishes.on_drift or target.on_foreign
    if wanted == "overwrite":
        return TargetStep(target.uri, "write", "overwritten", verdict=verdict) if source else _no_copy(target, verdict)
    if wanted == "adopt":
        return TargetStep(target.uri, "adopt", "changed outside", verdict=verdict)
    reason = "changed outside of SecretZero" if verdict == "changed" else "changed by somebody else"
    return TargetStep(target.uri, "block", reason, verdict=verdict)


def _adoption(secret: Secret, world: World, targets: list[TargetStep]) -> Step | None:
    """Make a modified value that may be imported the next generation, if all its targets agree."""
    taken = [t for t in targets if t.action == "adopt"]
    if not taken or any(t.action == "block" for t in targets):
        return None
    by_uri = {target.uri: target for target in secret.targets}
    likenesses = {world.observation.targets[t.uri].likeness for t in taken}
    whole = [t for t in taken if not by_uri[t.uri].part and world.observation.targets[t.uri].readable]
    if len(likenesses) > 1 or not whole:
        reason = "its targets hold different values" if whole else "no target holds a whole value to adopt"
        return block(secret, reason, hint=OVERWRITE, targets=targets)
    adopting = [
        TargetStep(t.uri, "record" if t.action == "adopt" else "write", "adopted", verdict=t.verdict) for t in targets
    ]
    return step_of(secret, "adopt", "adopted", adopting, take_from=whole[0].uri)


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

    def step_of(self, secret: Secret) -> Step:
        """Return the step of a secret that is blocked by this."""
        targets = [TargetStep(uri, "block", self.reason, verdict="changed") for uri in self.blocked]
        return block(secret, self.reason, hint=self.hint, targets=targets)


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
        return _refused(unmanaged, entry, world)
    return _imported(secret, unmanaged) if "adopt" in wanted else Conflict()


def _refused(unmanaged: list[tuple[Target, Seen]], entry: Entry | None, world: World) -> Conflict:
    """Name the targets that hold an unmanaged value, and how to resolve the conflict."""
    reason = "changed outside of SecretZero" if entry and entry.current else "already holds a value"
    hint = RESOLVE_DRIFT
    former = {world.holders.get(target.uri, "") for target, _ in unmanaged} if entry is None else set()
    if len(former) == 1 and (name := former.pop()):
        hint = f"if the secret was renamed, add formerly: {name} to it in the manifest; otherwise {hint}"
    if any(seen.state == "foreign" for _, seen in unmanaged):
        hint += "; or pull, if this checkout is out of date"
    return Conflict(tuple(target.uri for target, _ in unmanaged), reason, hint)


def _imported(secret: Secret, unmanaged: list[tuple[Target, Seen]]) -> Conflict:
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


def forget_steps(secret: Secret, entry: Entry | None, world: World) -> tuple[TargetStep, ...]:
    """Return the steps for recorded targets that the manifest no longer has."""
    if entry is None:
        return ()
    gone = [_forget(uri, entry, world) for uri in removed_uris(entry, secret.targets)]
    return tuple([step for step in gone if step.action != "keep"])


_LEFT = "left the manifest"
_STAYS: Mapping[Left, str] = {
    "unknown": "holds another value",
    "foreign": "holds another value",
    "claimed": "the manifest has its place for another target",
    "unasked": "not compared",
    "cannot tell": "could not be compared",
}
"""Why the value at a target that was removed from the manifest is not deleted."""


def _forget(uri: str, entry: Entry, world: World) -> TargetStep:
    """Decide the step of one removed target; without permission to overwrite, only recorded values are deleted."""
    if not world.wishes.prune:
        return _remember(uri, entry, _LEFT)
    state = world.observation.gone.get((entry.id, uri), "unasked")
    reason = _STAYS.get(state, "")
    if not reason or (state in {"unknown", "foreign"} and world.wishes.on_drift == "overwrite"):
        return TargetStep(uri, "delete", _LEFT, verdict="taken" if state == "taken" else "")
    return _remember(uri, entry, reason)


def _remember(uri: str, entry: Entry, reason: str) -> TargetStep:
    return TargetStep(uri, "keep" if entry.targets[uri].removed_at else "forget", reason)


def forgotten_secrets(manifest: Manifest, world: World) -> list[Step]:
    """Return a step for each entry whose secret the manifest no longer has."""
    steps = []
    for lockfile, local in ((world.shared, False), (world.local, True)):
        names = {name for s in manifest.secrets if s.local == local for name in (s.name, s.formerly)}
        for name, entry in lockfile.secrets.items():
            if name not in names and (step := _forgotten(name, entry, world, local=local)):
                steps.append(step)
    return steps


def _forgotten(name: str, entry: Entry, world: World, *, local: bool) -> Step | None:
    """Decide the step of an entry without a secret; it stays while another secret waits for one of its places."""
    gone = world.observation.gone
    if world.wishes.prune and any(gone.get((entry.id, uri)) == "claimed" for uri in entry.targets):
        targets = tuple([_remember(uri, entry, _STAYS["claimed"]) for uri in entry.targets])
    else:
        targets = tuple([_forget(uri, entry, world) for uri in entry.targets])
    changing = [target for target in targets if target.action != "keep"]
    if not world.wishes.prune and not changing:
        return None
    action: Action = "forget" if changing or not targets else "keep"
    reasons = [target.reason for target in changing or targets]
    reason = _LEFT if _LEFT in reasons or not reasons else reasons[0]
    return Step(name, entry.kind, action, reason=reason, targets=targets, local=local)
