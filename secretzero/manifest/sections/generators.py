"""Generators and sources: from a kind and its options to what obtains a value that all targets can hold."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Annotated, NamedTuple

from ...errors import RejectedError
from ...options.nodes import At, Map, Node, Scalar, Seq, below
from ...options.readers import FAILED, FILLED, MAP, FirstOf, Listed, Nullable, is_null, take
from ...options.structure import Structured, Table, read_section, readers_of, table_of
from ...protocols import Constraints, Generator
from ..context import LITERALS, Loading, MadeGenerator, Strength, canonical, defined, signature
from ..interpolation.evaluate import Scope, looks_like_credential
from ..interpolation.interpolate import fill
from ..model import Field, SourceEntry
from .targets import Placed

TEMPLATE = "templates."


@cache
def _table(kind: type) -> Structured:
    return Structured(kind, accepted=("rotation_period",))


def read_generator(
    kind: str, config: Map | None, node: Map, scope: Scope | None, at: At, loading: Loading
) -> MadeGenerator | None:
    """Read kind and options, at the place of the node that holds both; None when they are wrong."""
    if config is None and "config" in node.items:
        return None
    known = loading.catalog.generators.get(kind)
    config, wanted = config or Map({}, {}, node.mark), table_of(known) if known else None
    config = fill(config, wanted, scope, "options", at.to(f"{at.path}.config"))
    if known is None:
        return _later(kind, node.items["kind"], config, at, loading)
    key = signature(config, kind)
    if key is not None and key in loading.generators:
        return loading.generators[key]
    made = _structured(known, kind, config, at.to(f"{at.path}.config"))
    if made is not None and key is not None:
        loading.generators[key] = made
    return made


def _structured(known: type, kind: str, config: Map, at: At) -> MadeGenerator | None:
    problems, absent = len(at.problems.found), len(at.absent)
    generator: Generator | None = _table(known).made(config, at)
    if generator is None and (at.problems.failed_since(problems) or len(at.absent) == absent):
        return None
    name = getattr(known, "kind", kind)
    without = LITERALS if getattr(known, "nature", "") == "static" else frozenset[str]()
    definition = canonical([name, defined(config, _table(known), without=without | {"rotation_period"})])
    return MadeGenerator(
        kind=name,
        generator=generator,
        definition=definition,
        needs=generator.needs() if generator else (),
    )


def _later(kind: str, where: Node, config: Map, at: At, loading: Loading) -> MadeGenerator | None:
    """Accept a kind that is known by name only, and refuse an unknown one."""
    definition, needs = canonical([kind, defined(config, None, without=LITERALS)]), tuple(references(config))
    if kind in loading.catalog.later_generators:
        return MadeGenerator(kind, None, definition, needs=needs, unsupported=f"kind '{kind}' is not supported yet")
    known = {*loading.catalog.generators, *loading.catalog.later_generators}
    path = below(at.path, "kind")
    hint = loading.problems.nearest(kind, {*known, *(TEMPLATE + name for name in loading.templates)})
    if kind in loading.templates:
        hint = f"write {TEMPLATE}{kind}"
    loading.problems.unknown(where.mark, path, "unknown kind", hint)
    if not loading.problems.lenient:
        return None
    return MadeGenerator(kind, None, definition, unsupported=f"kind '{kind}' is unknown")


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


class Declared(NamedTuple):
    """A source's own keys; what is absent or wrong has its default."""

    kind: Annotated[str, FILLED] = ""
    required: bool = True
    follow: bool = False
    config: Annotated[Map | None, MAP] = None


