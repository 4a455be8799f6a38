"""The `secrets` of a manifest: each from its node to a Secret with fields, sources and targets."""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Literal, NamedTuple

from ...options.nodes import At, Map, Node, Scalar, Seq, below, plain
from ...options.readers import (
    ANY_MAP,
    BOOLEAN,
    EACH_FILLED,
    FAILED,
    FILLED,
    LOOSE_BOOLEAN,
    MAP,
    TEXT,
    Listed,
    Parsed,
    UnfitError,
    Untouched,
    take,
)
from ...options.structure import Table, read_section, readers_of
from ..context import Loading, canonical
from ..interpolation.evaluate import Scope
from ..interpolation.interpolate import fill, interpolate, is_still, scope_within
from ..model import Field, Rotation, Secret
from .generators import SOURCES, TEMPLATE, Sources, constrained, read_generator, read_sources, refuse_private_sources
from .rotation import PERIOD, ROTATION
from .targets import TARGETS, Placed, Wanted, placed, read_targets
from .templates import Piece, read_template

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,255}\Z").match


def _name(text: str) -> str:
    if not _NAME(text):
        raise UnfitError(
            "invalid name", "use 1 to 256 letters, digits, '_', '.' and '-', not beginning with '.' or '-'"
        )
    return text


NAME = Parsed(_name, pattern="^[A-Za-z0-9_][A-Za-z0-9_.-]{0,255}$", text=FILLED)
_STEP = Table(
    {"action": FILLED, "description": FILLED, "params": ANY_MAP, "required": BOOLEAN},
    required=("action", "description"),
)
INSTRUCTIONS = Table(
    {
        "summary": FILLED,
        "steps": Listed(_STEP, least=1),
        "prerequisites": EACH_FILLED,
        "automation_hint": TEXT,
        "estimated_time": TEXT,
        "fallback": TEXT,
        "required_tools": EACH_FILLED,
        "documentation_url": TEXT,
    },
    required=("summary", "steps"),
)


class Declaration(NamedTuple):
    """A secret's own keys. What is read later stays a node; what is absent or wrong has its default."""

    name: Annotated[str, NAME] = ""
    kind: Annotated[str, FILLED] = ""
    formerly: Annotated[str, NAME] = ""
    config: Annotated[Map | None, MAP] = None
    vars: Annotated[Map | None, MAP] = None
    source: Annotated[Node | None, Untouched("node", SOURCES)] = None
    targets: Annotated[Seq | None, Untouched("list", TARGETS)] = None
    one_time: bool = False
    rotation_period: Annotated[timedelta | None, PERIOD] = None
    rotation: Annotated[Rotation | None, ROTATION] = None
    on_change: Literal["keep", "rotate"] = "keep"
    local: Annotated[bool, LOOSE_BOOLEAN] = False
    local_allow_cloud: Annotated[bool, LOOSE_BOOLEAN] = False
    agent_instructions: Annotated[Node | None, Untouched("node", INSTRUCTIONS)] = None
    process_tags: tuple[str, ...] = ()


