"""The command that lists what the manifest declares."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click
from attrs import AttrsInstance, asdict, field, frozen

from secretzero import Manifest, Secret, UsageError
from secretzero.shell import OPTIONAL

from ..command import verb
from ..exits import OK
from ..options.shared import completed
from ..output.tables import table
from ..session import Session

MASK = "********"


@frozen
class ListedSecret:
    """What the manifest declares of one secret."""

    name: str
    kind: str
    targets: int
    local: bool
    one_time: bool
    tags: tuple[str, ...]


@frozen
class ListedProvider:
    """A provider, and whether this version supports its kind."""

    name: str
    kind: str
    known: bool


@frozen
class ListedTarget:
    """Where a secret, or a part of it, is written."""

    target: str
    secret: str
    part: str | None
    provider: str
    kind: str


@frozen
class ListedVariable:
    """A variable, masked if it may be secret."""

    name: str
    value: object


@frozen
class ListDocument:
    """What the manifest declares."""

    total: int
    secrets: tuple[ListedSecret, ...] | None = field(default=None, metadata=OPTIONAL)
    providers: tuple[ListedProvider, ...] | None = field(default=None, metadata=OPTIONAL)
    targets: tuple[ListedTarget, ...] | None = field(default=None, metadata=OPTIONAL)
    variables: Mapping[str, object] | None = field(default=None, metadata=OPTIONAL)


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
    rows = [tuple(_cell(name, value) for name, value in asdict(item).items()) for item in found]
    listed: Any = tuple(found)
    if what == "variables":
        listed = {item.name: item.value for item in found if isinstance(item, ListedVariable)}
    document = ListDocument(len(found), **{what: listed})
    head = tuple(asdict(found[0])) if found else ()
    return session.answer(lambda: table(session.preferences, rows, head), lambda: document, OK)


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

    def matches(self, **facts: str | tuple[str, ...]) -> bool:
        """Return whether an item with these facts matches; one without the fact does not."""
        if not self.text:
            return True
        fact = facts.get(self.aspect, ())
        if self.aspect == "name":
            return self.text in str(fact)
        return self.text in ((fact,) if isinstance(fact, str) else fact)


def _secrets(manifest: Manifest, wanted: _Filter) -> Sequence[AttrsInstance]:
    return [
        ListedSecret(
            name=secret.name,
            kind=secret.kind,
            targets=len(secret.targets),
            local=secret.local,
            one_time=secret.one_time,
            tags=tuple(sorted({*secret.tags, *secret.process_tags})),
        )
        for secret in manifest.secrets
        if wanted.matches(name=secret.name, kind=secret.kind, provider=_providers_of(secret), tag=_tags(secret))
    ]


def _providers_of(secret: Secret) -> tuple[str, ...]:
    return tuple({name for target in secret.targets for name in (target.alias, target.provider)})


def _tags(secret: Secret) -> tuple[str, ...]:
    return (*secret.tags, *secret.process_tags)


def _providers(manifest: Manifest, wanted: _Filter) -> Sequence[AttrsInstance]:
    return [
        ListedProvider(entry.alias, entry.kind, entry.known)
        for entry in manifest.providers.values()
        if wanted.matches(name=entry.alias, kind=entry.kind, provider=(entry.alias, entry.kind))
    ]


def _targets(manifest: Manifest, wanted: _Filter) -> Sequence[AttrsInstance]:
    return [
        ListedTarget(
            target=target.uri, secret=secret.name, part=target.part or None, provider=target.alias, kind=target.kind
        )
        for secret in manifest.secrets
        for target in secret.targets
        if wanted.matches(
            name=target.uri, kind=target.kind, provider=(target.alias, target.provider), tag=_tags(secret)
        )
    ]


def _variables(manifest: Manifest, wanted: _Filter) -> Sequence[AttrsInstance]:
    return [
        ListedVariable(variable.name, MASK if variable.sensitive else variable.value)
        for variable in manifest.variables
        if wanted.matches(name=variable.name)
    ]


_LISTS: Mapping[str, Callable[[Manifest, _Filter], Sequence[AttrsInstance]]] = {
    "secrets": _secrets,
    "providers": _providers,
    "targets": _targets,
    "variables": _variables,
}
