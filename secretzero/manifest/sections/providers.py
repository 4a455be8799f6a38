"""The `providers` of a manifest: aliases, their kinds and their options."""

from typing import Any

from ...options.nodes import Map, Node, below
from ...options.problems import At
from ...options.readers import ANY_MAP, ANYTHING, FAILED, FILLED, Reader, as_map, choice, mapped, take
from ...options.structure import DOCUMENTATION, is_documentation, read, shape
from ..catalog import Catalog
from ..model import ProviderEntry

AUTH_KINDS = [
    "ambient",
    "default",
    "token",
    "static",
    "assume_role",
    "profile",
    "service_principal",
    "managed_identity",
    "cli",
    "approle",
    "kubernetes",
    "kubeconfig",
    "serviceaccount",
    "password",
    "oidc",
    "jwt",
]
_FALLBACK = choice("static", "none")


def _profile(node: Node, at: At) -> dict[str, Any]:
    """Read `kind`, `config` and flat options, which are those that have no other name."""
    return _flat(as_map(node), at, {"kind": choice(*AUTH_KINDS), "config": ANY_MAP})


def _auth(node: Node, at: At) -> dict[str, Any]:
    named = {
        "kind": choice(*AUTH_KINDS),
        "config": ANY_MAP,
        "profiles": mapped(Reader(_profile, deep=True)),
        "fallback_generator": _FALLBACK,
    }
    return _flat(as_map(node), at, named)


def _flat(node: Map, at: At, named: dict[str, Reader]) -> dict[str, Any]:
    """Read a map in which every key that is not named is an option as it stands."""
    found = {}
    for key, child in node.items.items():
        if key in named or not is_documentation(key):
            found[key] = take(named.get(key, ANYTHING), child, at, below(at.path, key))
    return {key: value for key, value in found.items() if value is not FAILED}


PROVIDER = shape(
    {"kind": FILLED, "auth": Reader(_auth, deep=True), "config": ANY_MAP, "fallback_generator": _FALLBACK},
    hints={"type": "write 'kind'", "profile": "write it under 'auth'", "token": "write it under 'auth'"},
)


def read_providers(node: Map, at: At, catalog: Catalog) -> dict[str, ProviderEntry]:
    """Read every alias; one of an unknown kind is an error and stays an entry, so that it is said only once."""
    found = {}
    for alias, child in node.items.items():
        inner = at.to(below(at.path, alias))
        entry = take(
            Reader(lambda node, at, alias=alias: _entry(alias, as_map(node), at, catalog), True), child, at, inner.path
        )
        found[alias] = ProviderEntry(alias, alias, {}, known=False) if entry is FAILED else entry
    return found


def _entry(alias: str, node: Map, at: At, catalog: Catalog) -> ProviderEntry:
    given = read(PROVIDER, node, at)
    kind = given.get("kind", alias)
    if kind not in catalog.providers():
        mark = node.items["kind"].mark if "kind" in node.items else node.mark
        unknown_provider(kind, mark, at.to(below(at.path, "kind") if "kind" in node.items else at.path), catalog)
    return ProviderEntry(alias, kind, _options(given), known=kind in catalog.targets)


def unknown_provider(kind: str, mark: Any, at: At, catalog: Catalog) -> None:
    """Say that nobody offers a kind of provider, and who could."""
    if kind in catalog.plugin_kinds:
        hint = "a plugin in the group secretzero.providers can offer it"
        at.problems.unknown(mark, at.path, f"provider kind '{kind}' is not built in", hint)
    else:
        at.problems.unknown(mark, at.path, "unknown provider kind", at.problems.nearest(kind, catalog.providers()))


def _options(given: dict[str, Any]) -> dict[str, object]:
    """Take each option from the first place that has it."""
    auth: dict[str, Any] = given.get("auth", {})
    profile = auth.get("profiles", {}).get("default", {})
    flat = {key: value for key, value in auth.items() if key not in {"kind", "config", "profiles", *DOCUMENTATION}}
    options = {**given.get("config", {}), **profile.get("config", {}), **profile, **auth.get("config", {}), **flat}
    options.pop("config", None)
    if "fallback_generator" in given:
        options.setdefault("fallback_generator", given["fallback_generator"])
    return options | {"auth_kind": auth.get("kind", "ambient"), "profiles": auth.get("profiles", {})}
