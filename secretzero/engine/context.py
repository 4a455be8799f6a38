"""What one run works with: manifest, lockfiles, keys, journal, stores, files, time and randomness."""

import os
from collections.abc import Callable, Iterable, Mapping

from attrs import define, field

from ..clock import Clock
from ..errors import ConfigurationError
from ..files import Disk
from ..keys import Sealer, new_op, next_op
from ..lockfile.model import Entry
from ..manifest.model import Manifest, Secret, Target
from ..places import Places
from ..planning.world import entry_for
from ..protocols import ProjectFiles
from .obtain import Origins
from .options import RunOptions
from .state.connections import Stores
from .state.git import Worktree
from .state.journal import Ids, Journal, Keyring, Record
from .state.lockfile import Founder, Ledger
from .state.project_key import key_missing, local_key_gone
from .state.rollback import seen_path, write_seen

Progress = Callable[[str, int, int], None]
"""Is called during long work: ``progress(what, done, total)``."""


@define(eq=False, repr=False)
class Run:
    """Everything that a plan and its carrying out share. Each call of the engine has its own."""

    manifest: Manifest
    disk: Disk
    clock: Clock
    random: Callable[[int], bytes]
    places: Places
    environ: Mapping[str, str]
    files: ProjectFiles
    stores: Stores
    founder: Founder
    origins: Origins
    options: RunOptions
    worktree: Worktree
    audit: Callable[[str, Iterable[str]], None]
    shared: Ledger
    local: Ledger
    progress: Progress | None
    stopping: Callable[[], bool] | None
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

    def seen_path(self, ledger: Ledger) -> str:
        """Return the file that says how far this machine has seen a lockfile go."""
        return seen_path(self.folder, local=ledger.local)

    def mark_seen(self, ledger: Ledger, *, dropped: frozenset[str] = frozenset()) -> None:
        """Write down how far a lockfile has come; `dropped` are ids that this run took out of it on purpose."""
        notice = write_seen(self.disk, self.seen_path(ledger), ledger.lockfile, dropped=dropped)
        self.notices += [notice] if notice else []

    def ledger(self, of: Secret | Record) -> Ledger:
        """Return the lockfile that records a secret, or the op of a journal's record."""
        return self.local if of.local else self.shared

    def entry(self, secret: Secret) -> Entry | None:
        """Return what is recorded of a secret."""
        return entry_for(secret, self.ledger(secret).lockfile)

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
        (key, project), (local_key, local_project) = map(_ids_of, (self.shared, self.local))
        ids = Ids(key=key, local_key=local_key, project=project, local_project=local_project)
        return Keyring(ids, sealers)


def _ids_of(ledger: Ledger) -> tuple[str, str]:
    return (ledger.key.id, ledger.lockfile.project) if ledger.key else ("", "")


def no_state_folder(places: Places, error: OSError, doing: str = "written") -> ConfigurationError:
    """Return the error of a command that needs the state folder where the file system refuses it."""
    return ConfigurationError(
        f"the state folder {places.state} cannot be {doing}: {os.strerror(error.errno or 0)}",
        hint="set XDG_STATE_HOME to a folder that can be read and written",
    )
