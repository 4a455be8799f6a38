"""Everything that a plan is decided from: what is recorded, observed and asked for."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Literal, get_args

from attrs import field, frozen

from ..choices import OnDrift, one_of
from ..errors import SecretZeroError
from ..lockfile.model import Entry, Lockfile
from ..manifest.model import Secret, Target

State = Literal["known", "unknown", "absent", "foreign", "cannot tell"]
"""What a target holds, compared with what was recorded."""

SourceState = Literal["same", "different", "absent", "down", "none"]
"""What an origin gives, compared with what was recorded."""

Left = State | Literal["claimed", "taken", "unasked"]
"""What a target holds that was removed from the manifest."""

Code = Literal[
    "", "blocked", "conflict", "rollback", "untrusted", "key_missing", "no_value", "unavailable", "provider", "rejected"
]
"""Why a step is blocked, as the code of an error."""

_CODES: tuple[Code, ...] = get_args(Code)

LEGACY = "legacy"
"""Used as an op for a value that has the plain digest of a lockfile of the public 0.14."""


def code_of(error: SecretZeroError) -> Code:
    """Return the code of a step that this error blocks; a provider's own error classes have the code ``provider``."""
    return next((code for code in _CODES if code == error.code), "provider")


@frozen
class Seen:
    """What one target holds.

    `state` is ``known`` (the value of the generation `op`), ``unknown`` (a value that no generation had), ``absent``,
    ``foreign`` (a marker moved, or another owner's object) or ``cannot tell``. `likeness` is a digest under a key of
    this run alone: equal likenesses are equal values. `evidence` is ``value``, ``marker`` or the reason.
    `readable` tells whether the value can be copied from here.
    """

    state: State
    op: str = ""
    evidence: str = "value"
    likeness: bytes = field(default=b"", repr=False)
    readable: bool = False
    error: str = ""


NOT_ASKED = Seen("cannot tell", evidence="not asked")
"""Used for a target that was not observed."""


@frozen
class SourceSeen:
    """What the recorded origin of a secret says now.

    `state` is ``same``, ``different``, ``absent`` (it has no value), ``down`` (it could not be read; `error` says
    why) or ``none`` (there is nothing to read). `likeness` is that of the value it would give now, if there is one.
    `rival` is a second origin that has a different value.
    """

    state: SourceState = "none"
    origin: str = ""
    error: str = ""
    likeness: bytes = field(default=b"", repr=False)
    rival: str = ""


NO_SOURCE = SourceSeen()
"""Used for an origin that is not followed."""


@frozen
class Observation:
    """Everything that was observed for one plan: targets by URI, sources by secret, versions of objects by URI.

    `left` says for each secret which targets that were removed from the manifest still hold a part of its current
    value. `gone` gives the state of every removed target by id of the entry and URI: a state as in `Seen`, or
    ``claimed`` or ``taken`` by another target of the manifest. It is observed only in order to delete.
    """

    targets: Mapping[str, Seen] = {}
    sources: Mapping[str, SourceSeen] = {}
    versions: Mapping[str, str] = field(factory=dict, repr=False)
    failures: Mapping[str, Code] = {}
    left: Mapping[str, Mapping[str, str]] = {}
    gone: Mapping[tuple[str, str], Left] = {}


def entry_for(secret: Secret, lockfile: Lockfile) -> Entry | None:
    """Return the entry of a secret, under its present or former name."""
    entry = lockfile.secrets.get(secret.name)
    return lockfile.secrets.get(secret.formerly) if entry is None and secret.formerly else entry


def removed_uris(entry: Entry, targets: Iterable[Target]) -> list[str]:
    """Return the recorded places that are not among the present targets of a secret."""
    declared = {target.uri for target in targets}
    return [uri for uri in entry.targets if uri not in declared]


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
