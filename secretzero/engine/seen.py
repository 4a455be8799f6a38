"""The highest generation of each secret that this machine has seen committed: how a rolled-back lockfile is found."""

import json
import os
from collections.abc import Mapping

from ..files import translate
from ..lockfile.model import Lockfile
from .ledger import Ledger
from .run import Run

Seen = Mapping[str, tuple[int, str]]


def _path(run: Run, ledger: Ledger) -> str:
    return os.path.join(run.folder, "seen.local" if ledger.local else "seen")


def read_seen(run: Run, ledger: Ledger) -> Seen:
    """Return the highest generation and op of each secret id; a damaged file says nothing."""
    content = run.disk.read(_path(run, ledger))
    if content is None:
        return {}
    try:
        told = json.loads(content)
        if told.get("project") != ledger.lockfile.project:
            return {}
        return {identity: (int(n), str(op)) for identity, (n, op) in told["secrets"].items()}
    except (ValueError, TypeError, AttributeError, KeyError):
        return {}


def write_seen(run: Run, ledger: Ledger) -> None:
    """Write down what the lockfile says now. A machine without room for it only loses the warning."""
    present = {e.id: (e.now.n, e.current) for e in ledger.lockfile.secrets.values() if e.now}
    told = {"project": ledger.lockfile.project, "secrets": dict(sorted(present.items()))}
    content = json.dumps(told, separators=(",", ":")).encode() + b"\n"
    path = _path(run, ledger)
    try:
        if run.disk.read(path) != content:
            run.disk.make_folder(os.path.dirname(path))
            run.disk.replace(path, content)
            run.disk.sync(os.path.dirname(path))
    except OSError as error:
        run.notices.append(translate(error, path).message)


def rolled_back(lockfile: Lockfile, seen: Seen) -> dict[str, str]:
    """Return the secrets whose entry knows less than this machine has seen, each with what is missing."""
    by_id = {entry.id: (name, entry) for name, entry in lockfile.secrets.items()}
    found = {}
    for identity, (n, op) in seen.items():
        name, entry = by_id.get(identity, ("", None))
        if entry is not None and entry.highest < n and op not in entry.generations:
            found[name] = f"this machine has seen generation {n}, the lockfile knows {entry.highest}"
    return found
