"""What git says of files that are to hold values: asked only by commands that write."""

import os
from collections.abc import Iterable

from attrs import frozen

from ...errors import BlockedError
from ...files import LocalDisk
from ...manifest.discover import project_root

_PASSED = frozenset("PATH HOME LANG TMPDIR XDG_CONFIG_HOME".split())
"""The variables that git gets; others may hold values."""


_ANYWAY = "use --allow-tracked to write anyway"


@frozen(eq=False, repr=False)
class Worktree:
    """Asks git, with every hook that a repository could run turned off; not where the root has no ``.git``.

    Raises BlockedError where git cannot answer: silence is not taken for a no.
    """

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

    def unmerged(self, path: str) -> tuple[bytes, bytes, bytes] | None:
        """Return base (empty for none), ours and theirs of a file in conflict; None where git knows of no conflict."""
        out = self._git(["--literal-pathspecs", "ls-files", "-u", "-z", "--", os.path.relpath(path, self.root)], b"")
        entries = [line.partition(b"\t")[0].split() for line in (out or b"").split(b"\0") if line]
        stages = {stage: self._git(["cat-file", "blob", os.fsdecode(name)], b"") for _, name, stage in entries}
        ours, theirs = stages.get(b"2"), stages.get(b"3")
        return None if ours is None or theirs is None else (stages.get(b"1") or b"", ours, theirs)

    def _git(self, words: list[str], given: bytes) -> bytes | None:
        """Run git; None if this is not a repository."""
        if not os.path.exists(os.path.join(self.root, ".git")):
            return None
        import subprocess

        command = ["git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", *words]
        environ = {name: value for name, value in os.environ.items() if name in _PASSED} | {"LC_ALL": "C"}
        try:
            done = subprocess.run(command, cwd=self.root, input=given, capture_output=True, env=environ, check=False)
        except OSError:
            raise BlockedError(
                "git is not installed, so it is not known whether it tracks these files", hint=_ANYWAY
            ) from None
        if done.returncode in {0, 1}:
            return done.stdout
        if b"not a git repository" in done.stderr:
            return None
        raise BlockedError("git could not report whether it tracks these files", hint=f"see git status; {_ANYWAY}")


def unmerged_sides(path: str) -> tuple[bytes, bytes, bytes] | None:
    """Return git's versions of a file in conflict: base (empty if none), ours, theirs; None without a conflict."""
    real = os.path.realpath(path)
    return Worktree(project_root(os.path.dirname(real), LocalDisk())).unmerged(real)
