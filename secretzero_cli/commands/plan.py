"""The commands that make, show, save and apply plans."""

from typing import TYPE_CHECKING

import click

from secretzero import ConfigurationError, Plan, Report, RunOptions

from ..command import Session, verb
from ..exits import exit_code_of, worst
from ..options.run import answer_run, note_included, options_of, run_options
from ..options.selection import chosen
from ..output.streams import os_errors, write_file
from ..output.text import plan_lines
from ..person import confirm
from ..project.protected_files import refuse_protected

if TYPE_CHECKING:
    from ..output.documents import PlanDocument


@verb("plan", "F L V E O D S")
@click.option("--rotate", is_flag=True, help="Include due rotations.")
@click.option(
    "--refresh/--no-refresh", default=True, help="Read the targets, or rely on the lockfile.  [default: refresh]"
)
@click.option("--out", metavar="FILE", type=click.Path(dir_okay=False), help="Save the plan for: apply FILE.")
def plan_command(session: Session, *, rotate: bool, refresh: bool, out: str | None) -> int:
    """Show what would change, and why, compared with what the targets hold.

    Changes nothing, generates nothing and never prompts. With --out the plan is saved, without any value.
    """
    from secretzero.shell import blocked_error, save_plan

    if out:
        refuse_protected(out, session.manifest, session.environ)
    session.note_problems()
    made = session.engine.plan(only=chosen(session), rotate=rotate, refresh=refresh)
    note_included(session, made)
    if out:
        write_file(out, save_plan(session.engine, made).encode())
        session.note(f"saved to {out}")
    session.errors += [blocked_error(step) for step in made.blocked]
    code = worst({exit_code_of(error) for error in session.errors}) or session.pending(changes=made.changes)
    following = f"apply {out}" if out else "rotate" if rotate else "sync"

    def document() -> "PlanDocument":
        from ..output.documents import plan_document

        return plan_document(made)

    return session.answer(
        lambda: plan_lines(made, every=session.preferences.verbose),
        document,
        code,
        following=following if made.changes else "",
    )


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
