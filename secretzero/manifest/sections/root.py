"""The root of a manifest: its own keys, and the sections that secrets refer to."""

from collections.abc import Mapping
from typing import Annotated, NamedTuple

from attrs import evolve

from ...errors import SecretZeroError
from ...options.nodes import At, Map, Mark, Node, Problems, Scalar, Seq, below
from ...options.readers import (
    ANY_MAP,
    ANYTHING,
    EACH_FILLED,
    EACH_MAP,
    FILLED,
    MAP,
    TEXT,
    Choice,
    FirstOf,
    Integer,
    Listed,
    Mapped,
    Nullable,
    Parsed,
    UnfitError,
    Untouched,
    Via,
    as_map,
)
from ...options.structure import Table, read_section, readers_of
from ...refs import Ref
from ...settings import OUTPUT
from ..catalog import Catalog
from ..context import Loading, Profile
from ..environments import ENVIRONMENTS, Resolved
from ..interpolation.evaluate import Scope, Where
from ..interpolation.interpolate import fill, interpolated
from .policies import read_policies
from .providers import PROVIDER, read_providers
from .secrets import SECRET
from .templates import TEMPLATE

# -- the small sections

_METADATA = Table(
    {"project": TEXT, "owner": TEXT, "environments": Listed(TEXT), "compliance": Listed(TEXT)},
    rest=ANYTHING,
    null=True,
)


def _metadata(node: Node, at: At) -> Mapping[str, object]:
    """Read its own keys strictly, and warn about policy packs that do not exist; the rest is free-form."""
    found = as_map(node)
    own = Map({key: child for key, child in found.items.items() if key in _METADATA.options}, found.keys, found.mark)
    rest = Map(
        {key: child for key, child in found.items.items() if key not in _METADATA.options}, found.keys, found.mark
    )
    read = _METADATA.partly(own, at)
    for index, name in enumerate(read.get("compliance", ())):
        if name.lower() not in {"soc2", "iso27001"}:
            mark, there = own.items["compliance"].mark, at.to(f"{at.path}.compliance[{index}]")
            there.say(mark, "unknown policy pack: nothing is checked", "", "warning")
    return {**ANY_MAP.read(rest, at), **read}


def _uri(text: str) -> str:
    try:
        return str(Ref.parse(text))
    except SecretZeroError as error:
        raise UnfitError(error.message, error.hint) from None


_URI = Parsed(_uri, text=FILLED, pattern="^[a-z][a-z0-9+.-]*://")
_STATE = Table({"provider": FILLED, "uri": _URI}, required=("provider", "uri"))


def _state(node: Node, at: At) -> object:
    return (_URI if isinstance(node, Scalar) else _STATE).read(node, at)


_OUTPUT = Table(OUTPUT.options)
_CONFIG = Table({"output": _OUTPUT}, accepted=("llm", "discovery", "mcp"), null=True)
PROFILES = Mapped(
    Table({"identity_policies": EACH_FILLED, "provider_overrides": EACH_MAP, "target_overrides": EACH_MAP})
)
_PORT = Integer(1, 2**16 - 1)
_AGENT = Table({"mode": Choice("auto", "human", "web"), "web_port_min": _PORT, "web_port_max": _PORT}, null=True)


# -- all sections


_EMPTY = Map({}, {}, Mark())


class Sections(NamedTuple):
    """The root's own keys: what the small sections say, and the nodes of the large ones."""

    variables: Annotated[Node | None, Untouched("node", MAP)] = None
    environments: Annotated[Node | None, Untouched("node", Nullable(ENVIRONMENTS))] = None
    target_profiles: Annotated[Map, Untouched("map", PROFILES)] = _EMPTY
    providers: Annotated[Map, Untouched("map", Mapped(PROVIDER))] = _EMPTY
    secrets: Annotated[Seq, Untouched("list", Listed(SECRET))] = Seq([], Mark())
    templates: Annotated[Map, Untouched("map", Mapped(TEMPLATE))] = _EMPTY
    policies: Annotated[Map, MAP] = _EMPTY
    metadata: Annotated[Mapping[str, object], Via(_metadata, accepts=_METADATA)] = {}
    labels: Annotated[Mapping[str, object], ANY_MAP] = {}
    annotations: Annotated[Mapping[str, object], ANY_MAP] = {}
    state: Annotated[object, Via(_state, accepts=FirstOf([_URI, _STATE]))] = None
    lockfile: Annotated[str, Choice("git", "remote")] = ""
    config: Annotated[Mapping[str, Mapping[str, object]], _CONFIG] = {}
    agent: Annotated[Mapping[str, object], _AGENT] = {}


ROOT = Table(
    readers_of(Sections),
    hints={
        **dict.fromkeys(("llm", "discovery", "output", "mcp"), "write it under 'config'"),
        "var_files": "write it in an environment under 'environments.profiles'",
        "secret": "write 'secrets', a list",
    },
    accepted=("version", "$schema", "name"),
)
_LARGE = frozenset(ROOT.options) - {"metadata", "state", "lockfile", "config", "agent"}


