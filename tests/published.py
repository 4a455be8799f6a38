"""The JSON Schemas of what commands print, from the classes: `python tests/published.py` writes them."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import secretzero_cli
from secretzero.shell import Schema, schema_of
from secretzero_cli.output import documents
from secretzero_cli.output.errors import Finding

SCHEMAS = Path(secretzero_cli.__file__).parent / "schemas"
DOCUMENTS: dict[str, type | None] = {
    "create": documents.CreateDocument,
    "drift": documents.DriftDocument,
    "failure": None,
    "list": documents.ListDocument,
    "plan": documents.PlanDocument,
    "rotate": documents.RotationDocument,
    "run-report": documents.RunDocument,
    "show": documents.ShowDocument,
    "status": documents.StatusDocument,
    "validate": documents.ValidateDocument,
    "version": documents.VersionDocument,
}
"""The class of each document, by the name of its file."""

FAILURE = "Any command that was stopped before it had an answer."


def schemas() -> Iterator[tuple[str, Schema]]:
    """Yield the name and schema of every document."""
    for name, document in DOCUMENTS.items():
        yield name, published_schema(document, (document.__doc__ or "") if document else FAILURE)


def published_schema(body: type | None, title: str) -> Schema:
    """Return the JSON Schema of a command's output: the common keys, and those of its document.

    Either all keys of the document are present, or there are only errors. `body` is None for a stopped command.
    """
    findings: Schema = {"type": "array", "items": {"$ref": "#/$defs/finding"}}
    common: Schema = {
        "schema_version": {"const": 1},
        "command": schema_of(str),
        "exit_code": schema_of(int),
        "errors": findings if body else findings | {"minItems": 1},
        "warnings": findings,
    }
    known: Mapping[object, str] = {Finding: "finding"}
    own = schema_of(body, known) if body else {"properties": {}, "required": []}
    needed, properties = cast("list[str]", own["required"]), cast("Schema", own["properties"])
    only_errors = {"properties": {"errors": {"minItems": 1}, **dict.fromkeys(needed, False)}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "type": "object",
        "properties": common | properties,
        "required": list(common),
        "additionalProperties": False,
        "$defs": {"finding": schema_of(Finding)},
    } | ({"anyOf": [{"required": needed}, only_errors]} if body else {})


if __name__ == "__main__":
    for name, schema in schemas():
        (SCHEMAS / f"{name}.json").write_text(json.dumps(schema, indent=2) + "\n", encoding="utf-8")
