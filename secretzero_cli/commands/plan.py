"""The command that makes, shows and saves a plan."""

from typing import TYPE_CHECKING

import click

from ..command import Session, verb
from ..exits import exit_code_of, worst
from ..options.run import note_included
from ..options.selection import chosen
from ..output.streams import write_file
from ..output.text import plan_lines
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
