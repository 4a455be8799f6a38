"""What one run holds in its hands: manifest, lockfiles, keys, journal, stores, time and chance."""

import os
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from attrs import define, field

from ..clock import Clock
from ..errors import LockfileError
from ..files import Disk
from ..keys import ProjectKey, Sealer, new_id, new_op, next_op
from ..lockfile.document import parse_lockfile
from ..lockfile.model import Entry
from ..manifest.model import Manifest, Secret, Target
from ..places import Places
from ..planning.plan import Plan
from ..planning.world import entry_for
from ..protocols import Ask
from .defaults import never
from .obtain.origins import Origins
from .options import RunOptions
from .state.connections import Stores
from .state.git import Worktree
from .state.journal import Journal, Keyring, peek
from .state.lockfile import Ledger, read_lockfile
from .state.project_key import Secrecy, key_missing, local_key_gone

Progress = Callable[[str, int, int], None]
"""Told about long work: ``progress(what, done, total)``."""


@define
class Run:
    """Everything that a plan and its carrying out share. Made anew for each call of the engine."""

    manifest: Manifest
    disk: Disk
    clock: Clock
    random: Callable[[int], bytes] = field(repr=False)
    places: Places
    environ: Mapping[str, str] = field(repr=False)
    stores: Stores
    secrecy: Secrecy
    origins: Origins
    options: RunOptions
    ask: Ask
    worktree: Worktree
    audit: Callable[[str, Iterable[str]], None]
    shared: Ledger
    local: Ledger
    progress: Progress | None = None
    stopping: Callable[[], bool] = never
    notices: list[str] = field(factory=list)
    target_at: dict[str, Target] = field(factory=dict)
    _last_op: str = ""
    _started: int = 0

    def __attrs_post_init__(self) -> None:
        self._started = int(self.clock.now().timestamp() * 1000)
        self.target_at = {target.uri: target for secret in self.manifest.secrets for target in secret.targets}

    @property
    def folder(self) -> str:
        """The folder in the state folder that belongs to this run's lockfile."""
        return self.places.run_of(self.disk.real(self.shared.path))

    @property
    def journal_path(self) -> str:
        """Where the journal of this run is."""
        return os.path.join(self.folder, "journal")

    @property
    def now(self) -> datetime:
        """The present moment."""
        return self.clock.now()

    def ledger(self, secret: Secret) -> Ledger:
        """Return the lockfile that records a secret."""
        return self.local if secret.local else self.shared

    def entry(self, secret: Secret) -> Entry | None:
        """Return what is recorded of a secret."""
        return entry_for(secret, self.ledger(secret).lockfile)

    def unlock(self) -> None:
        """Find the keys of both lockfiles; one that is not here stays None."""
        for ledger in (self.shared, self.local):
            ledger.unlock(self.secrecy)

    def need_keys(self) -> None:
        """Raise KeyMissingError unless every lockfile that is there can be written, LockfileError if one was edited."""
        for ledger in (self.shared, self.local):
            if ledger.lockfile.key and ledger.key is None:
                raise local_key_gone(ledger.name) if ledger.local else key_missing(ledger.lockfile.project)
            ledger.refuse_edits()

    def new_op(self) -> str:
        """Return a ULID that is greater than those before it in this run."""
        self._last_op = next_op(self._last_op) if self._last_op else new_op(self._started, self.random)
        return self._last_op

    def journal(self, path: str = "") -> Journal:
        """Return the journal of this run, or the one at another path; nothing is read yet."""
        return Journal(self.disk, path or self.journal_path, self.keyring)

    def keyring(self) -> Keyring:
        """Return what seals and opens the journal."""
        sealers = {
            ledger.local: Sealer(ledger.key.journal, self.random) for ledger in (self.shared, self.local) if ledger.key
        }
        shared, local = (ledger.lockfile for ledger in (self.shared, self.local))
        return Keyring(
            shared.project if self.shared.key else "",
            self.shared.key.id if self.shared.key else "",
            local.project if self.local.key else "",
            self.local.key.id if self.local.key else "",
            sealers,
        )

    def adopt_journal_ids(self, path: str = "") -> None:
        """Take project ids from a journal whose lockfile was never written: its run died before it could be."""
        ids = peek(self.disk.read(path or self.journal_path))
        for ledger, project in ((self.shared, ids.project), (self.local, ids.local_project)):
            if project and not ledger.lockfile.project:
                key = self.secrecy.find(project, None, local=ledger.local)
                if key is None:
                    raise key_missing(project)
                ledger.found(project, key)

    def found_projects(self, plan: Plan) -> None:
        """Give each lockfile that a plan will write its project, so that the journal can name it from the start."""
        for step in plan.steps:
            secret = self.manifest.secret_named.get(step.secret)
            if secret and secret.local == step.local and step.changes and step.action != "block":
                self.found_project(self.ledger(secret))

    def found_project(self, ledger: Ledger) -> None:
        """Give a lockfile that has no project its id and key, both durable before this returns."""
        if ledger.lockfile.project and ledger.key:
            return
        project = "" if ledger.local else self._project_of_lanes()
        key = self.secrecy.find(project, None) if project else None
        if project and key is None:
            raise key_missing(project)
        key = key or (None if ledger.local else self.secrecy.offered())
        project = project or new_id("prj", self.random)
        if key is None:
            key = ProjectKey.new(self.random)
            self.secrecy.keep(project, key)
        ledger.found(project, key)

    def _project_of_lanes(self) -> str:
        """Return the id that other lanes of this manifest have; two different ones are an error."""
        ids = set()
        for path in self.manifest.lockfiles:
            content = read_lockfile(self.disk, path) if self.disk.real(path) != self.shared.path else None
            if content is not None:
                ids.add(parse_lockfile(content, os.path.basename(path)).project)
        ids.discard("")
        if len(ids) > 1:
            raise LockfileError("the lanes of this manifest belong to two projects", hint="keep one lane's lockfile")
        return next(iter(ids), "")

    def sync_key_lanes(self, ledger: Ledger) -> None:
        """Refuse a lockfile whose project is not that of the other lanes."""
        if not ledger.local and ledger.lockfile.project:
            other = self._project_of_lanes()
            if other and other != ledger.lockfile.project:
                raise LockfileError(
                    "the lanes of this manifest belong to two projects", hint="keep one lane's lockfile"
                )
