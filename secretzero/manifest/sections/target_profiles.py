"""Target profiles: what one lane changes about the targets of all secrets."""

from ...options.nodes import At, Map, Node, Scalar, below
from ...options.readers import EACH_FILLED, EACH_MAP, Mapped
from ...options.structure import Table
from ..context import Profile

PROFILES = Mapped(
    Table(
        {"identity_policies": EACH_FILLED, "provider_overrides": EACH_MAP, "target_overrides": EACH_MAP},
    )
)


def read_profiles(node: Map, at: At) -> dict[str, Profile]:
    """Read all target profiles; those of other lanes are checked, too."""
    found = {}
    for name, given in PROFILES.read(node, at).items():
        found[name] = Profile(
            name=name,
            identity_policies=given.get("identity_policies", ()),
            by_alias=given.get("provider_overrides", {}),
            by_kind=given.get("target_overrides", {}),
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
