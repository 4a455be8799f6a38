"""The command that compares every target with the lockfile."""

import os
from typing import TYPE_CHECKING

import click

from secretzero import LockfileError

from ..command import Session, verb
from ..exits import DRIFT, OK
from ..options.selection import chosen
from ..options.shared import completed
from ..output.text import drift_lines

if TYPE_CHECKING:
    from ..output.documents import DriftDocument, DriftResult


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
    drifted = any(drift.drifted for drift in found)
    failed = drifted or (strict and any(drift.verdict == "cannot tell" for drift in found))

    def document() -> "DriftDocument":
        results: list[DriftResult] = [
            {
                "secret_name": drift.secret,
                "target": drift.target,
                "verdict": drift.verdict,
                "has_drift": drift.drifted,
                "message": drift.message,
                "evidence": drift.evidence,
            }
            for drift in found
        ]
        return {"drift_detected": drifted, "results": results}

    return session.answer(
        lambda: drift_lines(found, every=session.preferences.verbose),
        document,
        session.pending(changes=True) or DRIFT if failed else OK,
        following="plan" if drifted else "",
    )
