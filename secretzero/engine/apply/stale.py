"""Pin what a plan was based on with digests, and refuse to apply a plan that is out of date."""

import hmac

from attrs import evolve

from ...errors import StalePlanError
from ...planning.plan import Plan
from ...planning.world import World
from ..context import Run


def pins_of(run: Run, world: World) -> dict[str, str]:
    """Return a keyed digest of each observed version. Without a key: none, because a digest would confirm a guess."""
    key = run.shared.key or run.local.key
    if key is None:
        return {}
    return {
        uri: hmac.digest(key.plan, f"{uri}\n{version}".encode(), "sha256")[:16].hex()
        for uri, version in world.observation.versions.items()
    }


def refuse_stale(plan: Plan, present: Plan) -> None:
    """Raise StalePlanError if the manifest, a lockfile, a target or a step differs from what the plan was based on."""
    for name, digest in plan.based_on.items():
        if present.based_on.get(name) != digest:
            changed = "local lockfile" if name == "local" else name
            raise StalePlanError(f"the {changed} changed since the plan was made", hint=_HINT)
    for uri, pin in plan.pins.items():
        if present.pins.get(uri) != pin:
            raise StalePlanError("a target changed since the plan was made", target=uri, hint=_HINT)
    if plan.lane != present.lane or _bare(plan) != _bare(present):
        raise StalePlanError("the plan no longer matches what would be done", hint=_HINT)


_HINT = "make a new plan, or run secretzero sync"


def _bare(plan: Plan) -> Plan:
    return evolve(plan, based_on={}, pins={}, open_ops=(), included=())
