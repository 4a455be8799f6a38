"""The user's own configuration: how answers look, and how strict this machine is."""

import os
from collections.abc import Mapping
from typing import Literal

from attrs import field, frozen

from .errors import ConfigurationError
from .places import Places

VARIABLE = "SECRETZERO_CONFIG"

_OUTPUT = {"format": ("text", "json", "yaml"), "color": ("auto", "never"), "verbosity": ("quiet", "normal", "verbose")}
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
    """Read the user's configuration; no file means the defaults. Raises ConfigurationError, naming what is wrong."""
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
    return _settings(_document(content, path), path)


def _document(content: bytes, path: str) -> Mapping[object, object]:
    """Read the YAML of a configuration file, which is a map of a few words."""
    import yaml

    try:
        document = yaml.safe_load(content.decode("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        raise ConfigurationError(f"{path} is no YAML", file=path, line=line, column=column) from None
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise ConfigurationError(f"{path} must be a map", file=path)
    return document


def _settings(document: Mapping[object, object], path: str) -> Settings:
    output = document.get("output") or {}
    if not isinstance(output, dict):
        raise ConfigurationError("'output' must be a map", file=path)
    known = {"output", *_CHOICES}
    for key in document:
        if key not in known:
            raise ConfigurationError(
                f"'{key}' is no setting", hint=f"settings are {', '.join(sorted(known))}", file=path
            )
    shown = {str(key): _chosen(f"output.{key}", value, _OUTPUT.get(str(key)), path) for key, value in output.items()}
    chosen = {key: _chosen(key, document[key], values, path) for key, values in _CHOICES.items() if key in document}
    return Settings(output=shown, **chosen)  # type: ignore[arg-type]


def _chosen(key: str, value: object, allowed: tuple[str, ...] | None, path: str) -> str:
    if allowed is None:
        raise ConfigurationError(f"'{key}' is no setting", hint="output has format, color and verbosity", file=path)
    if value not in allowed:
        raise ConfigurationError(f"'{key}' must be one of {', '.join(allowed)}", file=path)
    return str(value)
