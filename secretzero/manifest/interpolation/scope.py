"""What a string of the manifest may refer to, and how much all strings together may grow."""

from collections.abc import Mapping

from ...grammar import Part, parse
from ...options.nodes import Files, Map, Mark, Node, Scalar

MAX_RESULT = 2**20
MAX_RESULTS = 16 * 2**20

_PARTS_OF_CREDENTIALS = ("TOKEN", "SECRET", "PASSW", "CREDENTIAL", "PRIVATE", "ACCESS_KEY")
_ENDS_OF_CREDENTIALS = ("_KEY", "_PAT")


def looks_like_credential(name: str, known: frozenset[str] = frozenset()) -> bool:
    """Return whether an environment name is one that credentials have; `known` are those of provider kinds."""
    upper = name.upper()
    return name in known or upper.endswith(_ENDS_OF_CREDENTIALS) or any(part in upper for part in _PARTS_OF_CREDENTIALS)


class Work:
    """What all scopes of one manifest share: files and environment, texts that were parsed, how much was inserted."""

    def __init__(
        self, files: Files, *, environ: Mapping[str, str], credential_variables: frozenset[str] = frozenset()
    ) -> None:
        self.files = files
        self.environ = environ
        self.credential_variables = credential_variables
        self._parsed: dict[str, tuple[Part, ...]] = {}
        self.spent = 0

    def parse(self, text: str) -> tuple[Part, ...]:
        """Parse a text, once however often it occurs."""
        parts = self._parsed.get(text)
        if parts is None:
            parts = self._parsed[text] = parse(text)
        return parts


class Scope:
    """The variables that strings see, resolved; one with an `outer` sees the same and can be changed alone.

    `below` says where the variables stand that are not defined yet; `itself` is the one that is being defined;
    `broken` are those whose problems are reported already. `about` holds further roots of expressions.
    """

    def __init__(self, work: Work, outer: "Scope | None" = None) -> None:
        self.work = work
        self.variables: dict[str, Node] = dict(outer.variables) if outer else {}
        self.broken: set[str] = set(outer.broken) if outer else set()
        self.about: Mapping[str, Node] = outer.about if outer else {}
        self.below: dict[str, Mark] = {}
        self.itself = ""

    def describing(self, secret: str, target: Map | None = None) -> "Scope":
        """Return a scope for instructions: `secret_name` is known, and the first target's keys under `target`."""
        scope = Scope(self.work, self)
        name: Node = Scalar(secret, secret, Mark(), plain=False)
        scope.about = {"secret_name": name} if target is None else {"secret_name": name, "target": target}
        return scope
