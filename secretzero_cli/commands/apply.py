"""The command that does exactly what a plan says."""

import click

from secretzero import ConfigurationError, Plan, Report, RunOptions
from secretzero.shell import load_plan

from ..command import verb
from ..options.run import options_of, run_options, told
from ..person.prompt import confirm
from ..session import Session


@verb("apply", "F L V E O R")
@click.argument("planfile", required=False, metavar="[PLANFILE]", type=click.Path(dir_okay=False))
@run_options("lock_timeout", "parallelism", "allow_weak", "allow_tracked", "show_input")
def apply_command(session: Session, *, planfile: str | None, **chosen: object) -> int:
    """Do exactly what a plan says, or nothing at all when the world has moved since.

    Without a file a plan is made, shown and confirmed first.
    """
    session.tell_problems(aloud=False)
    options = options_of(session, **chosen)
    if planfile is not None:
        plan = load_plan(session.engine, _content(planfile), planfile)
        return told(session, session.engine.apply(plan, options=options))
    return told(session, _confirmed(session, options))


def _content(path: str) -> bytes:
    import os

    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {os.strerror(error.errno or 0)}") from error


def _confirmed(session: Session, options: RunOptions) -> Report:
    """Make a plan, show it, and carry it out once it was confirmed; a plan that changes nothing needs no word."""
    plan: Plan = session.engine.plan(options=options)
    if plan.changes:
        from ..output import text as lines

        session.tell(lines.plan_lines(plan, every=session.preferences.verbose))
        confirm(session.preferences, "Do this?")
    return session.engine.apply(plan, options=options)
