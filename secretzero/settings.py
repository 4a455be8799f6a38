"""The user's own configuration: how answers look, and how strict this machine is."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from attrs import field, frozen

from .errors import ConfigurationError
from .places import Places

if TYPE_CHECKING:
    from yaml import Mark, Node

VARIABLE = "SECRETZERO_CONFIG"

_OUTPUT = {
    "format": ("text", "json", "yaml"),
    "color": ("auto", "always", "never", "true", "false"),
    "verbosity": ("quiet", "normal", "verbose"),
}
_CHOICES = {"audit": ("required", "best-effort"), "agents": ("allow", "refuse")}


@frozen
class Settings:
    """What a user configured.

    `output` has defaults for the command line; `audit` says whether a value may be shown where the audit log cannot be
    written; `agents` whether a coding agent that is recognised may see values.
    """

    output: Mapping[str, str] = field(factory=dict)
    audit: Literal["required", "best-effort"] = "required"
    agents: Literal["allow", "refuse"] = "allow"


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Read the user's configuration; no file means the defaults. Raises ConfigurationError, saying what is wrong.

    Messages never quote the file: a variable may name one that is no configuration.
    """
    named = environ.get(VARIABLE)
    path = named or os.path.join(Places.of(environ).config, "config.yml")
    try:
        with open(path, "rb") as file:
            content = file.read()
    except FileNotFoundError:
        if named:
            raise ConfigurationError(f"{path} is not there", hint=f"{VARIABLE} names it") from None
        return Settings()
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {os.strerror(error.errno or 0)}") from error
    return _settings(_root(content, path), path)


def _root(content: bytes, path: str) -> "Node | None":
    """Read the YAML of a configuration file as nodes, which know their place; None for an empty one."""
    import yaml

    try:
        return yaml.compose(content.decode("utf-8"), Loader=yaml.SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise _wrong("this is no YAML", path, getattr(error, "problem_mark", None)) from None


def _settings(root: "Node | None", path: str) -> Settings:
    shown: dict[str, str] = {}
    chosen: dict[str, str] = {}
    for key, value in _entries(root, "a configuration", path):
        if key.value == "output":
            for inner, said in _entries(value, "'output'", path):
                shown[inner.value] = _chosen(inner, said, _OUTPUT, path, within="output.")
        else:
            chosen[key.value] = _chosen(key, value, _CHOICES, path)
    return Settings(output=shown, **chosen)  # type: ignore[arg-type]


def _entries(node: "Node | None", what: str, path: str) -> "list[tuple[Node, Node]]":
    """Return the keys and values of a map; nothing said is an empty one."""
    if node is None or node.tag == "tag:yaml.org,2002:null":
        return []
    from yaml import MappingNode

    if not isinstance(node, MappingNode):
        raise _wrong(f"{what} must be a map", path, node.start_mark)
    entries: list[tuple[Node, Node]] = node.value
    return entries


def _chosen(key: "Node", value: "Node", settings: Mapping[str, tuple[str, ...]], path: str, *, within: str = "") -> str:
    known = [name for name in settings if name == key.value]
    if not known:
        names = settings if within else sorted({"output", *settings})
        hint = f"settings are {', '.join(within + name for name in names)}"
        raise _wrong("there is no such setting", path, key.start_mark, hint=hint)
    allowed = settings[known[0]]
    if value.value not in allowed:
        raise _wrong(f"'{within}{known[0]}' must be one of {', '.join(allowed)}", path, value.start_mark)
    return str(value.value)


def _wrong(message: str, path: str, mark: "Mark | None", *, hint: str = "") -> ConfigurationError:
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    return ConfigurationError(message, hint=hint, file=path, line=line, column=column)
