"""The highest generation of each secret that this machine has seen committed: how a rolled-back lockfile is found."""

import json
import os
from collections.abc import Mapping
from typing import NamedTuple

from ...files import Disk, translate
from ...lockfile.model import Entry, Lockfile
from ..context import Run
from .lockfile import Ledger


class Mark(NamedTuple):
    """How far one secret had come: the count and op of its generation, and the name that it had then."""

    n: int
    op: str
    name: str


def _path(run: Run, ledger: Ledger) -> str:
    return os.path.join(run.folder, "seen.local" if ledger.local else "seen")


def seen_paths(run: Run) -> tuple[str, str]:
    """Return the two files that hold what was seen, of the shared and of the local lockfile."""
    return _path(run, run.shared), _path(run, run.local)


def read_seen(run: Run, ledger: Ledger) -> Mapping[str, Mark]:
    """Return how far each secret id had come; a file that is damaged, unreadable or another project's says nothing."""
    return seen_at(run.disk, _path(run, ledger), ledger.lockfile.project)


def seen_at(disk: Disk, path: str, project: str) -> Mapping[str, Mark]:
    """Read one such file."""
    try:
        content = disk.read(path)
        told = json.loads(content) if content is not None else {}
        if told.get("project") != project:
            return {}
        return {identity: Mark(int(n), str(op), str(name)) for identity, (n, op, name) in told["secrets"].items()}
    except (OSError, ValueError, TypeError, AttributeError, KeyError):
        return {}


def write_seen(run: Run, ledger: Ledger, *, dropped: frozenset[str] = frozenset()) -> None:
    """Write down what the lockfile says now, never less than before; a machine without room only loses the warning.

    `dropped` are ids that this run took out of the lockfile on purpose.
    """
    known = {identity: mark for identity, mark in read_seen(run, ledger).items() if identity not in dropped}
    for name, entry in ledger.lockfile.secrets.items():
        if entry.now and entry.now.n >= known.get(entry.id, _NEVER).n:
            known[entry.id] = Mark(entry.now.n, entry.current, name)
    told = {"project": ledger.lockfile.project, "secrets": dict(sorted(known.items()))}
    content = json.dumps(told, separators=(",", ":")).encode() + b"\n"
    path = _path(run, ledger)
    try:
        if run.disk.read(path) != content:
            run.disk.make_folder(os.path.dirname(path))
            run.disk.replace(path, content)
            run.disk.sync(os.path.dirname(path))
    except OSError as error:
        run.notices.append(translate(error, path).message)


_NEVER = Mark(0, "", "")


def rolled_back(lockfile: Lockfile, seen: Mapping[str, Mark]) -> dict[str, str]:
    """Return the secrets whose entry knows less than this machine has seen, each with what is missing."""
    by_id = {entry.id: (name, entry) for name, entry in lockfile.secrets.items()}
    found = {}
    for identity, mark in seen.items():
        name, entry = by_id.get(identity, (mark.name, None))
        if entry is None or _knows_less(entry, mark):
            known = f"knows {entry.highest}" if entry else "does not know this secret"
            found[name] = f"this machine has seen generation {mark.n}, the lockfile {known}"
    return found


def _knows_less(entry: Entry, mark: Mark) -> bool:
    """Tell whether an entry never heard of what was seen; one that was begun anew since then owes it nothing."""
    if mark.op in entry.generations or entry.highest > mark.n:
        return False
    return not entry.generations or min(entry.generations) < mark.op
