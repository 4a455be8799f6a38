"""The `providers` of a manifest: aliases, their kinds and their options."""

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

from ...options.nodes import At, Map, Mark, below
from ...options.readers import ANY_MAP, ANYTHING, FAILED, FILLED, MAP, Choice, Mapped, take
from ...options.structure import DOCUMENTATION, Table, read_section, readers_of
from ..catalog import Catalog
from ..model import ProviderEntry

_AUTH_KIND = Choice(
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
)
_FALLBACK = Choice("static", "none")
_PROFILE = Table({"kind": _AUTH_KIND, "config": ANY_MAP}, rest=ANYTHING, null=True)
_AUTH = Table(
    {
        "kind": _AUTH_KIND,
        "config": ANY_MAP,
        "profiles": Mapped(_PROFILE),
        "fallback_generator": _FALLBACK,
    },
    rest=ANYTHING,
    null=True,
)


class _Provider(NamedTuple):
    """A provider's own keys; of `auth`, options that have no other name stand beside those that do."""

    kind: Annotated[str, FILLED] = ""
    auth: Annotated[Mapping[str, Any], _AUTH] = {}
    config: Annotated[Mapping[str, object], ANY_MAP] = {}
    fallback_generator: Annotated[str, _FALLBACK] = ""


PROVIDER = Table(
    readers_of(_Provider),
    hints={"type": "write 'kind'", "profile": "write it under 'auth'", "token": "write it under 'auth'"},
    null=True,
)


def read_providers(node: Map, at: At, catalog: Catalog) -> dict[str, ProviderEntry]:
    """Read every alias; one of an unknown kind is an error and stays an entry, so that it is said only once."""
    found = {}
    for alias, child in node.items.items():
        inner = at.to(below(at.path, alias))
        whole = take(MAP, child, at, inner.path)
        unread = ProviderEntry(alias=alias, kind=alias, options={}, known=False)
        found[alias] = unread if whole is FAILED else _entry(alias, whole, inner, catalog)
    return found


def _entry(alias: str, node: Map, at: At, catalog: Catalog) -> ProviderEntry:
    said = read_section(_Provider, PROVIDER, node, at)
    kind = said.kind or alias
    if kind not in catalog.providers():
        mark = node.items["kind"].mark if "kind" in node.items else node.mark
        unknown_provider(kind, mark, at.to(below(at.path, "kind") if "kind" in node.items else at.path), catalog)
    return ProviderEntry(alias=alias, kind=kind, options=_options(said), known=kind in catalog.targets)


def unknown_provider(kind: str, mark: Mark, at: At, catalog: Catalog) -> None:
    """Report a kind of provider that is unknown or that only a plugin provides."""
    if kind in catalog.plugin_kinds:
        hint = "install a plugin that provides it (entry point group secretzero.providers)"
        at.problems.unknown(mark, at.path, f"provider kind '{kind}' is not built in", hint)
    else:
        at.problems.unknown(mark, at.path, "unknown provider kind", at.problems.nearest(kind, catalog.providers()))


def _options(said: _Provider) -> dict[str, object]:
    """Take each option from the first place that has it."""
    auth = said.auth
    profile = auth.get("profiles", {}).get("default", {})
    flat = {key: value for key, value in auth.items() if key not in {"kind", "config", "profiles", *DOCUMENTATION}}
    options = {**said.config, **profile.get("config", {}), **profile, **auth.get("config", {}), **flat}
    options.pop("config", None)
    if said.fallback_generator:
        options.setdefault("fallback_generator", said.fallback_generator)
    return options | {"auth_kind": auth.get("kind", "ambient"), "profiles": auth.get("profiles", {})}
