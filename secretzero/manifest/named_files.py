"""Every file that a manifest reads, writes or needs, so that nothing else is written over it."""

import os
from collections.abc import Iterator

from ..places import absolute
from ..protocols import NamesFiles, offers
from .environments.lockfiles import Lockfiles, local_lockfile
from .environments.resolve import Resolved
from .model import FileRole, Manifest, NamedFile


def named_files(manifest: Manifest, *, home: str) -> Iterator[NamedFile]:
    """Yield the manifest, its var files and lockfiles in all environments, and the files of targets and sources.

    A path that begins with ``~/`` starts from `home`, as it does for the store that writes there. Two names of one
    file are the caller's to find out: links are not resolved. A file that has two roles comes once for each.
    """
    yield from manifest.own_files
    seen: set[tuple[FileRole, str]] = set()
    for secret in manifest.secrets:
        roles: list[tuple[FileRole, object]] = [("a target", target.options) for target in secret.targets]
        roles += [("a source", entry.source) for entry in secret.sources]
        for role, options in roles:
            for path in files_in(options):
                if (role, path) not in seen:
                    seen.add((role, path))
                    yield NamedFile(absolute(path, folder=manifest.folder, home=home), role)


def files_in(options: object) -> tuple[str, ...]:
    """Return the files that the options of a target or source name, as they are written there."""
    return options.files() if offers(options, NamesFiles) else ()


def own_files(path: str, resolved: Resolved, locks: Lockfiles, home: str) -> tuple[NamedFile, ...]:
    """Return what SecretZero itself reads and keeps in all lanes, this lane's first."""
    folder = os.path.dirname(path)
    others = [
        os.path.normpath(absolute(name, folder=folder, home=home))
        for lane in resolved.lanes.values()
        for name in lane.var_files
    ]
    return (
        NamedFile(path, "the manifest"),
        *(NamedFile(name, "a var file") for name in resolved.var_files),
        *(NamedFile(name, "a var file", in_use=False) for name in others if name not in resolved.var_files),
        *(NamedFile(each, "the lockfile", in_use=each == locks.lockfile) for each in locks.every),
        *(NamedFile(local_lockfile(each), "the local lockfile", in_use=each == locks.lockfile) for each in locks.every),
    )
