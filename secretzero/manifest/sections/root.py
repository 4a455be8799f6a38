"""The root of a manifest: its sections, ready for the secrets that refer to them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ...options.nodes import Map, Node, Scalar, Seq, below
from ...options.problems import At, Problems
from ...options.readers import FAILED, MAP, take
from ...options.structure import read
from ..catalog import Catalog
from ..context import Loading, Profile
from ..environments.lanes import Lane
from ..environments.resolve import Resolved
from ..interpolation.fill import fill, interpolated
from ..interpolation.scope import Scope
from .policies import read_policies
from .providers import read_providers
from .reading import LARGE, ROOT, check_compliance, say_what_comes_later
from .target_profiles import read_profiles


class Root(NamedTuple):
    """The sections: what the small ones say, and the nodes of the large ones."""

    given: Mapping[str, Any]
    secrets: Seq
    declared: frozenset[str]

    def section(self, name: str) -> Map:
        """Return a section that is a map; an empty one when it is absent."""
        found = self.given.get(name)
        return found if isinstance(found, Map) else Map({}, {}, self.secrets.mark)


def read_root(tree: Map, scope: Scope, problems: Problems) -> Root:
    """Read the root's own keys; the large sections stay nodes."""
    at = At(problems, "", [])
    ready = fill(_present(tree), ROOT, scope, "identity", at, but=LARGE)
    given = read(ROOT, ready, at)
    say_what_comes_later(ready, given, at)
    check_compliance(given, ready, at)
    secrets = given.get("secrets") or Seq([], tree.mark)
    return Root(given, secrets, frozenset(_names(secrets)))


def _present(tree: Map) -> Map:
    """Leave out sections that are null: they count as absent."""
    items = {key: child for key, child in tree.items.items() if not (isinstance(child, Scalar) and child.value is None)}
    return tree if len(items) == len(tree.items) else Map(items, tree.keys, tree.mark)


def _names(secrets: Seq) -> list[str]:
    """Return every name that is declared, also of secrets that cannot be read."""
    names = [child.items.get("name") for child in secrets.items if isinstance(child, Map)]
    return [name.text for name in names if isinstance(name, Scalar)]


def prepare(root: Root, resolved: Resolved, catalog: Catalog, problems: Problems) -> Loading:
    """Read the sections that secrets refer to."""
    scope = resolved.scope
    providers = _section(root, "providers", scope, "options", problems)
    policies = _section(root, "policies", scope, "identity", problems)
    loading = Loading(
        catalog,
        problems,
        scope,
        read_providers(providers, At(problems, "providers", []), catalog),
        read_policies(policies, At(problems, "policies", [])),
        frozenset(policies.items),
        _templates(root, problems),
        Profile(),
        set(),
        [],
        {},
    )
    return loading._replace(profile=_profile(root, resolved, loading))


def _section(root: Root, name: str, scope: Scope, where: Any, problems: Problems) -> Map:
    ready = interpolated(root.section(name), scope, where, problems, name)
    return ready if isinstance(ready, Map) else root.section(name)


def _templates(root: Root, problems: Problems) -> dict[str, Map]:
    """Return the templates as they are written; each is read under the variables of the secrets that use it."""
    found = {}
    for name, child in root.section("templates").items.items():
        path = below("templates", name)
        node = take(MAP, child, At(problems, path, []), path)
        if node is not FAILED:
            found[name] = node
    return found


def _profile(root: Root, resolved: Resolved, loading: Loading) -> Profile:
    """Read all target profiles, check what they and the lanes name, and return the one of this lane."""
    problems = loading.problems
    node = _section(root, "target_profiles", resolved.scope, "identity", problems)
    profiles = read_profiles(node, At(problems, "target_profiles", []))
    for name, profile in profiles.items():
        _check_profile(profile, node.items[name], At(problems, below("target_profiles", name), []), loading)
    for lane in resolved.lanes.values():
        if lane.target_profile and lane.target_profile not in node.items:
            _say_unknown(lane, node, problems)
    chosen = resolved.lanes.get(resolved.lane)
    return profiles.get(chosen.target_profile, Profile()) if chosen else Profile()


def _say_unknown(lane: Lane, profiles: Map, problems: Problems) -> None:
    path = below(below("environments.profiles", lane.name), "target_profile")
    hint = problems.nearest(lane.target_profile, profiles.items)
    problems.say(lane.target_profile_mark, path, "unknown target profile", hint)


def _check_profile(profile: Profile, node: Node, at: At, loading: Loading) -> None:
    """Refuse aliases, kinds and policies that do not exist: what they say would have no effect."""
    catalog = loading.catalog
    known = {
        "provider_overrides": {*loading.providers, *catalog.providers()},
        "target_overrides": catalog.every_target_kind(),
    }
    for section, names in known.items():
        inner = node.items.get(section) if isinstance(node, Map) else None
        for name in inner.items if isinstance(inner, Map) else ():
            if isinstance(inner, Map) and name not in names:
                what = "alias" if section == "provider_overrides" else "target kind"
                there = at.to(below(below(at.path, section), name))
                there.say(inner.keys[name], f"unknown {what}", at.problems.nearest(name, names))
    for name in profile.identity_policies:
        policy = loading.policies.get(name)
        if policy is None or policy.kind != "provider_identity":
            mark = node.items["identity_policies"].mark if isinstance(node, Map) else node.mark
            message, hint = "names no provider_identity policy", at.problems.nearest(name, loading.policy_names)
            at.to(below(at.path, "identity_policies")).say(mark, message, hint)
