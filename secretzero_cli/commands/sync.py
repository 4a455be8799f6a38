"""The command that plans and applies in one run."""

import click

from secretzero import Plan, Report, RunOptions, UsageError

from ..command import Session, verb
from ..options.run import answer_run, options_of, run_options
from ..options.selection import chosen
from ..options.shared import kept
from ..person import confirm


@verb("sync", "F L V E O R D S")
@run_options("dry_run")
@click.option("--plan", "show_all", is_flag=True, help="Same as --dry-run, with every step shown.")
@kept("--no-prompt", "non_interactive", is_flag=True, help="Same as --non-interactive.")
@click.option("--prompt-nonsecrets", is_flag=True, help="Also prompt for settings without a value.")
@click.option(
    "--on-drift",
    type=click.Choice(["fail", "adopt", "overwrite"]),
    help="What to do with values that the lockfile does not record; adopt imports them.",
)
@click.option(
    "--refresh/--no-refresh", default=True, help="Read the targets, or rely on the lockfile.  [default: refresh]"
)
@click.option("--force", is_flag=True, help="Write the current values to all targets again.")
@click.option(
    "--force-target",
    "force_targets",
    metavar="TARGET",
    multiple=True,
    help="Write the current value to this target again: URI, glob or ALIAS/KIND/ID; repeatable.",
)
@click.option("--prune", is_flag=True, help="Delete values from targets that were removed from the manifest.")
@run_options("lock_timeout", "parallelism", "allow_weak", "allow_tracked", "show_input", "strict")
def sync_command(
    session: Session, *, dry_run: bool, show_all: bool, refresh: bool, force: bool, **wanted: object
) -> int:
    """Plan and apply: every secret gets a value, and every target receives it.

    First completes what an earlier run left unfinished. A second sync changes nothing.
    """
    if force and not refresh:
        raise UsageError("--force and --no-refresh cannot be combined")
    options = options_of(session, rewrite=force, **wanted)
    strict = options.strict
    session.note_problems(show=strict)
    if not (dry_run or show_all):
        _confirm_losses(session, options)
    report: Report = session.engine.sync(
        only=chosen(session), dry_run=dry_run or show_all, refresh=refresh, options=options
    )
    return answer_run(session, report, strict=strict, every=show_all)


def _confirm_losses(session: Session, options: RunOptions) -> None:
    """Confirm before unrecorded values are overwritten, or anything is deleted."""
    if options.on_drift != "overwrite" and not options.prune:
        return
    plan: Plan = session.engine.plan(only=chosen(session), options=options)
    lost = [t.uri for step in plan.steps for t in step.targets if _loses(t.action, t.verdict)]
    if lost:
        for uri in lost:
            session.note(f"would be lost: the value at {uri}")
        confirm(session.preferences, "Overwrite or delete these values?")


def _loses(action: str, verdict: str) -> bool:
    return action == "delete" or (action in {"write", "copy", "restore"} and verdict in {"changed", "foreign"})
