"""Files that a command's output must never overwrite."""

import os
from collections.abc import Iterator, Mapping

from secretzero import BlockedError, Manifest
from secretzero.shell import Places, named_files, settings_path


def refuse_protected(
    path: str, manifest: Manifest | None, environ: Mapping[str, str], *, may_be_manifest: bool = False
) -> None:
    """Raise BlockedError if an output file is one that must not be lost, however either path is spelled.

    Protected are the manifest (unless the output `may_be_manifest`), every file that it reads, writes or needs, and
    what SecretZero and git store elsewhere. Without a manifest, only the last is known.
    """
    places = Places.of(environ)
    real = os.path.realpath(path)
    for folder, what in ((places.keys, "a saved key"), (places.state, "a file of the state folder")):
        if real.startswith(os.path.join(os.path.realpath(folder), "")):
            raise _refused(path, what)
    if ".git" in real.casefold().split(os.sep):
        raise _refused(path, "a file of git")
    wanted = _identity(path)
    protected = _protected(manifest, places.home) if manifest else ()
    for own, what in (*protected, (settings_path(environ), "the user configuration")):
        if _identity(own) == wanted and not (may_be_manifest and what == "the manifest"):
            raise _refused(path, what)


def _protected(manifest: Manifest, home: str) -> Iterator[tuple[str, str]]:
    for each in named_files(manifest, home=home):
        whose = "this manifest" if each.in_use else "another environment"
        yield each.path, each.role if each.role == "the manifest" else f"{each.role} of {whose}"


def _identity(path: str) -> tuple[object, ...]:
    """Return what all names of one file share, even if they differ in case or the file does not exist yet."""
    real, missing = os.path.realpath(path), ""
    while True:
        try:
            status = os.stat(real)
        except OSError:
            real, name = os.path.split(real)
            missing = os.path.join(name, missing)
        else:
            return status.st_dev, status.st_ino, missing


def _refused(path: str, what: str) -> BlockedError:
    return BlockedError(f"{path} is {what}", hint="choose another file; nothing was written")
