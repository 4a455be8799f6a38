"""What a plan was decided from, pinned by digests, so that a plan of yesterday is not carried out today."""

import hmac

from attrs import evolve

from ...errors import StalePlanError
from ...planning.plan import Plan
from ...planning.world import World
from ..context import Run


def pins_of(run: Run, world: World) -> dict[str, str]:
    """Return a keyed digest of each version that was seen; without a key there is none, since it would tell a guess."""
    key = run.shared.key or run.local.key
    if key is None:
        return {}
    return {
        uri: hmac.digest(key.plan, f"{uri}\n{version}".encode(), "sha256")[:16].hex()
        for uri, version in world.observation.versions.items()
    }


def refuse_stale(plan: Plan, present: Plan) -> None:
    """Raise StalePlanError unless the manifest, the lockfiles, the targets and so the steps are those of the plan."""
    for name, digest in plan.based_on.items():
        if present.based_on.get(name) != digest:
            raise StalePlanError(f"the {name} changed since the plan was made", hint=_HINT)
    for uri, pin in plan.pins.items():
        if present.pins.get(uri) != pin:
            raise StalePlanError("a target changed since the plan was made", target=uri, hint=_HINT)
    if plan.lane != present.lane or _bare(plan) != _bare(present):
        raise StalePlanError("what would be done is no longer what the plan says", hint=_HINT)


_HINT = "make a new plan, or run secretzero sync"


def _bare(plan: Plan) -> Plan:
    return evolve(plan, based_on={}, pins={}, open_ops=(), included=())
