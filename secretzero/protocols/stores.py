"""What a store must be able to do, and what else it may: a capability is the presence of its methods."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Protocol, runtime_checkable

from ..values import Description, SecretValue, Version, Written


class Store(Protocol):
    """A place that holds secrets. It has a capability if it has the methods of that capability.

    Example:
        >>> from secretzero import Description, Store
        >>> class Shelf:
        ...     def describe(self, path):
        ...         return Description(fields=("password",)) if path == "db" else None
        >>> store: Store = Shelf()
    """

    def describe(self, path: str) -> Description | None:
        """Describe an object without its values.

        Args:
            path: Name of an object in the store.

        Returns:
            What is known of the object; None when there is nothing.
        """


@runtime_checkable
class Readable(Store, Protocol):
    """A store whose values can be read back."""

    def read(self, path: str, version: Version | None = None) -> SecretValue:
        """Return the object as a map of its fields. Raises NotFoundError when there is nothing."""


@runtime_checkable
class Writable(Store, Protocol):
    """A store that takes values."""

    def write(
        self,
        path: str,
        fields: SecretValue,
        *,
        remove: Collection[str] = (),
        replace: bool = False,
        expected: Version | None = None,
        token: str | None = None,
    ) -> Written:
        """Set the fields of the map `fields`, remove those named in `remove`, leave all others alone.

        `replace` makes `fields` the whole object. `expected` is the version that the object must still have; ``""``
        means that it must not exist; None compares nothing. The same `token` twice is one version.
        Raises ConflictError when the object moved, and then nothing was written.
        """


@runtime_checkable
class Deletable(Store, Protocol):
    """A store that can forget a whole object."""

    def delete(self, path: str) -> None:
        """Delete the object. It is not an error if there is none."""


@runtime_checkable
class Listable(Store, Protocol):
    """A store that can say which objects it has."""

    def paths(self, prefix: str = "") -> Iterator[str]:
        """Yield the paths of all objects under `prefix`, sorted."""


@runtime_checkable
class Versioned(Store, Protocol):
    """A store that keeps earlier versions of an object."""

    def versions(self, path: str) -> Sequence[Version]:
        """List the versions of an object, newest first."""

    def undelete(self, path: str, versions: Collection[Version] = ()) -> None:
        """Bring deleted versions back; ``()`` means the newest."""

    def destroy(self, path: str, versions: Collection[Version] = ()) -> None:
        """Erase versions permanently; ``()`` means the whole object."""


@runtime_checkable
class Labelled(Store, Protocol):
    """A store whose objects carry labels."""

    def label(self, path: str, labels: Mapping[str, str]) -> None:
        """Merge these labels into those that the object has."""


@runtime_checkable
class Snapshotting(Readable, Protocol):
    """A store that can describe an object and read it in one look, so that version and values belong together."""

    def snapshot(self, path: str) -> tuple[Description, SecretValue] | None:
        """Return what `describe` and `read` would, of one moment; None when there is nothing."""


@runtime_checkable
class Comparing(Writable, Protocol):
    """A store that compares `expected` and writes in one step, so that of two machines the first wins."""

    def newest(self, path: str) -> Version | None:
        """Return the version that a compare-and-set would compare; None when there is no object."""


@runtime_checkable
class Synced(Store, Protocol):
    """A store whose writes are durable only after one more call for all of them together."""

    def sync(self) -> None:
        """Make every write so far survive a power failure."""


@runtime_checkable
class OnDisk(Store, Protocol):
    """A store whose objects are files of this machine. They are written last, after what other machines share."""

    def local_path(self, path: str) -> str:
        """Return the absolute path of an object's file, links resolved. Raises OSError where links form a circle."""
