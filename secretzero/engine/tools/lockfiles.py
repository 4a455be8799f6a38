"""Checking lockfiles: their structure, their keys, every signature, and whether they went back in time."""

from collections.abc import Mapping

from attrs import evolve, frozen

from ...errors import LockfileError
from ..engine import Engine
from ..state.lockfile import Ledger
from ..state.project_key import ProjectKeys
from ..state.rollback import read_seen, rolled_back, seen_path


@frozen
class Inspection:
    """The result of checking one lockfile.

    `proved` tells whether the key was here, so that signatures were compared, too; `error` is what is wrong with the
    file, `rolled_back` what this machine has seen and the file does not know, by secret.
    """

    path: str
    local: bool
    project: str = ""
    secrets: int = 0
    proved: bool = False
    error: LockfileError | None = None
    rolled_back: Mapping[str, str] = {}


def inspect_lockfiles(engine: Engine) -> tuple[Inspection, ...]:
    """Check the lockfiles of this environment that exist, the shared one first. Changes nothing."""
    manifest = engine.manifest
    wanted = ((manifest.lockfile, False), (manifest.local_lockfile, True))
    return tuple(_inspected(engine, path, local=local) for path, local in wanted if engine.disk.stamp(path) is not None)


def _inspected(engine: Engine, path: str, *, local: bool) -> Inspection:
    found = Inspection(path, local)
    try:
        ledger = Ledger(engine.disk, path, local=local)
        found = evolve(found, project=ledger.lockfile.project, secrets=len(ledger.lockfile.secrets))
        ledger.unlock(ProjectKeys(engine.disk, engine.places, engine.environ))
        ledger.refuse_edits()
    except LockfileError as error:
        return evolve(found, error=error)
    folder = engine.places.run_of(engine.disk.real(engine.manifest.lockfile))
    marks = read_seen(engine.disk, seen_path(folder, local=local), ledger.lockfile.project)
    return evolve(found, proved=ledger.key is not None, rolled_back=rolled_back(ledger.lockfile, marks))
