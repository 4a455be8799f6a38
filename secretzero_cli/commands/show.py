"""The command that shows the declaration and the recorded state of secrets."""

import click
from attrs import asdict, field, frozen

from secretzero import Secret, UsageError
from secretzero.shell import OPTIONAL, Confirmed, Entry, Moment

from ..command import verb
from ..exits import OK
from ..options.shared import completed
from ..output.status import SecretStatus, State
from ..output.tables import columns
from ..project.status import Known, states_of, status_of
from ..session import Session


@frozen
class ShownGeneration:
    """One value that a secret had."""

    n: int
    at: Moment
    origin: str
    reason: str
    current: bool
    withdrawn: bool


@frozen
class ShownTarget:
    """The last write to one target."""

    target: str
    at: Moment
    confirmed: Confirmed
    current: bool
    removed_at: Moment | None


@frozen
class ShownSecret(SecretStatus):
    """The declaration and the state of one secret; generations and target records only with details."""

    description: str | None
    local: bool
    fields: tuple[str, ...]
    generation: int | None
    origin: str | None
    bits: int | None
    pending: bool
    generations: tuple[ShownGeneration, ...] | None = field(default=None, metadata=OPTIONAL)
    target_records: tuple[ShownTarget, ...] | None = field(default=None, metadata=OPTIONAL)


@frozen
class ShowDocument:
    """The declaration and the state of secrets, without their values."""

    secrets: tuple[ShownSecret, ...]
    total: int


@verb("show", "F L V E O")
@click.argument("secret", required=False, metavar="[SECRET]", shell_complete=completed("secrets"))
@click.option("-d", "--detailed", is_flag=True, help="Also show generations and target records.")
def show_command(session: Session, *, secret: str | None, detailed: bool) -> int:
    """Show the declaration and the recorded state of one secret (NAME or NAME.FIELD), or of all; never a value."""
    session.note_problems(show=False)
    manifest = session.manifest
    chosen = (_named(session, secret),) if secret else manifest.secrets
    known, plan = (
        Known(session.engine),
        session.engine.plan(only=[one.name for one in chosen] if secret else (), refresh=False),
    )
    states = states_of(known, plan, chosen)
    found = tuple(_shown(one, known.entry(one), states[one.name], detailed=detailed) for one in chosen)
    document = ShowDocument(found, len(found))
    return session.answer(lambda: [line for one in found for line in _text(one)], lambda: document, OK)


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


def _shown(secret: Secret, entry: Entry | None, state: State, *, detailed: bool) -> ShownSecret:
    now = entry.now if entry else None
    return ShownSecret(
        **asdict(status_of(secret, entry, state)),
        description=secret.description or None,
        local=secret.local,
        fields=tuple(field.name for field in secret.fields if field.name),
        generation=now.n if now else None,
        origin=now.origin if now else None,
        bits=now.bits if now else None,
        pending=bool(entry and entry.pending),
        generations=_generations(entry) if detailed else None,
        target_records=_records(entry) if detailed else None,
    )


def _generations(entry: Entry | None) -> tuple[ShownGeneration, ...]:
    made = sorted(entry.generations.items(), key=lambda pair: -pair[1].n) if entry else []
    return tuple(
        ShownGeneration(
            n=g.n,
            at=g.at,
            origin=g.origin,
            reason=g.reason,
            current=entry is not None and op == entry.current,
            withdrawn=g.withdrawn,
        )
        for op, g in made
    )


def _records(entry: Entry | None) -> tuple[ShownTarget, ...]:
    if entry is None:
        return ()
    return tuple(
        ShownTarget(
            target=uri,
            at=record.at,
            confirmed=record.confirmed,
            current=record.op == entry.current,
            removed_at=record.removed_at or None,
        )
        for uri, record in entry.targets.items()
    )


_FACTS = (
    "kind",
    "status",
    "description",
    "generation",
    "origin",
    "bits",
    "created_at",
    "updated_at",
    "last_rotated",
    "rotation_period",
    "due_at",
)


def _text(secret: ShownSecret) -> list[str]:
    facts = [(name.replace("_", " "), str(value)) for name in _FACTS if (value := getattr(secret, name)) is not None]
    targets = [("target", uri) for uri in secret.targets]
    generations = [
        (f"generation {g.n}", f"{g.at}  {g.origin}  {g.reason}{'  withdrawn' if g.withdrawn else ''}")
        for g in secret.generations or ()
    ]
    return [secret.name, *columns([*facts, *targets, *generations], indent="  ")]
