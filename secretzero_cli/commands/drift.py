"""The command that compares every target with the lockfile."""

import os

import click

from secretzero import Drift, LockfileError

from ..command import verb
from ..exits import DRIFT, OK
from ..options.selection import chosen
from ..options.shared import completed
from ..output import text as lines
from ..session import Session


@verb("drift", "F L V E O D S")
@click.argument("secret", required=False, metavar="[SECRET]", shell_complete=completed("secrets"))
@click.option("--strict", is_flag=True, help="Treat targets that cannot be compared as drift.")
@click.option("--check", is_flag=True, hidden=True)
@click.option("--check-all", is_flag=True, hidden=True)
def drift_command(session: Session, *, secret: str | None, strict: bool, check: bool, check_all: bool) -> int:
    """Read every target and compare it with the lockfile. Changes nothing."""
    if check or check_all:
        session.warn("--check and --check-all have no effect: drift always checks")
    session.note_problems(show=False)
    manifest = session.manifest
    only = chosen(session, [secret] if secret else [])
    if not any(os.path.exists(path) for path in (manifest.lockfile, manifest.local_lockfile)):
        raise LockfileError("there is no lockfile yet", hint=session.command_line("sync"), file=manifest.lockfile)
    found = session.engine.drift(only=only)

    def text() -> list[str]:
        said = lines.drift_lines(found, every=session.preferences.verbose)
        return [*said, f"Next: {session.command_line('plan')}"] if any(d.drifted for d in found) else said

    def document() -> object:
        from ..output.documents import DriftDocument

        return DriftDocument.of(found)

    return session.answer(text, document, _code(session, found, strict=strict))


def _code(session: Session, found: tuple[Drift, ...], *, strict: bool) -> int:
    drifted = any(drift.drifted or (strict and drift.verdict == "cannot tell") for drift in found)
    return session.pending(changes=True) or DRIFT if drifted else OK
