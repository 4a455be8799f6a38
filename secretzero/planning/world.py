"""Everything that a plan is decided from."""

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property

from attrs import field, frozen

from ..choices import OnDrift, one_of
from ..lockfile.model import Entry, Lockfile
from ..manifest.model import Secret
from .observation import Code, Observation


def entry_for(secret: Secret, lockfile: Lockfile) -> Entry | None:
    """Return the entry of a secret, under its present or former name."""
    entry = lockfile.secrets.get(secret.name)
    return lockfile.secrets.get(secret.formerly) if entry is None and secret.formerly else entry


@frozen
class OpenOp:
    """An op that an earlier run left unfinished, as its journal records it; targets in `done` acknowledged it."""

    op: str
    done: frozenset[str] = frozenset()


@frozen
class Obstacle:
    """Why a secret cannot be changed at all."""

    reason: str
    hint: str = ""
    code: Code = field(default="blocked", validator=one_of(Code))


@frozen
class Wishes:
    """What the person asked for.

    `on_drift` says what happens to values that are not the recorded ones. `only` are the selected secrets (empty:
    all). `rotate` replaces secrets that are due, `forced` those named here, due or not. `supplied` are secrets for
    which a new value was supplied. `rewrite` are URIs that are written again.
    """

    only: frozenset[str] = frozenset()
    rotate: bool = False
    forced: frozenset[str] = frozenset()
    supplied: frozenset[str] = frozenset()
    on_drift: OnDrift = field(default="", validator=one_of(OnDrift))
    prune: bool = False
    rewrite: frozenset[str] = frozenset()
    take_over: bool = False


@frozen
class World:
    """What is known at one moment: records, observation, open ops, obstacles, wishes.

    `definitions` are the keyed digests of what the manifest now says about each secret. `journalled` are ops whose
    value the journal still has.
    """

    now: datetime
    shared: Lockfile
    local: Lockfile
    observation: Observation
    wishes: Wishes = Wishes()
    open_ops: Mapping[str, OpenOp] = {}
    obstacles: Mapping[str, Obstacle] = {}
    definitions: Mapping[str, str] = {}
    journalled: frozenset[str] = frozenset()
    weak: Mapping[str, int] = {}

    @cached_property
    def holders(self) -> Mapping[str, str]:
        """The names under which the lockfiles record each target."""
        lockfiles = (self.local, self.shared)
        return {uri: name for lock in lockfiles for name, entry in lock.secrets.items() for uri in entry.targets}
