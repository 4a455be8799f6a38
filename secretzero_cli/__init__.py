"""The command line: parses, calls the core, prints its report."""

SCHEMA_VERSION = 1
"""The version of the documents that commands print."""

MANIFEST_SPEC = "1.0"
"""The version of the manifest format, which some documents state."""
