"""The small sections at the root of a manifest, and which keys the root may have."""

from typing import Any

from ...errors import SecretZeroError
from ...options.nodes import Map, Node, Scalar
from ...options.problems import At
from ...options.readers import (
    ANY_MAP,
    EACH_TEXT,
    FILLED,
    INTEGER,
    LIST,
    MAP,
    TEXT,
    Reader,
    UnfitError,
    as_map,
    choice,
)
from ...options.structure import read, shape, table
from ...refs import Ref

_METADATA = {"project": TEXT, "owner": TEXT, "environments": EACH_TEXT, "compliance": EACH_TEXT}
_NODE = Reader(lambda node: node)


def _metadata(node: Node, at: At) -> dict[str, Any]:
    """Read its own keys strictly; the rest is free-form."""
    found = as_map(node)
    own = Map({key: child for key, child in found.items.items() if key in _METADATA}, found.keys, found.mark)
    rest = Map({key: child for key, child in found.items.items() if key not in _METADATA}, found.keys, found.mark)
    return {**ANY_MAP.read(rest, at), **read(shape(_METADATA), own, at)}


def _uri(node: Node) -> str:
    text: str = FILLED.read(node)
    try:
        return str(Ref.parse(text))
    except SecretZeroError as error:
        raise UnfitError(error.message, error.hint) from None


_STATE = shape({"provider": FILLED, "uri": Reader(_uri)}, required="provider uri")


def _state(node: Node, at: At) -> object:
    return _uri(node) if isinstance(node, Scalar) else table(_STATE).read(node, at)


def _verbosity(node: Node) -> object:
    known = choice("quiet", "normal", "verbose")
    return INTEGER.read(node) if isinstance(node, Scalar) and node.text.isdigit() else known.read(node)


_OUTPUT = shape(
    {
        "format": choice("text", "json", "yaml"),
        "color": choice(True, False, "auto", "always", "never"),
        "verbosity": Reader(_verbosity),
    },
)
_CONFIG = shape({"output": table(_OUTPUT)}, accepted="llm discovery mcp")


def _port(node: Node) -> int:
    port: int = INTEGER.read(node)
    if not 0 < port < 2**16:
        raise UnfitError("wants 1 to 65535")
    return port


_AGENT = shape(
    {"mode": choice("auto", "human", "web"), "web_port_min": Reader(_port), "web_port_max": Reader(_port)},
)
ROOT = shape(
    {
        "variables": _NODE,
        "environments": _NODE,
        "target_profiles": MAP,
        "providers": MAP,
        "secrets": LIST,
        "templates": MAP,
        "policies": MAP,
        "metadata": Reader(_metadata, deep=True),
        "labels": ANY_MAP,
        "annotations": ANY_MAP,
        "state": Reader(_state, deep=True),
        "lockfile": choice("git", "remote"),
        "config": Reader(lambda node, at: table(_CONFIG).read(as_map(node), at), deep=True),
        "agent": Reader(lambda node, at: table(_AGENT).read(as_map(node), at), deep=True),
    },
    hints={
        **dict.fromkeys(("llm", "discovery", "output", "mcp"), "write it under 'config'"),
        "var_files": "write it in a lane of 'environments'",
        "secret": "write 'secrets', a list",
    },
    accepted="version $schema name",
)
SMALL = ("metadata", "state", "lockfile", "config", "agent")
LARGE = frozenset(ROOT.options) - {*SMALL}


def say_what_comes_later(tree: Map, given: dict[str, Any], at: At) -> None:
    """Say which sections are read but have no effect yet."""
    later = {
        "state": "is kept for a later version: project key, journal and lease stay on this machine",
        "policies": "are checked for their form; a later version enforces them",
    }
    for key, words in later.items():
        if key in tree.items:
            at.to(key).say(tree.keys[key], words, "", "notice")
    if given.get("lockfile") == "remote":
        words = "comes in a later version: the lockfile is a file beside the manifest"
        at.to("lockfile").say(tree.items["lockfile"].mark, words, "", "notice")


def check_compliance(given: dict[str, Any], tree: Map, at: At) -> None:
    """Warn about names that no pack has."""
    metadata = tree.items.get("metadata")
    listed = metadata.items.get("compliance") if isinstance(metadata, Map) else None
    for index, name in enumerate(given.get("metadata", {}).get("compliance", ())):
        if name.lower() not in _PACKS and listed is not None:
            path = f"metadata.compliance[{index}]"
            at.to(path).say(listed.mark, "no pack has this name: nothing is checked", "", "warning")


_PACKS = frozenset(("soc2", "iso27001"))
