"""The command that writes a starter manifest."""

import os
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from secretzero import BlockedError, ConfigurationError, Manifest, ManifestError, load_manifest
from secretzero.shell import LocalDisk, Places, project_root

from ..command import Session, verb
from ..output.streams import write_file
from ..person import agreed
from ..project import git as repository
from ..project.protected_files import refuse_protected

if TYPE_CHECKING:
    from ..output.documents import CreateDocument

_QUESTION = "Add files with values to .gitignore, and set the merge driver for lockfiles?"
STARTERS = ("basic", "aws", "azure", "vault", "kubernetes")


@verb("create")
@click.option("--template-type", type=click.Choice(STARTERS), default="basic", show_default=True, help="The starter.")
@click.option(
    "-o", "--output", "path", metavar="FILE", default="Secretfile.yml", show_default=True, help="Where to write it."
)
@click.option("--force", is_flag=True, help="Replace an existing file.")
@click.option(
    "--git/--no-git",
    default=None,
    help="Update .gitignore and .gitattributes, and set the merge driver.  [default: ask]",
)
def create_command(session: Session, *, template_type: str, path: str, force: bool, git: bool | None) -> int:
    """Write a starter manifest. The basic one generates secrets for this machine, in .env."""
    folder = os.path.dirname(os.path.abspath(path))
    if os.path.lexists(path) and not force:
        raise BlockedError(f"{path} already exists", hint="replace it with --force")
    if not os.path.isdir(folder):
        raise ConfigurationError(f"no such folder: {folder}")
    present = None
    with suppress(ManifestError):
        present = session.only_manifest()
    refuse_protected(path, present, session.environ, may_be_manifest=True)
    repository_there = os.path.lexists(os.path.join(project_root(folder, LocalDisk()), ".git"))
    if git and not repository_there:
        raise ConfigurationError(
            f"{folder} is not in a git repository", hint="create one with git init, or use --no-git"
        )
    with open(os.path.join(os.path.dirname(__file__), "..", "starters", f"{template_type}.yml"), "rb") as starter:
        write_file(path, starter.read(), mode=0o644)
    wanted = git if git is not None else repository_there and bool(agreed(session.preferences, _QUESTION))
    changed = (
        _update_git(load_manifest(path, environ=session.environ), Places.of(session.environ).home) if wanted else []
    )
    named = "" if os.path.basename(path) in {"Secretfile.yml", "Secretfile.yaml"} else f" -f {path}"
    lines = [f"Wrote {path}.", *(f"Added to {name}." for name in changed), f"Next: secretzero sync{named}"]
    document: CreateDocument = {
        "file": os.path.abspath(path),
        "template_type": template_type,
        "git": wanted,
        "changed": changed,
    }
    return session.answer(lambda: lines, lambda: document)


def _update_git(manifest: Manifest, home: str) -> list[str]:
    """Update git's files and merge driver; return the names of the files that changed."""
    wanted = {
        ".gitignore": repository.lines_to_ignore(manifest, home),
        ".gitattributes": repository.lines_of_attributes(manifest),
    }
    changed = [name for name, lines in wanted.items() if repository.add_lines(os.path.join(manifest.root, name), lines)]
    repository.set_driver(manifest.root)
    return changed
