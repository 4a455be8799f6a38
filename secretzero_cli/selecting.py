"""Which secrets a command reads: those that are named, without those that are left out."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from secretzero import AuthenticationError, Material, Reading, Secret, UsageError, secret_texts

from .session import Session


def selected(session: Session, exclude: Sequence[str], *, besides: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the names to read: all, or those of `--secret` and `besides`, without those that `exclude` matches.

    Raises UsageError for a pattern that matches nothing.
    """
    only = session.only
    names = tuple(dict.fromkeys((*only, *besides))) if only else tuple(session.manifest.secret_named)
    for pattern in exclude:
        kept = tuple(name for name in names if not fnmatchcase(name, pattern))
        if len(kept) == len(names) and not _declared(session, pattern):
            raise UsageError(f"--exclude {pattern} matches no secret", hint=session.command_line("list"))
        names = kept
    return names


def _declared(session: Session, pattern: str) -> bool:
    return any(fnmatchcase(name, pattern) for name in session.manifest.secret_named)


def told(session: Session, readings: Mapping[str, Reading]) -> None:
    """Say which values could not be proved."""
    for reading in readings.values():
        if reading.notice:
            session.warn(reading.notice, code="unproved")


def hidden_texts(session: Session, readings: Mapping[str, Reading]) -> tuple[str, ...]:
    """Return every text among these values that nobody may see."""
    found: dict[str, None] = {}
    for name, reading in readings.items():
        secret, part = session.manifest.owner_of(name)
        if secret is not None:
            found.update(dict.fromkeys(secret_texts(secret, reading.value, part)))
    return tuple(found)


def tree_of(session: Session, readings: Mapping[str, Reading]) -> dict[str, Material]:
    """Return values under the names of their secrets; a part stands in a map, as it does in the whole."""
    tree: dict[str, Material] = {}
    for name, reading in readings.items():
        secret, part = session.manifest.owner_of(name)
        owner = secret.name if secret else name
        value = reading.value.reveal()
        if part:
            whole = tree.setdefault(owner, {})
            if isinstance(whole, dict):
                whole.setdefault(part, value)
        else:
            tree[owner] = value
    return tree


def refuse_agent(session: Session, what: str) -> None:
    """Raise AuthenticationError in agent mode: values are for people."""
    if session.agent_mode:
        raise AuthenticationError(f"{what} is refused in agent mode", hint="a person may do it: SECRETZERO_AGENT=0")


def secret_named(session: Session, name: str) -> Secret | None:
    """Return the secret that ``NAME`` or ``NAME.PART`` means."""
    secret: Secret | None = session.manifest.owner_of(name)[0]
    return secret
