"""Turn the arguments and options of a call into the wishes that planning takes."""

from fnmatch import fnmatchcase

from ..errors import UsageError
from ..manifest.model import Manifest, Secret, Target
from ..planning.world import Wishes
from .options import RunOptions


def wishes_of(
    manifest: Manifest, names: frozenset[str], options: RunOptions, *, rotate: bool = False, force: bool = False
) -> Wishes:
    """Return the wishes of a run over these secrets; no names: all.

    With `force`, the named secrets are rotated whether due or not; without names, all except those that follow others
    and `one_time` ones. Raises UsageError if no target matches one of `force_targets`.
    """
    free = frozenset(s.name for s in manifest.secrets if not _follows(s) and not s.one_time) if force else frozenset()
    return Wishes(
        only=names,
        rotate=rotate,
        forced=(names or free) if force else frozenset(),
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


def unknown_secret(name: str, manifest: Manifest) -> UsageError:
    """Return the error for a name that the manifest does not declare; its hint suggests the closest match."""
    from difflib import get_close_matches

    near = get_close_matches(name, manifest.secret_named, 1)
    return UsageError(f"no such secret: {name}", hint=f"did you mean {near[0]}?" if near else "")
