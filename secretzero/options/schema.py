"""JSON Schema (2020-12) of options, from the same tables that read them.

A schema describes the values of a file after its YAML is parsed. It never refuses what a reader accepts. It cannot
say everything that a reader refuses: how a scalar is spelt (``True`` for ``true``, ``1.0`` for ``1``), what `Parsed`
text has to be beyond its pattern, whether a number in quotes is within limits, how keys that people choose are named,
and what a class checks on its own (lengths, and options that exclude one another).
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from . import readers
from .structure import DOCUMENTATION, Structured, Table, table_of

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
REFERENCE: Schema = {"type": "string", "pattern": r"\$\{|\{\{"}
"""A text that refers to something: what it means is known only once that is put in."""
_NULL: Schema = {"type": "null"}
_DECIMAL = "^[+-]?[0-9]{1,18}$"


def schema_of(section: type | readers.Reader, *, references: bool = False) -> Schema:
    """Return the JSON Schema of a section's table, of an option class, or of what a reader accepts.

    With `references` every value may also be a text that refers to a variable or the environment, as in a manifest;
    without, it describes the values that such texts stand for.
    """
    writer = _Writer(references=references)
    made = writer.of(section) if isinstance(section, readers.Reader) else writer.table(table_of(section))
    return {"$schema": DIALECT, **made}


class _Writer:
    """Writes the schema of each kind of reader."""

    def __init__(self, *, references: bool) -> None:
        self.references = references

    def of(self, reader: readers.Reader) -> Schema:
        """Return what a reader accepts."""
        made = _FORMS[type(reader)](self, reader)
        return _any_of(made, REFERENCE) if self.references and not isinstance(reader, readers.Untouched) else made

    def table(self, wanted: Table) -> Schema:
        """Return the schema of a map of fixed keys, with all spellings of its options."""
        every: dict[str, Schema] = {key: {} for key in sorted(DOCUMENTATION.union(wanted.accepted))}
        every |= {key: self.of(option.reader) for key, option in wanted.options.items()}
        made: Schema = {"type": "object", "properties": every, "patternProperties": {"^x-": {}}}
        made["additionalProperties"] = False if wanted.rest is None else self.of(wanted.rest)
        rules = list(_rules(wanted))
        return {**made, "allOf": rules} if rules else made


def _rules(wanted: Table) -> list[Schema]:
    """Return that each required option is there, and none in two spellings."""
    spellings: dict[str, list[str]] = {}
    for key, option in wanted.options.items():
        spellings.setdefault(option.name, []).append(key)
    rules = [_any_of(*({"required": [key]} for key in spellings[name])) for name in wanted.required]
    for keys in spellings.values():
        pairs = [(one, other) for index, one in enumerate(keys) for other in keys[:index]]
        rules += [{"not": {"required": sorted(pair)}} for pair in pairs]
    return rules


def _any_of(*schemas: Schema) -> Schema:
    """Return what fits one of some schemas."""
    flat = [inner for each in schemas for inner in (each["anyOf"] if set(each) == {"anyOf"} else [each])]
    unique = [each for index, each in enumerate(flat) if each not in flat[:index]]
    return {} if {} in unique else unique[0] if len(unique) == 1 else {"anyOf": unique}


def _text(_: _Writer, reader: readers.Text) -> Schema:
    text: Schema = {"type": "string", "minLength": 1} if reader.filled else {"type": "string"}
    return _any_of(text, {"type": "number"})


def _parsed(writer: _Writer, reader: readers.Parsed) -> Schema:
    text = _text(writer, reader.text)
    if not reader.pattern:
        return text
    number = {"type": "number"} if re.search(reader.pattern, "-1") else {"type": "number", "minimum": 0}
    written = [number] if re.search(reader.pattern, "1") else []
    return _any_of({"type": "string", "pattern": reader.pattern}, *written)


def _boolean(_: _Writer, reader: readers.Boolean) -> Schema:
    words = "|".join("".join(f"[{c}{c.upper()}]" for c in word) for word in readers.WORDS)
    loose = ({"enum": [0, 1, "0", "1"]},) if reader.loose else ()
    return _any_of({"type": "boolean"}, {"type": "string", "pattern": f"^({words})$"}, *loose)


def _integer(_: _Writer, reader: readers.Integer) -> Schema:
    limits = {"minimum": reader.least, "maximum": reader.most}
    number = {"type": "integer", **{name: limit for name, limit in limits.items() if limit is not None}}
    return _any_of(number, {"type": "string", "pattern": _DECIMAL})


def _choice(_: _Writer, reader: readers.Choice) -> Schema:
    values = [value for text, word in reader.words.items() for value in dict.fromkeys((text, word))]
    numbers = [{"const": int(text)} for text, word in reader.words.items() if text.isdecimal() and word == text]
    return _any_of({"enum": values}, *numbers)


def _untouched(writer: _Writer, reader: readers.Untouched) -> Schema:
    if reader.form == "node":
        return writer.of(reader.inside) if reader.inside else {}
    inside = writer.of(reader.inside) if reader.inside else {"type": {"map": "object", "list": "array"}[reader.form]}
    return _any_of(inside, _NULL)


def _listed(writer: _Writer, reader: readers.Listed) -> Schema:
    made: Schema = {"type": "array", "items": writer.of(reader.each)}
    return {**made, "minItems": reader.least} if reader.least else _any_of(made, _NULL)


def _table(writer: _Writer, reader: Table) -> Schema:
    return _any_of(writer.table(reader), *[_NULL] * (reader.null and not reader.required))


def _via(writer: _Writer, reader: readers.Via) -> Schema:
    accepted = writer.of(reader.accepts)
    return {"allOf": [accepted, dict(reader.also)]} if reader.also else accepted


_FORMS: Mapping[type[readers.Reader], Callable[[_Writer, Any], Schema]] = {
    readers.Anything: lambda _, __: {},
    readers.Boolean: _boolean,
    readers.Choice: _choice,
    readers.FirstOf: lambda writer, reader: _any_of(*map(writer.of, reader.each)),
    readers.Integer: _integer,
    readers.Listed: _listed,
    readers.Mapped: lambda writer, reader: _any_of(
        {"type": "object", "additionalProperties": writer.of(reader.each)}, _NULL
    ),
    readers.Nullable: lambda writer, reader: _any_of(writer.of(reader.each), _NULL),
    readers.Parsed: _parsed,
    Structured: _table,
    Table: _table,
    readers.Text: _text,
    readers.Untouched: _untouched,
    readers.Via: _via,
}
