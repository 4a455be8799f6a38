"""The targets of secrets: from nodes to options of a kind, and from there to where the parts of a value land."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Literal, NamedTuple

from ...errors import SecretZeroError
from ...options.nodes import At, Map, Node, Scalar, Seq, below, laid
from ...options.readers import EACH_FILLED, FAILED, FILLED, MAP, TEXT, Listed, Via, take
from ...options.structure import Structured, Table, read_section, readers_of
from ...protocols import TargetKind
from ...refs import encode
from ...values import SecretValue
from ..context import Loading, MadeTarget, signature
from ..interpolation.evaluate import Scope
from ..interpolation.interpolate import fill
from ..model import Consumer, Target
from .providers import unknown_provider

_CONSUMER = Table({"name": FILLED, "kind": TEXT, "restart": Listed(TEXT, least=1)}, required=("name",))


def _consumer(node: Node, at: At) -> object:
    found = _CONSUMER.read(node, at)
    return found if found is FAILED else Consumer(**found)


class Declared(NamedTuple):
    """A target's own keys; what is absent or wrong has its default."""

    provider: Annotated[str, FILLED] = ""
    kind: Annotated[str, FILLED] = ""
    config: Annotated[Map | None, MAP] = None
    identity_policies: Annotated[tuple[str, ...], EACH_FILLED] = ()
    required: bool = True
    consumers: Annotated[tuple[Consumer, ...], Listed(Via(_consumer, accepts=_CONSUMER))] = ()
    on_foreign: Literal["fail", "adopt", "overwrite"] = "fail"
    slot: Literal["current", "previous"] = "current"


TARGET = Table(
    readers_of(Declared),
    required=("provider", "kind"),
    hints={
        "type": "write 'kind'",
        **dict.fromkeys(
            ("path", "name", "key", "format", "mode", "merge", "dialect", "mappings", "value_field"),
            "write it under 'config'",
        ),
    },
    accepted=("profile",),
)
TARGETS = Listed(TARGET)
_MISPLACED = dict.fromkeys(
    ("required", "on_foreign", "slot", "consumers", "identity_policies"), "write it next to 'kind'"
)
_DOCUMENTED: Mapping[str, tuple[str, ...]] = {"file": ("structure",)}
_PROBE = SecretValue("probe-0123456789")


class Wanted(NamedTuple):
    """A target as it is declared, before it is known which part of which secret it holds, and so what its URI is.

    `replaced` names the options that the target profile changed.
    """

    target: Target
    made: MadeTarget
    replaced: tuple[str, ...]
    path: str


class Placed(NamedTuple):
    """A target, with what the other targets must agree with."""

    target: Target
    made: MadeTarget
    path: str


def read_targets(node: Seq | None, scope: Scope | None, at: At, loading: Loading) -> list[Wanted]:
    """Read the targets of whatever is at this place; one that is wrong is left out."""
    found = []
    for index, child in enumerate(node.items if node else ()):
        inner = at.to(f"{at.path}.targets[{index}]")
        if not isinstance(child, Map):
            take(MAP, child, at, inner.path)
            continue
        wanted = _wanted(child, scope, inner, loading)
        if wanted:
            found.append(wanted)
    return found


def _wanted(node: Map, scope: Scope | None, at: At, loading: Loading) -> Wanted | None:
    said = read_section(Declared, TARGET, fill(node, TARGET, scope, "identity", at), at)
    if "profile" in node.items:
        hint = "use a second provider alias"
        at.to(below(at.path, "profile")).say(node.keys["profile"], "has no effect", hint, "notice")
    if not said.kind or not said.provider or ("config" in node.items and said.config is None):
        return None
    provider = _provider(said.provider, node.items["provider"], at, loading)
    if provider is None:
        return None
    written = said.config or Map({}, {}, node.mark)
    config, profile = written, loading.profile
    for override in (profile.provider_overrides.get(said.provider), profile.target_overrides.get(said.kind)):
        if override is not None:
            # Problems of the whole stay at the target.
            config = laid(config, override, config.mark)
    made = _made(provider, said.kind, config, node, at, loading)
    if made is None:
        return None
    target = Target(
        uri="",
        object="",
        field="",
        part="",
        alias=said.provider,
        provider=provider,
        kind=said.kind,
        options=made.options,
        required=said.required,
        on_foreign=said.on_foreign,
        slot=said.slot,
        identity_policies=_policies(node, said.identity_policies, at, loading),
        consumers=said.consumers,
        mark=node.mark,
    )
    return Wanted(target, made, tuple(_replaced(written, config)) if config is not written else (), at.path)


def _provider(alias: str, node: Node, at: At, loading: Loading) -> str | None:
    """Return the kind of an alias, or of the provider kind that is named directly."""
    entry = loading.providers.get(alias)
    if entry:
        return entry.kind if entry.kind in loading.provider_kinds else None
    if alias in loading.provider_kinds:
        return alias
    inner = at.to(below(at.path, "provider"))
    if alias in loading.catalog.plugin_kinds:
        unknown_provider(alias, node.mark, inner, loading.catalog)
    else:
        known = {*loading.providers, *loading.provider_kinds}
        inner.say(node.mark, "unknown provider alias", loading.problems.nearest(alias, known))
    return None


