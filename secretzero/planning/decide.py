"""What to do with each secret: the action table of the sync protocol, as a pure function."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from attrs import evolve

from ..lockfile.model import Entry
from ..manifest.model import Manifest, Secret
from .drift import Verdict, verdict_of
from .graph import in_order, with_dependants
from .plan import ACTIONS, Action, Plan, Step, TargetStep
from .reasons import Answer, reason_for_new_value, stuck_on
from .repair import block, conflict_of, covers, forget_steps, forgotten_secrets, repair, step_of, ways_out
from .world import LEGACY, NOT_ASKED, OpenOp, Seen, World, entry_for


def decide(manifest: Manifest, world: World) -> Plan:
    """Return the plan that brings every selected secret to the state that the manifest declares."""
    only = world.wishes.only
    chosen = with_dependants(only, manifest.secrets) if only else {secret.name for secret in manifest.secrets}
    changing: dict[str, Step] = {}
    steps = []
    for secret in in_order(manifest.secrets):
        if secret.name in chosen:
            step = decide_secret(secret, world, changing)
            changing[secret.name] = step
            steps.append(step)
    if not only and not world.wishes.rotate:
        steps += forgotten_secrets(manifest, world)
    included = tuple(sorted(chosen - only)) if only else ()
    opened = tuple(sorted(world.open_ops))
    return Plan(tuple(steps), manifest.lane, wishes=world.wishes, open_ops=opened, included=included)


def decide_secret(secret: Secret, world: World, changing: dict[str, Step]) -> Step:
    """Decide the step of one secret; `changing` holds the steps of the secrets that it is derived from."""
    case = Case(secret, world, entry_for(secret, world.local if secret.local else world.shared), changing=changing)
    step = next((step for rule in _FIRST if (step := rule(case))), None) or _with_forgotten(
        _follow_up(case, case.entry) if case.entry and case.entry.current else _create(case), case
    )
    return evolve(step, renamed_from=case.former_name) if case.former_name else step


class Case(NamedTuple):
    """One secret with everything that its step depends on."""

    secret: Secret
    world: World
    entry: Entry | None
    changing: Mapping[str, Step]

    @property
    def former_name(self) -> str:
        """The name that the secret has in the lockfile, if it was renamed since."""
        recorded = self.world.local if self.secret.local else self.world.shared
        return self.secret.formerly if self.entry and self.secret.name not in recorded.secrets else ""

    @property
    def renewed(self) -> bool:
        """Whether the person asked for a new value by name, or supplied one."""
        wishes = self.world.wishes
        return self.secret.name in wishes.forced or self.secret.name in wishes.supplied

    def seen(self, uri: str) -> Seen:
        """Return what a target holds."""
        return self.world.observation.targets.get(uri, NOT_ASKED)

    def verdict(self, uri: str) -> Verdict:
        """Return the verdict on a target."""
        return verdict_of(self.entry, self.seen(uri))


def _obstacle(case: Case) -> Step | None:
    """Block a secret that cannot be carried out, with the reason."""
    secret = case.secret
    if secret.unsupported:
        return block(secret, secret.unsupported)
    if obstacle := case.world.obstacles.get(secret.name):
        return block(secret, obstacle.reason, hint=obstacle.hint, code=obstacle.code)
    if (stuck := stuck_on(secret, case.changing)) and not (case.entry and case.entry.current):
        return block(secret, stuck)
    return _out_of_reach(case)


def _out_of_reach(case: Case) -> Step | None:
    """Block a secret if one of its targets could not be observed: a plan promises only what can be done."""
    failures = case.world.observation.failures
    target = next((t for t in case.secret.targets if t.object in failures), None)
    if target is None:
        return None
    reason = case.seen(target.uri).error
    stopped = TargetStep(target.uri, "block", reason, verdict="cannot tell")
    return block(case.secret, reason, code=failures[target.object], targets=[stopped])


def _resume(case: Case) -> Step | None:
    """Continue an op of the journal: write the same value to those of its targets that the manifest still has."""
    opened = case.world.open_ops.get(case.secret.name)
    if opened is None or case.renewed or (case.entry and case.entry.current == opened.op):
        return None
    held = []
    for target in case.secret.targets:
        seen = case.seen(target.uri)
        if seen.op == opened.op and seen.readable:
            held.append(target.uri)
        elif _changed_meanwhile(case, target.uri, opened) and case.world.wishes.on_drift != "overwrite":
            return _stopped(case.secret, target.uri, opened.op)
    targets = _writes(case, held, "already done", "unfinished")
    return step_of(case.secret, "update", "unfinished", targets, op=opened.op, take_from="journal")


def _changed_meanwhile(case: Case, uri: str, opened: OpenOp) -> bool:
    """Whether someone else changed a target since the op began: one that it had written, or one with an unknown value.

    A write-only target that did not acknowledge the write gets the value again: its marker may have been changed by
    this very op.
    """
    seen = case.seen(uri)
    if uri in opened.done:
        return seen.op != opened.op and seen.state not in {"absent", "cannot tell"}
    return seen.state == "unknown" and seen.readable


def _stopped(secret: Secret, uri: str, op: str) -> Step:
    """Refuse to continue an op when one of its targets was changed in the meantime."""
    hint = "pull the lockfile first, or replace the value with secretzero sync --on-drift=overwrite"
    target = TargetStep(uri, "block", "changed since the op began", verdict="changed")
    reason = "a target changed while an earlier run was unfinished"
    return evolve(block(secret, reason, hint=hint, code="conflict", targets=[target]), op=op)


def _take_over(case: Case) -> Step | None:
    """Finish an op that only the lockfile knows: a readable target must hold its value."""
    entry, secret = case.entry, case.secret
    if entry is None or not entry.pending or case.renewed:
        return None
    unmanaged = [t.uri for t in secret.targets if case.seen(t.uri).state == "unknown" and case.seen(t.uri).readable]
    if unmanaged and case.world.wishes.on_drift != "overwrite":
        return _stopped(secret, unmanaged[0], entry.pending)
    return _finished(case, entry.pending) or _lost(case, entry.pending)


def _finished(case: Case, op: str) -> Step | None:
    """Continue a pending op whose value a readable target holds."""
    shown = {target.uri: target for target in case.secret.targets if case.seen(target.uri).op == op}
    holder = next((uri for uri, target in shown.items() if case.seen(uri).readable and not target.part), None)
    if holder is None:
        return None
    steps = _writes(case, shown, "already done", "unfinished")
    return step_of(case.secret, "update", "unfinished", steps, op=op, take_from=holder)


def _lost(case: Case, op: str) -> Step:
    """Replace a pending op whose value is lost, if that is allowed and no target has the value; otherwise say how."""
    secret = case.secret
    if case.world.wishes.take_over and not any(case.seen(target.uri).op == op for target in secret.targets):
        return step_of(secret, "rotate", "the value of an unfinished op was lost", _writes(case), withdraw=op)
    hint = f"run secretzero sync where it began, or replace it with secretzero rotate {secret.name} --force"
    return block(secret, "an unfinished op whose value is on no readable target", hint=hint)


def _not_yet(case: Case) -> Step | None:
    """Keep a secret that was never synced out of a rotation: a secret without a value is not due."""
    if not case.world.wishes.rotate or case.renewed or (case.entry and case.entry.current):
        return None
    return step_of(case.secret, "keep", "no value yet", (), notice="secretzero sync creates the first value")


_FIRST = (_obstacle, _resume, _take_over, _not_yet)
"""The rules that come before all others, in order."""


def _create(case: Case) -> Step:
    """Decide the step of a secret without a generation: create a value, or import the one that a target holds."""
    secret, entry = case.secret, case.entry
    conflict = conflict_of(secret, entry, case.world)
    if conflict.blocked:
        return conflict.step_of(secret)
    if conflict.adopt_from:
        targets = _writes(case, conflict.agreeing, "adopted")
        return step_of(secret, "adopt", "found at its target", targets, take_from=conflict.adopt_from)
    if entry and entry.legacy and not case.renewed:
        return _migrate(case)
    given_up = _withdrawn_by(case) if case.renewed else ""
    renewed = bool(given_up) or (case.renewed and entry is not None and bool(entry.legacy))
    action: Action = "rotate" if renewed else "update" if entry and entry.generations else "create"
    reason = ("set" if secret.name in case.world.wishes.supplied else "forced") if renewed else "new"
    return _too_weak(case) or step_of(
        secret, action, reason, _writes(case), bits=bits_of(secret), withdraw=given_up
    )  # fmt: skip


def _too_weak(case: Case) -> Step | None:
    """Refuse to create a value that could be guessed, unless that is allowed."""
    bits = case.world.weak.get(case.secret.name)
    if bits is None:
        return None
    hint = "allow it with allow_weak: true in its config, or for one run with --allow-weak"
    return block(case.secret, f"the value would have only {bits} bits", hint=hint)


def _migrate(case: Case) -> Step:
    """Take over a value that the public 0.14 recorded, if a target proves it. It is never replaced."""
    secret = case.secret
    proved = {t.uri: t.part for t in secret.targets if case.seen(t.uri).op == LEGACY}
    whole = [uri for uri, part in proved.items() if not part]
    if not whole and not covers(secret, proved.values()):
        hint = f"sync where its targets can be read, or replace it with secretzero rotate {secret.name} --force"
        return block(secret, "recorded by an older version and cannot be verified now", hint=hint)
    targets = [
        TargetStep(t.uri, "record", "migrated", verdict="in step")
        if t.uri in proved
        else TargetStep(t.uri, "write", "migrated")
        for t in secret.targets
    ]
    return step_of(secret, "adopt", "migrated", targets, take_from=whole[0] if whole else "fields")


def _follow_up(case: Case, entry: Entry) -> Step:
    """Decide the step of a secret that has a current generation."""
    secret, world = case.secret, case.world
    answer = reason_for_new_value(secret, world, entry, case.changing)
    if answer.action == "block":
        return block(secret, answer.reason, hint=answer.hint, code=answer.code)
    if answer.action:
        return _renew(case, entry, answer)
    if world.wishes.rotate:
        return step_of(secret, "keep", answer.reason, (), notice=answer.notice)
    repaired = repair(secret, world, entry)
    repaired = _without_parts(case, repaired) or repaired
    reason = repaired.reason or (answer.reason if repaired.action == "keep" else "")
    notice = answer.notice or answer.reason
    unchanged = (reason, notice) == (repaired.reason, repaired.notice)
    return repaired if unchanged else evolve(repaired, reason=reason, notice=notice)


def _without_parts(case: Case, repaired: Step) -> Step | None:
    """Block a derived value that would have to be computed again from a secret that is blocked."""
    reason = stuck_on(case.secret, case.changing)
    lost = next((target for target in repaired.targets if target.action in {"copy", "restore"}), None)
    if not reason or lost is None or repaired.take_from != "origin":
        return None
    stopped = TargetStep(lost.uri, "block", reason, verdict=lost.verdict)
    return block(case.secret, reason, hint=ways_out(case.secret), targets=[stopped])


def _renew(case: Case, entry: Entry, answer: Answer) -> Step:
    """Create another generation, unless a target holds an unmanaged value that may not be overwritten."""
    secret = case.secret
    conflict = conflict_of(secret, entry, case.world)
    if conflict.blocked:
        return conflict.step_of(secret)
    action: Action = "rotate" if answer.action == "rotate" else "update"
    weak = _too_weak(case) if action == "rotate" else None
    return weak or step_of(
        secret, action, answer.reason, _writes(case), bits=bits_of(secret), withdraw=_withdrawn_by(case)
    )  # fmt: skip


def _withdrawn_by(case: Case) -> str:
    """Return the unfinished op that a forced rotation abandons."""
    entry, opened = case.entry, case.world.open_ops.get(case.secret.name)
    if entry and entry.pending:
        return entry.pending
    return opened.op if opened and not (entry and opened.op == entry.current) else ""


def _writes(case: Case, held: Collection[str] = (), recorded: str = "", written: str = "") -> list[TargetStep]:
    """Record the value at targets that already hold it, and write it to the others; `recorded`, `written` say why."""
    return [
        TargetStep(t.uri, "record", recorded, verdict=case.verdict(t.uri))
        if t.uri in held
        else TargetStep(t.uri, "write", written, verdict=case.verdict(t.uri))
        for t in case.secret.targets
    ]


def _with_forgotten(step: Step, case: Case) -> Step:
    """Add the targets that were removed from the manifest."""
    gone = forget_steps(case.secret, case.entry, case.world)
    if not gone or step.action == "block":
        return step
    action: Action = min(step.action, "forget", key=ACTIONS.index)
    reason = step.reason if action == step.action else "left the manifest"
    return evolve(step, action=action, reason=reason, targets=step.targets + gone)


def bits_of(secret: Secret) -> int | None:
    """Return the lower bound of the entropy of a new value, the least of its fields'; None if unknown."""
    known = [f.generator.bits(f.constraints) for f in secret.fields if f.generator]
    stated = [bits for bits in known if bits is not None]
    return min(stated) if stated else None
