"""Generators and sources: from a kind and its options to what obtains a value."""

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from ...options.nodes import Map, Node, Scalar, Seq, below
from ...options.problems import At
from ...options.readers import BOOLEAN, FAILED, FILLED, MAP, take
from ...options.structure import Shape, read, shape, shape_of, structure
from ...protocols import Generator
from ..context import Loading
from ..interpolation.fill import fill
from ..interpolation.scope import Scope, looks_like_credential
from ..model import SourceEntry
from .definition import LITERALS, canonical, defined, signature

TEMPLATE = "templates."


class Made(NamedTuple):
    """A generator with what is known about it, made once for all secrets that are written alike.

    `unsupported` says why there is none, although nothing is wrong.
    """

    kind: str
    generator: Generator | None
    definition: str
    needs: tuple[str, ...] = ()
    unsupported: str = ""


@cache
def _shape(kind: type) -> Shape:
    return shape_of(kind)._replace(accepted=frozenset(("rotation_period",)))


def read_generator(kind: str, where: Node, config: Map, scope: Scope | None, at: At, loading: Loading) -> Made | None:
    """Read kind and options, at the place of whatever holds both; None when they are wrong."""
    known = loading.catalog.generators.get(kind)
    ready = config if scope is None else with_references(config, known, scope, at.to(f"{at.path}.config"))
    if known is None:
        return _later(kind, where, ready, at, loading)
    key = signature(ready, "generator", kind)
    if key in loading.made:
        return loading.made[key]  # type: ignore[no-any-return]
    made = _structured(known, kind, ready, at.to(f"{at.path}.config"))
    if made is not None and key is not None:
        loading.made[key] = made
    return made


def with_references(config: Map, known: type | None, scope: Scope | None, at: At) -> Map:
    """Return options with everything that they refer to put in."""
    return fill(config, shape_of(known) if known else _NO_SHAPE, scope, "options", at)


_NO_SHAPE = shape({})


def _structured(known: type, kind: str, config: Map, at: At) -> Made | None:
    problems, absent = len(at.problems.found), len(at.absent)
    generator: Generator | None = structure(known, config, at, _shape(known))
    if generator is None and (at.problems.failed_since(problems) or len(at.absent) == absent):
        return None
    name = getattr(known, "kind", kind)
    without = LITERALS if getattr(known, "nature", "") == "static" else frozenset[str]()
    definition = canonical([name, defined(config, _shape(known), without=without | {"rotation_period"})])
    return Made(name, generator, definition, generator.needs() if generator else ())


def _later(kind: str, where: Node, config: Map, at: At, loading: Loading) -> Made | None:
    """Accept a kind that is known by name only, and refuse one that nobody knows."""
    definition, needs = canonical([kind, defined(config, None, without=LITERALS)]), tuple(references(config))
    if kind in loading.catalog.later_generators:
        return Made(kind, None, definition, needs, f"kind '{kind}' comes in a later version")
    known = {*loading.catalog.generators, *loading.catalog.later_generators}
    path = below(at.path, "kind")
    hint = loading.problems.nearest(kind, {*known, *(TEMPLATE + name for name in loading.templates)})
    if kind in loading.templates:
        hint = f"write {TEMPLATE}{kind}"
    loading.problems.unknown(where.mark, path, "unknown kind", hint)
    return Made(kind, None, definition, (), f"kind '{kind}' is unknown") if loading.problems.lenient else None


def references(node: Node) -> Iterator[str]:
    """Find the names of secrets in options whose class is not known: `{secret: NAME}` and `signed_by: NAME`."""
    if isinstance(node, Map):
        for key, child in node.items.items():
            if key in {"secret", "signed_by"} and isinstance(child, Scalar) and isinstance(child.value, str):
                yield child.value
            else:
                yield from references(child)
    elif isinstance(node, Seq):
        for child in node.items:
            yield from references(child)


# -- sources

SOURCE = shape(
    {"kind": FILLED, "required": BOOLEAN, "follow": BOOLEAN, "config": MAP},
    required="kind",
    hints={"type": "write 'kind'", **dict.fromkeys(("path", "name", "secret", "key"), "write it under 'config'")},
)


class Sources(NamedTuple):
    """The sources of a secret, with the names of the secrets they read and their part of the definition."""

    entries: tuple[SourceEntry, ...] = ()
    needs: tuple[str, ...] = ()
    definition: tuple[object, ...] = ()
    unsupported: str = ""


def read_sources(node: Node, scope: Scope | None, at: At, loading: Loading) -> Sources:
    """Read a source, or a list of them."""
    if isinstance(node, Seq):
        each = [_source(child, scope, at.to(f"{at.path}[{i}]"), loading) for i, child in enumerate(node.items)]
    else:
        each = [_source(node, scope, at, loading)]
    found = [source for source in each if source]
    return Sources(
        tuple(entry for source in found for entry in source.entries),
        tuple(name for source in found for name in source.needs),
        tuple(part for source in found for part in source.definition),
        next((source.unsupported for source in found if source.unsupported), ""),
    )


def _source(node: Node, scope: Scope | None, at: At, loading: Loading) -> Sources | None:
    whole = take(MAP, node, at, at.path)
    if whole is FAILED or (isinstance(node, Scalar) and node.value is None):
        return None
    whole = fill(whole, SOURCE, scope, "options", at)
    given = read(SOURCE, whole, at)
    kind = given.get("kind")
    if kind is None or ("config" in whole.items and "config" not in given):
        return None
    config = given.get("config") or Map({}, {}, whole.mark)
    inner = at.to(below(at.path, "config"))
    known = loading.catalog.sources.get(kind)
    definition = (kind, defined(config, shape_of(known) if known else None))
    if known is None:
        return _later_source(kind, whole, given, definition, at, loading)
    source: Any = structure(known, config, inner)
    entry = SourceEntry(kind, source, given.get("required", True), given.get("follow", False), whole.mark)
    return Sources((entry,), source.needs() if source else (), (definition,))


def _later_source(kind: str, node: Map, given: Any, definition: object, at: At, loading: Loading) -> Sources | None:
    if kind not in loading.catalog.later_sources:
        known = {*loading.catalog.sources, *loading.catalog.later_sources}
        loading.problems.unknown(
            node.items["kind"].mark, below(at.path, "kind"), "unknown kind", loading.problems.nearest(kind, known)
        )
        if not loading.problems.lenient:
            return None
    entry = SourceEntry(kind, None, given.get("required", True), given.get("follow", False), node.mark)
    return Sources((entry,), (), (definition,), f"source kind '{kind}' comes in a later version")


def refuse_private_sources(sources: Sources, at: At, loading: Loading) -> None:
    """Refuse origins of secrets for a value that is kept in clear."""
    for entry in sources.entries:
        name = getattr(entry.source, "name", "")
        if entry.kind in {"secret_ref", "provider_read"}:
            at.say(entry.mark, f"a nonsecret may not take its value from {entry.kind}")
        elif entry.kind == "env" and looks_like_credential(name, loading.catalog.credential_variables):
            at.say(entry.mark, "a nonsecret may not take its value from a variable that looks like a credential")
