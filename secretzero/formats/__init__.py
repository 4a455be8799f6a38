"""The file formats: one module for each, and the table that names them."""

from functools import lru_cache

from ..tables import Table
from .format import Format, Syntax

__all__ = ["FORMATS", "Format", "Syntax", "format_of"]

_FORMATS = {
    "dotenv": ("dotenv:DOTENV", ()),
    "json": ("json_text:JSON", (".json",)),
    "yaml": ("yaml_text:YAML", (".yml", ".yaml")),
    "toml": ("toml_text:TOML", (".toml",)),
    "tfvars": ("tfvars:TFVARS", (".tfvars",)),
    "raw": ("raw:RAW", ()),
}
"""Each format: its module and attribute, and the file name extensions that select it."""

FORMATS: Table[Format] = Table(__name__, {name: place for name, (place, _) in _FORMATS.items()})
"""Every format by name; a format's module is imported when it is first used."""

_ENDINGS = {ending: name for name, (_, endings) in _FORMATS.items() for ending in endings}


@lru_cache(maxsize=4096)
def format_of(path: str) -> str:
    """Return the format of a file by its extension; ``dotenv`` if no extension matches."""
    return next((name for ending, name in _ENDINGS.items() if path.endswith(ending)), "dotenv")
