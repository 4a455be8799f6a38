"""Answers as documents for programs."""

from collections.abc import Mapping

SCHEMA_VERSION = 1
MANIFEST_SPEC = "1.0"
"""The version of the manifest format, which some documents state."""


def serialized(document: Mapping[str, object], form: str) -> str:
    """Return a document as JSON or YAML."""
    import json

    text = json.dumps(document, indent=2, ensure_ascii=True) + "\n"
    if form == "yaml":
        import yaml

        text = yaml.safe_dump(json.loads(text), sort_keys=False, allow_unicode=True, width=10**6)
    return text