SECRET = Table(
    readers_of(Declaration),
    required=("name", "kind"),
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


class Origin(NamedTuple):
    """The fields of a secret, the places of its parts, and what it is made of.

    `public` says that nothing in it is secret; `replaced` names the options of its targets that the target profile
    changed.
    """

    fields: tuple[Field, ...]
    placed: tuple[Placed, ...]
    definition: str
    needs: tuple[str, ...] = ()
    unsupported: str = ""
    template: str = ""
    public: bool = False
    replaced: tuple[str, ...] = ()


def read_origin(said: Declaration, node: Map, scope: Scope | None, at: At, loading: Loading) -> Origin | None:
    """Read what a secret is made of; None when that is wrong."""
    targets = read_targets(said.targets, scope, at, loading)
    if said.kind.startswith(TEMPLATE):
        if "config" in node.items:
            hint = "write it under the generator of each field"
            at.to(f"{at.path}.config").say(node.keys["config"], "has no effect on a template", hint)
        return _of_template(said, node, targets, scope or loading.scope, at, loading)
    made = read_generator(said.kind, said.config, node, scope, at, loading)
    if made is None:
        return None
    places = tuple([place for wanted in targets for place in placed(wanted, said.name, "", at)])
    key = "config" if "config" in node.items else "kind"
    field = constrained("", made, places, node.items[key], at.to(f"{at.path}.{key}"), loading)
    return Origin(
        fields=(field,),
        placed=places,
        definition=made.definition,
        needs=made.needs,
        unsupported=made.unsupported,
        public=made.generator is not None and not any(made.generator.parts.values()),
        replaced=_replaced(targets) if loading.profile.name else (),
    )


def _of_template(
    said: Declaration, node: Map, own: list[Wanted], scope: Scope, at: At, loading: Loading
) -> Origin | None:
    """Expand a template for one secret."""
    where = node.items["kind"]
    template = said.kind.removeprefix(TEMPLATE)
    loading.used_templates.add(template)
    declared = loading.templates.get(template)
    if declared is None:
        hint = loading.problems.nearest(template, loading.templates)
        at.to(f"{at.path}.kind").say(where.mark, "unknown template", hint)
        return None
    before = len(loading.problems.found)
    pieces, shared = read_template(declared, scope, at.to(below("templates", template)), loading)
    if loading.problems.failed_since(before):
        return None
    places = _places(pieces, [*shared, *own], said.name, at)
    fields = [constrained(piece.name, piece.made, places, piece.where, at.to(piece.path), loading) for piece in pieces]
    return Origin(
        fields=tuple(fields),
        placed=places,
        definition=canonical({piece.name: piece.made.definition for piece in pieces}),
        needs=tuple(need for piece in pieces for need in piece.made.needs),
        unsupported=next((piece.made.unsupported for piece in pieces if piece.made.unsupported), ""),
        template=template,
        replaced=_replaced([*own, *(wanted for piece in pieces for wanted in piece.targets), *shared]),
    )


def _replaced(targets: list[Wanted]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(option for wanted in targets for option in wanted.replaced))


def _places(pieces: list[Piece], shared: list[Wanted], name: str, at: At) -> tuple[Placed, ...]:
    """Give each field its own targets, then those of template and secret; of one identity twice the first counts.

    A shared target that fixes one place gets the whole map; any other gets each field at a place of its own.
    """
    found: dict[str, Placed] = {}
    for piece in pieces:
        for wanted in piece.targets:
            for place in placed(wanted, piece.name, piece.name, at):
                found.setdefault(place.target.uri, place)
    for wanted in shared:
        options = wanted.made.options
        whole = [(name, "")] if options is None or options.one_place else [(piece.name, piece.name) for piece in pieces]
        for named, part in whole:
            for place in placed(wanted, named, part, at):
                found.setdefault(place.target.uri, place)
    return tuple(found.values())


NO_TARGET = "it has no target, and the embedded store is not supported yet"
"""Why a secret without targets cannot be carried out."""

_NESTED = frozenset(("config", "vars", "source", "targets", "agent_instructions"))
_NO_ROTATION = Rotation()


class Draft(NamedTuple):
    """A secret with what is still to be compared with the others. `allow_cloud` lets a local one leave this machine."""

    secret: Secret
    origin: Origin
    path: str
    node: Map
    allow_cloud: bool


def read_secrets(node: Seq, loading: Loading, *, still: bool) -> list[Draft]:
    """Read all secrets; one that is wrong is left out. `still`: nothing in the manifest refers to anything."""
    found = []
    for index, child in enumerate(node.items):
        at = At(loading.problems, f"secrets[{index}]", [])
        if isinstance(child, Map):
            draft = _draft(child, at, loading, still=still)
            if draft:
                found.append(draft)
        else:
            at.say(child.mark, "expected a map")
    return found


def _draft(node: Map, at: At, loading: Loading, *, still: bool) -> Draft | None:
    own = node.items.get("vars")
    scope = None if own is None and (still or is_still(node)) else loading.scope
    if isinstance(own, Map):
        scope = scope_within(loading.scope, own, loading.problems.found, f"{at.path}.vars")
    node = fill(node, SECRET, scope, "identity", at, but=_NESTED)
    said = read_section(Declaration, SECRET, node, at)
    sources = read_sources(said.source, scope, at.to(f"{at.path}.source"), loading) if said.source else Sources()
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
        origin=origin,
        path=at.path,
        node=node,
        allow_cloud=said.local_allow_cloud,
    )


def _rotation(said: Declaration, node: Map, at: At) -> Rotation:
    """Join `rotation` with the short `rotation_period`."""
    rotation, period = said.rotation, said.rotation_period
    if rotation is None:
        return _NO_ROTATION if period is None else Rotation(period)
    if period is None or rotation.period == period:
        return rotation
    if rotation.period is None:
        return rotation._replace(period=period)
    mark = node.items["rotation_period"].mark
    at.to(f"{at.path}.rotation_period").say(mark, "conflicts with rotation.period", "set only one of them")
    return _NO_ROTATION


def _instructions(said: Declaration, scope: Scope | None, at: At) -> Mapping[str, object] | None:
    """Read what a person has to do, with the secret and its first target at hand."""
    if said.agent_instructions is None:
        return None
    path = f"{at.path}.agent_instructions"
    ready = said.agent_instructions
    if scope is not None:
        about = scope.describing(said.name, _first_target(said, scope))
        ready = interpolate(ready, about, "instructions", at.problems.found, path)
    found: Mapping[str, object] = take(INSTRUCTIONS, ready, at, path)
    return None if found is FAILED else found


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
