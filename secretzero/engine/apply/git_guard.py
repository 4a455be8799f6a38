"""Files that would hold values in clear: refused where git tracks them, named where git does not ignore them."""

import os
from collections.abc import Iterable

from ...errors import BlockedError, SecretZeroError
from ...files import LocalDisk
from ...manifest.discover import project_root
from ...refs import Ref
from ...stores.file import FileStore
from ..context import Run
from ..state.git import worktree_of
from .change import Work


def guard_plaintext(run: Run, works: Iterable[Work]) -> None:
    """Give every work that would write a value into a file under version control its error.

    A file that git does not ignore is a notice with the line for ``.gitignore``, and an error under `strict`.
    """
    files = _files_of(run, [work for work in works if work.error is None and _holds_secrets(work)])
    if not files:
        return
    try:
        tracked = run.worktree.tracked(files)
        if not run.options.allow_tracked:
            for path in sorted(tracked & set(files)):
                _refuse(files[path], "git tracks this file", "git rm --cached it and ignore it, or --allow-tracked")
        _name_unignored(run, files, tracked)
    except BlockedError as error:
        if not run.options.allow_tracked:
            for concerned in files.values():
                _refuse(concerned, error.message, error.hint)


def guard_file(path: str, *, allow_tracked: bool = False) -> str:
    """Look whether a file that a person names may hold values; return what should be said of it, or ``""``.

    Raises BlockedError where git tracks it, unless that is allowed.
    """
    real = os.path.realpath(path)
    worktree = worktree_of(root := project_root(os.path.dirname(real), LocalDisk()))
    if allow_tracked:
        return ""
    if real in worktree.tracked([real]):
        raise BlockedError(f"git tracks {path}", hint="git rm --cached it and ignore it, or --allow-tracked")
    ignored = worktree.ignored([real])
    if ignored is None or real in ignored:
        return ""
    line = "/" + os.path.relpath(real, root)
    return f"git does not ignore {path}; add this line to .gitignore: {line}"


def _files_of(run: Run, works: Iterable[Work]) -> dict[str, list[tuple[Work, str]]]:
    """Gather what would be written by the real path of its file; each object is looked up once."""
    paths: dict[str, str] = {}
    files: dict[str, list[tuple[Work, str]]] = {}
    for work in works:
        for target in work.writes:
            if target.object.startswith("file://"):
                if target.object not in paths:
                    paths[target.object] = _path_of(run, work, target.object)
                if path := paths[target.object]:
                    files.setdefault(path, []).append((work, target.uri))
    return files


def _holds_secrets(work: Work) -> bool:
    """Tell whether any part of the value is secret; a setting in clear may be committed."""
    return work.secret is not None and not work.secret.in_clear


def _path_of(run: Run, work: Work, uri: str) -> str:
    try:
        store, path = run.stores.store_of(uri)
        return store.folder.path_of(path) if isinstance(store, FileStore) else ""
    except (SecretZeroError, OSError) as error:
        work.error = error if isinstance(error, SecretZeroError) else BlockedError(f"{Ref.parse(uri).path}: bad path")
        return ""


def _name_unignored(run: Run, files: dict[str, list[tuple[Work, str]]], tracked: frozenset[str]) -> None:
    """Say which files git would take with the next ``git add``."""
    ignored = run.worktree.ignored(files)
    if ignored is None:
        return
    root = run.manifest.root
    for path in sorted(set(files) - ignored - tracked):
        line = "/" + os.path.relpath(path, root)
        if line.startswith("/.."):
            continue
        if run.options.strict:
            _refuse(files[path], "git does not ignore this file", f"add {line} to .gitignore")
        else:
            run.notices.append(f"git does not ignore {line[1:]}; add this line to .gitignore: {line}")


def _refuse(concerned: list[tuple[Work, str]], message: str, hint: str) -> None:
    for work, uri in concerned:
        work.error = work.error or BlockedError(message, hint=hint, secret=work.name, target=uri)
