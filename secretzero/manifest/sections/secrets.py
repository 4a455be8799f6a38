"""The `secrets` of a manifest: each from its node to a Secret with fields, sources and targets."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from ...options.nodes import Map, Node, Scalar, Seq, plain
from ...options.problems import At
from ...options.readers import (
    BOOLEAN,
    EACH_TEXT,
    FAILED,
    FILLED,
    LIST,
    LOOSE_BOOLEAN,
    MAP,
    Reader,
    UnfitError,
    choice,
    take,
)
from ...options.structure import read, shape
from ..context import Loading
from ..interpolation.fill import fill, is_still
from ..interpolation.interpolate import interpolate, scope_within
from ..interpolation.scope import Scope
from ..model import Rotation, Secret
from .definition import canonical
from .fields import Origin, read_origin
from .generators import Sources, read_sources, refuse_private_sources
from .instructions import READ_INSTRUCTIONS
from .rotation import PERIOD, READ_ROTATION, merged
from .targets import Placed

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,255}\Z").match


def _name(node: Node) -> str:
    text: str = FILLED.read(node)
    if not _NAME(text):
        raise UnfitError("not a name", "use up to 256 letters, digits, '_', '.', '-'; the first no '.' or '-'")
    return text


NO_TARGET = "it has no target, and the embedded store comes later"
"""Why a secret without targets cannot be carried out."""

_NODE = Reader(lambda node: node)
_NESTED = frozenset(("config", "vars", "source", "targets", "agent_instructions"))
SECRET = shape(
    {
        "name": Reader(_name),
        "kind": FILLED,
        "formerly": Reader(_name),
        "config": MAP,
        "vars": MAP,
        "source": _NODE,
        "targets": LIST,
        "one_time": BOOLEAN,
        "rotation_period": PERIOD,
        "rotation": READ_ROTATION,
        "on_change": choice("keep", "rotate"),
        "local": LOOSE_BOOLEAN,
        "local_allow_cloud": LOOSE_BOOLEAN,
        "agent_instructions": _NODE,
        "process_tags": EACH_TEXT,
    },
    required="name kind",
    hints={
        "generator": "write 'kind'",
        "generator_config": "write 'config'",
        "template": "write kind: templates.NAME",
        "type": "write 'kind'",
        "sources": "write 'source'",
        "period": "write 'rotation_period'",
        **dict.fromkeys(("length", "value", "default"), "write it under 'config'"),
        **dict.fromkeys(("path", "provider"), "write it in 'targets'"),
    },
)


class Draft(NamedTuple):
    """A secret with what is still to be compared with the others."""

    secret: Secret
    placed: tuple[Placed, ...]
    path: str
    node: Map
    allow_cloud: bool
    public: bool


def read_secrets(node: Seq, loading: Loading) -> list[Draft]:
    """Read all secrets; one that is wrong is left out."""
    found = []
    for index, child in enumerate(node.items):
        at = At(loading.problems, f"secrets[{index}]", [])
        if isinstance(child, Map):
            before = len(loading.replaced)
            draft = _draft(child, at, loading)
            if draft:
                found.append(draft)
                if len(loading.replaced) > before:
                    changed = dict.fromkeys(loading.replaced[before:])
                    loading.replaced[before:] = [f"{draft.secret.name}: {option}" for option in changed]
        else:
            at.say(child.mark, "wants a map")
    return found


def _draft(node: Map, at: At, loading: Loading) -> Draft | None:
    scope = None if "vars" not in node.items and is_still(node) else _scope(node, at, loading)
    node = fill(node, SECRET, scope, "identity", at, but=_NESTED)
    given = read(SECRET, node, at)
    sources = _NO_SOURCES
    if "source" in given:
        sources = read_sources(given["source"], scope, at.to(f"{at.path}.source"), loading)
    if "kind" not in given:
        return None
    origin = read_origin(given.get("name", ""), node, given, scope, at, loading)
    rotation = _rotation(given, node, at)
    instructions = _instructions(given, scope, at)
    if origin is None or "name" not in given:
        return None
    if origin.public:
        refuse_private_sources(sources, at.to(f"{at.path}.source"), loading)
    secret = _secret(_Parts(given, node, origin, sources, rotation, instructions), scope, at)
    return Draft(secret, origin.placed, at.path, node, given.get("local_allow_cloud", False), origin.public)


_NO_SOURCES = Sources()
_NO_ROTATION = Rotation()


def _scope(node: Map, at: At, loading: Loading) -> Scope:
    own = node.items.get("vars")
    if not isinstance(own, Map):
        return loading.scope
    return scope_within(loading.scope, own, loading.problems.found, f"{at.path}.vars")


def _rotation(given: dict[str, Any], node: Map, at: At) -> Rotation:
    """Join `rotation` and `rotation_period`."""
    if "rotation" not in given and "rotation_period" not in given:
        return _NO_ROTATION
    joined = merged(given.get("rotation"), given.get("rotation_period"))
    if joined is None:
        mark = node.items["rotation_period"].mark
        at.to(f"{at.path}.rotation_period").say(mark, "differs from rotation.period", "give one of them")
        return _NO_ROTATION
    return joined


def _instructions(given: dict[str, Any], scope: Scope | None, at: At) -> dict[str, Any] | None:
    """Read what a person has to do, with the secret and its first target at hand."""
    node = given.get("agent_instructions")
    if node is None:
        return None
    path = f"{at.path}.agent_instructions"
    ready = node
    if scope is not None:
        about = scope.describing(given.get("name", ""), _first_target(given, scope))
        ready = interpolate(node, about, "instructions", at.problems.found, path)
    found = take(READ_INSTRUCTIONS, ready, at, path)
    return None if found is FAILED else found


def _first_target(given: dict[str, Any], scope: Scope) -> Map | None:
    """Return provider, kind and options of the first target in one map; what is wrong with it is said elsewhere."""
    targets = given.get("targets")
    if not targets or not isinstance(targets.items[0], Map):
        return None
    first = interpolate(targets.items[0], scope, "identity", [])
    if not isinstance(first, Map):
        return None
    config = first.items.get("config")
    return Map({**(config.items if isinstance(config, Map) else {}), **first.items}, {}, first.mark)


class _Parts(NamedTuple):
    """What a secret is put together from."""

    given: dict[str, Any]
    node: Map
    origin: Origin
    sources: Sources
    rotation: Rotation
    instructions: dict[str, Any] | None


def _secret(parts: _Parts, scope: Scope | None, at: At) -> Secret:
    given, node, origin, sources, rotation, instructions = parts
    definition = origin.definition
    if sources.definition:
        definition = canonical([definition, sources.definition])
    return Secret(
        given["name"],
        origin.fields[0].kind if not origin.template else given["kind"],
        origin.fields,
        tuple([place.target for place in origin.placed]),
        sources.entries,
        rotation,
        given.get("one_time", False),
        given.get("on_change", "keep"),
        given.get("local", False),
        given.get("formerly", ""),
        origin.template,
        definition,
        (*origin.needs, *sources.needs),
        tuple(at.absent),
        origin.unsupported or sources.unsupported or next(_later(given, origin, rotation), ""),
        instructions,
        _description(node, scope),
        given.get("process_tags", ()),
        _tags(node),
        node.items["name"].mark,
    )


def _later(given: dict[str, Any], origin: Origin, rotation: Rotation) -> Iterator[str]:
    """Yield what of targets and rotation comes in a later version."""
    declared = given.get("targets")
    if not origin.placed and not origin.public and not (declared and declared.items):
        yield NO_TARGET
    for place in origin.placed:
        if place.made.unsupported:
            yield place.made.unsupported
        if place.target.slot != "current":
            yield "slot 'previous' comes in a later version"
    if rotation is not _NO_ROTATION:
        if rotation.strategy != "single":
            yield f"rotation strategy '{rotation.strategy}' comes in a later version"
        if isinstance(rotation.verify, dict):
            yield "rotation.verify comes in a later version"


def _description(node: Map, scope: Scope | None) -> str:
    found = node.items.get("description")
    if not isinstance(found, Scalar):
        return ""
    ready = interpolate(found, scope, "free", []) if scope else found
    return ready.text if isinstance(ready, Scalar) else ""


def _tags(node: Map) -> tuple[str, ...]:
    found = node.items.get("tags")
    return tuple(str(tag) for tag in plain(found) if isinstance(tag, str | int)) if isinstance(found, Seq) else ()  # type: ignore[union-attr]
