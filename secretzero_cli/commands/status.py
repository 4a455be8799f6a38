"""The command that shows the state of every secret, from the lockfile alone."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from ..command import Session, verb
from ..output.tables import columns, table, visible
from ..project.status import Known, status_of

if TYPE_CHECKING:
    from ..output import documents


@verb("status", "F L v w E O D")
@click.option("--detailed", is_flag=True, help="Show a line for each target.")
def status_command(session: Session, *, detailed: bool) -> int:
    """Show sync state, due rotations and pending operations, from the lockfile. Does not read targets."""
    session.note_problems(show=False)
    known, plan = Known(session.engine), session.engine.plan(refresh=False)
    secrets = session.manifest.secrets
    steps = {step.secret: step for step in plan.steps}
    found = [status_of(secret, known.entry(secret), steps.get(secret.name)) for secret in secrets]
    pending = plan.changes or bool(plan.open_ops)

    synced = sum(secret["status"] == "synced" for secret in found)

    def document() -> "documents.StatusDocument":
        return {
            "secrets": found,
            "total": len(found),
            "synced": synced,
            "lockfile": session.manifest.lockfile,
            "lockfile_exists": os.path.exists(session.manifest.lockfile),
            "secretfile": {"path": session.manifest.path, "changed": pending},
            "journal": {"open": len(plan.open_ops)},
            "provider_identity": None,
            "sync_readiness": None,
        }

    def text() -> list[str]:
        said = _status_lines(session, found, plan.open_ops, detailed=detailed or session.preferences.verbose)
        return [*said, f"{synced} of {len(found)} synced."]

    following = "sync" if pending else ""
    return session.answer(text, document, session.pending(changes=pending), following=following)


def _status_lines(
    session: Session, found: "Sequence[documents.SecretStatus]", opened: tuple[str, ...], *, detailed: bool
) -> list[str]:
    """Return what needs attention, and a line for each secret."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    late = [secret["name"] for secret in found if secret["due_at"] and secret["due_at"] <= now]
    said = [f"unfinished: {', '.join(map(visible, opened))}"] if opened else []
    said += [f"overdue: {', '.join(map(visible, late))}"] if late else []
    rows = [
        (s["status"].replace("_", " "), s["name"], s["kind"], f"due {s['due_at']}" if s["due_at"] else "")
        for s in found
    ]
    if detailed:
        return [*said, *(line for row, secret in zip(rows, found, strict=True) for line in _with_targets(row, secret))]
    return [*said, *table(session.preferences, rows, ("status", "name", "kind", ""))]


def _with_targets(row: tuple[str, ...], secret: "documents.SecretStatus") -> list[str]:
    since = f"since {secret['updated_at']}" if secret["updated_at"] else "never"
    rotated = f"rotated {secret['rotation_count']} times" if secret["rotation_count"] else "never rotated"
    return [*columns([(*row, since, rotated)]), *(f"  {uri}" for uri in secret["targets"])]
