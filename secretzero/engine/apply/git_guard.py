"""Files that would hold values in clear: refused where git tracks them, named where git does not ignore them."""

import os
from collections.abc import Iterable

from ...errors import BlockedError, SecretZeroError
from ...files import LocalDisk
from ...manifest.discover import project_root
from ...protocols import OnDisk
from ...refs import Ref
from ..context import Run
from ..state.git import worktree_of
from .change import Change, Key

Errors = dict[Key, SecretZeroError]
Files = dict[str, list[tuple[Change, str]]]
"""The targets that would be written, each with its change, by the real path of their file."""


def guard_plaintext(run: Run, changes: Iterable[Change]) -> Errors:
    """Return the error of every change that would write a value into a file under version control.

    A file that git does not ignore is a notice with the line for ``.gitignore``, and an error under `strict`.
    """
    files, errors = _files_of(run, [change for change in changes if _holds_secrets(change)])
    if not files:
        return errors
    try:
        tracked = run.worktree.tracked(files)
        if not run.options.allow_tracked:
            for path in sorted(tracked & set(files)):
                error = BlockedError(
                    "git tracks this file", hint="git rm --cached it and ignore it, or --allow-tracked"
                )
                _refuse(errors, files[path], error)
        _name_unignored(run, files, tracked, errors)
    except BlockedError as error:
        if not run.options.allow_tracked:
            for concerned in files.values():
                _refuse(errors, concerned, error)
    return errors


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


def _files_of(run: Run, changes: Iterable[Change]) -> tuple[Files, Errors]:
    """Gather what would be written by file, and the errors of what cannot be opened; each object is looked up once."""
    paths: dict[str, str] = {}
    files: Files = {}
    errors: Errors = {}
    for change in changes:
        for target in change.writes:
            if target.object not in paths:
                try:
                    paths[target.object] = _path_of(run, target.object)
                except SecretZeroError as error:
                    paths[target.object] = ""
                    errors.setdefault(change.key, error)
            if path := paths[target.object]:
                files.setdefault(path, []).append((change, target.uri))
    return files, errors


def _holds_secrets(change: Change) -> bool:
    """Tell whether any part of the value is secret; a setting in clear may be committed."""
    return change.secret is not None and not change.secret.in_clear


def _path_of(run: Run, uri: str) -> str:
    """Return the real path of an object's file; ``""`` for an object that is no file."""
    try:
        store, path = run.stores.store_of(uri)
        return store.local_path(path) if isinstance(store, OnDisk) else ""
    except OSError:
        raise BlockedError(f"{Ref.parse(uri).path}: bad path") from None


def _name_unignored(run: Run, files: Files, tracked: frozenset[str], errors: Errors) -> None:
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
            _refuse(
                errors, files[path], BlockedError("git does not ignore this file", hint=f"add {line} to .gitignore")
            )
        else:
            run.notices.append(f"git does not ignore {line[1:]}; add this line to .gitignore: {line}")


def _refuse(errors: Errors, concerned: Iterable[tuple[Change, str]], error: BlockedError) -> None:
    """Give each change that is concerned an error of its own, which names its target."""
    for change, uri in concerned:
        refused = BlockedError(error.message, hint=error.hint, secret=change.name, target=uri)
        errors.setdefault(change.key, refused)
