"""Target profiles: what one lane changes about the targets of all secrets."""

from collections.abc import Mapping
from typing import NamedTuple

from ...options.nodes import Map, Node, Scalar, below, overlay
from ...options.problems import At
from ...options.readers import EACH_FILLED, MAP, mapped
from ...options.structure import shape, table

_PROFILE = shape(
    {"identity_policies": EACH_FILLED, "provider_overrides": mapped(MAP), "target_overrides": mapped(MAP)},
)


class Profile(NamedTuple):
    """Options that win over those of a target, by alias and by kind, and policies for all of them."""

    name: str = ""
    identity_policies: tuple[str, ...] = ()
    by_alias: Mapping[str, Map] = {}
    by_kind: Mapping[str, Map] = {}

    def applied(self, config: Map, alias: str, kind: str) -> Map:
        """Return a target's options with the overrides laid over them."""
        for override in (self.by_alias.get(alias), self.by_kind.get(kind)):
            if override is not None:
                config = _laid(config, override)
        return config


def read_profiles(node: Map, at: At) -> dict[str, Profile]:
    """Read all target profiles; those of other lanes are checked, too."""
    found = {}
    for name, given in mapped(table(_PROFILE)).read(node, at).items():
        found[name] = Profile(
            name,
            given.get("identity_policies", ()),
            given.get("provider_overrides", {}),
            given.get("target_overrides", {}),
        )
    return found


def _laid(config: Map, override: Map) -> Map:
    """Lay an override over options; problems of the whole stay at the target."""
    items = {
        key: overlay(config.items[key], child) if key in config.items else child
        for key, child in override.items.items()
    }
    return Map({**config.items, **items}, {**config.keys, **override.keys}, config.mark)


def replaced(before: Map, after: Map, path: str = "") -> list[str]:
    """Name the options that differ, by dot path."""
    found: list[str] = []
    for key, child in after.items.items():
        old, inner = before.items.get(key), below(path, key)
        if isinstance(old, Map) and isinstance(child, Map):
            found += replaced(old, child, inner)
        elif old is not child and not _same(old, child):
            found.append(inner)
    return found


def _same(one: Node | None, other: Node) -> bool:
    return isinstance(one, Scalar) and isinstance(other, Scalar) and (one.value, one.text) == (other.value, other.text)
