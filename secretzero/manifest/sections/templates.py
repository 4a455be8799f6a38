"""The `templates` of a manifest: secrets of several fields, read once for each secret that uses one."""

import re
from typing import Annotated, NamedTuple

from attrs import evolve

from ...options.nodes import At, Map, Node, Seq, below
from ...options.readers import FAILED, FILLED, MAP, Mapped, Untouched, take
from ...options.structure import Table, read_section, readers_of
from ..context import Loading, MadeGenerator
from ..interpolation.evaluate import Scope
from ..interpolation.interpolate import fill
from .generators import read_generator
from .targets import TARGETS, Wanted, read_targets

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,256}\Z").match
_NESTED = frozenset(("config", "targets", "fields", "generator"))


class _Generator(NamedTuple):
    """The keys of a field's generator."""

    kind: Annotated[str, FILLED] = ""
    config: Annotated[Map | None, MAP] = None


GENERATOR = Table(
    readers_of(_Generator),
    required=("kind",),
    hints={"type": "write 'kind'", "generator": "write 'kind'", "generator_config": "write 'config'"},
)


class _Field(NamedTuple):
    """A field's own keys."""

    generator: Annotated[Map | None, Untouched("map", GENERATOR)] = None
    targets: Annotated[Seq | None, Untouched("list", TARGETS)] = None


FIELD = Table(
    readers_of(_Field),
    required=("generator",),
    hints={"kind": "write it under 'generator'", "config": "write it under 'generator'"},
)


class _Template(NamedTuple):
    """A template's own keys."""

    fields: Annotated[Map | None, Untouched("map", Mapped(FIELD))] = None
    targets: Annotated[Seq | None, Untouched("list", TARGETS)] = None


TEMPLATE = Table(readers_of(_Template), required=("fields",))


class Piece(NamedTuple):
    """One field of a template: what makes it, its own targets, and the place of its options."""

    name: str
    made: MadeGenerator
    targets: list[Wanted]
    where: Node
    path: str


def read_template(node: Map, scope: Scope | None, at: At, loading: Loading) -> tuple[list[Piece], list[Wanted]]:
    """Read the fields and targets of a template under the variables of a secret; `at` is the template's own place."""
    said = read_section(_Template, TEMPLATE, node, at)
    fields = said.fields or Map({}, {}, node.mark)
    there = at.to(below(at.path, "fields"))
    if said.fields is not None and not fields.items:
        there.say(fields.mark, "must not be empty")
    pieces = []
    for name, child in fields.items.items():
        inner = at.to(below(there.path, name))
        if not _NAME(name):
            inner.say(fields.keys[name], "invalid field name", "use up to 256 letters, digits, '_', '.' and '-'")
        piece = _piece(name, child, scope, inner, loading)
        if piece:
            pieces.append(piece)
    return pieces, read_targets(said.targets, scope, at, loading)


def _piece(name: str, node: Node, scope: Scope | None, at: At, loading: Loading) -> Piece | None:
    whole = take(MAP, node, at, at.path)
    field = read_section(_Field, FIELD, whole, at) if whole is not FAILED else _Field()
    targets = read_targets(field.targets, scope, at, loading)
    generator = field.generator
    if generator is None:
        return None
    inner = at.to(f"{at.path}.generator")
    ready = fill(generator, GENERATOR, scope, "identity", inner, but=_NESTED)
    said = read_section(_Generator, GENERATOR, ready, inner)
    made = read_generator(said.kind, said.config, generator, scope, inner, loading) if said.kind else None
    if made is None:
        return None
    key = "config" if "config" in generator.items else "kind"
    return Piece(name=name, made=made, targets=targets, where=generator.items[key], path=f"{inner.path}.{key}")


def check_unused(loading: Loading) -> None:
    """Warn about templates that no secret uses, and check those that stand without a secret's own variables."""
    for name, node in loading.templates.items():
        if name in loading.used_templates:
            continue
        path = below("templates", name)
        alone = evolve(loading, problems=loading.problems.apart())
        read_template(node, loading.scope, At(alone.problems, path, []), alone)
        if not any(" is not defined" in problem.message for problem in alone.problems.found):
            loading.problems.found.extend(alone.problems.found)
        loading.problems.say(node.mark, path, "no secret uses this template", "", "warning")
