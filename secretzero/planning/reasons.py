"""Why a secret that has a value gets a new one."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from ..lockfile.model import Entry, Generation
from ..manifest.model import Secret
from .plan import Step
from .rotation import EXEMPT, due_at, in_window, is_due
from .world import NO_SOURCE, Code, World


class Answer(NamedTuple):
    """The action that a reason leads to: ``rotate``, ``update``, ``block``, or ``""`` for none."""

    action: Literal["rotate", "update", "block", ""] = ""
    reason: str = ""
    hint: str = ""
    notice: str = ""
    code: Code = "blocked"


def reason_for_new_value(secret: Secret, world: World, entry: Entry, changing: Mapping[str, Step]) -> Answer:
    """Return the first reason to create another generation, in order of precedence."""
    now = entry.now
    if now is None or secret.name in world.wishes.supplied:
        return Answer("update", "new" if now is None else "set")
    if secret.name in world.wishes.forced:
        return _forced(secret)
    made_from = _parts_changed(secret, world, now, changing)
    if made_from.action or secret.nature == "derived":
        return made_from
    return _due(secret, entry, world) if world.wishes.rotate else _new_elsewhere(secret, world, now)


def _forced(secret: Secret) -> Answer:
    if secret.nature in EXEMPT:
        named = " and ".join(secret.needs) or "what it is made from"
        return Answer("block", f"follows {named} and never rotates by itself", hint="rotate what it follows")
    if secret.fields and secret.in_clear:
        return Answer("block", "always carries its source's value", hint="change the source, then run secretzero sync")
    return Answer("rotate", "forced")


def _due(secret: Secret, entry: Entry, world: World) -> Answer:
    """Decide whether the rotation period of a secret is over, and whether it may rotate now."""
    if secret.nature in EXEMPT or secret.in_clear:
        return Answer("", "follows its source")
    if not is_due(secret, entry, world.now):
        return Answer("", "not due" if due_at(secret, entry) else "no rotation period")
    renew = f"replace it with secretzero rotate {secret.name} --force"
    if secret.one_time:
        return Answer("", "overdue, but one_time", notice=renew)
    open_now = in_window(secret.rotation.window, world.now)
    return Answer("rotate", "due") if open_now else Answer("", "due, outside its window")


def _parts_changed(secret: Secret, world: World, now: Generation, changing: Mapping[str, Step]) -> Answer:
    """Compare the ops that a derived value was made from with those that are current or about to be."""
    if not secret.needs:
        return Answer()
    stale = any(_moved_on(name, now.parts.get(name, ""), world, changing) for name in secret.needs)
    redefined = secret.nature == "derived" and world.definitions.get(secret.name, now.definition) != now.definition
    if not (stale or redefined):
        return Answer()
    if stuck := stuck_on(secret, changing):
        return Answer("block", stuck)
    return Answer("update", "part changed" if secret.nature == "derived" else "followed")


def stuck_on(secret: Secret, changing: Mapping[str, Step]) -> str:
    """Return why a secret cannot be made: one that it needs is blocked; ``""`` if none is."""
    blocked = (name for name in secret.needs if name in changing and changing[name].action == "block")
    return next((f"needs {name}, which is blocked" for name in blocked), "")


def _moved_on(name: str, made_from: str, world: World, changing: Mapping[str, Step]) -> bool:
    """Whether a secret has, or is about to get, a different value than that of the op `made_from`."""
    step = changing.get(name)
    if step is not None and step.op:
        return made_from != step.op and (step.action != "block" or made_from != _current_op(world, name))
    current = _current_op(world, name)
    return (step is not None and step.makes_value) or bool(current and current != made_from)


def _current_op(world: World, name: str) -> str:
    """Return the current op of a secret from either lockfile."""
    entry = world.shared.secrets.get(name) or world.local.secrets.get(name)
    return entry.current if entry else ""


def _new_elsewhere(secret: Secret, world: World, now: Generation) -> Answer:
    """Compare the followed source, the literal, the fields and the definition with the current generation."""
    seen = world.observation.sources.get(secret.name, NO_SOURCE)
    if seen.state == "down":
        return Answer("block", seen.error or "its source could not be read", code="no_value")
    reason = "literal changed" if now.origin == "manifest" else "followed"
    if seen.state != "different":
        reason = _fields_reason(secret, now) if secret.template else ""
    definition = world.definitions.get(secret.name, now.definition)
    if not reason and now.definition and definition != now.definition:
        return _redefined(secret)
    if seen.rival and not reason:
        notice = f"{seen.rival} has a different value; import it with secretzero rotate {secret.name} --force"
        return Answer("", "source changed", notice=notice)
    return Answer("update", reason) if reason else Answer()


def _redefined(secret: Secret) -> Answer:
    if secret.on_change == "rotate":
        return Answer("rotate", "definition changed")
    notice = f"the value stays; replace it with secretzero rotate {secret.name} --force"
    return Answer("", "definition changed", notice=notice)


def _fields_reason(secret: Secret, now: Generation) -> str:
    """Return whether a template gained or lost a field since its current generation, as a reason."""
    declared, recorded = {f.name for f in secret.fields}, set(now.fields)
    if declared - recorded:
        return "field added"
    return "field removed" if recorded - declared else ""
