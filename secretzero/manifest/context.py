"""What the readers of all sections share while one manifest is loaded for one lane."""

from collections.abc import Hashable, Mapping
from typing import Any, NamedTuple

from ..options.nodes import Map, overlay
from ..options.problems import Problems
from .catalog import Catalog
from .interpolation.scope import Scope
from .model import Policy, ProviderEntry


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


def _laid(config: Map, override: Map) -> Map:
    """Lay an override over options; problems of the whole stay at the target."""
    items = {
        key: overlay(config.items[key], child) if key in config.items else child
        for key, child in override.items.items()
    }
    return Map({**config.items, **items}, {**config.keys, **override.keys}, config.mark)


class Loading(NamedTuple):
    """The sections that secrets refer to, and what equal options were made into.

    `used_templates` collects the names that secrets use; `replaced` what the target profile changed.
    """

    catalog: Catalog
    problems: Problems
    scope: Scope
    providers: Mapping[str, ProviderEntry]
    policies: Mapping[str, Policy]
    policy_names: frozenset[str]
    templates: Mapping[str, Map]
    profile: Profile
    used_templates: set[str]
    replaced: list[str]
    made: dict[Hashable, Any]
