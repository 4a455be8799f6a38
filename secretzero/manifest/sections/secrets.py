"""The `secrets` of a manifest: each from its node to a Secret with fields, sources and targets."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ...options.nodes import At, Map, Scalar, Seq, plain
from ..context import Loading
from ..interpolation.fill import fill, is_still
from ..interpolation.interpolate import interpolate, scope_within
from ..interpolation.scope import Scope
from ..model import Rotation, Secret
from .declaration import SECRET, Declaration, read_instructions
from .definition import canonical
from .generators import Sources, read_sources, refuse_private_sources
from .origin import Origin, read_origin
from .rotation import merged
from .targets import Placed

NO_TARGET = "it has no target, and the embedded store is not supported yet"
"""Why a secret without targets cannot be carried out."""

_NESTED = frozenset(("config", "vars", "source", "targets", "agent_instructions"))
_NO_SOURCES = Sources()
_NO_ROTATION = Rotation()


class Draft(NamedTuple):
    """A secret with what is still to be compared with the others.

    `allow_cloud` lets a local one leave this machine, `public` says that nothing in it is secret, and `replaced` names
    the options of its targets that the target profile changed.
    """

    secret: Secret
    placed: tuple[Placed, ...]
    path: str
    node: Map
    allow_cloud: bool
    public: bool
    replaced: tuple[str, ...] = ()


def read_secrets(node: Seq, loading: Loading) -> list[Draft]:
    """Read all secrets; one that is wrong is left out."""
    found = []
    for index, child in enumerate(node.items):
        at = At(loading.problems, f"secrets[{index}]", [])
        if isinstance(child, Map):
            draft = _draft(child, at, loading)
            if draft:
                found.append(draft)
        else:
            at.say(child.mark, "expected a map")
    return found


def _draft(node: Map, at: At, loading: Loading) -> Draft | None:
    scope = None if "vars" not in node.items and is_still(node) else _scope(node, at, loading)
    node = fill(node, SECRET, scope, "identity", at, but=_NESTED)
    said = SECRET.made(node, at)
    sources = _NO_SOURCES
    if said.source is not None:
        sources = read_sources(said.source, scope, at.to(f"{at.path}.source"), loading)
    if not said.kind:
        return None
    origin = read_origin(said, node, scope, at, loading)
    if origin is None or not said.name:
        # What else is wrong is said too.
        _rotation(said, node, at)
        _instructions(said, scope, at)
        return None
    if origin.public:
        refuse_private_sources(sources, at.to(f"{at.path}.source"), loading)
    return Draft(
        secret=_secret(said, node, origin, sources, scope, at),
        placed=origin.placed,
        path=at.path,
        node=node,
        allow_cloud=said.local_allow_cloud,
        public=origin.public,
        replaced=origin.replaced,
    )


def _scope(node: Map, at: At, loading: Loading) -> Scope:
    own = node.items.get("vars")
    if not isinstance(own, Map):
        return loading.scope
    return scope_within(loading.scope, own, loading.problems.found, f"{at.path}.vars")


def _rotation(said: Declaration, node: Map, at: At) -> Rotation:
    """Join `rotation` and `rotation_period`."""
    if said.rotation is None and said.rotation_period is None:
        return _NO_ROTATION
    joined = merged(said.rotation, said.rotation_period)
    if joined is None:
        mark = node.items["rotation_period"].mark
        at.to(f"{at.path}.rotation_period").say(mark, "conflicts with rotation.period", "set only one of them")
        return _NO_ROTATION
    return joined


def _instructions(said: Declaration, scope: Scope | None, at: At) -> Mapping[str, object] | None:
    """Read what a person has to do, with the secret and its first target at hand."""
    if said.agent_instructions is None:
        return None
    path = f"{at.path}.agent_instructions"
    ready = said.agent_instructions
    if scope is not None:
        about = scope.describing(said.name, _first_target(said, scope))
        ready = interpolate(ready, about, "instructions", at.problems.found, path)
    return read_instructions(ready, at, path)


def _first_target(said: Declaration, scope: Scope) -> Map | None:
    """Return provider, kind and options of the first target in one map; what is wrong with it is said elsewhere."""
    targets = said.targets.items if said.targets else []
    first = interpolate(targets[0], scope, "identity", []) if targets and isinstance(targets[0], Map) else None
    if not isinstance(first, Map):
        return None
    config = first.items.get("config")
    return Map({**(config.items if isinstance(config, Map) else {}), **first.items}, {}, first.mark)


def _secret(said: Declaration, node: Map, origin: Origin, sources: Sources, scope: Scope | None, at: At) -> Secret:
    rotation = _rotation(said, node, at)
    instructions = _instructions(said, scope, at)
    definition = origin.definition
    if sources.definition:
        definition = canonical([definition, sources.definition])
    return Secret(
        name=said.name,
        kind=said.kind if origin.template else origin.fields[0].kind,
        fields=origin.fields,
        targets=tuple([place.target for place in origin.placed]),
        sources=sources.entries,
        rotation=rotation,
        one_time=said.one_time,
        on_change=said.on_change,
        local=said.local,
        formerly=said.formerly,
        template=origin.template,
        definition=definition,
        needs=(*origin.needs, *sources.needs),
        absent=tuple(at.absent),
        unsupported=origin.unsupported or sources.unsupported or next(_later(said, origin, rotation), ""),
        agent_instructions=instructions,
        description=_description(node, scope),
        process_tags=said.process_tags,
        tags=_tags(node),
        mark=node.items["name"].mark,
    )


def _later(said: Declaration, origin: Origin, rotation: Rotation) -> Iterator[str]:
    """Yield what of targets and rotation is not supported yet."""
    if not origin.placed and not origin.public and not (said.targets and said.targets.items):
        yield NO_TARGET
    for place in origin.placed:
        if place.made.unsupported:
            yield place.made.unsupported
        if place.target.slot != "current":
            yield "slot 'previous' is not supported yet"
    if rotation is not _NO_ROTATION:
        if rotation.strategy != "single":
            yield f"rotation strategy '{rotation.strategy}' is not supported yet"
        if isinstance(rotation.verify, dict):
            yield "rotation.verify is not supported yet"


def _description(node: Map, scope: Scope | None) -> str:
    found = node.items.get("description")
    if not isinstance(found, Scalar):
        return ""
    ready = interpolate(found, scope, "free", []) if scope else found
    return ready.text if isinstance(ready, Scalar) else ""


def _tags(node: Map) -> tuple[str, ...]:
    found = node.items.get("tags")
    return tuple(str(tag) for tag in plain(found) if isinstance(tag, str | int)) if isinstance(found, Seq) else ()  # type: ignore[union-attr]
