"""The targets of secrets: from nodes to options of a kind, and from there to where the parts of a value land."""

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from ...errors import SecretZeroError
from ...options.marks import Mark
from ...options.nodes import Map, Node, below
from ...options.problems import At
from ...options.readers import BOOLEAN, EACH_FILLED, FAILED, FILLED, MAP, TEXT, choice, listed, take
from ...options.structure import Shape, read, shape, shape_of, structure, table
from ...protocols import Constraints, TargetKind
from ...refs import encode
from ...values import SecretValue
from ..context import Loading
from ..interpolation.fill import fill
from ..interpolation.scope import Scope
from ..model import Consumer, Target
from .definition import signature
from .providers import unknown_provider
from .target_profiles import replaced

_BESIDE = "write it beside 'kind'"
_UNDER = "write it under 'config'"
_CONSUMER = shape({"name": FILLED, "kind": TEXT, "restart": listed(TEXT, least=1)}, required="name")
TARGET = shape(
    {
        "provider": FILLED,
        "kind": FILLED,
        "config": MAP,
        "identity_policies": EACH_FILLED,
        "required": BOOLEAN,
        "consumers": listed(table(_CONSUMER)),
        "on_foreign": choice("fail", "adopt", "overwrite"),
        "slot": choice("current", "previous"),
    },
    required="provider kind",
    hints={
        "type": "write 'kind'",
        **dict.fromkeys(
            ("path", "name", "key", "format", "mode", "merge", "dialect", "mappings", "value_field"), _UNDER
        ),
    },
    accepted="profile",
)
_MISPLACED = dict.fromkeys(("required", "on_foreign", "slot", "consumers", "identity_policies"), _BESIDE)
_DOCUMENTED: Mapping[str, frozenset[str]] = {"file": frozenset(("structure",))}
_PROBE = SecretValue("probe-0123456789")


class Made(NamedTuple):
    """The options of a target, made once for all targets that are written alike.

    `unsupported` says why there are none, although nothing is wrong; `part` is `value_field`.
    """

    options: TargetKind | None
    constraints: Constraints = Constraints()
    whole: Mapping[str, object] = {}
    part: str = ""
    unsupported: str = ""


class Wanted(NamedTuple):
    """A target as it is declared, before it is known which part of which secret it holds."""

    made: Made
    alias: str
    provider: str
    kind: str
    given: Mapping[str, Any]
    policies: tuple[str, ...]
    mark: Mark
    path: str


class Placed(NamedTuple):
    """A target, with what the other targets must agree with."""

    target: Target
    made: Made
    path: str


def read_targets(node: Node, scope: Scope | None, at: At, loading: Loading) -> list[Wanted]:
    """Read a list of targets; one that is wrong is left out."""
    found = []
    for index, child in enumerate(node.items if hasattr(node, "items") and not isinstance(node, Map) else []):
        inner = at.to(f"{at.path}[{index}]")
        if not isinstance(child, Map):
            take(MAP, child, at, inner.path)
            continue
        wanted = _wanted(child, scope, inner, loading)
        if wanted:
            found.append(wanted)
    return found


def _wanted(node: Map, scope: Scope | None, at: At, loading: Loading) -> Wanted | None:
    given = read(TARGET, fill(node, TARGET, scope, "identity", at), at)
    if "profile" in node.items:
        hint = "use a second provider alias"
        at.to(below(at.path, "profile")).say(node.keys["profile"], "selects nothing", hint, "notice")
    if "kind" not in given or "provider" not in given or ("config" in node.items and "config" not in given):
        return None
    alias, kind = given["provider"], given["kind"]
    provider = _provider(alias, node.items["provider"], at, loading)
    if provider is None:
        return None
    config = loading.profile.applied(given.get("config") or Map({}, {}, node.mark), alias, kind)
    made = _made(provider, kind, config, node, at, loading)
    if made is None:
        return None
    policies = _policies(node, given.get("identity_policies", ()), at, loading)
    _note_replaced(given.get("config"), config, loading)
    return Wanted(made, alias, provider, kind, given, policies, node.mark, at.path)


def _provider(alias: str, node: Node, at: At, loading: Loading) -> str | None:
    """Return the kind of an alias; each is looked up once."""
    key = ("alias", alias)
    if key in loading.made:
        return loading.made[key]  # type: ignore[no-any-return]
    found = _look_up(alias, node, at, loading)
    if found is not None:
        loading.made[key] = found
    return found


def _look_up(alias: str, node: Node, at: At, loading: Loading) -> str | None:
    """Return the kind of an alias, or of the provider kind that is named directly."""
    entry = loading.providers.get(alias)
    if entry:
        return entry.kind if entry.kind in loading.catalog.providers() else None
    if alias in loading.catalog.providers():
        return alias
    inner = at.to(below(at.path, "provider"))
    if alias in loading.catalog.plugin_kinds:
        unknown_provider(alias, node.mark, inner, loading.catalog)
    else:
        known = {*loading.providers, *loading.catalog.providers()}
        inner.say(node.mark, "unknown alias", loading.problems.nearest(alias, known))
    return None


