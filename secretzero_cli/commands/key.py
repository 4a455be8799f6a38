"""The commands that show, export and import the project key."""

import sys

import click

from secretzero import KeyState, NoValueError, SecretValue, UsageError
from secretzero.shell import export_key, import_key, key_state

from ..command import Session, verb
from ..options.selection import guard_values, refuse_agent
from ..options.shared import CONTEXT
from ..output.streams import write_file, write_value
from ..output.tables import columns

_LARGEST = 1 << 12


@click.group("key", context_settings=CONTEXT)
def key_command() -> None:
    """Show, export or import the project key, which a team and CI share."""


@verb("key show", "F L E O")
def show(session: Session) -> int:
    """Show the ID and the check of the key, and whether this machine has it; never the key itself."""
    state = key_state(session.engine)
    here = "on this machine" if state.here else "not on this machine"
    rows = [("project", state.project), ("id", state.id), ("check", state.check), ("key", here)]
    return session.answer(lambda: columns(rows), lambda: _document(state))


def _document(state: KeyState) -> dict[str, object]:
    return {"project": state.project, "id": state.id, "check": state.check, "present": state.here}


@verb("key export", "F L E R", only_text=True)
@click.option("--reveal", is_flag=True, help="Print the key to stdout.")
@click.option("-o", "--output", "path", metavar="FILE", help="Write the key to this file (0600) instead.")
@click.option("--allow-tracked", is_flag=True, help="Allow writing to a file that git tracks.")
def export(session: Session, *, reveal: bool, path: str | None, allow_tracked: bool) -> None:
    """Export the key for another machine. The audit record is written first."""
    refuse_agent(session, "key export")
    if path is None and not reveal:
        raise UsageError(
            "the key is printed only with --reveal", hint="add --reveal, or write it to a file with -o FILE"
        )
    if path is not None:
        guard_values(session, path, allow_tracked=allow_tracked)
    key = export_key(session.engine).canonical()
    if path is None:
        write_value(key)
    else:
        write_file(path, key + b"\n")


@verb("key import", "F L E O R")
@click.option("--force", is_flag=True, help="Import the key even if the lockfile was made with another.")
def take(session: Session, *, force: bool) -> int:
    """Read the key of this project from stdin and store it on this machine."""
    content = sys.stdin.buffer.read(_LARGEST) if sys.stdin is not None and not sys.stdin.isatty() else b""
    if not content.strip():
        raise NoValueError("no key on stdin", hint="on a machine that has it: secretzero key export --reveal")
    state = import_key(session.engine, SecretValue(content.decode("ascii", "replace").strip()), force=force)
    text = f"Imported the key {state.id} of project {state.project}."
    return session.answer(lambda: [text], lambda: _document(state))


key_command.add_command(show, "show")
key_command.add_command(export, "export")
key_command.add_command(take, "import")