def _policies(node: Map, own: tuple[str, ...], at: At, loading: Loading) -> tuple[str, ...]:
    """Check the names of identity policies and add those of the profile."""
    for name in own:
        policy = loading.policies.get(name)
        if name not in loading.policy_names or (policy and policy.kind != "provider_identity"):
            mark, hint = node.items["identity_policies"].mark, loading.problems.nearest(name, loading.policy_names)
            at.to(below(at.path, "identity_policies")).say(mark, "no such provider_identity policy", hint)
    return (*own, *(name for name in loading.profile.identity_policies if name not in own))


# -- options


@cache
def _table(kind: type, name: str) -> Structured:
    """Return the table of a kind with what every target takes, and hints for keys that belong elsewhere."""
    return Structured(kind, hints=_MISPLACED, accepted=("value_field", *_DOCUMENTED.get(name, ())))


def _made(provider: str, kind: str, config: Map, node: Map, at: At, loading: Loading) -> MadeTarget | None:
    """Make the options of a kind; equal ones are made once."""
    key = signature(config, provider, kind)
    if key is not None and key in loading.targets:
        return loading.targets[key]
    if provider not in loading.target_kinds:
        # This may import the provider.
        loading.target_kinds[provider] = loading.catalog.targets.get(provider, {})
    known = loading.target_kinds[provider].get(kind)
    if known is None:
        return _later(provider, kind, node.items["kind"], at, loading)
    made = _structured(known, kind, config, at.to(f"{at.path}.config"))
    if made is not None and key is not None:
        loading.targets[key] = made
    return made


def _structured(known: type, kind: str, config: Map, at: At) -> MadeTarget | None:
    part = ""
    if "value_field" in config.items:
        part = take(TEXT, config.items["value_field"], at, below(at.path, "value_field"))
    options: TargetKind | None = _table(known, kind).made(config, at)
    if options is None or part is FAILED:
        return None
    try:
        return MadeTarget(options=options, constraints=options.constraints(), whole=options.object_options(), part=part)
    except SecretZeroError as error:
        at.say(config.mark, error.message, error.hint)
        return None


def _later(provider: str, kind: str, node: Node, at: At, loading: Loading) -> MadeTarget | None:
    """Accept a kind that is known by name only, and refuse an unknown one."""
    inner = at.to(below(at.path, "kind"))
    catalog = loading.catalog
    if kind in catalog.later_targets.get(provider, ()):
        return MadeTarget(None, unsupported=f"target kind '{kind}' is not supported yet")
    elsewhere = sorted(name for name in catalog.providers() if kind in catalog.target_kinds(name))
    hint = loading.problems.nearest(kind, catalog.target_kinds(provider))
    if elsewhere:
        hint = f"it belongs to provider kind '{elsewhere[0]}'"
    loading.problems.unknown(node.mark, inner.path, f"unknown target kind for provider kind '{provider}'", hint)
    return MadeTarget(None, unsupported=f"target kind '{kind}' is unknown") if loading.problems.lenient else None


def _replaced(before: Map, after: Map, path: str = "") -> list[str]:
    """Name the options that differ, by dot path."""
    found: list[str] = []
    for key, child in after.items.items():
        old, inner = before.items.get(key), below(path, key)
        if isinstance(old, Map) and isinstance(child, Map):
            found += _replaced(old, child, inner)
        elif old is not child and not _same(old, child):
            found.append(inner)
    return found


def _same(one: Node | None, other: Node) -> bool:
    return isinstance(one, Scalar) and isinstance(other, Scalar) and (one.value, one.text) == (other.value, other.text)


# -- places


def placed(wanted: Wanted, name: str, prefix: str, at: At) -> list[Placed]:
    """Return the places of a target for a secret or field of this name; `prefix` is the part that goes there."""
    target, made, options = wanted.target, wanted.made, wanted.made.options
    if options is None:
        shown = f"{target.alias}/{target.kind}"
        return [Placed(target._replace(uri=shown, object=shown, part=prefix), made, wanted.path)]
    try:
        places = options.places(name)
        for ref, _ in places:
            # A plain word is a legal name everywhere but where `places` itself refuses it.
            if not (ref.field or name).isidentifier():
                options.check(ref.field or name, _PROBE)
    except SecretZeroError as error:
        at.to(wanted.path).say(target.mark, error.message, error.hint)
        return []
    found = []
    for ref, own in places:
        part = own if not (prefix or made.part) else ".".join(filter(None, (prefix, made.part, own)))
        uri = f"{ref.object}#{encode(ref.field)}" if ref.field else ref.object
        # For a third of what `_replace` costs: the first four fields say where it is.
        placed = Target._make((uri, ref.object, ref.field, part, *target[4:]))
        found.append(Placed(placed, made, wanted.path))
    return found
