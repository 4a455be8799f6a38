"""The command that prints what a shell sources to complete this program."""

import click

from ..command import verb
from ..completion import SHELLS, script
from ..exits import OK
from ..output.streams import write
from ..session import Session


@verb("completion")
@click.argument("shell", type=click.Choice(SHELLS))
def completion_command(session: Session, *, shell: str) -> int:  # noqa: ARG001 - it needs nothing of the project
    """Print a completion script: source it, or put it where your shell looks for such."""
    write(script(shell))
    return OK
