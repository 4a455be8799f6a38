"""The kinds of providers by name; a module is imported when its kind is first used."""

from collections.abc import Iterable
from importlib import import_module

from ..errors import UsageError
from ..protocols import Provider

GROUP = "secretzero.providers"
BUILT_IN = {"local": "secretzero.providers.local:Local"}
"""Kinds that are found without the metadata of installed packages, which is slow to read."""


def names() -> tuple[str, ...]:
    """Return all installed kinds, including plugins, without importing them."""
    return tuple(sorted({*BUILT_IN, *(name for name, _ in _plugins())}))


def load(kind: str) -> type[Provider]:
    """Import the class of a provider kind. Raises UsageError if it is not installed."""
    where = BUILT_IN.get(kind) or dict(_plugins()).get(kind)
    if where is None:
        hint = f"install a plugin that offers it in the entry-point group {GROUP}"
        raise UsageError(f"no provider of kind '{kind}' is installed", hint=hint)
    module, _, name = where.partition(":")
    found: type[Provider] = getattr(import_module(module), name)
    return found


def _plugins() -> Iterable[tuple[str, str]]:
    """Read the entry points of the group from the metadata of installed packages."""
    from importlib.metadata import entry_points

    return ((entry.name, entry.value) for entry in entry_points(group=GROUP))
