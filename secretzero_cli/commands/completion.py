"""The command that prints a completion script."""

import click

from ..command import verb
from ..completion import SHELLS, script
from ..exits import OK
from ..output.streams import write
from ..session import Session


@verb("completion")
@click.argument("shell", type=click.Choice(SHELLS))
def completion_command(session: Session, *, shell: str) -> int:  # noqa: ARG001 - it needs nothing of the project
    """Print a completion script for a shell: source it, or save it where your shell looks for completions."""
    write(script(shell))
    return OK
