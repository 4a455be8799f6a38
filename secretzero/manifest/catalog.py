"""The kinds that a manifest may name: a value that the composition root passes in."""

from collections.abc import Mapping

from attrs import frozen


@frozen(eq=False, repr=False)
class Catalog:
    """Which kinds of generators, targets, sources and providers exist, and which are known by name only.

    `generators` and `sources` map a kind, or an alias of it, to its class of options; `targets` maps a provider kind
    to its target kinds. What is `later_…` is not supported yet: it is accepted, and its secrets are blocked.
    `plugin_kinds` are provider kinds that only a plugin can offer.
    `credential_variables` are environment names that hold credentials, whatever they look like.
    """

    generators: Mapping[str, type] = {}
    targets: Mapping[str, Mapping[str, type]] = {}
    sources: Mapping[str, type] = {}
    later_generators: frozenset[str] = frozenset()
    later_sources: frozenset[str] = frozenset()
    later_targets: Mapping[str, frozenset[str]] = {}
    plugin_kinds: frozenset[str] = frozenset()
    credential_variables: frozenset[str] = frozenset()

    def providers(self) -> frozenset[str]:
        """Return every provider kind that is built in, now or later."""
        return frozenset(self.targets) | frozenset(self.later_targets)

    def target_kinds(self, provider: str) -> frozenset[str]:
        """Return every target kind of a provider kind, known by class or by name."""
        return frozenset(self.targets.get(provider, ())) | self.later_targets.get(provider, frozenset())
