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
from .checks.references import resolve_needs
from .checks.secrets import check_each, check_names, check_places, refuse_own_files, warn, warn_about_shared_places
from .context import Loading
from .discover import project_root
from .environments.resolve import Resolved, resolve
from .interpolation.scope import looks_like_credential
from .model import Manifest, NamedFile, Variable
from .named_files import Lockfiles, choose_lockfiles, own_files
from .sections.root import Root, prepare, read_root
from .sections.secrets import Draft, read_secrets
from .sections.templates import check_unused
from .yaml.parse import parse_tree, uncollected


class _Asked(NamedTuple):
    """What the caller of `load_manifest` asked for, with nothing left to guess."""

    path: str
    catalog: Catalog
    environment: str | None
    variables: Mapping[str, str]
    var_files: tuple[str, ...]
    environ: "_Recorded"
    lockfile: str | None
    disk: Disk


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
    asked = _Asked(
        os.path.abspath(path),
        catalog,
        environment,
        variables,
        tuple(os.path.abspath(file) for file in var_files),
        _Recorded(os.environ if environ is None else environ),
        lockfile,
        disk or LocalDisk(),
    )
    with uncollected(), little_time():
        return _load(asked, Problems(Files(), lenient=lenient))


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


def _load(asked: _Asked, problems: Problems) -> Manifest:
    contents = _Contents(asked.disk)
    tree = _tree(asked.path, contents, problems)
    resolved = _resolved(tree, asked, asked.environment, contents, problems)
    root = read_root(tree, resolved.scope, problems)
    loading = prepare(root, resolved, asked.catalog, problems)
    drafts = read_secrets(root.secrets, loading)
    drafts = _checked(drafts, root, loading)
    _check_lanes(drafts, tree, resolved, asked, loading)
    home = home_of(asked.environ)
    locks = choose_lockfiles(asked.path, resolved, asked.lockfile, home, problems)
    own = own_files(asked.path, resolved, locks, home)
    refuse_own_files(drafts, own, folder=os.path.dirname(asked.path), home=home, disk=asked.disk, problems=problems)
    found = tuple(sorted(dict.fromkeys(problems.found), key=_position))
    if any(problem.severity == "error" for problem in found):
        raise ManifestError(found)
    return _manifest(asked, _Stages(drafts, root, resolved, locks, own, contents, loading, found))


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


def _resolved(tree: Map, asked: _Asked, lane: str | None, contents: _Contents, problems: Problems) -> Resolved:
    return resolve(
        tree,
        lane=lane,
        var_files=asked.var_files,
        overrides=asked.variables,
        environ=asked.environ,
        read=contents.read,
        folder=os.path.dirname(asked.path),
        credential_variables=asked.catalog.credential_variables,
        problems=problems,
    )


def _checked(drafts: list[Draft], root: Root, loading: Loading) -> list[Draft]:
    """Compare secrets with one another, and warn about what is valid but may not be meant."""
    problems = loading.problems
    check_unused(loading)
    check_names(drafts, problems)
    check_places(drafts, loading)
    check_each(drafts, problems)
    drafts, needed = resolve_needs(drafts, root.declared, problems)
    warn(drafts, needed, problems)
    return drafts


def _check_lanes(drafts: list[Draft], tree: Map, resolved: Resolved, asked: _Asked, loading: Loading) -> None:
    """Compare the places of this lane with those of every other lane whose var files load."""

    def of_lane(lane: str) -> list[Draft]:
        apart = loading.problems.apart()
        other = _resolved(tree, asked, lane, _Contents(asked.disk), apart)
        root = read_root(tree, other.scope, apart)
        ready = prepare(root, other, asked.catalog, apart)
        found = read_secrets(root.secrets, ready)
        return [] if apart.failed_since(0) else found

    others = [lane for lane in resolved.lanes if lane != resolved.lane]
    if resolved.lane and others and not loading.problems.failed_since(0):
        warn_about_shared_places(drafts, resolved.lane, others, of_lane, loading.problems)


class _Stages(NamedTuple):
    """What the stages of loading found."""

    drafts: list[Draft]
    root: Root
    resolved: Resolved
    locks: Lockfiles
    own_files: tuple[NamedFile, ...]
    contents: _Contents
    loading: Loading
    problems: tuple[Problem, ...]


def _manifest(asked: _Asked, stages: _Stages) -> Manifest:
    drafts, root, resolved, locks, own, contents, loading, problems = stages
    folder = os.path.dirname(asked.path)
    return Manifest(
        path=asked.path,
        folder=folder,
        root=project_root(folder, asked.disk),
        lockfile=locks.lockfile,
        local_lockfile=locks.local,
        lockfiles=locks.every,
        own_files=own,
        lane=resolved.lane,
        lanes=tuple(resolved.lanes),
        secrets=tuple(draft.secret for draft in drafts),
        providers=loading.providers,
        policies=loading.policies,
        variables=_variables(resolved, asked.catalog),
        templates=tuple(loading.templates),
        target_profile=loading.profile.name,
        var_files=resolved.var_files,
        metadata=root.sections.metadata,
        output=root.sections.config.get("output", {}),
        problems=problems,
        replaced_options=tuple(f"{draft.secret.name}: {option}" for draft in drafts for option in draft.replaced),
        digest=_digest(contents.found, resolved.lane, asked),
        locate=loading.problems.files.locate,
    )


def _variables(resolved: Resolved, catalog: Catalog) -> tuple[Variable, ...]:
    """List the variables; those made from the environment, or named like a credential, are not for showing."""
    known = catalog.credential_variables
    return tuple(
        Variable(name, plain(node), from_environment(node) or looks_like_credential(name, known))
        for name, node in resolved.scope.variables.items()
    )


def _digest(contents: list[bytes], lane: str, asked: _Asked) -> str:
    """Return the digest of all that was loaded: files, lane, overrides, and the names of the environment."""
    digest = hashlib.sha256()
    overrides = [f"{name}={text}" for name, text in sorted(asked.variables.items())]
    words = [lane, "", *overrides, "", *sorted(asked.environ.names)]
    for piece in [*contents, *(word.encode("utf-8", "surrogatepass") for word in words)]:
        digest.update(len(piece).to_bytes(8, "big") + piece)
    return digest.hexdigest()
