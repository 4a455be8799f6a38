"""What git says of files that are to hold values: asked only by commands that write."""

import os
from collections.abc import Iterable
from typing import Protocol

from attrs import frozen

_PASSED = frozenset("PATH HOME LANG TMPDIR XDG_CONFIG_HOME".split())
"""What git is told of the environment, which may hold values."""


class Worktree(Protocol):
    """Answers about the repository that holds a project."""

    def tracked(self, paths: Iterable[str]) -> frozenset[str]:
        """Return those of these absolute paths that are under version control."""

    def ignored(self, paths: Iterable[str]) -> frozenset[str] | None:
        """Return those that git ignores; None where there is no repository."""


class NoWorktree:
    """Stands for a project without version control."""

    def tracked(self, paths: Iterable[str]) -> frozenset[str]:  # noqa: ARG002 - nothing is tracked
        """Return nothing."""
        return frozenset()

    def ignored(self, paths: Iterable[str]) -> frozenset[str] | None:  # noqa: ARG002 - nobody asks
        """Return None: there is no repository."""
        return None


@frozen
class GitWorktree:
    """Asks git, with every hook that a repository could run turned off."""

    root: str

    def tracked(self, paths: Iterable[str]) -> frozenset[str]:
        """Return those of these absolute paths that are under version control."""
        wanted = list(paths)
        out = self._git(
            ["--literal-pathspecs", "ls-files", "-z", "--", *(os.path.relpath(path, self.root) for path in wanted)], b""
        )
        return frozenset(os.path.join(self.root, os.fsdecode(name)) for name in (out or b"").split(b"\0") if name)

    def ignored(self, paths: Iterable[str]) -> frozenset[str] | None:
        """Return those that git ignores; None where there is no repository."""
        names = b"".join(b"./" + os.fsencode(os.path.relpath(path, self.root)) + b"\0" for path in paths)
        out = self._git(["check-ignore", "-z", "--stdin"], names)
        if out is None:
            return None
        return frozenset(os.path.join(self.root, os.fsdecode(name[2:])) for name in out.split(b"\0") if name)

    def _git(self, words: list[str], given: bytes) -> bytes | None:
        """Run git; None where it is missing, or this is no repository."""
        import subprocess

        command = ["git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", *words]
        environ = {name: value for name, value in os.environ.items() if name in _PASSED or name.startswith("LC_")}
        try:
            done = subprocess.run(command, cwd=self.root, input=given, capture_output=True, env=environ, check=False)
        except FileNotFoundError:
            return None
        return done.stdout if done.returncode in {0, 1} else None


def worktree_of(root: str) -> Worktree:
    """Return what answers for a project root: git where the root holds ``.git``."""
    return GitWorktree(root) if os.path.exists(os.path.join(root, ".git")) else NoWorktree()
