"""What to do with each secret: the table of actions of the sync protocol, as a pure function."""

from collections.abc import Iterable

from attrs import evolve

from ..lockfile.model import Entry, Lockfile
from ..manifest.model import Manifest, Secret
from .conflicts import Conflict, conflict_of
from .drift import verdict_of
from .graph import in_order, with_dependants
from .observation import LEGACY, Seen
from .plan import ACTIONS, Plan, Step, TargetStep
from .reasons import reason_for_new_value
from .repair import forget_steps, forgotten_secrets, repair
from .world import OpenOp, World


def decide(manifest: Manifest, world: World) -> Plan:
    """Return the plan that brings every chosen secret to the state that the manifest declares."""
    chosen = _chosen(manifest, world)
    changing: dict[str, Step] = {}
    steps = []
    for secret in in_order(manifest.secrets):
        if secret.name in chosen:
            step = decide_secret(secret, world, changing)
            changing[secret.name] = step
            steps.append(step)
    if not world.wishes.only and not world.wishes.rotate:
        steps += forgotten_secrets(manifest, world)
    included = tuple(sorted(chosen - world.wishes.only)) if world.wishes.only else ()
    opened = tuple(sorted(world.open_ops))
    return Plan(tuple(steps), manifest.lane, wishes=world.wishes, open_ops=opened, included=included)


def _chosen(manifest: Manifest, world: World) -> set[str]:
    if world.wishes.only:
        return with_dependants(world.wishes.only, manifest.secrets)
    return {secret.name for secret in manifest.secrets}


def entry_for(secret: Secret, lockfile: Lockfile) -> Entry | None:
    """Find the entry of a secret, under its name or the one that it had."""
    entry = lockfile.secrets.get(secret.name)
    return lockfile.secrets.get(secret.formerly) if entry is None and secret.formerly else entry


def decide_secret(secret: Secret, world: World, changing: dict[str, Step]) -> Step:
    """Answer for one secret; `changing` holds the steps of those that it is made from."""
    entry = entry_for(secret, world.local if secret.local else world.shared)
    stopped = _obstacle(secret, world, entry, changing)
    if stopped:
        return stopped
    forced = secret.name in world.wishes.forced
    opened = world.open_ops.get(secret.name)
    if opened and not forced and not (entry and entry.current == opened.op):
        return _resume(secret, world, entry, opened)
    if entry and entry.pending and not forced:
        return _take_over(secret, world, entry)
    if entry is None or not entry.current:
        return _with_forgotten(_create(secret, world, entry), secret, entry, world)
    return _with_forgotten(_follow_up(secret, world, entry, changing), secret, entry, world)


def _obstacle(secret: Secret, world: World, entry: Entry | None, changing: dict[str, Step]) -> Step | None:
    """Return the step that says why nothing can be done, if that is so."""
    if secret.unsupported:
        return block(secret, secret.unsupported)
    if obstacle := world.obstacles.get(secret.name):
        return block(secret, obstacle.reason, hint=obstacle.hint, code=obstacle.code)
    stuck = [n for n in secret.needs if n in changing and changing[n].action == "block"]
    if stuck and (entry is None or not entry.current):
        return block(secret, f"needs {stuck[0]}, which is blocked")
    return None


def _create(secret: Secret, world: World, entry: Entry | None) -> Step:
    """Answer for a secret that has no generation: make one, or take what already stands there."""
    weak = world.weak.get(secret.name)
    if weak is not None:
        hint = "allow it with allow_weak: true in its config, or with --allow-weak for one run"
        return block(secret, f"the value would have only {weak} bits", hint=hint)
    conflict = conflict_of(secret, entry, world)
    if conflict.blocked:
        return _conflict_step(secret, conflict)
    if entry and entry.legacy:
        return _migrate(secret, world)
    if conflict.adopt_from:
        targets = tuple(_adopting(secret, entry, world, conflict))
        return _step(secret, "adopt", "found at its target", targets, take_from=conflict.adopt_from)
    action = "create" if not (entry and entry.generations) else "update"
    return _step(secret, action, "new", _writes(secret, entry, world), bits=bits_of(secret))


def _migrate(secret: Secret, world: World) -> Step:
    """Take a value that the public 0.14 recorded, once a target shows it; nothing is made anew."""
    proved = {t.uri: t.part for t in secret.targets if _seen(world, t.uri).op == LEGACY}
    whole = [uri for uri, part in proved.items() if not part]
    covered = bool(secret.template) and {f.name for f in secret.fields} <= set(proved.values())
    if not whole and not covered:
        hint = f"sync where its targets can be read, or replace it: secretzero rotate {secret.name} --force"
        return block(secret, "recorded by an older version and cannot be verified now", hint=hint)
    targets = tuple(
        TargetStep(t.uri, "record" if t.uri in proved else "write", "migrated", "in step" if t.uri in proved else "")
        for t in secret.targets
    )
    return _step(secret, "adopt", "migrated", targets, take_from=whole[0] if whole else "fields")


def _follow_up(secret: Secret, world: World, entry: Entry, changing: dict[str, Step]) -> Step:
    """Answer for a secret that has a current generation."""
    answer = reason_for_new_value(secret, world, entry, changing)
    if answer.action == "block":
        return block(secret, answer.reason, hint=answer.hint, code=answer.code)
    if answer.action:
        conflict = conflict_of(secret, entry, world)
        if conflict.blocked and not (answer.overrides and secret.name in world.wishes.forced):
            return _conflict_step(secret, conflict)
        withdraw = _withdrawn_by(entry, world.open_ops.get(secret.name))
        targets = _writes(secret, entry, world)
        return _step(secret, answer.action, answer.reason, targets, bits=bits_of(secret), withdraw=withdraw)
    if world.wishes.rotate:
        return _step(secret, "keep", answer.reason, (), notice=answer.notice)
    return evolve(repair(secret, world, entry), notice=answer.notice)


