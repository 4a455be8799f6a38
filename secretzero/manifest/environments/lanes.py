"""The lanes that `environments` declares."""

import re
from collections.abc import Mapping
from typing import Annotated, NamedTuple

from ...options.nodes import At, Map, Mark, Node, Problems, below
from ...options.readers import FAILED, FILLED, MAP, Listed, Mapped, Nullable, UnfitError, Untouched, Via, take
from ...options.structure import Section

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}\Z").match
_WORDS = Nullable(FILLED)


class Lane(NamedTuple):
    """One environment: what it reads, and where its lockfile is. Paths stand as they are written, ``""`` for none."""

    name: str
    var_files: tuple[str, ...] = ()
    lockfile: str = ""
    target_profile: str = ""
    path: str = ""
    mark: Mark = Mark()
    lockfile_mark: Mark = Mark()
    target_profile_mark: Mark = Mark()
    var_file_marks: tuple[Mark, ...] = ()


def _var_files(node: Node, at: At) -> Mapping[str, Mark]:
    """Read the var files of a lane, each with where it is named."""
    found: dict[str, Mark] = {}

    def one(node: Node, at: At) -> None:
        name = FILLED.read(node, at)
        if name in found:
            raise UnfitError("duplicate var file", "remove one of them")
        found[name] = node.mark

    Listed(Via(one, accepts=FILLED), things="paths").read(node, at)
    return found


class _Profile(NamedTuple):
    """A lane's own keys."""

    var_files: Annotated[Mapping[str, Mark], Via(_var_files, accepts=Listed(FILLED), also={"uniqueItems": True})] = {}
    lockfile: Annotated[str | None, _WORDS] = None
    target_profile: Annotated[str | None, _WORDS] = None
    labels: Annotated[Map | None, MAP] = None


LANE = Section(_Profile, null=True)


class _Environments(NamedTuple):
    """The keys of `environments`."""

    default: Annotated[str | None, _WORDS] = None
    profiles: Annotated[Map | None, Untouched("map", Mapped(LANE))] = None


ENVIRONMENTS = Section(_Environments)


def read_lanes(environments: Map, problems: Problems) -> tuple[dict[str, Lane], str]:
    """Return the lanes by name, and the name of the default one (``""`` for none)."""
    said = ENVIRONMENTS.made(environments, At(problems, "environments", []))
    profiles = said.profiles or Map({}, {}, environments.mark)
    return {name: _lane(name, profiles, problems) for name in profiles.items}, said.default or ""


def _lane(name: str, profiles: Map, problems: Problems) -> Lane:
    mark = profiles.keys[name]
    at = At(problems, below("environments.profiles", name), [])
    if not _NAME(name):
        at.say(mark, "invalid environment name", "use up to 64 letters, digits, '_', '.' and '-'")
    found = take(MAP, profiles.items[name], at, at.path)
    node: Map = Map({}, {}, profiles.mark) if found is FAILED else found
    said = LANE.made(node, at)
    return Lane(
        name=name,
        var_files=tuple(said.var_files),
        lockfile=said.lockfile or "",
        target_profile=said.target_profile or "",
        path=at.path,
        mark=mark,
        lockfile_mark=_mark_of(node, "lockfile"),
        target_profile_mark=_mark_of(node, "target_profile"),
        var_file_marks=tuple(said.var_files.values()),
    )


def _mark_of(node: Map, key: str) -> Mark:
    item = node.items.get(key)
    return item.mark if item else node.mark
