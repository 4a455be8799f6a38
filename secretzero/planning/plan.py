"""A plan: what would be done to each secret and target, and why. It holds no value."""

from collections.abc import Mapping
from typing import Literal, get_args

from attrs import field, frozen

from ..choices import one_of
from .drift import Verdict
from .observation import Code
from .world import Wishes

Action = Literal["block", "adopt", "create", "rotate", "update", "restore", "copy", "retire", "forget", "keep"]
ACTIONS: tuple[Action, ...] = get_args(Action)
"""Every answer of `decide`; of several for one secret the first names the step."""

TargetAction = Literal["keep", "write", "copy", "restore", "record", "adopt", "forget", "delete", "block"]
TargetVerdict = Verdict | Literal["", "taken"]

NEW_VALUE: frozenset[Action] = frozenset({"create", "rotate", "update", "adopt"})


@frozen
class TargetStep:
    """What would be done at one target.

    `action` is ``keep``, ``write`` (the step's new value), ``copy``, ``restore``, ``record`` (it already holds the
    value: only the lockfile learns of it), ``adopt``, ``forget``, ``delete`` or ``block``; `verdict` is that of drift,
    or ``taken`` for a place that another target of the manifest has now.
    """

    uri: str
    action: TargetAction = field(validator=one_of(TargetAction))
    reason: str = ""
    verdict: TargetVerdict = field(default="", validator=one_of(TargetVerdict))


@frozen
class Step:
    """What would be done to one secret. `code` is the error code of a block, `hint` its way out.

    `op` is the unfinished op that the step goes on with, `take_from` the target or origin that has its value;
    `renamed_from` is the name under which the lockfile still has it.
    """

    secret: str
    kind: str
    action: Action = field(validator=one_of(Action))
    reason: str = ""
    targets: tuple[TargetStep, ...] = ()
    bits: int | None = None
    hint: str = ""
    code: Code = field(default="", validator=one_of(Code))
    op: str = ""
    take_from: str = ""
    withdraw: str = ""
    local: bool = False
    notice: str = ""
    renamed_from: str = ""

    @property
    def changes(self) -> bool:
        """Tell whether carrying it out would change anything."""
        if self.renamed_from and self.action != "block":
            return True
        return self.action not in {"keep", "block"} or any(t.action not in {"keep", "block"} for t in self.targets)

    @property
    def makes_value(self) -> bool:
        """Tell whether the secret gets a generation that it does not have yet, and not one that stands somewhere."""
        recorded = bool(self.op or self.take_from) and self.action != "adopt"
        return self.action in NEW_VALUE and not recorded


@frozen
class Plan:
    """All steps of one run, in the order in which they can be carried out, and what they were decided from.

    `based_on` pins digests: of the manifest, of each lockfile, and (keyed) of the versions that were seen.
    """

    steps: tuple[Step, ...]
    lane: str = ""
    based_on: Mapping[str, str] = {}
    pins: Mapping[str, str] = field(factory=dict, repr=False)
    wishes: Wishes = Wishes()
    open_ops: tuple[str, ...] = ()
    included: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        """Tell whether carrying it out would change anything."""
        return any(step.changes for step in self.steps)

    @property
    def blocked(self) -> tuple[Step, ...]:
        """The steps that cannot be carried out."""
        return tuple(step for step in self.steps if step.action == "block")
