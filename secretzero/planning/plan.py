"""A plan: what would be done to each secret and target, and why. It holds no value."""

from collections.abc import Mapping
from typing import Literal, get_args

from attrs import field, frozen

from ..choices import one_of
from .drift import Verdict
from .world import Code, Wishes

Action = Literal["block", "adopt", "create", "rotate", "update", "restore", "copy", "retire", "forget", "keep"]
ACTIONS: tuple[Action, ...] = get_args(Action)
"""All actions; a step with several has the first of them."""

TargetAction = Literal["keep", "write", "copy", "restore", "record", "adopt", "forget", "delete", "block"]
TargetVerdict = Verdict | Literal["", "taken"]

NEW_VALUE: frozenset[Action] = frozenset({"create", "rotate", "update", "adopt"})


@frozen
class TargetStep:
    """What would be done at one target.

    Attributes:
        uri: The target's canonical URI.
        action: ``keep``, ``write`` (the step's new value), ``copy`` (the present value), ``restore``, ``record`` (it
            already holds the value, so only the lockfile changes), ``adopt``, ``forget``, ``delete`` or ``block``.
        reason: Why, for people.
        verdict: What the target holds now, as in `Drift`; ``taken`` where another secret has this target now, ``""``
            where it was not read.

    Raises:
        UsageError: `action` or `verdict` is none of these words.

    Example:
        >>> from secretzero import Engine
        >>> Engine.open("Secretfile.yml").plan().steps[0].targets[0].action
        'keep'
    """

    uri: str
    action: TargetAction = field(validator=one_of(TargetAction))
    reason: str = ""
    verdict: TargetVerdict = field(default="", validator=one_of(TargetVerdict))


@frozen
class Step:
    """What would be done to one secret.

    Attributes:
        secret: Its name.
        kind: Its kind, as in the manifest.
        action: ``create``, ``rotate``, ``update``, ``adopt``, ``restore``, ``copy``, ``retire``, ``forget``,
            ``keep`` or ``block``.
        reason: Why, for people.
        targets: What would be done at each target.
        bits: Lower bound of the strength of the new value, in bits. None: unknown, or there is no new value.
        hint: How to get past a ``block``.
        code: The error code of a ``block``.
        op: The unfinished operation that the step goes on with.
        take_from: The target or source that has its value.
        withdraw: The unfinished operation that the step gives up.
        local: Whether it is recorded in this machine's own lockfile.
        notice: Something that a person should know.
        renamed_from: The name under which the lockfile has it.

    Raises:
        UsageError: `action` or `code` is none of the known words.

    Example:
        >>> from secretzero import Engine
        >>> step = Engine.open("Secretfile.yml").plan().steps[0]
        >>> step.secret, step.action, step.changes
        ('db_password', 'keep', False)
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
        """Whether carrying it out would change anything."""
        if self.renamed_from and self.action != "block":
            return True
        return self.action not in {"keep", "block"} or any(t.action not in {"keep", "block"} for t in self.targets)

    @property
    def makes_value(self) -> bool:
        """Whether the secret gets a generation whose value is not recorded anywhere yet."""
        recorded = bool(self.op or self.take_from) and self.action != "adopt"
        return self.action in NEW_VALUE and not recorded


@frozen
class Plan:
    """All steps of one run, and the state that they are based on. Contains no values.

    Attributes:
        steps: One for each secret, in the order in which they can be carried out.
        lane: The environment, ``""`` where the manifest has none.
        based_on: Digests of the manifest and the lockfiles.
        pins: Keyed digests of the versions that the targets had.
        wishes: What was asked for.
        open_ops: Operations that an earlier run left open.
        included: Secrets that are part of it because they are derived from those that were named.

    Example:
        >>> from secretzero import Engine
        >>> plan = Engine.open("Secretfile.yml").plan()
        >>> plan.changes, plan.blocked
        (False, ())
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
        """Whether carrying it out would change anything."""
        return any(step.changes for step in self.steps)

    @property
    def blocked(self) -> tuple[Step, ...]:
        """The steps that cannot be carried out."""
        return tuple(step for step in self.steps if step.action == "block")
