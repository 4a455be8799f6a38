"""The phases of one run: compare the journal of an earlier one, observe and decide, carry out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from .foreign_journal import journal_to_read
from .observe.world import Looker
from .recovery import Recovered, Recovery, recover
from .state.journal import peek
from .state.locks import no_state_folder

if TYPE_CHECKING:
    from ..planning.plan import Plan
    from ..planning.world import Wishes, World
    from .apply.transaction import Transaction
    from .context import Run
    from .report import Report


def read_journal(run: Run, *, act: bool, recovery: Recovery | None = None) -> Recovered:
    """Compare what an earlier run left open with the lockfile; without the key only that there is something.

    With `act` what is over is put to an end; `recovery` stands in for `recover`.
    """
    try:
        path = journal_to_read(run, act=act)
        if not path:
            return Recovered()
        if not act and any(ledger.lockfile.key and ledger.key is None for ledger in (run.shared, run.local)):
            found = peek(run.disk.read(path))
            run.notices.append(f"an earlier run is unfinished (open operations: {len(found.ops)})")
            return Recovered()
        adopt_projects(run, path)
        journal = run.journal(path)
        journal.load()
        return (recovery or recover)(run, journal, act=act)
    except PermissionError as error:
        raise no_state_folder(run.places, error, "read") from error


def adopt_projects(run: Run, path: str) -> None:
    """Take the projects that a journal names for lockfiles that were never written."""
    ids = peek(run.disk.read(path))
    run.founder.adopt(run.shared, ids.project)
    run.founder.adopt(run.local, ids.local_project)


def observe_and_decide(run: Run, recovered: Recovered, wishes: Wishes, *, refresh: bool = True) -> tuple[Plan, World]:
    """Return the plan for these wishes, and the world that it was decided from."""
    from ..planning.decide import decide
    from .apply.stale import pins_of

    world = Looker(run, recovered).world(wishes, refresh=refresh)
    plan = decide(run.manifest, world)
    based_on = {"manifest": run.manifest.digest, "lockfile": run.shared.digest, "local": run.local.digest}
    return evolve(plan, based_on=based_on, pins=pins_of(run, world)), world


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
    _found_projects(run, plan)
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


def _found_projects(run: Run, plan: Plan) -> None:
    """Give each lockfile that a plan will write its project, so that the journal can name it from the start."""
    for step in plan.steps:
        secret = run.manifest.secret_named.get(step.secret)
        if secret and secret.local == step.local and step.changes and step.action != "block":
            run.founder.found(run.ledger(secret))
