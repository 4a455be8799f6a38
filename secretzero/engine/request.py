"""Turn the arguments and options of a call into the wishes that planning takes."""

from collections.abc import Collection
from fnmatch import fnmatchcase

from attrs import evolve

from ..choices import refuse_other, words_of
from ..errors import UsageError
from ..manifest.model import Manifest, Secret, Target, supplied_by_people
from ..planning.world import Wishes
from ..values import SecretValue
from .obtain import accepted, refuse_unfit
from .options import RunOptions, SuppliedFrom


def listed(names: Collection[str]) -> Collection[str]:
    """Return a collection of names. Raises UsageError for one name alone, whose letters would be taken for names."""
    if isinstance(names, str):
        raise UsageError("expected a list of names, got text", hint=f"write [{names!r}]")
    return names


def wishes_of(
    manifest: Manifest, only: Collection[str], options: RunOptions, *, rotate: bool = False, force: bool = False
) -> Wishes:
    """Return the wishes of a run over these secrets, each as ``NAME`` or ``NAME.PART``; none: all.

    With `force`, the named secrets are rotated whether due or not; without names, all except those that follow others
    and `one_time` ones. Raises UsageError for an unknown name, or if no target matches one of `force_targets`.
    """
    names = frozenset(find_secret(manifest, name)[0].name for name in listed(only))
    forced = names or frozenset(s.name for s in manifest.secrets if not _follows(s) and not s.one_time)
    return Wishes(
        only=names,
        rotate=rotate,
        forced=forced if force else frozenset(),
        on_drift=options.on_drift,
        prune=options.prune,
        rewrite=_rewritten(manifest, options),
        take_over=options.take_over,
    )


def _follows(secret: Secret) -> bool:
    """Return whether a secret follows others, and so is only rotated by name."""
    return secret.nature in {"derived", "unknown"} or secret.in_clear or bool(secret.needs)


def _rewritten(manifest: Manifest, options: RunOptions) -> frozenset[str]:
    """Return the URIs of the targets to write again, whatever they hold."""
    if not options.rewrite and not options.force_targets:
        return frozenset()
    targets = [target for secret in manifest.secrets for target in secret.targets]
    if options.rewrite:
        return frozenset(target.uri for target in targets)
    found: set[str] = set()
    for wanted in options.force_targets:
        names = {target.uri for target in targets if is_named(target, wanted)}
        if not names:
            raise UsageError(f"no target matches {wanted}", hint="run secretzero list targets to see them")
        found |= names
    return frozenset(found)


def is_named(target: Target, wanted: str) -> bool:
    """Return whether a name matches a target: its URI, a glob, ``ALIAS/KIND`` or ``ALIAS/KIND/ID``."""
    kind = f"{target.alias}/{target.kind}"
    names = {target.uri, kind, f"{kind}/{target.uri.partition('://')[2]}"}
    return wanted in names or fnmatchcase(target.uri, wanted)


def find_secret(manifest: Manifest, name: str) -> tuple[Secret, str]:
    """Return the secret of ``NAME`` or ``NAME.PART``, and the part. Raises UsageError, with the closest name."""
    secret, part = manifest.owner_of(name)
    if secret is None:
        from difflib import get_close_matches

        near = get_close_matches(name, manifest.secret_named, 1)
        raise UsageError(f"no such secret: {name}", hint=f"did you mean {near[0]}?" if near else "")
    return secret, part


def supplying(
    manifest: Manifest, options: RunOptions, name: str, value: SecretValue, *, origin: SuppliedFrom
) -> RunOptions:
    """Return the options of a run that gives a static secret this value. Raises UsageError, RejectedError."""
    refuse_other("origin", origin, words_of(SuppliedFrom))
    secret, _ = find_secret(manifest, name)
    if secret.name != name:
        raise UsageError(f"{name} is only a part of {secret.name}", hint=f"set {secret.name} as a whole")
    supplied = supplied_by_people(secret.fields[0]) if len(secret.fields) == 1 and not secret.template else None
    if supplied is None or supplied.in_clear():
        raise UsageError(f"{name} is not a static secret", hint=f"run secretzero rotate {name} --force for a new value")
    accepted_value = accepted(secret.fields[0], value)
    refuse_unfit(secret.fields[0], accepted_value)
    return evolve(options, supplied={name: accepted_value}, supplied_from=origin)
