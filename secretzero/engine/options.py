"""The options of a run."""

from collections.abc import Mapping
from typing import Literal

from attrs import field, fields, frozen

from ..choices import OnDrift, one_of
from ..values import SecretValue

SuppliedFrom = Literal["stdin", "person"]
"""Where a value passed to `Engine.set` came from."""


@frozen(repr=False)
class RunOptions:
    """How a run behaves.

    Attributes:
        on_drift: What to do with a value that SecretZero did not write: ``fail``, ``adopt`` it or ``overwrite`` it.
            ``""``: what each target's `on_foreign` says.
        prune: Whether to delete values from targets that left the manifest.
        rewrite: Whether to write the present values to every target again.
        force_targets: The same for some targets: URIs, globs, ``ALIAS/KIND`` or ``ALIAS/KIND/ID``.
        from_env: Whether a rotation may take the value of a generated secret from the environment.
        allow_weak: Whether values weaker than the manifest asks for are accepted.
        allow_tracked: Whether files that git tracks may be written.
        strict: Whether warnings are failures.
        lock_timeout: How long to wait for another run, in seconds.
        parallelism: How many providers are written to at the same time.
        prompt_nonsecrets: Whether `ask` is also called for settings that are not secret.
        take_over: Whether a lost value is replaced by a new one, for CI.
        supplied: New values, by name of the secret.
        supplied_from: Where these values came from, as the lockfile records it: ``stdin`` or ``person``.

    Raises:
        UsageError: `on_drift` or `supplied_from` is not one of the values above.

    Example:
        >>> from secretzero import RunOptions
        >>> RunOptions(on_drift="adopt", lock_timeout=5)
        RunOptions(on_drift='adopt', lock_timeout=5)
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

    def __repr__(self) -> str:
        shown = (each for each in fields(type(self)) if each.repr)
        changed = [(each.name, getattr(self, each.name)) for each in shown if getattr(self, each.name) != each.default]
        return f"RunOptions({', '.join(f'{name}={value!r}' for name, value in changed)})"
