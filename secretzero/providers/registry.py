"""Which kinds of providers exist, by name; a module is imported when its kind is first used."""

from collections.abc import Iterable
from importlib import import_module

from ..errors import UsageError
from ..protocols import Provider

GROUP = "secretzero.providers"
BUILT_IN = {"local": "secretzero.providers.local:Local"}
"""Kinds that need no metadata of installed packages, which cost more to read than a short command takes."""


def names() -> tuple[str, ...]:
    """List every kind that is installed, plugins too, without importing one."""
    return tuple(sorted({*BUILT_IN, *(name for name, _ in _plugins())}))


def load(kind: str) -> type[Provider]:
    """Import the class of a provider kind. Raises UsageError when nothing that is installed offers it."""
    where = BUILT_IN.get(kind) or dict(_plugins()).get(kind)
    if where is None:
        raise UsageError(
            f"no provider of kind '{kind}' is installed", hint=f"a plugin in the entry-point group {GROUP} can offer it"
        )
    module, _, name = where.partition(":")
    found: type[Provider] = getattr(import_module(module), name)
    return found


def _plugins() -> Iterable[tuple[str, str]]:
    """Read the entry points of the group from the metadata of installed packages."""
    from importlib.metadata import entry_points

    return ((entry.name, entry.value) for entry in entry_points(group=GROUP))
