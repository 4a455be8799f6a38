"""The reference store, in memory: it has every capability of a store."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from threading import RLock

import attrs
from attrs import define

from ..errors import ConflictError, NotFoundError, RejectedError
from ..values import Description, Material, SecretValue, Version, Written, as_text

LARGEST = 65_536
"""The maximum size of one field in bytes."""


@define
class _Revision:
    fields: dict[str, Material] = attrs.field(repr=False)
    state: str = "live"


@define
class _Object:
    revisions: list[_Revision] = attrs.field(factory=list)
    labels: dict[str, str] = attrs.field(factory=dict)
    written: dict[str, tuple[Written, SecretValue]] = attrs.field(factory=dict)

    @property
    def now(self) -> _Revision | None:
        """The newest revision, unless it was deleted."""
        newest = self.revisions[-1] if self.revisions else None
        return newest if newest and newest.state == "live" else None


class Shelf:
    """The platform behind a MemoryStore: state that outlives an adapter and can be shared by several."""

    def __init__(self) -> None:
        self.objects: dict[str, _Object] = {}
        self.lock = RLock()
        self.calls: list[tuple[str, str]] = []


class MemoryStore:
    """Objects with versions numbered from 1, in memory. All methods are thread-safe.

    Two stores on one `Shelf` are two adapters of one platform. `shelf.calls` lists the calls that changed something.
    """

    def __init__(self, shelf: Shelf | None = None) -> None:
        self.shelf = shelf or Shelf()

    def describe(self, path: str) -> Description | None:
        """Return the fields, version and labels of an object; None if it does not exist or was deleted."""
        with self.shelf.lock:
            found = self.shelf.objects.get(path)
            if found is None or found.now is None:
                return None
            number = Version(str(len(found.revisions)))
            return Description(number, tuple(sorted(found.now.fields)), number, labels=dict(found.labels))

    def read(self, path: str, version: Version | None = None) -> SecretValue:
        """Return the fields of an object at a version, by default the newest."""
        with self.shelf.lock:
            found = self._object(path)
            revision = found.now if version is None else found.revisions[_index(found, version, path)]
            if revision is None or revision.state != "live":
                raise NotFoundError(f"nothing at {path}")
            return SecretValue(dict(revision.fields))

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
        """Make the next version. A repeated token returns the version that it made.

        Raises RejectedError for a token that was used with other fields, and for a field that is too large.
        """
        given = _checked(fields)
        with self.shelf.lock:
            found = self.shelf.objects.get(path) or _Object()
            if token is not None and token in found.written:
                written, before = found.written[token]
                if before != fields:
                    raise RejectedError("this token was used for other fields")
                return written
            if expected not in {None, str(len(found.revisions)) if found.now else ""}:
                raise ConflictError(f"{path} is not at the expected version")
            kept = {} if replace or found.now is None else found.now.fields
            after = {name: value for name, value in {**kept, **given}.items() if name not in remove or name in given}
            found.revisions.append(_Revision(after, "live" if after or not remove else "deleted"))
            self.shelf.objects[path] = found
            self.shelf.calls.append(("write", path))
            number = str(len(found.revisions))
            written = Written(Version(number), number)
            if token is not None:
                found.written[token] = (written, SecretValue(given))
            return written

    def newest(self, path: str) -> Version | None:
        """Return the newest version, which a write compares with the expected one; None if there is none."""
        described = self.describe(path)
        return described.version if described else None

    def delete(self, path: str) -> None:
        """Delete all versions; each can be undeleted."""
        with self.shelf.lock:
            found = self.shelf.objects.get(path)
            if found is not None and found.now is not None:
                self.shelf.calls.append(("delete", path))
                _mark(found, range(len(found.revisions)), "live", "deleted")

    def paths(self, prefix: str = "") -> Iterator[str]:
        """Yield the paths of all objects that begin with `prefix`, sorted."""
        with self.shelf.lock:
            there = sorted(path for path, found in self.shelf.objects.items() if found.now)
        return (path for path in there if path.startswith(prefix))

    def versions(self, path: str) -> Sequence[Version]:
        """List all versions, including deleted and destroyed ones, newest first."""
        with self.shelf.lock:
            return [Version(str(number)) for number in range(len(self._object(path).revisions), 0, -1)]

    def undelete(self, path: str, versions: Collection[Version] = ()) -> None:
        """Restore deleted versions, by default the newest; destroyed ones stay destroyed."""
        with self.shelf.lock:
            found = self._object(path)
            chosen = [_index(found, version, path) for version in versions] or [len(found.revisions) - 1]
            self.shelf.calls.append(("undelete", path))
            _mark(found, chosen, "deleted", "live")

    def destroy(self, path: str, versions: Collection[Version] = ()) -> None:
        """Erase the fields of versions permanently, by default of all versions."""
        with self.shelf.lock:
            found = self._object(path)
            chosen = [_index(found, version, path) for version in versions] or range(len(found.revisions))
            self.shelf.calls.append(("destroy", path))
            for index in chosen:
                found.revisions[index] = _Revision({}, "destroyed")

    def label(self, path: str, labels: Mapping[str, str]) -> None:
        """Merge labels into the existing ones; they belong to the object, not to a version."""
        with self.shelf.lock:
            self._object(path).labels.update(labels)
            self.shelf.calls.append(("label", path))

    def _object(self, path: str) -> _Object:
        if path not in self.shelf.objects:
            raise NotFoundError(f"nothing at {path}")
        return self.shelf.objects[path]


def _checked(fields: SecretValue) -> dict[str, Material]:
    """Return a copy of the fields. Raises RejectedError for a field that is too large."""
    given = fields.reveal()
    if not isinstance(given, dict):
        raise RejectedError("an object is a map of fields")
    for name, value in given.items():
        if len(as_text(value).encode("utf-8", "surrogatepass")) > LARGEST:
            raise RejectedError(f"{name}: longer than {LARGEST} bytes")
    return dict(given)


def _index(found: _Object, version: Version, path: str) -> int:
    if not version.isdecimal() or not 0 < int(version) <= len(found.revisions):
        raise NotFoundError(f"no such version of {path}")
    return int(version) - 1


def _mark(found: _Object, chosen: Collection[int], before: str, after: str) -> None:
    for index in chosen:
        if found.revisions[index].state == before:
            found.revisions[index].state = after
