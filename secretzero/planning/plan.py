"""A plan: what would be done to each secret and target, and why. It holds no value."""

from collections.abc import Mapping

from attrs import field, frozen

from .world import Wishes

ACTIONS = ("block", "adopt", "create", "rotate", "update", "restore", "copy", "retire", "forget", "keep")
"""Every answer of `decide`; of several for one secret the first names the step."""

NEW_VALUE = frozenset({"create", "rotate", "update", "adopt"})


@frozen
class TargetStep:
    """What would be done at one target.

    `action` is ``keep``, ``write`` (the step's new value), ``copy``, ``restore``, ``record`` (it already holds the
    value: only the lockfile learns of it), ``forget``, ``delete`` or ``block``; `verdict` is that of drift.
    """

    uri: str
    action: str
    reason: str = ""
    verdict: str = ""


@frozen
class Step:
    """What would be done to one secret. `code` is the error code of a block, `hint` its way out.

    `op` is the unfinished op that the step goes on with, `take_from` the target or origin that has its value;
    `renamed_from` is the name under which the lockfile still has it.
    """

    secret: str
    kind: str
    action: str
    reason: str = ""
    targets: tuple[TargetStep, ...] = ()
    bits: int | None = None
    hint: str = ""
    code: str = ""
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
