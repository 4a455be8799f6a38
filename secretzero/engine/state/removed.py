"""Targets that left the manifest: places that the lockfile still records."""

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from ...lockfile.model import Entry
from ...manifest.model import Target
from ...refs import Ref


class RemovedTarget(NamedTuple):
    """A recorded place that its secret no longer has, and one of the parts that it may hold: which is not recorded."""

    entry: Entry
    uri: str
    part: str

    @property
    def object(self) -> str:
        """The URI without its field."""
        return self.uri.partition("#")[0]

    @property
    def field(self) -> str:
        """The field of the object."""
        return Ref.parse(self.uri).field


def removed_uris(entry: Entry, targets: Iterable[Target]) -> list[str]:
    """Return the recorded places that are not among the present targets of a secret."""
    declared = {target.uri for target in targets}
    return [uri for uri in entry.targets if uri not in declared]


def removed_targets(entry: Entry, uris: Iterable[str], parts: Collection[str]) -> Iterator[RemovedTarget]:
    """Yield each of these places with each of these parts."""
    return (RemovedTarget(entry, uri, part) for uri in uris for part in parts)