def read_root(tree: Map, scope: Scope, problems: Problems) -> Sections:
    """Read the root's own keys; the large sections stay nodes."""
    at = At(problems, "", [])
    ready = fill(_present(tree), ROOT, scope, "identity", at, but=_LARGE)
    sections = read_section(Sections, ROOT, ready, at)
    _say_what_comes_later(ready, sections, at)
    return sections


def _say_what_comes_later(tree: Map, sections: Sections, at: At) -> None:
    """Report which sections are read but have no effect yet."""
    later = {
        "state": "no effect yet: project key, journal and lease stay on this machine",
        "policies": "policies are checked for mistakes, but not enforced yet",
    }
    for key, words in later.items():
        if key in tree.items:
            at.to(key).say(tree.keys[key], words, "", "notice")
    if sections.lockfile == "remote":
        words = "remote is not supported yet: the lockfile is a file next to the manifest"
        at.to("lockfile").say(tree.items["lockfile"].mark, words, "", "notice")


def _present(tree: Map) -> Map:
    """Leave out sections that are null: they count as absent."""
    items = {key: child for key, child in tree.items.items() if not (isinstance(child, Scalar) and child.value is None)}
    return tree if len(items) == len(tree.items) else Map(items, tree.keys, tree.mark)


def declared_names(secrets: Seq) -> frozenset[str]:
    """Return every name that is declared, also of secrets that cannot be read."""
    names = [child.items.get("name") for child in secrets.items if isinstance(child, Map)]
    return frozenset(name.text for name in names if isinstance(name, Scalar))


def prepare(sections: Sections, resolved: Resolved, catalog: Catalog, problems: Problems) -> Loading:
    """Read the sections that secrets refer to."""
    at = At(problems, "", [])
    scope = resolved.scope
    providers = _ready(sections.providers, scope, "options", at.to("providers"))
    policies = _ready(sections.policies, scope, "identity", at.to("policies"))
    loading = Loading(
        catalog=catalog,
        problems=problems,
        scope=scope,
        providers=read_providers(providers, at.to("providers"), catalog),
        provider_kinds=catalog.providers(),
        policies=read_policies(policies, at.to("policies")),
        policy_names=frozenset(policies.items),
        templates=EACH_MAP.read(sections.templates, at.to("templates")),
    )
    return evolve(loading, profile=_profile(sections, resolved, loading))


def _ready(section: Map, scope: Scope, where: Where, at: At) -> Map:
    """Return a section with what it refers to put in."""
    ready = interpolated(section, scope, where, at.problems, at.path)
    return ready if isinstance(ready, Map) else section


def _profile(sections: Sections, resolved: Resolved, loading: Loading) -> Profile:
    """Read all target profiles, check what they and the lanes name, and return the one of this lane."""
    problems = loading.problems
    at = At(problems, "target_profiles", [])
    node = _ready(sections.target_profiles, resolved.scope, "identity", at)
    profiles = {name: Profile(name=name, **given) for name, given in PROFILES.read(node, at).items()}
    for name, profile in profiles.items():
        _check_profile(profile, as_map(node.items[name]), At(problems, below("target_profiles", name), []), loading)
    for lane in resolved.lanes.values():
        wanted = lane.declared.target_profile
        if wanted and wanted not in node.items:
            mark, hint = lane.node.items["target_profile"].mark, problems.nearest(wanted, node.items)
            problems.say(mark, f"{lane.path}.target_profile", "unknown target profile", hint)
    chosen = resolved.lanes.get(resolved.lane)
    return profiles.get(chosen.declared.target_profile or "", Profile()) if chosen else Profile()


def _check_profile(profile: Profile, node: Map, at: At, loading: Loading) -> None:
    """Refuse aliases, kinds and policies that do not exist: what they say would have no effect."""
    known = (
        ("provider_overrides", "alias", {*loading.providers, *loading.provider_kinds}),
        (
            "target_overrides",
            "target kind",
            {kind for each in loading.provider_kinds for kind in loading.catalog.target_kinds(each)},
        ),
    )
    for section, what, names in known:
        inner = node.items.get(section)
        for name, mark in inner.keys.items() if isinstance(inner, Map) else ():
            if name not in names:
                there = at.to(below(below(at.path, section), name))
                there.say(mark, f"unknown {what}", at.problems.nearest(name, names))
    for name in profile.identity_policies:
        policy = loading.policies.get(name)
        if policy is None or policy.kind != "provider_identity":
            mark = node.items["identity_policies"].mark
            message, hint = "no such provider_identity policy", at.problems.nearest(name, loading.policy_names)
            at.to(below(at.path, "identity_policies")).say(mark, message, hint)
