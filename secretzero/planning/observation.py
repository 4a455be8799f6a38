"""What the stores and sources said, as keyed digests and markers: no value is in it."""

from collections.abc import Mapping
from typing import Literal, get_args

from attrs import field, frozen

from ..errors import SecretZeroError

State = Literal["known", "unknown", "absent", "foreign", "cannot tell"]
"""What a target holds, compared with what was recorded."""

SourceState = Literal["same", "different", "absent", "down", "none"]
"""What an origin gives, compared with what was recorded."""

Left = State | Literal["claimed", "taken", "unasked"]
"""What a target holds that left the manifest."""

Code = Literal[
    "", "blocked", "conflict", "rollback", "untrusted", "key_missing", "no_value", "unavailable", "provider", "rejected"
]
"""Why a step is blocked, as the code of an error."""

_CODES: tuple[Code, ...] = get_args(Code)

LEGACY = "legacy"
"""Stands for an op where a value has the plain digest of a lockfile of the public 0.14."""


def code_of(error: SecretZeroError) -> Code:
    """Return the code that a step has which this error blocks; an error class of a provider's own is ``provider``."""
    return next((code for code in _CODES if code == error.code), "provider")


@frozen
class Seen:
    """What one target holds.

    `state` is ``known`` (the value of the generation `op`), ``unknown`` (a value that no generation had), ``absent``,
    ``foreign`` (a marker moved, or another owner's object) or ``cannot tell``. `likeness` is a digest under a key of
    this run alone: equal likenesses are equal values. `evidence` is ``value``, ``marker`` or the reason.
    `readable` tells whether the value could be copied from here.
    """

    state: State
    op: str = ""
    evidence: str = "value"
    likeness: bytes = field(default=b"", repr=False)
    readable: bool = False
    error: str = ""


NOT_ASKED = Seen("cannot tell", evidence="not asked")
"""Stands for a target that was not observed."""


@frozen
class SourceSeen:
    """What the recorded origin of a secret says now.

    `state` is ``same``, ``different``, ``absent`` (it has no value), ``down`` (it could not be asked; `error` says
    why) or ``none`` (there is nothing to ask). `likeness` is that of the value it would give now, if there is one.
    `rival` is another origin that has another value.
    """

    state: SourceState = "none"
    origin: str = ""
    error: str = ""
    likeness: bytes = field(default=b"", repr=False)
    rival: str = ""


NO_SOURCE = SourceSeen()
"""Stands for an origin that cannot say anything new."""


@frozen
class Observation:
    """All that was seen for one plan: targets by URI, sources by secret, versions of objects by URI.

    `left` says for each secret where parts of its current value still stand at targets that left the manifest.
    `gone` says, by id of the entry and URI, what stands at every target that left: a state as in `Seen`, ``claimed``
    or ``taken`` by another target of the manifest; it is asked only in order to delete.
    """

    targets: Mapping[str, Seen] = {}
    sources: Mapping[str, SourceSeen] = {}
    versions: Mapping[str, str] = field(factory=dict, repr=False)
    failures: Mapping[str, Code] = {}
    left: Mapping[str, Mapping[str, str]] = {}
    gone: Mapping[tuple[str, str], Left] = {}
