"""The user's configuration: the format of output, and how strict this machine is."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from attrs import field, frozen

from .errors import ConfigurationError, Problem
from .options.nodes import At, Files, Map, Mark, Node, Problems, Scalar, Seq
from .options.readers import FAILED, INTEGER, Choice, FirstOf, Integer, Via, take
from .options.structure import Table
from .places import Places

if TYPE_CHECKING:
    import yaml

VARIABLE = "SECRETZERO_CONFIG"
_VERBOSITY = Choice("quiet", "normal", "verbose")


def _verbosity(node: Node, at: At) -> object:
    return (INTEGER if isinstance(node, Scalar) and node.text.isdigit() else _VERBOSITY).read(node, at)


OUTPUT = Table(
    {
        "format": Choice("text", "json", "yaml"),
        "color": Choice(True, False, "auto", "always", "never"),
        "verbosity": Via(_verbosity, accepts=FirstOf([Integer(0), _VERBOSITY])),
    },
    null=True,
)
"""The format of output, in a user's configuration and in a manifest."""
SETTINGS = Table(
    {"output": OUTPUT, "audit": Choice("required", "best-effort"), "agents": Choice("allow", "refuse")},
    null=True,
)


@frozen
class Settings:
    """The user's configuration.

    `output` has defaults for the command line. `audit` says whether a value may be shown if the audit log cannot be
    written, `agents` whether a detected coding agent may see values.
    """

    output: Mapping[str, object] = field(factory=dict)
    audit: Literal["required", "best-effort"] = "required"
    agents: Literal["allow", "refuse"] = "allow"


def settings_path(environ: Mapping[str, str]) -> str:
    """Return the path of the user's configuration, whether it exists or not."""
    return environ.get(VARIABLE) or os.path.join(Places.of(environ).config, "config.yml")


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Read the user's configuration; without a file, return the defaults. Raises ConfigurationError.

    Messages never quote the file: the variable may name a file that is not a configuration.
    """
    path = settings_path(environ)
    try:
        with open(path, "rb") as file:
            content = file.read()
    except FileNotFoundError:
        if environ.get(VARIABLE):
            raise ConfigurationError(f"no such file: {path}", hint=f"correct or unset {VARIABLE}") from None
        return Settings()
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {os.strerror(error.errno or 0)}") from error
    return _settings(_root(content, path), content, path)


def _root(content: bytes, path: str) -> Node | None:
    """Parse the YAML of a configuration file as nodes with positions; None for an empty file."""
    import yaml

    try:
        root = yaml.compose(content.decode("utf-8"), Loader=yaml.SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        raise ConfigurationError("invalid YAML", file=path, line=line, column=column) from None
    return None if root is None else _node(root, 2)


def _node(found: "yaml.Node", depth: int) -> Node:
    """Convert a node down to a depth: no setting is deeper, and aliases may be circular."""
    import yaml

    mark = Mark(0, found.start_mark.index)
    if isinstance(found, yaml.ScalarNode):
        value = None if found.tag == "tag:yaml.org,2002:null" else found.value
        return Scalar(value, found.value, mark, plain=True)
    if not isinstance(found, yaml.MappingNode):
        return Seq([], mark)
    items: dict[str, Node] = {}
    keys: dict[str, Mark] = {}
    for key, value in found.value if depth else ():
        # A key that is not text becomes an empty key, which is refused at its position.
        name = key.value if isinstance(key, yaml.ScalarNode) else ""
        items[name], keys[name] = _node(value, depth - 1), Mark(0, key.start_mark.index)
    return Map(items, keys, mark)


def _settings(root: Node | None, content: bytes, path: str) -> Settings:
    files = Files()
    files.add(path, content)
    problems = Problems(files)
    given = take(SETTINGS, root, At(problems, "", []), "") if root else {}
    if problems.found:
        raise _error(min(problems.found, key=lambda each: (each.line, each.column)))
    return Settings(**given) if given is not FAILED else Settings()


def _error(problem: Problem) -> ConfigurationError:
    """Return the error for a problem. Its path is shown only if it names a setting, not other text of the file."""
    if problem.message == "unknown key":
        table, within = (OUTPUT, "output.") if problem.path.startswith("output") else (SETTINGS, "")
        message = "no such setting"
        hint = f"available settings: {', '.join(within + name for name in sorted(table.options))}"
    else:
        message, hint = f"{problem.path or 'the configuration'}: {problem.message}", problem.hint
    return ConfigurationError(message, hint=hint, file=problem.file, line=problem.line, column=problem.column)
