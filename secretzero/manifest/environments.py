"""Which lane is meant, what it declares, and which variables it has."""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, NamedTuple

from ..files import reason
from ..grammar import is_name, quote
from ..options.nodes import At, Map, Mark, Node, Problems, Scalar, below, laid
from ..options.readers import FAILED, FILLED, MAP, Listed, Mapped, Nullable, UnfitError, Untouched, Via, is_null, take
from ..options.structure import Table, read_section, readers_of
from ..places import absolute, home_of
from .interpolation.evaluate import Scope, Work
from .interpolation.interpolate import define, interpolate
from .yaml.parse import parse_tree

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}\Z").match
_WORDS = Nullable(FILLED)


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


class Declared(NamedTuple):
    """A lane's own keys. Paths stand as they are written."""

    var_files: Annotated[Mapping[str, Mark], Via(_var_files, accepts=Listed(FILLED), also={"uniqueItems": True})] = {}
    lockfile: Annotated[str | None, _WORDS] = None
    target_profile: Annotated[str | None, _WORDS] = None
    labels: Annotated[Map | None, MAP] = None


LANE = Table(readers_of(Declared), null=True)


class Lane(NamedTuple):
    """One environment: what is declared of it, where, and where its name stands."""

    name: str
    declared: Declared
    path: str
    node: Map
    mark: Mark


class _Environments(NamedTuple):
    """The keys of `environments`."""

    default: Annotated[str | None, _WORDS] = None
    profiles: Annotated[Map | None, Untouched("map", Mapped(LANE))] = None


ENVIRONMENTS = Table(readers_of(_Environments))


def _lane(name: str, profiles: Map, problems: Problems) -> Lane:
    mark = profiles.keys[name]
    at = At(problems, below("environments.profiles", name), [])
    if not _NAME(name):
        at.say(mark, "invalid environment name", "use up to 64 letters, digits, '_', '.' and '-'")
    found = take(MAP, profiles.items[name], at, at.path)
    node: Map = Map({}, {}, profiles.mark) if found is FAILED else found
    return Lane(name, read_section(Declared, LANE, node, at), at.path, node, mark)


VARIABLE = "SECRETZERO_ENVIRONMENT"


class Resolved(NamedTuple):
    """The lane that was chosen (``""`` for none), all lanes, what strings see in it, and the var files it read."""

    lane: str
    lanes: Mapping[str, Lane]
    default: str
    scope: Scope
    var_files: tuple[str, ...] = ()


class World(NamedTuple):
    """What variables are made from, besides the manifest, and where problems go.

    `var_files` are absolute and come after the lane's, which start from `folder`; `overrides` come last and are taken
    as they are. `read` returns None for a file that is not there.
    """

    problems: Problems
    environ: Mapping[str, str]
    read: Callable[[str], bytes | None]
    folder: str
    var_files: Sequence[str] = ()
    overrides: Mapping[str, str] = {}
    credential_variables: frozenset[str] = frozenset()

    def scope(self) -> Scope:
        """Return a scope without variables."""
        files, known = self.problems.files, self.credential_variables
        return Scope(Work(files, environ=self.environ, credential_variables=known))


def resolve(tree: Map, lane: str | None, world: World) -> Resolved:
    """Choose a lane, read its var files and resolve the variables from top to bottom.

    A lane that is not asked for is that of SECRETZERO_ENVIRONMENT, else `environments.default`. All problems are
    appended; what can be used is returned.
    """
    own = _section(tree, "variables", world) or Map({}, {}, Mark(tree.mark.file))
    lanes, default = _lanes(tree, own, world)
    chosen = _choose(lane or world.environ.get(VARIABLE) or "", default, lanes, tree, world)
    layers = [
        *(_lane_files(lanes[chosen], world) if chosen else ()),
        *((path, path, Mark(-1)) for path in world.var_files),
    ]
    scope = world.scope()
    _define(scope, own, layers, world)
    return Resolved(
        lane=chosen, lanes=lanes, default=default, scope=scope, var_files=tuple(path for _, path, _ in layers)
    )


