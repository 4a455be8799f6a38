"""Which files no answer may be written over: those that the project lives by."""

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from secretzero import BlockedError, ManifestError, Ref
from secretzero.shell import Places

if TYPE_CHECKING:
    from secretzero import Manifest

    from ..session import Session

_SUFFIX = ".lock"


def spare_project(session: "Session", path: str) -> None:
    """Raise BlockedError where a file named for an answer is the manifest, or one that it reads, writes or needs."""
    _spare_state(session, path)
    _spare(path, session.manifest, [(session.manifest.path, "the manifest")])


def spare_all_but_manifest(session: "Session", path: str) -> None:
    """Do the same for what may replace the manifest; where none can be read there is nothing to know."""
    _spare_state(session, path)
    with suppress(ManifestError):
        manifest = session.only_manifest()
        if _identity(path) != _identity(manifest.path):
            _spare(path, manifest, [])


def _spare_state(session: "Session", path: str) -> None:
    """Refuse what this machine keeps outside of the project: its keys, journals and the audit log."""
    places = Places.of(session.environ)
    real = os.path.realpath(path)
    for folder, what in ((places.keys, "a saved key"), (places.state, "a file of the state folder")):
        if real.startswith(os.path.join(os.path.realpath(folder), "")):
            raise _refused(path, what)


def _spare(path: str, manifest: "Manifest", besides: list[tuple[str, str]]) -> None:
    wanted = _identity(path)
    for own, what in (*besides, *_files_of(manifest)):
        if _identity(own) == wanted:
            raise _refused(path, what)


def _files_of(manifest: "Manifest") -> Iterator[tuple[str, str]]:
    """Yield every file that a manifest reads or writes, and what it is."""
    yield from ((path, "a var file of this manifest") for path in manifest.var_files)
    yield manifest.lockfile, "the lockfile of this manifest"
    yield manifest.local_lockfile, "the local lockfile of this manifest"
    for lockfile in manifest.lockfiles:
        yield lockfile, "the lockfile of another lane"
        yield f"{lockfile.removesuffix(_SUFFIX)}.local{_SUFFIX}", "the local lockfile of another lane"
    objects = dict.fromkeys(target.object for secret in manifest.secrets for target in secret.targets)
    for uri in objects:
        if uri.startswith("file://"):
            yield os.path.join(manifest.folder, Ref.parse(uri).path), "a target of this manifest"


def _identity(path: str) -> object:
    """Return what two names of one file share, also where letters differ in case only."""
    real = os.path.realpath(path)
    try:
        status = os.stat(real)
    except OSError:
        return real
    return status.st_dev, status.st_ino


def _refused(path: str, what: str) -> BlockedError:
    return BlockedError(f"{path} is {what}", hint="name another file; nothing was written")
