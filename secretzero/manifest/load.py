"""Loads a manifest: from the bytes of a file to what is wanted in one lane, or every problem at once."""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ..errors import ManifestError, Problem
from ..files import Disk, LocalDisk, reason
from ..options.nodes import Files, Map, Problems, plain
from ..options.readers import from_environment
from ..patterns import little_time
from ..places import home_of
from .catalog import Catalog
from .checks import (
    check_each,
    check_names,
    check_places,
    refuse_own_files,
    resolve_needs,
    warn,
    warn_about_shared_places,
)
from .context import Loading
from .discover import project_root
from .environments import Resolved, World, resolve
from .interpolation.evaluate import looks_like_credential
from .model import Manifest, NamedFile, Variable
from .named_files import choose_lockfiles, files_of, local_lockfile, own_files
from .sections.root import Sections, declared_names, prepare, read_root
from .sections.secrets import Draft, read_secrets
from .sections.templates import check_unused
from .yaml.parse import parse_tree, uncollected


class _Asked(NamedTuple):
    """What the caller of `load_manifest` asked for, with nothing left to guess."""

    path: str
    catalog: Catalog
    environment: str | None
    environ: "_Recorded"
    lockfile: str | None
    contents: "_Contents"
    world: World


def load_manifest(  # noqa: PLR0913 - each is one thing from outside, by keyword
    path: str,
    catalog: Catalog,
    *,
    environment: str | None = None,
    variables: Mapping[str, str] = {},
    var_files: Sequence[str] = (),
    environ: Mapping[str, str] | None = None,
    lockfile: str | None = None,
    lenient: bool = False,
    disk: Disk | None = None,
) -> Manifest:
    """Read a manifest for one lane.

    `catalog` holds the kinds that it may name. `path`, `var_files` and `lockfile` start from the working directory.
    `environment` names the lane, `variables` are those of the command line; `environ` is the process's own when it is
    not given. `lenient` makes warnings of unknown keys and kinds. Nothing is written, nothing is asked and no provider
    is reached.

    Raises ManifestError with all problems, sorted by position; warnings and notices of a manifest that is valid are in
    its `problems`.
    """
    recorded, contents = _Recorded(os.environ if environ is None else environ), _Contents(disk or LocalDisk())
    path = os.path.abspath(path)
    world = World(
        problems=Problems(Files(), lenient=lenient),
        environ=recorded,
        read=contents.read,
        folder=os.path.dirname(path),
        var_files=tuple(os.path.abspath(file) for file in var_files),
        overrides=variables,
        credential_variables=catalog.credential_variables,
    )
    with uncollected(), little_time():
        return _load(_Asked(path, catalog, environment, recorded, lockfile, contents, world))


