"""The command that applies a plan."""

from typing import TYPE_CHECKING

import click

from secretzero import ConfigurationError, Plan, Report, RunOptions

from ..command import Session, verb
from ..options.run import answer_run, options_of, run_options
from ..output.streams import os_errors
from ..output.text import plan_lines
from ..person import confirm

if TYPE_CHECKING:
    pass


@verb("apply", "F L V E O R")
@click.argument("planfile", required=False, metavar="[PLANFILE]", type=click.Path(dir_okay=False))
@run_options("lock_timeout", "parallelism", "allow_weak", "allow_tracked", "show_input")
def apply_command(session: Session, *, planfile: str | None, **chosen: object) -> int:
    """Apply a plan exactly as it was saved, or change nothing if anything has changed since.

    Without PLANFILE, a plan is made, shown and applied after confirmation.
    """
    session.note_problems(show=False)
    options = options_of(session, **chosen)
    if planfile is not None:
        with os_errors(f"cannot read {planfile}", ConfigurationError), open(planfile, "rb") as file:
            content = file.read()
        from secretzero.shell import load_plan

        plan = load_plan(session.engine, content, planfile)
        return answer_run(session, session.engine.apply(plan, options=options))
    return answer_run(session, _confirmed(session, options))


def _confirmed(session: Session, options: RunOptions) -> Report:
    """Make a plan, show it, and apply it after confirmation; a plan without changes is not confirmed."""
    plan: Plan = session.engine.plan(options=options)
    if plan.changes:
        session.show(plan_lines(plan, every=session.preferences.verbose))
        confirm(session.preferences, "Apply this plan?")
    return session.engine.apply(plan, options=options)
