"""Keep values out of git: refuse to write files that git tracks, and report files that git does not ignore."""

import os
from collections.abc import Iterable

from ...errors import BlockedError, SecretZeroError
from ...files import LocalDisk
from ...manifest.discover import project_root
from ...protocols import offers
from ...protocols.stores import OnDisk
from ...refs import Ref
from ..context import Run
from ..state.git import Worktree
from .change import Change, Key

Errors = dict[Key, SecretZeroError]
Files = dict[str, list[tuple[Change, str]]]
"""The targets that would be written, each with its change, by the real path of their file."""
_UNTRACK = "stop tracking it with git rm --cached and add it to .gitignore, or use --allow-tracked"


def guard_plaintext(run: Run, changes: Iterable[Change]) -> Errors:
    """Return an error for every change that would write a secret value to a file under version control.

    A file that git does not ignore gives a notice with the line for ``.gitignore``, or an error under `strict`.
    """
    files, errors = _files_of(run, [change for change in changes if change.secret and not change.secret.in_clear])
    if not files:
        return errors
    try:
        tracked = run.worktree.tracked(files)
        if not run.options.allow_tracked:
            for path in sorted(tracked & set(files)):
                _refuse(errors, files[path], BlockedError("git tracks this file", hint=_UNTRACK))
        _report_unignored(run, files, tracked, errors)
    except BlockedError as error:
        if not run.options.allow_tracked:
            for affected in files.values():
                _refuse(errors, affected, error)
    return errors


def guard_file(path: str, *, allow_tracked: bool = False) -> str:
    """Check whether values may be written to a file that the user named; return a notice, or ``""``.

    Raises BlockedError if git tracks the file, unless `allow_tracked`.
    """
    real = os.path.realpath(path)
    worktree = Worktree(root := project_root(os.path.dirname(real), LocalDisk()))
    if allow_tracked:
        return ""
    if real in worktree.tracked([real]):
        raise BlockedError(f"git tracks {path}", hint=_UNTRACK)
    ignored = worktree.ignored([real])
    if ignored is None or real in ignored:
        return ""
    line = "/" + os.path.relpath(real, root)
    return f"git does not ignore {path}; add this line to .gitignore: {line}"


def _files_of(run: Run, changes: Iterable[Change]) -> tuple[Files, Errors]:
    """Group the targets to write by file, and collect the errors of those that cannot be opened."""
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


def _path_of(run: Run, uri: str) -> str:
    """Return the real path of an object's file; ``""`` for an object that is not a file."""
    try:
        store, path = run.stores.store_of(uri)
        return store.local_path(path) if offers(store, OnDisk) else ""
    except OSError:
        raise BlockedError(f"invalid path: {Ref.parse(uri).path}") from None


def _report_unignored(run: Run, files: Files, tracked: frozenset[str], errors: Errors) -> None:
    """Report the files that the next ``git add`` would include."""
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


def _refuse(errors: Errors, affected: Iterable[tuple[Change, str]], error: BlockedError) -> None:
    """Give each affected change its own error, which names its target."""
    for change, uri in affected:
        refused = BlockedError(error.message, hint=error.hint, secret=change.name, target=uri)
        errors.setdefault(change.key, refused)
