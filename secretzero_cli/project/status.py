"""The state of secrets as the lockfile records it, without any value."""

from typing import TYPE_CHECKING

from secretzero import Secret, Step
from secretzero.shell import Entry, due_at

if TYPE_CHECKING:
    from secretzero import Engine

    from ..output.documents import SecretStatus


class Known:
    """The current lockfiles of a project, looked up by secret."""

    def __init__(self, engine: "Engine") -> None:
        self.shared, self.local = engine.lockfile, engine.local_lockfile

    def entry(self, secret: Secret) -> Entry | None:
        """Return the entry of a secret, under its name or its former name."""
        entries = (self.local if secret.local else self.shared).secrets
        return entries.get(secret.name) or (entries.get(secret.formerly) if secret.formerly else None)


def due_text(secret: Secret, entry: Entry | None) -> str | None:
    """Return when a secret is due for rotation; None if it never is."""
    due = due_at(secret, entry)
    return due.strftime("%Y-%m-%dT%H:%M:%SZ") if due else None


def status_of(secret: Secret, entry: Entry | None, step: Step | None) -> "SecretStatus":
    """Return what `status` and `show` print for a secret; its state is from the lockfile and the planned step alone."""
    period = secret.rotation.period
    pending = (step is not None and (step.changes or step.action == "block")) or bool(entry and entry.pending)
    return {
        "name": secret.name,
        "kind": secret.kind,
        "one_time": secret.one_time,
        "rotation_period": f"{period.total_seconds() / 86400:g}d" if period else None,
        "status": "not_synced" if not (entry and entry.current) else "pending" if pending else "synced",
        "due_at": due_text(secret, entry),
        "targets": [target.uri for target in secret.targets],
        "created_at": entry.created_at if entry else None,
        "updated_at": entry.now.at if entry and entry.now else None,
        "last_rotated": (entry.rotated_at or None) if entry else None,
        "rotation_count": entry.rotation_count if entry else 0,
    }
