"""The stores of one run: each is opened when something first needs it, each object by its canonical URI."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from ...errors import SecretZeroError, UnsupportedError
from ...manifest.catalog import Catalog
from ...manifest.model import Manifest, ProviderEntry, Target
from ...protocols import Addressable, TargetKind, offers
from ...protocols.stores import Comparing, OnDisk, Readable, Store, Writable
from ...refs import Ref

Connect = Callable[[str, ProviderEntry | None], object]
"""Opens the connection of a provider kind: ``connect(kind, entry)``."""


class Opener(NamedTuple):
    """How an object is opened: through which alias of which provider kind, with which options."""

    alias: str
    provider: str
    options: TargetKind


class Stores:
    """Opens stores for targets, one for each object, over one connection for each alias."""

    def __init__(self, manifest: Manifest, catalog: Catalog, connect: Connect) -> None:
        self._manifest = manifest
        self._catalog = catalog
        self._connect = connect
        self._connections: dict[str, object] = {}
        self._open: dict[str, tuple[Store, str]] = {}
        self._removed: dict[str, Opener | None] = {}
        self._targets: dict[str, Target] = {}
        for secret in manifest.secrets:
            for target in secret.targets:
                self._targets.setdefault(target.object, target)

    def store_of(self, uri: str) -> tuple[Store, str]:
        """Return the store of an object and the object's path in it.

        Raises UnsupportedError when this manifest has no way to open it.
        """
        if uri not in self._open:
            path, found = Ref.parse(uri).path, self.opener_of(uri)
            if found is None:
                raise UnsupportedError("this target can no longer be opened", target=uri)
            self._open[uri] = (found.options.open(self._connection(found.alias, found.provider)), path)
        return self._open[uri]

    def opener_of(self, uri: str) -> Opener | None:
        """Return how to open an object: as its target in the manifest says, else through a kind that knows its address.

        Nothing is opened yet; None when nothing can open it.
        """
        target = self._targets.get(uri)
        if target and target.options is not None:
            return Opener(target.alias, target.provider, target.options)
        if uri not in self._removed:
            self._removed[uri] = next(self._openers(uri), None)
        return self._removed[uri]

    def _openers(self, uri: str) -> Iterator[Opener]:
        """Ask the kinds of the declared providers for an object of no target, then those of all others."""
        declared = {alias: entry.kind for alias, entry in self._manifest.providers.items()}
        for alias, provider in {**declared, **{kind: kind for kind in self._catalog.targets}}.items():
            for kind in self._catalog.targets.get(provider, {}).values():
                if isinstance(kind, Addressable) and (located := kind.at(uri)):
                    yield Opener(alias, provider, located.options)

    def _connection(self, alias: str, provider: str) -> object:
        if alias not in self._connections:
            self._connections[alias] = self._connect(provider, self._manifest.providers.get(alias))
        return self._connections[alias]

    def rank_of(self, uri: str) -> int:
        """Return the rank of an object in the order of writes: compare-and-set, readable, write-only, local files.

        One that cannot be opened comes last, and its write raises the error.
        """
        try:
            store, _ = self.store_of(uri)
        except SecretZeroError:
            return 3
        if offers(store, OnDisk):
            return 3
        if not offers(store, Readable):
            return 2
        return 0 if offers(store, Comparing) else 1

    def provider_of(self, uri: str) -> str:
        """Return the alias whose connection serves an object, ``""`` when nothing can open it."""
        found = self.opener_of(uri)
        return found.alias if found else ""


def readable(store: Store) -> Readable:
    """Return the store as one whose values can be read. Raises UnsupportedError."""
    if not offers(store, Readable):
        raise UnsupportedError("this store cannot be read")
    return store


def writable(store: Store) -> Writable:
    """Return the store as one that takes values. Raises UnsupportedError."""
    if not offers(store, Writable):
        raise UnsupportedError("this store cannot be written")
    return store
