"""The JSON Schema of a section says of generated values what the table says that reads them."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from secretzero.manifest.environments import ENVIRONMENTS
from secretzero.manifest.sections.generators import SOURCE, SOURCES
from secretzero.manifest.sections.policies import KINDS
from secretzero.manifest.sections.providers import PROVIDER
from secretzero.manifest.sections.root import PROFILES, ROOT
from secretzero.manifest.sections.rotation import ROTATION
from secretzero.manifest.sections.secrets import INSTRUCTIONS, SECRET
from secretzero.manifest.sections.targets import TARGET
from secretzero.manifest.sections.templates import FIELD, GENERATOR, TEMPLATE
from secretzero.options.nodes import At, Files, Map, Mark, Node, Problems, Scalar, Seq
from secretzero.options.readers import (
    WORDS,
    Anything,
    Boolean,
    Choice,
    FirstOf,
    Integer,
    Listed,
    Mapped,
    Nullable,
    Parsed,
    Reader,
    Text,
    Untouched,
    Via,
    take,
)
from secretzero.options.schema import schema_of
from secretzero.options.structure import Structured, Table, table_of
from secretzero.providers.local import File
from secretzero.settings import SETTINGS
from secretzero.sources.registry import GENERATORS
from secretzero.sources.registry import SOURCES as SOURCE_KINDS

SECTIONS: dict[str, Reader] = {
    "root": ROOT,
    "environments": ENVIRONMENTS,
    "user configuration": SETTINGS,
    "secret": SECRET,
    "instructions": INSTRUCTIONS,
    "source": SOURCE,
    "sources": SOURCES,
    "target": TARGET,
    "template": TEMPLATE,
    "field": FIELD,
    "field generator": GENERATOR,
    "rotation": ROTATION,
    "provider": PROVIDER,
    "profiles": PROFILES,
    **{f"policy {kind}": table for kind, table in KINDS.items()},
}
CLASSES: dict[str, type] = {
    **{kind: GENERATORS[kind] for kind in GENERATORS},
    **{f"source {kind}": SOURCE_KINDS[kind] for kind in SOURCE_KINDS},
    "target file": File,
}
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 70_000),
    st.sampled_from([0.5, -2.25]),
    st.sampled_from(["", "a", "1", "0", "-7", "true", "No", "oFF", "12h", "file://a#b", "../b", "é", "a\nb"]),
    st.just([]),
    st.just({}),
    st.just([1, "a"]),
    st.just({"x-a": 1, "nope": None}),
)
TEXTS = [
    "a",
    "x_1",
    "90d",
    "1y6m",
    "P90D",
    "PT5M",
    "5min",
    "08:30",
    "24:00",
    "UTC",
    "^a+$",
    "vault://a/b#c",
    "A.b-c",
    "(",
    "7",
]


def values(reader: Reader) -> st.SearchStrategy[Any]:
    """Generate what a reader mostly takes, with something else here and there."""
    return st.one_of(_fitting(reader), _fitting(reader), _fitting(reader), JUNK)


def _fitting(reader: Reader) -> st.SearchStrategy[Any]:
    return MADE[type(reader)](reader)


def _table(wanted: Table) -> st.SearchStrategy[Any]:
    """Generate maps with some of the keys, those that are required as a rule, in any spelling."""
    spelt: dict[str, list[str]] = {}
    for key, option in wanted.options.items():
        spelt.setdefault(option.name, []).append(key)
    needed = st.fixed_dictionaries({name: values(wanted.options[name].reader) for name in wanted.required})
    keys = st.lists(st.sampled_from(sorted(wanted.options)), max_size=4, unique=True)
    chosen = keys.flatmap(lambda names: st.fixed_dictionaries({n: values(wanted.options[n].reader) for n in names}))
    others = st.dictionaries(st.sampled_from(["x-a", "notes", "tags", "nope", *wanted.accepted]), JUNK, max_size=1)
    return st.builds(lambda a, b, c: {**a, **b, **c}, st.one_of(needed, needed, st.just({})), chosen, others)


MADE: dict[type[Reader], Callable[[Any], st.SearchStrategy[Any]]] = {
    Anything: lambda _: JUNK,
    Boolean: lambda _: st.one_of(st.booleans(), st.sampled_from([*WORDS, "Yes", "TRUE", 0, 1])),
    Choice: lambda reader: st.sampled_from([*reader.words, *reader.words.values()]),
    FirstOf: lambda reader: st.one_of(*map(values, reader.each)),
    Integer: lambda _: st.one_of(st.integers(-2, 70_000), st.integers(-2, 70_000).map(str)),
    Listed: lambda reader: st.lists(values(reader.each), max_size=3),
    Mapped: lambda reader: st.dictionaries(st.sampled_from(["a", "b", "url"]), values(reader.each), max_size=2),
    Nullable: lambda reader: st.one_of(st.none(), values(reader.each)),
    Parsed: lambda _: st.sampled_from(TEXTS),
    **dict.fromkeys((Structured, Table), _table),
    Text: lambda _: st.sampled_from(TEXTS),
    Untouched: lambda reader: values(reader.inside) if reader.inside else JUNK,
    Via: lambda reader: values(reader.accepts),
}


def node_of(value: Any) -> Node:
    """Make the node that a YAML file with this value has."""
    if isinstance(value, dict):
        keys = dict.fromkeys(value, Mark())
        return Map({key: node_of(item) for key, item in value.items()}, keys, Mark())
    if isinstance(value, list):
        return Seq([node_of(item) for item in value], Mark())
    shown = {None: "null", True: "true", False: "false"}.get(value) if isinstance(value, bool | None) else None
    return Scalar(value, shown or str(value), Mark(), plain=not isinstance(value, str))


def said_of(reader: Reader, value: Any) -> list[str]:
    """Read a value, all that is read later too, and return what is wrong with it."""
    problems = Problems(Files())
    _read_all(reader, node_of(value), At(problems, "", []))
    return [problem.message for problem in problems.found if problem.severity == "error"]


def _read_all(reader: Reader, node: Node, at: At) -> None:
    take(reader, node, at, at.path)
    for inner, child in _later(reader, node):
        _read_all(inner, child, at)


def _later(reader: Reader, node: Node) -> list[tuple[Reader, Node]]:
    """Return what is read later: the nodes that a reader leaves untouched, wherever they are in it."""
    if isinstance(reader, Untouched):
        null = isinstance(node, Scalar) and node.value is None
        return [(reader.inside, node)] if reader.inside and not (null and reader.form != "node") else []
    if isinstance(reader, Table) and isinstance(node, Map):
        options = reader.options
        pairs = [(options[key].reader, child) for key, child in node.items.items() if key in options]
    elif isinstance(reader, Listed) and isinstance(node, Seq):
        pairs = [(reader.each, child) for child in node.items]
    elif isinstance(reader, Mapped) and isinstance(node, Map):
        pairs = [(reader.each, child) for child in node.items.values()]
    else:
        return []
    return [found for inner, child in pairs for found in _later(inner, child)]


DRAWN = {name: values(reader) for name, reader in SECTIONS.items()}
DRAWN |= {name: _table(table_of(kind)) for name, kind in CLASSES.items()}
SCHEMAS = {name: Draft202012Validator(schema_of(table)) for name, table in (SECTIONS | CLASSES).items()}

# What no schema can see: that a pattern does not compile, a time zone does not exist, a URI has an odd path, and
# that a number in quotes is beyond its limits or names the same file as one without.
BEYOND = ("invalid regular expression", "unknown time zone", "empty segment", "not a canonical URI", "twice")
LIMIT = re.compile(r"must be (from [0-9]+ to [0-9]+|[0-9]+ or more)")


def is_beyond(message: str, value: object) -> bool:
    """Tell whether a schema cannot see why a value is refused."""
    quoted = re.search(r"'[+-]?[0-9]+'", repr(value)) is not None
    return any(words in message for words in BEYOND) or (quoted and LIMIT.fullmatch(message) is not None)


@pytest.mark.parametrize("name", SECTIONS)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(data=st.data())
def test_a_schema_accepts_what_the_table_of_its_section_accepts_and_refuses_what_that_refuses(
    name: str, data: st.DataObject
):
    """Of generated neighbours of good sections the two say the same, but for what no schema can see."""
    reader = SECTIONS[name]
    value = data.draw(DRAWN[name])
    said = said_of(reader, value)
    assume(not said or not all(is_beyond(message, value) for message in said))
    valid = SCHEMAS[name].is_valid(value)
    assert valid == (not said), said


@pytest.mark.parametrize("name", CLASSES)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_schema_accepts_what_an_option_class_accepts(name: str, data: st.DataObject):
    """What makes an instance fits the schema, and what the table of the class refuses does not.

    Only limits and combinations that the class checks on its own are beyond the schema.
    """
    kind = CLASSES[name]
    value = data.draw(DRAWN[name])
    problems = Problems(Files())
    made = table_of(kind).made(node_of(value), At(problems, "", []))
    valid = SCHEMAS[name].is_valid(value)
    assert valid or made is None
    table = table_of(kind)
    if not any(isinstance(option.reader, Structured | Listed) for option in table.options.values()):
        assert valid == (not said_of(Table(table.options, required=table.required), value))


def test_in_a_manifest_every_option_may_be_a_text_that_refers_to_something():
    """With references a number may be ${LENGTH}, and another text is refused as before."""
    written = Draft202012Validator(schema_of(table_of(GENERATORS["random_password"]), references=True))
    for text, valid in (("${LENGTH}", True), ("{{ var.length }}", True), ("12", True), ("long", False)):
        assert written.is_valid({"length": text}) == valid
    assert not SCHEMAS["random_password"].is_valid({"length": "${LENGTH}"})


def test_a_schema_names_every_spelling_and_refuses_two_of_one_option():
    """Aliases are properties too, and an option is given once; what is for people is accepted everywhere."""
    schema = SCHEMAS["random_password"]
    assert schema.is_valid({"uppercase": False, "x-why": [1], "notes": "a"})
    assert not schema.is_valid({"uppercase": False, "upper": False})
    assert not schema.is_valid({"upercase": False})