SOURCE = Table(
    readers_of(Declared),
    required=("kind",),
    hints={"type": "write 'kind'", **dict.fromkeys(("path", "name", "secret", "key"), "write it under 'config'")},
)
SOURCES = FirstOf([Nullable(SOURCE), Listed(Nullable(SOURCE))])


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
    if whole is FAILED or is_null(node):
        return None
    whole = fill(whole, SOURCE, scope, "options", at)
    said = read_section(Declared, SOURCE, whole, at)
    if not said.kind or ("config" in whole.items and said.config is None):
        return None
    config = said.config or Map({}, {}, whole.mark)
    known = loading.catalog.sources.get(said.kind)
    definition = (said.kind, defined(config, table_of(known) if known else None))
    if known is None and not _comes_later(said.kind, whole, at, loading):
        return None
    source = table_of(known).made(config, at.to(below(at.path, "config"))) if known else None
    return Sources(
        entries=(SourceEntry(said.kind, source, required=said.required, follow=said.follow, mark=whole.mark),),
        needs=source.needs() if source else (),
        definition=(definition,),
        unsupported="" if known else f"source kind '{said.kind}' is not supported yet",
    )


def _comes_later(kind: str, node: Map, at: At, loading: Loading) -> bool:
    """Return whether a kind that is known by name only may be read on, and refuse an unknown one."""
    catalog, problems = loading.catalog, loading.problems
    if kind in catalog.later_sources:
        return True
    hint = problems.nearest(kind, {*catalog.sources, *catalog.later_sources})
    problems.unknown(node.items["kind"].mark, below(at.path, "kind"), "unknown kind", hint)
    return problems.lenient


def refuse_private_sources(sources: Sources, at: At, loading: Loading) -> None:
    """Refuse origins of secrets for a value that is kept in clear."""
    for entry in sources.entries:
        name = getattr(entry.source, "name", "")
        if entry.kind in {"secret_ref", "provider_read"}:
            at.say(entry.mark, f"a nonsecret may not take its value from {entry.kind}")
        elif entry.kind == "env" and looks_like_credential(name, loading.catalog.credential_variables):
            at.say(entry.mark, "a nonsecret may not take its value from a variable that looks like a credential")


_ANYTHING = Constraints()
_STRONG, _WEAK = 128, 64


def constrained(
    name: str, made: MadeGenerator, placed: Sequence[Placed], where: Node, at: At, loading: Loading
) -> Field:
    """Make a field with what its targets allow, and say when nothing fits or what fits is weak.

    `where` and `at` are the place of its options.
    """
    constraints = _together([place for place in placed if place.target.part == name and place.made.options], at)
    if made.generator is not None and made.generator.nature == "local":
        _judge(made.generator, constraints, where, at, loading)
    return Field(name=name, kind=made.kind, generator=made.generator, constraints=constraints)


def _together(placed: list[Placed], at: At) -> Constraints:
    """Intersect what the targets can hold; two that exclude each other are named."""
    if not placed:
        return _ANYTHING
    together = placed[0].made.constraints
    for index, place in enumerate(placed[1:], 1):
        if place.made.constraints is together:
            continue
        both = together & place.made.constraints
        if both.impossible and not together.impossible:
            others = (each for each in placed[:index] if (each.made.constraints & place.made.constraints).impossible)
            other = next(others, placed[0])
            message = f"no value fits both {other.target.uri} and {place.target.uri}"
            at.to(place.path).say(place.target.mark, message)
        together = both
    return together


def _judge(generator: Generator, constraints: Constraints, where: Node, at: At, loading: Loading) -> None:
    """Report that a generator is weak; equal ones are asked once."""
    asked = loading.strengths.setdefault(id(generator), {})
    known = asked.get(id(constraints))
    if known is None:
        try:
            bits = generator.bits(constraints)
        except RejectedError as error:
            at.say(where.mark, f"no value fits both the generator and the targets: {error.message}", error.hint)
            return
        known = asked[id(constraints)] = Strength(bits, generator, constraints)
    bits = known.bits
    if bits is None or bits >= _STRONG:
        return
    if bits < _WEAK and not getattr(generator, "allow_weak", False):
        hint = "no value will be generated: make it longer, or set allow_weak: true"
        at.say(where.mark, f"only {bits} bits: guessable", hint, "warning")
    else:
        at.say(where.mark, f"only {bits} bits", f"{_STRONG} bits or more are strong", "warning")
