"""The command that shows the declaration and the recorded state of secrets."""

from typing import TYPE_CHECKING

import click

from secretzero import Secret, Step, UsageError
from secretzero.shell import Entry, find_secret

from ..command import Session, verb
from ..options.shared import completed
from ..output.tables import columns
from ..project.status import Known, status_of

if TYPE_CHECKING:
    from ..output import documents


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
    """Return the secret of ``NAME`` or ``NAME.FIELD``. Raises UsageError."""
    secret, field = find_secret(session.manifest, name)
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
    known = {**secret, "status": secret["status"].replace("_", " ")}
    facts = [(name.replace("_", " "), str(known[name])) for name in _FACTS if known[name] is not None]
    facts += [("target", uri) for uri in secret["targets"]]
    for made in secret.get("generations", ()):
        withdrawn = "  withdrawn" if made["withdrawn"] else ""
        facts.append((f"generation {made['n']}", f"{made['at']}  {made['origin']}  {made['reason']}{withdrawn}"))
    return [secret["name"], *columns(facts, indent="  ")]
