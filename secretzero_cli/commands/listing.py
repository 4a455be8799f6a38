"""The command that lists what the manifest declares."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from secretzero import Manifest, Secret, UsageError
from secretzero.shell import Target

from ..command import Session, verb
from ..options.shared import completed
from ..output.tables import table

if TYPE_CHECKING:
    from ..output.documents import ListedProvider, ListedSecret, ListedTarget

MASK = "********"


@verb("list", "F V E O")
@click.argument("what", type=click.Choice(["secrets", "providers", "targets", "variables"]), default="secrets")
@click.option(
    "--filter",
    "wanted",
    metavar="TEXT",
    default="",
    shell_complete=completed("kinds"),
    help="Part of a name, or kind:KIND, provider:NAME or tag:TAG.",
)
def list_command(session: Session, *, what: str, wanted: str) -> int:
    """List secrets (the default), providers, targets or variables. Variables that may be secret are masked."""
    manifest = session.only_manifest()
    session.note_problems(show=False)
    found = _LISTS[what](manifest, _Filter(wanted))

    def text() -> list[str]:
        rows = [tuple(_cell(name, value) for name, value in item.items()) for item in found]
        return table(session.preferences, rows, tuple(found[0]) if found else ())

    def document() -> Mapping[str, object]:
        listed = {str(item["name"]): item["value"] for item in found} if what == "variables" else found
        return {"total": len(found), what: listed}

    return session.answer(text, document)


def _cell(name: str, value: object) -> str:
    """Return a value as text: a true flag as its name, a false one as nothing."""
    if isinstance(value, bool):
        return name.replace("_", " ") if value else ""
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return "" if value is None else str(value)


class _Filter:
    """The condition of `--filter`: part of a name, or an exact kind, provider or tag."""

    def __init__(self, text: str) -> None:
        before, colon, after = text.partition(":")
        if colon and before not in {"kind", "provider", "tag"}:
            raise UsageError(f"unknown filter: {before}:", hint="write NAME, kind:KIND, provider:NAME or tag:TAG")
        self.aspect, self.text = (before, after) if colon else ("name", text)

    def matches(self, name: str, **facts: Collection[str]) -> bool:
        """Return whether an item with this name and these facts matches; one without the fact does not."""
        return not self.text or self.text in (name if self.aspect == "name" else facts.get(self.aspect, ()))


def _secrets(manifest: Manifest, wanted: _Filter) -> "list[ListedSecret]":
    return [
        {
            "name": secret.name,
            "kind": secret.kind,
            "targets": len(secret.targets),
            "local": secret.local,
            "one_time": secret.one_time,
            "tags": tuple(sorted(set(_tags(secret)))),
        }
        for secret in manifest.secrets
        if wanted.matches(secret.name, kind=[secret.kind], provider=_providers_of(*secret.targets), tag=_tags(secret))
    ]


def _providers_of(*targets: Target) -> set[str]:
    return {name for target in targets for name in (target.alias, target.provider)}


def _tags(secret: Secret) -> tuple[str, ...]:
    return (*secret.tags, *secret.process_tags)


def _providers(manifest: Manifest, wanted: _Filter) -> "list[ListedProvider]":
    return [
        {"name": entry.alias, "kind": entry.kind, "known": entry.known}
        for entry in manifest.providers.values()
        if wanted.matches(entry.alias, kind=[entry.kind], provider=[entry.alias, entry.kind])
    ]


def _targets(manifest: Manifest, wanted: _Filter) -> "list[ListedTarget]":
    return [
        {
            "target": target.uri,
            "secret": secret.name,
            "part": target.part or None,
            "provider": target.alias,
            "kind": target.kind,
        }
        for secret in manifest.secrets
        for target in secret.targets
        if wanted.matches(target.uri, kind=[target.kind], provider=_providers_of(target), tag=_tags(secret))
    ]


def _variables(manifest: Manifest, wanted: _Filter) -> Sequence[Mapping[str, object]]:
    return [
        {"name": variable.name, "value": MASK if variable.sensitive else variable.value}
        for variable in manifest.variables
        if wanted.matches(variable.name)
    ]


_LISTS: Mapping[str, Callable[[Manifest, _Filter], Sequence[Mapping[str, object]]]] = {
    "secrets": _secrets,
    "providers": _providers,
    "targets": _targets,
    "variables": _variables,
}
