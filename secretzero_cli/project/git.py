"""The git settings of a project: ignored files and the merge driver of lockfiles."""

import os
from collections.abc import Iterable

from attrs import evolve

from secretzero import ConfigurationError, Manifest
from secretzero.shell import LocalDisk, named_files

from ..child.environment import surroundings

DRIVER = "secretzero lock merge %O %A %B %P"
_GIT = ("git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")


def lines_to_ignore(manifest: Manifest, home: str) -> list[str]:
    """Return the lines for ``.gitignore``: every file that receives values, and the local lockfile."""
    hidden = evolve(manifest, secrets=tuple(secret for secret in manifest.secrets if not secret.in_clear))
    paths = [each.path for each in named_files(hidden, home=home) if each.role == "a target"]
    return [line for path in dict.fromkeys([*paths, manifest.local_lockfile]) if (line := _line(path, manifest.root))]


def lines_of_attributes(manifest: Manifest) -> list[str]:
    """Return the lines for ``.gitattributes``: SecretZero merges the lockfiles of all environments."""
    found = (_line(path, manifest.root) for path in manifest.lockfiles or (manifest.lockfile,))
    return [f"{line} merge=secretzero" for line in found if line]


def _line(path: str, root: str) -> str:
    """Return a path anchored to the root; ``""`` if it is outside of the root, or cannot be written as a pattern."""
    relative = os.path.relpath(os.path.normpath(path), root)
    plain = not relative.startswith("..") and "~" not in relative and not set(relative) & set('*?[]\\"#! \n')
    return f"/{relative}" if plain else ""


def add_lines(path: str, wanted: Iterable[str]) -> list[str]:
    """Append the lines that are missing in a file; return them."""
    disk = LocalDisk()
    before = (disk.read(path) or b"").decode("utf-8", "surrogateescape")
    missing = [line for line in wanted if line not in before.splitlines()]
    if missing:
        joint = "" if not before or before.endswith("\n") else "\n"
        text = before + joint + "".join(f"{line}\n" for line in missing)
        disk.replace(path, text.encode("utf-8", "surrogateescape"), mode=0o644)
    return missing


def set_driver(root: str) -> None:
    """Configure the merge driver in this clone. Raises ConfigurationError if git is missing or fails."""
    import subprocess

    environ = surroundings(os.environ, (), (), clean=True)
    for key, value in (("name", "SecretZero lockfile"), ("driver", DRIVER)):
        words = [*_GIT, "config", "--local", f"merge.secretzero.{key}", value]
        try:
            done = subprocess.run(words, cwd=root, capture_output=True, env=environ, check=False)
        except FileNotFoundError:
            raise ConfigurationError("git is not installed", hint="install git, or use --no-git") from None
        if done.returncode:
            raise ConfigurationError(
                f"git could not set merge.secretzero.{key}", hint="for the reason, run: git config --local"
            )
