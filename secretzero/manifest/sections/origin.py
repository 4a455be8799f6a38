"""Where a secret's value is made and where it lands: one generator, or those of a template's fields."""

from typing import NamedTuple

from ...options.nodes import At, Map, below, plain
from ..context import Loading
from ..interpolation.scope import Scope
from ..model import Field
from .constraints import constrained
from .declaration import Declaration
from .definition import canonical
from .generators import TEMPLATE, read_generator
from .targets import Placed, Wanted, placed, read_targets
from .templates import Piece, read_template


class Origin(NamedTuple):
    """The fields of a secret, the places of its parts, and what it is made of.

    `replaced` names the options of its targets that the target profile changed.
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
    if "config" in node.items and said.config is None:
        return None
    made = read_generator(said.kind, node.items["kind"], said.config or Map({}, {}, node.mark), scope, at, loading)
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
    template = str(plain(where)).removeprefix(TEMPLATE)
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
