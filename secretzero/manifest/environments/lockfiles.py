"""Which file records what was done in each lane."""

import os
from collections.abc import Mapping
from typing import NamedTuple

from ...options.nodes import Mark, Problems, below
from ...places import absolute
from .lanes import Lane
from .resolve import Resolved

_SUFFIX = ".lock"
_OWN = ("Secretfile.yml", "Secretfile.yaml")


class Lockfiles(NamedTuple):
    """Absolute paths: this lane's, the local one beside it, and those of all lanes with this lane's first."""

    lockfile: str
    local: str
    every: tuple[str, ...]


def choose_lockfiles(path: str, resolved: Resolved, asked: str | None, home: str, problems: Problems) -> Lockfiles:
    """Name the lockfile of every lane, and refuse two lanes with one; `asked` wins for the lane in hand."""
    folder, name = os.path.split(path)
    stem = ".gitsecrets" if name in _OWN else os.path.splitext(name)[0]
    plain = os.path.join(folder, stem + _SUFFIX)
    paths: dict[str, str] = {}
    for each in resolved.lanes.values():
        usual = stem + _SUFFIX if each.name == resolved.default else f"{stem}.{each.name}{_SUFFIX}"
        paths[each.name] = os.path.normpath(absolute(each.lockfile or usual, folder=folder, home=home))
    _refuse_shared(paths, resolved.lanes, problems)
    own = os.path.abspath(asked) if asked else paths.get(resolved.lane, plain)
    return Lockfiles(own, local_lockfile(own), tuple(dict.fromkeys([own, *paths.values()])))


def local_lockfile(path: str) -> str:
    """Return the lockfile of this machine's own secrets, beside the shared one."""
    return f"{path.removesuffix(_SUFFIX)}.local{_SUFFIX}"


def _refuse_shared(paths: Mapping[str, str], lanes: Mapping[str, Lane], problems: Problems) -> None:
    """Refuse lanes whose lockfiles are one file, or the local lockfile of another lane."""
    seen: dict[str, str] = {}
    for name, path in paths.items():
        lane = lanes[name]
        mark = lane.lockfile_mark if lane.lockfile else lane.mark
        other = seen.get(path)
        if other is not None:
            _say(name, mark, f"uses the lockfile of environment '{other}'", problems)
        seen.setdefault(path, name)
    local = {local_lockfile(path): name for name, path in paths.items()}
    for name, path in paths.items():
        if path in local:
            _say(name, lanes[name].mark, f"uses the local lockfile of environment '{local[path]}'", problems)


def _say(lane: str, mark: Mark, message: str, problems: Problems) -> None:
    path = below(below("environments.profiles", lane), "lockfile")
    problems.say(mark, path, message, "set a different path under 'lockfile'")
