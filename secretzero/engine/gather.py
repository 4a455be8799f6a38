"""Gathering what one run holds in its hands from what an engine was given."""

from typing import TYPE_CHECKING

from ..errors import UsageError
from ..protocols import Request
from ..stores.file import Folder
from .context import Run
from .obtain.origins import Origins
from .options import RunOptions
from .state.connections import LOCAL, Stores
from .state.git import worktree_of
from .state.lockfile import Ledger
from .state.project_key import Secrecy

if TYPE_CHECKING:
    from .engine import Engine


def gathered(engine: "Engine", options: RunOptions) -> Run:
    """Read the lockfiles and return a run; nothing is locked, made or asked."""
    folder, manifest = folder_of(engine, options), engine.manifest
    connect = engine.connect or _only_local
    stores = Stores(manifest, engine.catalog, lambda kind, entry: folder if kind == LOCAL else connect(kind, entry))
    request = Request(
        "", random=engine.random, now=engine.clock.now(), environ=engine.environ, read_file=folder.read
    )  # fmt: skip
    return Run(
        manifest=manifest,
        disk=engine.disk,
        clock=engine.clock,
        random=engine.random,
        places=engine.places,
        environ=engine.environ,
        stores=stores,
        secrecy=Secrecy(engine.disk, engine.places, engine.environ),
        origins=Origins(manifest, engine.environ, request, options, engine.ask),
        options=options,
        ask=engine.ask,
        worktree=engine.worktree or worktree_of(manifest.root),
        audit=engine.audit,
        shared=Ledger(engine.disk, manifest.lockfile),
        local=Ledger(engine.disk, manifest.local_lockfile, local=True),
        progress=engine.progress,
        stopping=engine.stopping,
    )


def folder_of(engine: "Engine", options: RunOptions) -> Folder:
    """Return the connection of local files."""
    manifest = engine.manifest
    return Folder(
        engine.disk,
        manifest.folder,
        manifest.root,
        engine.places.locks,
        engine.clock,
        engine.places.home,
        options.lock_timeout,
        allow_outside=True,
    )


def _only_local(kind: str, _entry: object) -> object:
    raise UsageError(f"this version cannot connect to {kind}")
