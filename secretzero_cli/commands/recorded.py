"""The commands that show what the manifest declares of secrets and the lockfile records; neither reads targets."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from secretzero import Secret, Step, UsageError
from secretzero.shell import Entry

from ..command import Session, verb
from ..options.shared import completed
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
    rows = [(s["status"], s["name"], s["kind"], f"due {s['due_at']}" if s["due_at"] else "") for s in found]
    if detailed:
        return [*said, *(line for row, secret in zip(rows, found, strict=True) for line in _with_targets(row, secret))]
    return [*said, *table(session.preferences, rows, ("status", "name", "kind", ""))]


def _with_targets(row: tuple[str, ...], secret: "documents.SecretStatus") -> list[str]:
    since = f"since {secret['updated_at']}" if secret["updated_at"] else "never"
    rotated = f"rotated {secret['rotation_count']} times" if secret["rotation_count"] else "never rotated"
    return [*columns([(*row, since, rotated)]), *(f"  {uri}" for uri in secret["targets"])]


@verb("show", "F L V E O")
@click.argument("secret", required=False, metavar="[SECRET]", shell_complete=completed("secrets"))
@click.option("-d", "--detailed", is_flag=True, help="Also show generations and target records.")
def show_command(session: Session, *, secret: str | None, detailed: bool) -> int:
    """Show the declaration and the recorded state of one secret (NAME or NAME.FIELD), or of all; never a value."""
    session.note_problems(show=False)
    chosen = (_named(session, secret),) if secret else session.manifest.secrets
    known = Known(session.engine)
    plan = session.engine.plan(only=[one.name for one in chosen] if secret else (), refresh=False)
    steps = {step.secret: step for step in plan.steps}
    found = [_shown(one, known.entry(one), steps.get(one.name), detailed=detailed) for one in chosen]
    document: documents.ShowDocument = {"secrets": found, "total": len(found)}
    return session.answer(lambda: [line for one in found for line in _text(one)], lambda: document)


def _named(session: Session, name: str) -> Secret:
    """Return the secret of ``NAME`` or ``NAME.FIELD``. Raises UsageError with a suggestion."""
    secret, field = session.manifest.owner_of(name)
    if secret is None:
        from difflib import get_close_matches

        near = get_close_matches(name, session.manifest.secret_named, 1)
        raise UsageError(f"no such secret: {name}", hint=f"did you mean {near[0]}?" if near else "")
    if field and secret.template and field.partition(".")[0] not in {f.name for f in secret.fields}:
        raise UsageError(f"{secret.name} has no field {field}")
    return secret


def _shown(secret: Secret, entry: Entry | None, step: Step | None, *, detailed: bool) -> "documents.ShownSecret":
    now = entry.now if entry else None
    details: documents.ShownDetails = {}
    if detailed:
        details = {
            "generations": _generations(entry) if entry else [],
            "target_records": _records(entry) if entry else [],
        }
    return {
        **status_of(secret, entry, step),
        "description": secret.description or None,
        "local": secret.local,
        "fields": [field.name for field in secret.fields if field.name],
        "generation": now.n if now else None,
        "origin": now.origin if now else None,
        "bits": now.bits if now else None,
        "pending": bool(entry and entry.pending),
        **details,
    }


def _generations(entry: Entry) -> "list[documents.ShownGeneration]":
    return [
        {
            "n": generation.n,
            "at": generation.at,
            "origin": generation.origin,
            "reason": generation.reason,
            "current": op == entry.current,
            "withdrawn": generation.withdrawn,
        }
        for op, generation in sorted(entry.generations.items(), key=lambda pair: -pair[1].n)
    ]


def _records(entry: Entry) -> "list[documents.ShownTarget]":
    return [
        {
            "target": uri,
            "at": record.at,
            "confirmed": record.confirmed,
            "current": record.op == entry.current,
            "removed_at": record.removed_at or None,
        }
        for uri, record in entry.targets.items()
    ]


_FACTS = (
    "kind status description generation origin bits created_at updated_at last_rotated rotation_period due_at".split()
)


def _text(secret: "documents.ShownSecret") -> list[str]:
    known = dict(secret)
    facts = [(name.replace("_", " "), str(known[name])) for name in _FACTS if known[name] is not None]
    facts += [("target", uri) for uri in secret["targets"]]
    for made in secret.get("generations", ()):
        withdrawn = "  withdrawn" if made["withdrawn"] else ""
        facts.append((f"generation {made['n']}", f"{made['at']}  {made['origin']}  {made['reason']}{withdrawn}"))
    return [secret["name"], *columns(facts, indent="  ")]