def _withdrawn_by(entry: Entry, opened: OpenOp | None) -> str:
    """Name the unfinished op that a forced rotation gives up."""
    if entry.pending:
        return entry.pending
    return opened.op if opened and opened.op != entry.current else ""


def _resume(secret: Secret, world: World, entry: Entry | None, opened: OpenOp) -> Step:
    """Go on with an op of the journal: the same value, to those of its targets that the manifest still has."""
    targets = []
    overwrite = world.wishes.on_drift == "overwrite"
    for target in secret.targets:
        seen = _seen(world, target.uri)
        verdict = "in step" if seen.op == opened.op else verdict_of(entry, seen)
        if seen.op == opened.op:
            targets.append(TargetStep(target.uri, "record", "already done", "in step"))
        elif (target.uri in opened.done and seen.state not in {"absent", "cannot tell"}) or seen.state in _MOVED:
            if not overwrite:
                return _moved(secret, target.uri, opened)
            targets.append(TargetStep(target.uri, "write", "unfinished", verdict))
        else:
            targets.append(TargetStep(target.uri, "write", "unfinished", verdict))
    return _step(secret, "update", "unfinished", tuple(targets), op=opened.op, take_from="journal")


_MOVED = frozenset({"unknown", "foreign"})


def _moved(secret: Secret, uri: str, opened: OpenOp) -> Step:
    """Refuse to go on with an op when one of its targets was changed meanwhile."""
    hint = "pull the lockfile first; --on-drift=overwrite goes on all the same"
    target = TargetStep(uri, "block", "changed since the op began", "changed")
    reason = "a target changed while an earlier run was unfinished"
    return evolve(block(secret, reason, hint=hint, code="conflict"), targets=(target,), op=opened.op)


def _take_over(secret: Secret, world: World, entry: Entry) -> Step:
    """Finish an op that only the lockfile knows: its value must be at a readable target."""
    holders = [t.uri for t in secret.targets if _holds(world, t.uri, entry.pending) and not t.part]
    if holders:
        targets = tuple(
            TargetStep(t.uri, "record", "already done", "in step")
            if _seen(world, t.uri).op == entry.pending
            else TargetStep(t.uri, "write", "unfinished", verdict_of(entry, _seen(world, t.uri)))
            for t in secret.targets
        )
        return _step(secret, "update", "unfinished", targets, op=entry.pending, take_from=holders[0])
    if world.wishes.take_over and not any(_seen(world, t.uri).op == entry.pending for t in secret.targets):
        targets = _writes(secret, entry, world)
        return _step(secret, "rotate", "the value of an unfinished op was lost", targets, withdraw=entry.pending)
    hint = f"run sync where it began, or replace it: secretzero rotate {secret.name} --force"
    return block(secret, "an unfinished op whose value is on no readable target", hint=hint)


def _holds(world: World, uri: str, op: str) -> bool:
    seen = _seen(world, uri)
    return seen.readable and seen.op == op


def _writes(secret: Secret, entry: Entry | None, world: World) -> tuple[TargetStep, ...]:
    return tuple(
        TargetStep(target.uri, "write", "", verdict_of(entry, _seen(world, target.uri))) for target in secret.targets
    )


def _adopting(secret: Secret, entry: Entry | None, world: World, conflict: Conflict) -> Iterable[TargetStep]:
    """Record the value where it stands and put it where it does not."""
    for target in secret.targets:
        seen = _seen(world, target.uri)
        action = "record" if target.uri in conflict.agreeing else "write"
        yield TargetStep(target.uri, action, "adopted" if action == "record" else "", verdict_of(entry, seen))


def _seen(world: World, uri: str) -> Seen:
    return world.observation.targets.get(uri, _NOT_ASKED)


_NOT_ASKED = Seen("cannot tell", evidence="not asked")


def _conflict_step(secret: Secret, conflict: Conflict) -> Step:
    targets = tuple(TargetStep(uri, "block", conflict.reason, "changed") for uri in conflict.blocked)
    return evolve(block(secret, conflict.reason, hint=conflict.hint), targets=targets)


def _with_forgotten(step: Step, secret: Secret, entry: Entry | None, world: World) -> Step:
    """Add the targets that left the manifest."""
    gone = forget_steps(secret, entry, world)
    if not gone or step.action == "block":
        return step
    action = min(step.action, "forget", key=ACTIONS.index)
    reason = step.reason if action == step.action else "left the manifest"
    return evolve(step, action=action, reason=reason, targets=step.targets + gone)


def block(secret: Secret, reason: str, *, hint: str = "", code: str = "blocked") -> Step:
    """Return the step of a secret that cannot be carried out, with the way out."""
    return Step(secret.name, secret.kind, "block", reason, hint=hint, code=code, local=secret.local)


def bits_of(secret: Secret) -> int | None:
    """Return the lower bound of the entropy that a new value has: the least of its fields'; None where unknown."""
    known = [f.generator.bits(f.constraints) for f in secret.fields if f.generator]
    stated = [bits for bits in known if bits is not None]
    return min(stated) if stated else None


def _step(  # noqa: PLR0913 - each is one optional fact, by keyword
    secret: Secret,
    action: str,
    reason: str,
    targets: tuple[TargetStep, ...],
    *,
    bits: int | None = None,
    op: str = "",
    take_from: str = "",
    withdraw: str = "",
    notice: str = "",
) -> Step:
    return Step(
        secret.name,
        secret.kind,
        action,
        reason,
        targets,
        bits=bits,
        op=op,
        take_from=take_from,
        withdraw=withdraw,
        local=secret.local,
        notice=notice,
    )
