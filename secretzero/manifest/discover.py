"""Finds the manifest that a command means when none is named."""

import os
from collections.abc import Iterator, Mapping

from ..errors import ManifestError, Problem, UntrustedError
from ..files import Disk

NAMES = ("Secretfile.yml", "Secretfile.yaml")


def find_manifest(start: str, environ: Mapping[str, str]) -> str:
    """Return the absolute path of the manifest for a command that is started in the folder `start`.

    That is `SECRETZERO_FILE`, relative to `start`; else the first ``Secretfile.yml`` or ``.yaml`` in `start` and the
    folders above it, up to the one that holds ``.git``, the home folder or a border of file systems.
    Raises ManifestError when there is none or a folder holds both, and UntrustedError when one that was found above
    `start` belongs to somebody else.
    """
    named = environ.get("SECRETZERO_FILE")
    if named:
        return os.path.abspath(os.path.join(start, named))
    start = os.path.abspath(start)
    for folder in _folders(start, environ.get("HOME", "")):
        path = _manifest_in(folder)
        if path:
            if folder != start:
                _check_owner(path)
            return path
    message = f"no {NAMES[0]} in {start} or in a parent folder of the project"
    raise ManifestError([Problem(NAMES[0], 0, 0, "", message, "create one with: secretzero create")])


def project_root(folder: str, disk: Disk) -> str:
    """Return the nearest folder from `folder` upwards that holds ``.git``, else `folder` itself."""
    at = folder
    while not _is_there(os.path.join(at, ".git"), disk):
        above = os.path.dirname(at)
        if above == at:
            return folder
        at = above
    return at


def _is_there(path: str, disk: Disk) -> bool:
    try:
        return disk.stamp(path) is not None
    except OSError:
        return False


def _folders(start: str, home: str) -> Iterator[str]:
    """Yield `start` and the folders above it that may hold the project's manifest."""
    last = os.path.abspath(home) if home else ""
    folder, device = start, _device(start)
    while True:
        yield folder
        above = os.path.dirname(folder)
        if folder in {above, last} or os.path.lexists(os.path.join(folder, ".git")) or _device(above) != device:
            return
        folder = above


def _device(folder: str) -> int:
    try:
        return os.stat(folder).st_dev
    except OSError:
        return -1


def _manifest_in(folder: str) -> str:
    found = [path for name in NAMES if os.path.isfile(path := os.path.join(folder, name))]
    if len(found) > 1:
        message = "both Secretfile.yml and Secretfile.yaml exist in this folder"
        raise ManifestError([Problem(found[0], 0, 0, "", message, "remove one, or choose one with -f")])
    return found[0] if found else ""


def _check_owner(path: str) -> None:
    """Refuse a manifest above the working directory that somebody else could have put there."""
    if os.stat(path).st_uid not in {0, os.geteuid()}:
        raise UntrustedError(
            f"{path} belongs to another user",
            hint="if you trust it, name it with -f",
            file=path,
        )