def _section(tree: Map, key: str, world: World) -> Map | None:
    """Return a map of the manifest; None when it is absent or something else."""
    node = tree.items.get(key)
    if isinstance(node, Map):
        return node
    if node is not None and not is_null(node):
        world.problems.say(node.mark, key, "expected a map")
    return None


def _lanes(tree: Map, own: Map, world: World) -> tuple[Mapping[str, Lane], str]:
    """Read the lanes, with the manifest's own variables in their strings, and the name of the default one."""
    node = _section(tree, "environments", world)
    if node is None:
        return {}, ""
    scope = world.scope()
    # The manifest need not be valid without its var files: what fails here is undefined to lanes, and no more.
    define(scope, own, [])
    for name in scope.broken:
        scope.variables.pop(name, None)
    scope.broken.clear()
    made = interpolate(node, scope, "lanes", world.problems.found, "environments")
    said = read_section(_Environments, ENVIRONMENTS, made, At(world.problems, "environments", []))  # type: ignore[arg-type]
    profiles = said.profiles or Map({}, {}, made.mark)
    return {name: _lane(name, profiles, world.problems) for name in profiles.items}, said.default or ""


def _choose(asked: str, default: str, lanes: Mapping[str, Lane], tree: Map, world: World) -> str:
    """Return the name of the lane; an unknown one is a problem and counts as none."""
    name = asked or default
    if not name or name in lanes:
        return name
    mark = tree.keys.get("environments", Mark(tree.mark.file))
    if not lanes:
        hint = f"define it under environments.profiles, or leave out -e and {VARIABLE}"
        world.problems.say(mark, "environments", "an environment is selected, but the manifest defines none", hint)
    else:
        where = "environments" if asked else "environments.default"
        world.problems.say(mark, where, "unknown environment", f"known: {', '.join(sorted(lanes))}")
    return ""


def _lane_files(lane: Lane, world: World) -> list[tuple[str, str, Mark]]:
    """Return name, absolute path and mark of each var file of a lane."""
    folder, home = world.folder, home_of(world.environ)
    files = lane.declared.var_files.items()
    return [(name, os.path.normpath(absolute(name, folder=folder, home=home)), mark) for name, mark in files]


def _define(scope: Scope, own: Map, layers: list[tuple[str, str, Mark]], world: World) -> None:
    """Lay var files and overrides over the manifest's variables, and resolve them all."""
    merged = own
    for name, path, mark in layers:
        found = _var_file(name, path, mark, world)
        if found is not None:
            # The whole keeps the mark that says what the manifest's own file is.
            merged = laid(merged, found, own.mark)
    named = _named(world)
    # Names that only the command line has come first: they depend on nothing, and all others may use them.
    merged = laid(laid(named, merged, own.mark), named, own.mark)
    define(scope, merged, world.problems.found)


def _named(world: World) -> Map:
    """Return the variables of the command line: plain text, whatever it looks like."""
    nowhere = Mark(-1)
    items: dict[str, Node] = {}
    for name, text in world.overrides.items():
        if not is_name(name):
            world.problems.say(nowhere, "--var", "invalid variable name", "write NAME=VALUE")
            continue
        items[name] = Scalar(quote(text), text, nowhere, plain=False)
    return Map(items, dict.fromkeys(items, nowhere), nowhere)


def _var_file(name: str, path: str, mark: Mark, world: World) -> Map | None:
    """Read a var file.

    What is wrong with it is said where it is named, or under its own name when the command line names it.
    """
    files, message = world.problems.files, "no such file"
    try:
        content = world.read(path)
    except OSError as error:
        content, message = None, f"cannot be read: {reason(error)}"
    if content is not None:
        return parse_tree(content, files, files.add(name, content), world.problems.found)
    where, hint = (mark, f"looked for {name} next to the manifest") if mark.file >= 0 else (Mark(files.add(name)), "")
    world.problems.say(where, "var_files", message, hint)
    return None