def _policies(node: Map, own: tuple[str, ...], at: At, loading: Loading) -> tuple[str, ...]:
    """Check the names of identity policies and add those of the profile."""
    for name in own:
        policy = loading.policies.get(name)
        if name not in loading.policy_names or (policy and policy.kind != "provider_identity"):
            mark, hint = node.items["identity_policies"].mark, loading.problems.nearest(name, loading.policy_names)
            at.to(below(at.path, "identity_policies")).say(mark, "names no provider_identity policy", hint)
    return (*own, *(name for name in loading.profile.identity_policies if name not in own))


def _note_replaced(before: Map | None, after: Map, loading: Loading) -> None:
    if before is not after and loading.profile.name:
        old = before or Map({}, {}, after.mark)
        loading.replaced.extend(replaced(old, after))


# -- options


@cache
def _shape(kind: type, name: str) -> Shape:
    """Return the shape of a kind with what every target takes, and pointers for what stands elsewhere."""
    wanted = shape_of(kind)
    return wanted._replace(hints=_MISPLACED, accepted=_DOCUMENTED.get(name, frozenset()) | {"value_field"})


def _made(provider: str, kind: str, config: Map, node: Map, at: At, loading: Loading) -> Made | None:
    """Make the options of a kind; equal ones are made once."""
    key = signature(config, "target", provider, kind)
    if key in loading.made:
        return loading.made[key]  # type: ignore[no-any-return]
    known = _class(provider, kind, loading)
    if known is None:
        return _later(provider, kind, node.items["kind"], at, loading)
    made = _structured(known, kind, config, at.to(f"{at.path}.config"))
    if made is not None and key is not None:
        loading.made[key] = made
    return made


def _class(provider: str, kind: str, loading: Loading) -> type | None:
    """Return the class of a target kind; each is looked up once, which may import its provider."""
    key = ("class", provider, kind)
    if key not in loading.made:
        loading.made[key] = loading.catalog.targets.get(provider, {}).get(kind)
    return loading.made[key]  # type: ignore[no-any-return]


def _structured(known: type, kind: str, config: Map, at: At) -> Made | None:
    part = (
        take(TEXT, config.items["value_field"], at, below(at.path, "value_field"))
        if "value_field" in config.items
        else ""
    )
    options: TargetKind | None = structure(known, config, at, _shape(known, kind))
    if options is None or part is FAILED:
        return None
    try:
        return Made(options, options.constraints(), options.object_options(), part)
    except SecretZeroError as error:
        at.say(config.mark, error.message, error.hint)
        return None


def _later(provider: str, kind: str, node: Node, at: At, loading: Loading) -> Made | None:
    """Accept a kind that is known by name only, and refuse one that nobody knows."""
    inner = at.to(below(at.path, "kind"))
    catalog = loading.catalog
    if kind in catalog.later_targets.get(provider, ()):
        return Made(None, unsupported=f"target kind '{kind}' comes in a later version")
    elsewhere = sorted(name for name in catalog.providers() if kind in catalog.target_kinds(name))
    hint = loading.problems.nearest(kind, catalog.target_kinds(provider))
    if elsewhere:
        hint = f"it belongs to provider kind '{elsewhere[0]}'"
    loading.problems.unknown(node.mark, inner.path, f"unknown target kind of provider kind '{provider}'", hint)
    return Made(None, unsupported=f"target kind '{kind}' is unknown") if loading.problems.lenient else None


# -- places


def placed(wanted: Wanted, name: str, prefix: str, at: At) -> list[Placed]:
    """Return the places of a target for a secret or field of this name; `prefix` is the part that goes there."""
    options = wanted.made.options
    if options is None:
        return [Placed(_target(wanted, f"{wanted.alias}/{wanted.kind}", "", prefix), wanted.made, wanted.path)]
    try:
        places = options.places(name)
        for ref, _ in places:
            # A plain word is a legal name everywhere but where `places` itself refuses it.
            if not (ref.field or name).isidentifier():
                options.check(ref.field or name, _PROBE)
    except SecretZeroError as error:
        at.to(wanted.path).say(wanted.mark, error.message, error.hint)
        return []
    found = []
    for ref, own in places:
        part = own if not (prefix or wanted.made.part) else ".".join(filter(None, (prefix, wanted.made.part, own)))
        found.append(Placed(_target(wanted, ref.object, ref.field, part), wanted.made, wanted.path))
    return found


def _target(wanted: Wanted, whole: str, field: str, part: str) -> Target:
    given = wanted.given
    return Target(
        f"{whole}#{encode(field)}" if field else whole,
        whole,
        field,
        part,
        wanted.alias,
        wanted.provider,
        wanted.kind,
        wanted.made.options,
        given.get("required", True),
        given.get("on_foreign", "fail"),
        given.get("slot", "current"),
        wanted.policies,
        tuple(Consumer(**consumer) for consumer in given["consumers"]) if "consumers" in given else (),
        wanted.mark,
    )
