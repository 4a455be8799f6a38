"""Target profiles: what one lane changes about the targets of all secrets."""

from ...options.nodes import Map, Node, Scalar, below
from ...options.problems import At
from ...options.readers import EACH_FILLED, MAP, mapped
from ...options.structure import shape, table
from ..context import Profile

_PROFILE = shape(
    {"identity_policies": EACH_FILLED, "provider_overrides": mapped(MAP), "target_overrides": mapped(MAP)},
)


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
