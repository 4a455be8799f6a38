"""The JSON Schemas of what commands print, from the classes: `python tests/published.py` writes them."""

import json
from collections.abc import Iterator
from pathlib import Path

import secretzero_cli
from secretzero.shell import Schema
from secretzero_cli.commands.show import ShowDocument
from secretzero_cli.output import documents
from secretzero_cli.output.listed import ListDocument

SCHEMAS = Path(secretzero_cli.__file__).parent / "schemas"
DOCUMENTS: dict[str, type | None] = {
    "create": documents.CreateDocument,
    "drift": documents.DriftDocument,
    "failure": None,
    "list": ListDocument,
    "plan": documents.PlanDocument,
    "rotate": documents.RotationDocument,
    "run-report": documents.RunDocument,
    "show": ShowDocument,
    "status": documents.StatusDocument,
    "validate": documents.ValidateDocument,
    "version": documents.VersionDocument,
}
"""The class of each document, by the name of its file."""

FAILURE = "Any command that was stopped before it had an answer."


def schemas() -> Iterator[tuple[str, Schema]]:
    """Yield the name and schema of every document."""
    for name, document in DOCUMENTS.items():
        yield name, documents.published_schema(document, (document.__doc__ or "") if document else FAILURE)


if __name__ == "__main__":
    for name, schema in schemas():
        (SCHEMAS / f"{name}.json").write_text(json.dumps(schema, indent=2) + "\n", encoding="utf-8")
