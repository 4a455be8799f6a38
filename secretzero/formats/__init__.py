"""The file formats: one module for each, and the table that names them."""

from collections.abc import Mapping

from .dotenv import DOTENV
from .format import Format, Syntax
from .json_text import JSON
from .raw import RAW
from .tfvars import TFVARS
from .toml_text import TOML
from .yaml_text import YAML

__all__ = ["FORMATS", "Format", "Syntax", "format_of"]

FORMATS: Mapping[str, Format] = {each.name: each for each in (DOTENV, JSON, YAML, TOML, TFVARS, RAW)}

_ENDINGS = {
    ".json": "json",
    ".yml": "yaml",
    ".yaml": "yaml",
    ".toml": "toml",
    ".tfvars": "tfvars",
}


def format_of(path: str) -> str:
    """Return the name of the format that a file of this name has: that of its ending, else ``dotenv``."""
    return next((name for ending, name in _ENDINGS.items() if path.endswith(ending)), "dotenv")
