"""The stores of one run: each is opened when something first needs it, each object by its canonical URI."""

from collections.abc import Callable

from ...errors import UnsupportedError
from ...manifest.catalog import Catalog
from ...manifest.model import Manifest, ProviderEntry, Target
from ...protocols import Comparing, Readable, Store, TargetKind, Writable
from ...refs import Ref

Connect = Callable[[str, ProviderEntry | None], object]
"""Opens the connection of a provider kind: ``connect(kind, entry)``."""

LOCAL = "local"


class Stores:
    """Opens stores for targets, one for each object, over one connection for each alias."""

    def __init__(self, manifest: Manifest, catalog: Catalog, connect: Connect) -> None:
        self._manifest = manifest
        self._catalog = catalog
        self._connect = connect
        self._connections: dict[str, object] = {}
        self._open: dict[str, tuple[Store, str]] = {}
        self._targets: dict[str, Target] = {}
        for secret in manifest.secrets:
            for target in secret.targets:
                self._targets.setdefault(target.object, target)

    def store_of(self, uri: str) -> tuple[Store, str]:
        """Return the store of an object and the object's path in it.

        Raises UnsupportedError when this manifest has no way to open it.
        """
        if uri not in self._open:
            path = Ref.parse(uri).path
            self._open[uri] = (self._opened(uri, path), path)
        return self._open[uri]

    def _opened(self, uri: str, path: str) -> Store:
        target = self._targets.get(uri)
        if target and target.options is not None:
            return target.options.open(self._connection(target.alias, target.provider))
        kind = self._kind_for(uri.partition("://")[0], path)
        if kind is None:
            raise UnsupportedError("this target can no longer be opened", target=uri)
        return kind.open(self._connection(LOCAL, LOCAL))

    def _kind_for(self, scheme: str, path: str) -> TargetKind | None:
        """Guess the options of a file that left the manifest: its name says the format."""
        kind = self._catalog.targets.get(LOCAL, {}).get("file") if scheme == "file" else None
        return kind(path=path) if kind else None

    def _connection(self, alias: str, provider: str) -> object:
        if alias not in self._connections:
            self._connections[alias] = self._connect(provider, self._manifest.providers.get(alias))
        return self._connections[alias]

    def rank_of(self, uri: str) -> int:
        """Say when an object is written: shared compare-and-set first, readable, write-only, local files last."""
        if uri.startswith("file://"):
            return 3
        store, _ = self.store_of(uri)
        if not isinstance(store, Readable):
            return 2
        return 0 if isinstance(store, Comparing) else 1

    def provider_of(self, uri: str) -> str:
        """Return the alias whose connection serves an object."""
        target = self._targets.get(uri)
        return target.alias if target else LOCAL


def readable(store: Store) -> Readable:
    """Return the store as one whose values can be read. Raises UnsupportedError."""
    if not isinstance(store, Readable):
        raise UnsupportedError("this store cannot be read")
    return store


def writable(store: Store) -> Writable:
    """Return the store as one that takes values. Raises UnsupportedError."""
    if not isinstance(store, Writable):
        raise UnsupportedError("this store cannot be written")
    return store
