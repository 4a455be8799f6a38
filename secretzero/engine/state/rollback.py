"""The highest generation of each secret that this machine has seen committed: how a rolled-back lockfile is found."""

import json
import os
from collections.abc import Mapping
from typing import NamedTuple

from ...files import Disk, translate
from ...lockfile.model import Entry, Lockfile


class Mark(NamedTuple):
    """How far one secret had come: the count and op of its generation, and the name that it had then."""

    n: int
    op: str
    name: str


def seen_path(folder: str, *, local: bool) -> str:
    """Return the file that holds what was seen of a lockfile; `folder` is that of the run in the state folder."""
    return os.path.join(folder, "seen.local" if local else "seen")


def read_seen(disk: Disk, path: str, project: str) -> Mapping[str, Mark]:
    """Return how far each secret id had come; a file that is damaged, unreadable or another project's says nothing."""
    try:
        content = disk.read(path)
        seen = json.loads(content) if content is not None else {}
        if seen.get("project") != project:
            return {}
        return {identity: Mark(int(n), str(op), str(name)) for identity, (n, op, name) in seen["secrets"].items()}
    except (OSError, ValueError, TypeError, AttributeError, KeyError):
        return {}


def write_seen(disk: Disk, path: str, lockfile: Lockfile, *, dropped: frozenset[str] = frozenset()) -> str:
    """Write down what the lockfile says now, never less than before; return a notice where that failed, or ``""``.

    A machine without room only loses the warning. `dropped` are ids that this run took out of the lockfile on purpose.
    """
    before = read_seen(disk, path, lockfile.project)
    known = {identity: mark for identity, mark in before.items() if identity not in dropped}
    for name, entry in lockfile.secrets.items():
        if entry.now and entry.now.n >= known.get(entry.id, _NEVER).n:
            known[entry.id] = Mark(entry.now.n, entry.current, name)
    seen = {"project": lockfile.project, "secrets": dict(sorted(known.items()))}
    content = json.dumps(seen, separators=(",", ":")).encode() + b"\n"
    try:
        if disk.read(path) != content:
            disk.make_folder(os.path.dirname(path))
            disk.replace(path, content)
            disk.sync(os.path.dirname(path))
    except OSError as error:
        return translate(error, path).message
    return ""


_NEVER = Mark(0, "", "")


def rolled_back(lockfile: Lockfile, seen: Mapping[str, Mark]) -> dict[str, str]:
    """Return the secrets whose entry knows less than this machine has seen, each with what is missing."""
    by_id = {entry.id: (name, entry) for name, entry in lockfile.secrets.items()}
    found = {}
    for identity, mark in seen.items():
        name, entry = by_id.get(identity, (mark.name, None))
        if entry is None or _knows_less(entry, mark):
            known = f"ends at {entry.highest}" if entry else "does not have this secret"
            found[name] = f"this machine has seen generation {mark.n}, but the lockfile {known}"
    return found


def _knows_less(entry: Entry, mark: Mark) -> bool:
    """Return whether an entry lacks the generation that was seen, and was not started again since."""
    if mark.op in entry.generations or entry.highest > mark.n:
        return False
    return not entry.generations or min(entry.generations) < mark.op
