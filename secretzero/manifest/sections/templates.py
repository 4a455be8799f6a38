"""The `templates` of a manifest: secrets of several fields, read once for each secret that uses one."""

import re
from typing import Any, NamedTuple

from ...options.nodes import Map, Node, below
from ...options.problems import At
from ...options.readers import FAILED, FILLED, LIST, MAP, take
from ...options.structure import read, shape
from ..context import Loading
from ..interpolation.fill import fill
from ..interpolation.scope import Scope
from .generators import Made, read_generator
from .targets import Wanted, read_targets

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,256}\Z").match
_NESTED = frozenset(("config", "targets", "fields", "generator"))
_TEMPLATE = shape({"fields": MAP, "targets": LIST}, required="fields")
_FIELD = shape(
    {"generator": MAP, "targets": LIST},
    required="generator",
    hints={"kind": "write it under 'generator'", "config": "write it under 'generator'"},
)
_GENERATOR = shape(
    {"kind": FILLED, "config": MAP},
    required="kind",
    hints={"type": "write 'kind'", "generator": "write 'kind'", "generator_config": "write 'config'"},
)


class Piece(NamedTuple):
    """One field of a template: what makes it, its own targets, and the place of its options."""

    name: str
    made: Made
    targets: list[Wanted]
    where: Node
    path: str


def read_template(node: Map, scope: Scope | None, at: At, loading: Loading) -> tuple[list[Piece], list[Wanted]]:
    """Read the fields and targets of a template under the variables of a secret; `at` is the template's own place."""
    given = read(_TEMPLATE, node, at)
    fields = given.get("fields") or Map({}, {}, node.mark)
    if "fields" in given and not fields.items:
        at.to(below(at.path, "fields")).say(fields.mark, "may not be empty")
    there = below(at.path, "fields")
    pieces = []
    for name, child in fields.items.items():
        inner = at.to(below(there, name))
        if not _NAME(name):
            inner.say(fields.keys[name], "not the name of a field", "use up to 256 letters, digits, '_', '.' and '-'")
        piece = _piece(name, child, scope, inner, loading)
        if piece:
            pieces.append(piece)
    return pieces, _targets(given, scope, at, loading)


def _piece(name: str, node: Node, scope: Scope | None, at: At, loading: Loading) -> Piece | None:
    whole = take(MAP, node, at, at.path)
    given = read(_FIELD, whole, at) if whole is not FAILED else {}
    targets = _targets(given, scope, at, loading)
    generator = given.get("generator")
    if generator is None:
        return None
    inner = at.to(f"{at.path}.generator")
    options = read(_GENERATOR, fill(generator, _GENERATOR, scope, "identity", inner, but=_NESTED), inner)
    if "kind" not in options or ("config" in generator.items and "config" not in options):
        return None
    config = options.get("config") or Map({}, {}, generator.mark)
    made = read_generator(options["kind"], generator.items["kind"], config, scope, inner, loading)
    key = "config" if "config" in generator.items else "kind"
    return Piece(name, made, targets, generator.items[key], f"{inner.path}.{key}") if made else None


def _targets(given: dict[str, Any], scope: Scope | None, at: At, loading: Loading) -> list[Wanted]:
    return read_targets(given["targets"], scope, at.to(f"{at.path}.targets"), loading) if "targets" in given else []


def check_unused(loading: Loading) -> None:
    """Warn about templates that no secret uses, and check those that stand without a secret's own variables."""
    for name, node in loading.templates.items():
        if name in loading.used_templates:
            continue
        path = below("templates", name)
        alone = loading._replace(problems=loading.problems.apart())
        read_template(node, loading.scope, At(alone.problems, path, []), alone)
        if not any(" is not defined" in problem.message for problem in alone.problems.found):
            loading.problems.found.extend(alone.problems.found)
        loading.problems.say(node.mark, path, "no secret uses this template", "", "warning")
