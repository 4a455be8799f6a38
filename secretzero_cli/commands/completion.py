"""The command that prints a completion script."""

import click

from ..command import Session, verb
from ..completion import SHELLS, script
from ..output.streams import write


@verb("completion")
@click.argument("shell", type=click.Choice(SHELLS))
def completion_command(session: Session, *, shell: str) -> None:  # noqa: ARG001 - it needs nothing of the project
    """Print a completion script for a shell: source it, or save it where your shell looks for completions."""
    write(script(shell))
