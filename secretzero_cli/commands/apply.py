"""The command that applies a plan."""

import click

from secretzero import ConfigurationError, Plan, Report, RunOptions
from secretzero.shell import load_plan

from ..command import verb
from ..options.run import answer_run, options_of, run_options
from ..person.prompt import confirm
from ..session import Session


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
        plan = load_plan(session.engine, _content(planfile), planfile)
        return answer_run(session, session.engine.apply(plan, options=options))
    return answer_run(session, _confirmed(session, options))


def _content(path: str) -> bytes:
    import os

    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {os.strerror(error.errno or 0)}") from error


def _confirmed(session: Session, options: RunOptions) -> Report:
    """Make a plan, show it, and apply it after confirmation; a plan without changes is not confirmed."""
    plan: Plan = session.engine.plan(options=options)
    if plan.changes:
        from ..output import text as lines

        session.show(lines.plan_lines(plan, every=session.preferences.verbose))
        confirm(session.preferences, "Apply this plan?")
    return session.engine.apply(plan, options=options)
