"""Every file that a manifest reads, writes or needs, so that nothing else is written over it."""

import os
from collections.abc import Iterable, Iterator, Mapping

from ..options.nodes import Mark, Problems
from ..places import absolute
from ..protocols import NamesFiles, offers
from .discover import NAMES
from .environments import Lane, Resolved
from .model import FileRole, Manifest, NamedFile, Secret

_SUFFIX = ".lock"


def choose_lockfiles(
    path: str, resolved: Resolved, asked: str | None, home: str, problems: Problems
) -> tuple[str, ...]:
    """Name the lockfile of every lane, this lane's first, and refuse two lanes with one; `asked` wins for this lane."""
    folder, name = os.path.split(path)
    stem = ".gitsecrets" if name in NAMES else os.path.splitext(name)[0]
    paths: dict[str, str] = {}
    for each in resolved.lanes.values():
        usual = stem + _SUFFIX if each.name == resolved.default else f"{stem}.{each.name}{_SUFFIX}"
        paths[each.name] = os.path.normpath(absolute(each.declared.lockfile or usual, folder=folder, home=home))
    _refuse_shared(paths, resolved.lanes, problems)
    own = os.path.abspath(asked) if asked else paths.get(resolved.lane, os.path.join(folder, stem + _SUFFIX))
    return tuple(dict.fromkeys([own, *paths.values()]))


def local_lockfile(path: str) -> str:
    """Return the lockfile of this machine's own secrets, beside the shared one."""
    return f"{path.removesuffix(_SUFFIX)}.local{_SUFFIX}"


def _refuse_shared(paths: Mapping[str, str], lanes: Mapping[str, Lane], problems: Problems) -> None:
    """Refuse lanes whose lockfiles are one file, or the local lockfile of another lane."""
    seen: dict[str, str] = {}
    for name, path in paths.items():
        lane = lanes[name]
        mark = lane.node.items["lockfile"].mark if lane.declared.lockfile else lane.mark
        other = seen.setdefault(path, name)
        if other != name:
            _say(lane, mark, f"uses the lockfile of environment '{other}'", problems)
    local = {local_lockfile(path): name for name, path in paths.items()}
    for name, path in paths.items():
        if path in local:
            _say(lanes[name], lanes[name].mark, f"uses the local lockfile of environment '{local[path]}'", problems)


def _say(lane: Lane, mark: Mark, message: str, problems: Problems) -> None:
    problems.say(mark, f"{lane.path}.lockfile", message, "set a different path under 'lockfile'")


def named_files(manifest: Manifest, *, home: str) -> Iterator[NamedFile]:
    """Yield the manifest, and its var files, lockfiles, targets and sources in all environments that are valid.

    A path that begins with ``~/`` starts from `home`, as it does for the store that writes there. Two names of one
    file are the caller's to find out: links are not resolved. A file that has two roles comes once for each.
    """
    yield from manifest.own_files
    yield from files_of(manifest.secrets, folder=manifest.folder, home=home, in_use=True)
    yield from manifest.other_files


def files_of(secrets: Iterable[Secret], *, folder: str, home: str, in_use: bool) -> Iterator[NamedFile]:
    """Yield the files of the targets and sources of some secrets, each once for each role."""
    seen: set[tuple[FileRole, str]] = set()
    for secret in secrets:
        roles: list[tuple[FileRole, object]] = [("a target", target.options) for target in secret.targets]
        roles += [("a source", entry.source) for entry in secret.sources]
        for role, options in roles:
            for path in files_in(options):
                if (role, path) not in seen:
                    seen.add((role, path))
                    yield NamedFile(absolute(path, folder=folder, home=home), role, in_use)


def files_in(options: object) -> tuple[str, ...]:
    """Return the files that the options of a target or source name, as they are written there."""
    return options.files() if offers(options, NamesFiles) else ()


def own_files(path: str, resolved: Resolved, lockfiles: tuple[str, ...], home: str) -> tuple[NamedFile, ...]:
    """Return what SecretZero itself reads and keeps in all lanes, this lane's first."""
    folder = os.path.dirname(path)
    others = [
        os.path.normpath(absolute(name, folder=folder, home=home))
        for lane in resolved.lanes.values()
        for name in lane.declared.var_files
    ]
    return (
        NamedFile(path, "the manifest"),
        *(NamedFile(name, "a var file") for name in resolved.var_files),
        *(NamedFile(name, "a var file", in_use=False) for name in others if name not in resolved.var_files),
        *(NamedFile(each, "the lockfile", in_use=each == lockfiles[0]) for each in lockfiles),
        *(NamedFile(local_lockfile(each), "the local lockfile", in_use=each == lockfiles[0]) for each in lockfiles),
    )
