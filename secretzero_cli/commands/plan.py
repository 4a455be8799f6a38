"""The command that shows what would change."""

import click

from secretzero import Plan

from ..command import verb
from ..exits import exit_code_of, worst
from ..options.run import note_included
from ..options.selection import chosen
from ..output.streams import write_file
from ..project.protected_files import refuse_protected
from ..session import Session


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
    from secretzero.shell import blocked_error

    from ..output import text as lines

    if out:
        refuse_protected(out, session.manifest, session.environ)
    session.note_problems()
    made = session.engine.plan(only=chosen(session), rotate=rotate, refresh=refresh)
    note_included(session, made)
    if out:
        _save(session, made, out)
    session.errors += [blocked_error(step) for step in made.blocked]
    code = worst({exit_code_of(error) for error in session.errors}) or session.pending(changes=made.changes)
    following = f"apply {out}" if out else "rotate" if rotate else "sync"

    def text() -> list[str]:
        said = lines.plan_lines(made, every=session.preferences.verbose)
        return [*said, f"Next: {session.command_line(following)}"] if made.changes else said

    def document() -> object:
        from ..output.documents import PlanDocument

        return PlanDocument.of(made)

    return session.answer(text, document, code)


def _save(session: Session, made: Plan, out: str) -> None:
    from secretzero.shell import save_plan

    write_file(out, save_plan(session.engine, made).encode())
    session.note(f"saved to {out}")
