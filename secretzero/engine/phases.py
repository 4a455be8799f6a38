"""The phases of one run that follow recovery: observe and decide, carry out."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from attrs import evolve

from ..errors import StalePlanError
from .observe.world import Looker

if TYPE_CHECKING:
    from ..planning.plan import Plan
    from ..planning.world import Wishes, World
    from .apply.transaction import Transaction
    from .context import Run
    from .recovery import Recovered
    from .report import Report

_STALE = "make a new plan, or run secretzero sync"


def observe_and_decide(run: Run, recovered: Recovered, wishes: Wishes, *, refresh: bool = True) -> tuple[Plan, World]:
    """Return the plan for these wishes, and the world that it was decided from."""
    from ..planning.decide import decide

    world = Looker(run, recovered).world(wishes, refresh=refresh)
    plan = decide(run.manifest, world)
    based_on = {"manifest": run.manifest.digest, "lockfile": run.shared.digest, "local": run.local.digest}
    return evolve(plan, based_on=based_on, pins=_pins_of(run, world)), world


def _pins_of(run: Run, world: World) -> dict[str, str]:
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
            raise StalePlanError(f"the {changed} changed since the plan was made", hint=_STALE)
    for uri, pin in plan.pins.items():
        if present.pins.get(uri) != pin:
            raise StalePlanError("a target changed since the plan was made", target=uri, hint=_STALE)
    if plan.lane != present.lane or _bare(plan) != _bare(present):
        raise StalePlanError("the plan no longer matches what would be done", hint=_STALE)


def _bare(plan: Plan) -> Plan:
    return evolve(plan, based_on={}, pins={}, open_ops=(), included=())


def report_of_dry_run(run: Run, plan: Plan) -> Report:
    """Return the report of a run that only planned."""
    from .report import Report, planned_outcome

    return Report(
        plan,
        tuple(map(planned_outcome, plan.steps)),
        dry_run=True,
        notices=tuple(run.notices),
        lockfile=run.shared.path,
    )


def carry_out(
    run: Run, recovered: Recovered, plan: Plan, world: World, transaction: type[Transaction] | None = None
) -> Report:
    """Do what a plan says and report it; `transaction` stands in for the one of the sync protocol."""
    from .apply.transaction import Transaction
    from .report import Report

    run.founder.refuse_two_projects(run.shared)
    for step in plan.steps:  # The journal names the project of each lockfile that will be written from the start.
        secret = run.manifest.secret_named.get(step.secret)
        if secret and secret.local == step.local and step.changes and step.action != "block":
            run.founder.found(run.ledger(secret))
    journal = run.journal()
    if run.disk.stamp(run.journal_path) is not None:
        journal.load()
    outcomes = (transaction or Transaction)(run, journal, recovered.journalled, world.observation).carry_out(plan)
    return Report(
        plan,
        tuple(outcomes),
        partial=bool(journal.open_ops),
        recovered=tuple(sorted(recovered.open_ops)),
        withdrawn=recovered.withdrawn,
        notices=tuple(run.notices),
        lockfile=run.shared.path,
    )
