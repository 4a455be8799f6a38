"""The command that prints completion scripts."""

from typing import TYPE_CHECKING

import click

from ..command import Session, verb
from ..output.streams import write

if TYPE_CHECKING:
    pass


@verb("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish", "powershell"]))
def completion_command(session: Session, *, shell: str) -> None:  # noqa: ARG001 - it needs nothing of the project
    """Print a completion script for a shell: source it, or save it where your shell looks for completions."""
    from ..completion import script

    write(script(shell))
