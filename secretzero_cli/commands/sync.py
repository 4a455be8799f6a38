"""The command that brings every secret to its targets."""

import click

from secretzero import Plan, Report, RunOptions

from ..command import verb
from ..options.run import options_of, refuse_both, run_options, told
from ..options.selection import chosen
from ..options.shared import keep
from ..person.prompt import confirm
from ..session import Session


@verb("sync", "F L V E O R D S")
@run_options("dry_run")
@click.option("--plan", "show_all", is_flag=True, help="The same as --dry-run, with every step shown.")
@click.option(
    "--no-prompt",
    "non_interactive",
    is_flag=True,
    expose_value=False,
    callback=keep,
    help="The same as --non-interactive.",
)
@click.option("--prompt-nonsecrets", is_flag=True, help="Also ask for settings that no source has.")
@click.option("--on-drift", type=click.Choice(["fail", "adopt", "overwrite"]), help="What to do with strange values.")
@click.option("--refresh/--no-refresh", default=True, help="Ask the targets, or believe the lockfile.")
@click.option("--force", is_flag=True, help="Write the present values to all targets again.")
@click.option(
    "--force-target",
    "force_targets",
    metavar="TARGET",
    multiple=True,
    help="The same for one: URI, glob or ALIAS/KIND/ID.",
)
@click.option("--prune", is_flag=True, help="Also delete from targets that left the manifest.")
@run_options("lock_timeout", "parallelism", "allow_weak", "allow_tracked", "show_input", "strict")
def sync_command(
    session: Session, *, dry_run: bool, show_all: bool, refresh: bool, force: bool, **wanted: object
) -> int:
    """Plan, then apply: every secret gets its value, and every target gets it.

    What an earlier run left unfinished is finished first. A second sync changes nothing.
    """
    refuse_both(force, not refresh, "--force and --no-refresh")
    options = options_of(session, rewrite=force, **wanted)
    strict = options.strict
    session.tell_problems(aloud=strict)
    if not (dry_run or show_all):
        _confirm_losses(session, options)
    report: Report = session.engine.sync(
        only=chosen(session), dry_run=dry_run or show_all, refresh=refresh, options=options
    )
    return told(session, report, strict=strict, every=show_all)


def _confirm_losses(session: Session, options: RunOptions) -> None:
    """Ask before values that are not ours are overwritten, or anything is deleted."""
    if options.on_drift != "overwrite" and not options.prune:
        return
    plan: Plan = session.engine.plan(only=chosen(session), options=options)
    lost = [
        t.uri for step in plan.steps for t in step.targets if t.action == "delete" or _overwrites(t.action, t.verdict)
    ]
    if lost:
        for uri in lost:
            session.note(f"would be lost: what stands at {uri}")
        confirm(session.preferences, "Overwrite or delete these?")


def _overwrites(action: str, verdict: str) -> bool:
    return action in {"write", "copy", "restore"} and verdict in {"changed", "foreign"}
