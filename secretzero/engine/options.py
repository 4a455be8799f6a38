"""What a caller may ask of a run, as one value."""

from collections.abc import Mapping
from typing import Literal

from attrs import field, frozen

from ..choices import one_of
from ..planning.world import OnDrift
from ..values import SecretValue

SuppliedFrom = Literal["stdin", "person"]
"""Who brought a value that a run is given."""


@frozen
class RunOptions:
    """How a run behaves. Times are in seconds.

    `on_drift` is ``fail``, ``adopt`` or ``overwrite`` for values that are not ours (``""``: what each target says);
    `prune` also deletes what left the manifest; `rewrite` writes every target again, `force_targets` those that match;
    `from_env` lets a rotation take a generated secret's value from the environment; `supplied` are values at hand;
    `take_over` lets a lost value be replaced (for CI).
    """

    on_drift: OnDrift = field(default="", validator=one_of(OnDrift))
    prune: bool = False
    rewrite: bool = False
    force_targets: tuple[str, ...] = ()
    from_env: bool = False
    allow_weak: bool = False
    allow_tracked: bool = False
    strict: bool = False
    lock_timeout: float = 60.0
    parallelism: int = 8
    prompt_nonsecrets: bool = False
    take_over: bool = False
    supplied: Mapping[str, SecretValue] = field(factory=dict, repr=False)
    supplied_from: SuppliedFrom = field(default="person", validator=one_of(SuppliedFrom))
