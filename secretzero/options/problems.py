"""What is wrong with a manifest, collected while it is read."""

from collections.abc import Collection, Iterable

from ..errors import Problem
from .nodes import Absent, Files, Mark

_LONGEST = 64


class Problems:
    """Collects problems with their place. With `lenient`, unknown keys and kinds are warnings.

    `found` is the list itself: what reads nodes without this class appends to it, too.
    """

    def __init__(self, files: Files, *, lenient: bool = False) -> None:
        self.files = files
        self.lenient = lenient
        self.found: list[Problem] = []
        self._patience = 20_000

    def say(self, mark: Mark, path: str, message: str, hint: str = "", severity: str = "error") -> None:
        """Add a problem. The message never holds a value."""
        self.found.append(self.files.problem(mark, path, message, hint, severity))

    def unknown(self, mark: Mark, path: str, message: str, hint: str = "") -> None:
        """Add an unknown key or kind: an error, or a warning when the reader is lenient."""
        self.say(mark, path, message, hint, "warning" if self.lenient else "error")

    def nearest(self, name: str, known: Collection[str]) -> str:
        """Propose the known name that is nearest; a file of nothing but unknown names gets no more proposals."""
        self._patience -= len(known)
        return did_you_mean(name, known) if self._patience > 0 else ""

    def failed_since(self, count: int) -> bool:
        """Return whether an error came after the first `count` problems."""
        return len(self.found) > count and any(problem.severity == "error" for problem in self.found[count:])

    def place(self, mark: Mark) -> str:
        """Return a place as ``file:line:column``, for a message about another one."""
        file, line, column = self.files.locate(mark)
        return f"{file}:{line}:{column}"

    def apart(self) -> "Problems":
        """Return an empty collection over the same files, for what is only tried."""
        return Problems(self.files, lenient=self.lenient)


class At:
    """Where in the file a reader is, and where it says what is wrong, or not set in the environment."""

    __slots__ = ("absent", "path", "problems")

    def __init__(self, problems: Problems, path: str, absent: list[Absent]) -> None:
        self.problems = problems
        self.path = path
        self.absent = absent

    def to(self, path: str) -> "At":
        """Return another place with the same listeners."""
        return At(self.problems, path, self.absent)

    def say(self, mark: Mark, message: str, hint: str = "", severity: str = "error") -> None:
        """Add a problem at this path."""
        self.problems.say(mark, self.path, message, hint, severity)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Propose the known name that is nearest to a wrong one; empty when none is near."""
    from difflib import get_close_matches

    near = get_close_matches(name, sorted(known), n=1, cutoff=0.6) if len(name) <= _LONGEST else []
    return f"did you mean '{near[0]}'?" if near else ""
