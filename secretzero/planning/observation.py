"""What stores and sources hold, as keyed digests and markers, without any value."""

from collections.abc import Mapping
from typing import Literal, get_args

from attrs import field, frozen

from ..errors import SecretZeroError

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
