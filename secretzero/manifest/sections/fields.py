"""Where a secret's value is made and where it lands: one generator, or those of a template's fields."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ...options.nodes import Map, Node, below, plain
from ...options.problems import At
from ..context import Loading
from ..interpolation.scope import Scope
from ..model import Field
from .constraints import fitted
from .definition import canonical
from .generators import TEMPLATE, read_generator
from .targets import Placed, Wanted, placed, read_targets
from .templates import Piece, read_template


class Origin(NamedTuple):
    """The fields of a secret, the places of its parts, and what it is made of."""

    fields: tuple[Field, ...]
    placed: tuple[Placed, ...]
    definition: str
    needs: tuple[str, ...] = ()
    unsupported: str = ""
    template: str = ""
    public: bool = False


def read_origin(
    name: str, node: Map, given: Mapping[str, Any], scope: Scope | None, at: At, loading: Loading
) -> Origin | None:
    """Read what a secret is made of; None when that is wrong."""
    kind: str = given["kind"]
    targets = read_targets(given["targets"], scope, at.to(f"{at.path}.targets"), loading) if "targets" in given else []
    if kind.startswith(TEMPLATE):
        if "config" in node.items:
            hint = "the generator of each field has its own"
            at.to(f"{at.path}.config").say(node.keys["config"], "has no effect on a template", hint)
        return _of_template(name, node.items["kind"], targets, scope or loading.scope, at, loading)
    if "config" in node.items and "config" not in given:
        return None
    config = given.get("config") or Map({}, {}, node.mark)
    made = read_generator(kind, node.items["kind"], config, scope, at, loading)
    if made is None:
        return None
    places = tuple([place for wanted in targets for place in placed(wanted, name, "", at)])
    key = "config" if "config" in node.items else "kind"
    field = fitted("", made, places, node.items[key], at.to(f"{at.path}.{key}"), loading)
    public = made.generator is not None and not any(made.generator.parts.values())
    return Origin((field,), places, made.definition, made.needs, made.unsupported, "", public)


def _of_template(name: str, where: Node, own: list[Wanted], scope: Scope, at: At, loading: Loading) -> Origin | None:
    """Expand a template for one secret; `where` names it."""
    template = str(plain(where)).removeprefix(TEMPLATE)
    loading.used_templates.add(template)
    node = loading.templates.get(template)
    if node is None:
        hint = loading.problems.nearest(template, loading.templates)
        at.to(f"{at.path}.kind").say(where.mark, "unknown template", hint)
        return None
    before = len(loading.problems.found)
    pieces, shared = read_template(node, scope, at.to(below("templates", template)), loading)
    if loading.problems.failed_since(before):
        return None
    places = _places(pieces, [*shared, *own], name, at)
    fields = [fitted(piece.name, piece.made, places, piece.where, at.to(piece.path), loading) for piece in pieces]
    return Origin(
        tuple(fields),
        places,
        canonical({piece.name: piece.made.definition for piece in pieces}),
        tuple(need for piece in pieces for need in piece.made.needs),
        next((piece.made.unsupported for piece in pieces if piece.made.unsupported), ""),
        template,
    )


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
