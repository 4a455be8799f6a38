"""Which secrets a command works on, and where their values may go."""

import fnmatch
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from secretzero import AuthenticationError, Material, UsageError

from ..session import Session

if TYPE_CHECKING:
    from secretzero import Reading, Secret


excluding = click.option("--exclude", metavar="GLOB", multiple=True, help="Exclude these secrets; repeatable.")


def chosen(session: Session, named: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the secrets in `named` and in `--secret`, with globs expanded; empty means all.

    Raises UsageError for a glob that matches no secret.
    """
    found: dict[str, None] = {}
    for name in (*named, *session.given.only):
        matching = fnmatch.filter(session.manifest.secret_named, name) if set(name) & set("*?[") else [name]
        if not matching:
            raise UsageError(f"no secret matches {name}", hint=session.command_line("list"))
        found.update(dict.fromkeys(matching))
    return tuple(found)


def read_selected(
    session: Session, action: str, exclude: Sequence[str], *, besides: Sequence[str] = ()
) -> "dict[str, Reading]":
    """Read all secrets, or those of `--secret` and `besides`, without those that `exclude` matches.

    The audit log records it as `action`. Raises UsageError for a pattern that matches nothing.
    """
    only = chosen(session)
    names = tuple(dict.fromkeys((*only, *besides))) if only else tuple(session.manifest.secret_named)
    for pattern in exclude:
        if not any(fnmatch.fnmatchcase(name, pattern) for name in session.manifest.secret_named):
            raise UsageError(f"--exclude {pattern} matches no secret", hint=session.command_line("list"))
        names = tuple(name for name in names if not fnmatch.fnmatchcase(_owner(session, name), pattern))
    readings: dict[str, Reading] = session.engine.read(names, action=action) if names else {}
    warn_unproved(session, readings.values())
    return readings


def _owner(session: Session, name: str) -> str:
    """Return the name of the secret that ``NAME`` or ``NAME.PART`` is of."""
    secret: Secret | None = session.manifest.owner_of(name)[0]
    return secret.name if secret else name


def warn_unproved(session: Session, readings: "Iterable[Reading]") -> None:
    """Warn about values that could not be verified."""
    for reading in readings:
        if reading.notice:
            session.warn(reading.notice, code="unproved")


def hidden_texts(session: Session, readings: "Mapping[str, Reading]") -> tuple[str, ...]:
    """Return every text in these values that must be hidden."""
    from secretzero.shell import secret_texts

    found: dict[str, None] = {}
    for name, reading in readings.items():
        secret, part = session.manifest.owner_of(name)
        if secret is not None:
            found.update(dict.fromkeys(secret_texts(secret, reading.value, part)))
    return tuple(found)


def tree_of(session: Session, readings: "Mapping[str, Reading]") -> dict[str, Material]:
    """Return values under the names of their secrets; a part is in a map, as in the whole value."""
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
    """Raise AuthenticationError in agent mode, in which no value is shown."""
    if session.preferences.agent_mode:
        raise AuthenticationError(
            f"{what} is not allowed in agent mode", hint="a person can allow it with SECRETZERO_AGENT=0"
        )


def guard_values(session: Session, path: str, *, allow_tracked: bool) -> None:
    """Refuse a path that values must not be written to; warn if git does not ignore it."""
    from secretzero.shell import guard_file

    from ..project.protected_files import refuse_protected

    if os.path.lexists(path) and not os.path.isfile(path):
        raise UsageError(f"not a regular file: {path}")
    refuse_protected(path, session.manifest, session.environ)
    if notice := guard_file(path, allow_tracked=allow_tracked):
        session.warn(notice, code="not_ignored")