class _Recorded(Mapping[str, str]):
    """The environment, and which of its names were asked for."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        return self.environ[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.environ)

    def __len__(self) -> int:
        return len(self.environ)


class _Contents:
    """Reads files and remembers what was in them, for the digest."""

    def __init__(self, disk: Disk) -> None:
        self.disk = disk
        self.found: list[bytes] = []

    def read(self, path: str) -> bytes | None:
        content = self.disk.read(path)
        self.found.append(content or b"")
        return content

    @property
    def still(self) -> bool:
        """Whether no value of the first file can refer to anything: nothing in it looks like that, escapes included."""
        return not any(mark in self.found[0] for mark in (b"${", b"{{", b"\\"))


class _Found(NamedTuple):
    """What a manifest declares in one lane."""

    resolved: Resolved
    sections: Sections
    loading: Loading
    drafts: list[Draft]


def _load(asked: _Asked) -> Manifest:
    problems, folder, home = asked.world.problems, asked.world.folder, home_of(asked.environ)
    tree = _tree(asked.path, asked.contents, problems)
    found = _read(tree, asked.environment, asked, asked.world)
    found = found._replace(drafts=_checked(found))
    others = _other_lanes(found, tree, asked)
    if found.resolved.lane:
        warn_about_shared_places(found.drafts, found.resolved.lane, others, problems)
    lockfiles = choose_lockfiles(asked.path, found.resolved, asked.lockfile, home, problems)
    own = own_files(asked.path, found.resolved, lockfiles, home)
    refuse_own_files(found.drafts, own, folder=folder, home=home, disk=asked.contents.disk, problems=problems)
    said = tuple(sorted(dict.fromkeys(problems.found), key=_position))
    if any(problem.severity == "error" for problem in said):
        raise ManifestError(said)
    theirs = [draft.secret for drafts in others.values() for draft in drafts]
    elsewhere = tuple(files_of(theirs, folder=folder, home=home, in_use=False))
    return _manifest(asked, found, lockfiles, (own, elsewhere), said)


def _read(tree: Map, lane: str | None, asked: _Asked, world: World) -> _Found:
    """Read all sections for one lane."""
    resolved = resolve(tree, lane, world)
    sections = read_root(tree, resolved.scope, world.problems)
    loading = prepare(sections, resolved, asked.catalog, world.problems)
    return _Found(resolved, sections, loading, read_secrets(sections.secrets, loading, still=asked.contents.still))


def _position(problem: Problem) -> tuple[str, int, int]:
    return problem.file, problem.line, problem.column


def _tree(path: str, contents: _Contents, problems: Problems) -> Map:
    """Read and parse the manifest itself."""
    name = os.path.basename(path)
    try:
        content = contents.read(path)
    except OSError as error:
        raise ManifestError([Problem(name, 0, 0, "", f"cannot be read: {reason(error)}")]) from None
    if content is None:
        raise ManifestError([Problem(name, 0, 0, "", "no such file", "create one with: secretzero create")])
    tree = parse_tree(content, problems.files, problems.files.add(name, content), problems.found)
    if tree is None:
        raise ManifestError(sorted(problems.found, key=_position))
    return tree


def _checked(found: _Found) -> list[Draft]:
    """Compare secrets with one another, and warn about what is valid but may not be meant."""
    drafts, loading, problems = found.drafts, found.loading, found.loading.problems
    check_unused(loading)
    check_names(drafts, problems)
    check_places(drafts, loading)
    check_each(drafts, problems)
    drafts, needed = resolve_needs(drafts, declared_names(found.sections.secrets), problems)
    warn(drafts, needed, problems)
    return drafts


def _other_lanes(found: _Found, tree: Map, asked: _Asked) -> dict[str, list[Draft]]:
    """Return the secrets of every other lane that is valid."""
    problems = asked.world.problems

    def of_lane(lane: str) -> list[Draft]:
        apart = problems.apart()
        world = asked.world._replace(problems=apart, read=asked.contents.disk.read)
        other = _read(tree, lane, asked, world)
        return [] if apart.failed_since(0) else other.drafts

    others = [lane for lane in found.resolved.lanes if lane != found.resolved.lane]
    return {lane: of_lane(lane) for lane in others} if not problems.failed_since(0) else {}


def _manifest(
    asked: _Asked,
    found: _Found,
    lockfiles: tuple[str, ...],
    files: tuple[tuple[NamedFile, ...], tuple[NamedFile, ...]],
    problems: tuple[Problem, ...],
) -> Manifest:
    resolved, sections, loading, drafts = found
    known = asked.catalog.credential_variables
    return Manifest(
        path=asked.path,
        folder=asked.world.folder,
        root=project_root(asked.world.folder, asked.contents.disk),
        lockfile=lockfiles[0],
        local_lockfile=local_lockfile(lockfiles[0]),
        lockfiles=lockfiles,
        own_files=files[0],
        other_files=files[1],
        lane=resolved.lane,
        lanes=tuple(resolved.lanes),
        secrets=tuple(draft.secret for draft in drafts),
        providers=loading.providers,
        policies=loading.policies,
        variables=tuple(
            Variable(name, plain(node), from_environment(node) or looks_like_credential(name, known))
            for name, node in resolved.scope.variables.items()
        ),
        templates=tuple(loading.templates),
        target_profile=loading.profile.name,
        var_files=resolved.var_files,
        metadata=sections.metadata,
        output=sections.config.get("output", {}),
        problems=problems,
        replaced_options=tuple(
            f"{draft.secret.name}: {option}" for draft in drafts for option in draft.origin.replaced
        ),
        digest=_digest(resolved.lane, asked),
        locate=loading.problems.files.locate,
    )


def _digest(lane: str, asked: _Asked) -> str:
    """Return the digest of all that was loaded: files, lane, overrides, and the names of the environment."""
    digest = hashlib.sha256()
    overrides = [f"{name}={text}" for name, text in sorted(asked.world.overrides.items())]
    words = [lane, "", *overrides, "", *sorted(asked.environ.names)]
    for piece in [*asked.contents.found, *(word.encode("utf-8", "surrogatepass") for word in words)]:
        digest.update(len(piece).to_bytes(8, "big") + piece)
    return digest.hexdigest()
