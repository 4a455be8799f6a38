"""The document of `list`, with one class for each kind of item."""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import field, frozen

from secretzero.shell import OPTIONAL


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
class ListDocument:
    """What the manifest declares."""

    total: int
    secrets: tuple[ListedSecret, ...] | None = field(default=None, metadata=OPTIONAL)
    providers: tuple[ListedProvider, ...] | None = field(default=None, metadata=OPTIONAL)
    targets: tuple[ListedTarget, ...] | None = field(default=None, metadata=OPTIONAL)
    variables: Mapping[str, object] | None = field(default=None, metadata=OPTIONAL)

    @classmethod
    def of(cls, what: str, items: Sequence[Mapping[str, object]]) -> "ListDocument":
        """Describe the items of a list; `what` is the name of the list."""
        if what == "variables":
            return cls(len(items), variables={str(item["name"]): item["value"] for item in items})
        kinds: Mapping[str, type] = {"secrets": ListedSecret, "providers": ListedProvider, "targets": ListedTarget}
        listed: Mapping[str, Any] = {what: tuple(kinds[what](**item) for item in items)}
        return cls(len(items), **listed)
