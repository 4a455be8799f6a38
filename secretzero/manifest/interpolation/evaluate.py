"""What a string may refer to, and what its expressions stand for by the rules of the place where they are used."""

from collections.abc import Mapping
from functools import cache
from typing import Literal, NamedTuple, NoReturn

from ... import grammar
from ...grammar import Expression, GrammarError, Name, Path
from ...options.nodes import Files, Map, Mark, Node, Scalar, Seq
from .filters import FILTERS, NotFitError, default, empty, text_of

MAX_RESULTS = 16 * 2**20

_PARTS_OF_CREDENTIALS = ("TOKEN", "SECRET", "PASSW", "CREDENTIAL", "PRIVATE", "ACCESS_KEY")


def looks_like_credential(name: str, known: frozenset[str] = frozenset()) -> bool:
    """Return whether an environment name is one that credentials have; `known` are those of provider kinds."""
    upper = name.upper()
    return name in known or upper.endswith(("_KEY", "_PAT")) or any(part in upper for part in _PARTS_OF_CREDENTIALS)


class Work:
    """What all scopes of one manifest share: files and environment, texts that were parsed, how much was inserted."""

    def __init__(
        self, files: Files, *, environ: Mapping[str, str], credential_variables: frozenset[str] = frozenset()
    ) -> None:
        self.files = files
        self.environ = environ
        self.credential_variables = credential_variables
        self.parse = cache(grammar.parse)
        self.spent = 0


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


Where = Literal["identity", "options", "argv", "instructions", "free", "variables", "lanes", "derived"]


class Rule(NamedTuple):
    """What holds in one place.

    `environment` says which names are looked up there; `undefined` what becomes of `${NAME}` without a value;
    `credentials` what becomes of text made from an environment name that looks like a credential.
    """

    environment: Literal["any", "public", "none"]
    undefined: Literal["error", "absent", "text"]
    credentials: Literal["allowed", "error", "text"]


RULES: dict[str, Rule] = {
    "variables": Rule("any", "error", "allowed"),
    "lanes": Rule("none", "error", "error"),
    "identity": Rule("public", "error", "error"),
    "options": Rule("any", "absent", "allowed"),
    "derived": Rule("any", "absent", "allowed"),
    "argv": Rule("none", "text", "error"),
    "instructions": Rule("none", "text", "text"),
    "free": Rule("none", "text", "text"),
}


class StayError(Exception):
    """This value stays as it is: another message says why."""


class AbsentError(Exception):
    """The value is absent as long as this variable is."""

    def __init__(self, variable: str) -> None:
        super().__init__()
        self.variable = variable


class UndefinedError(GrammarError):
    """Something that is referred to is not defined."""


class CredentialError(GrammarError):
    """Something comes from an environment variable that may not show here."""


class Evaluation:
    """One string's expressions: `env` gathers the environment names that go into it, `mark` is its position."""

    def __init__(self, scope: Scope, where: Where) -> None:
        self.scope = scope
        self.where = where
        self.rule = RULES[where]
        self.begin(Mark())

    def begin(self, mark: Mark) -> None:
        """Turn to another string."""
        self.mark = mark
        self.env: dict[str, None] = {}

    def part(self, part: Name | Expression) -> Node:
        """Evaluate one expression, and refuse what must not be shown in its place."""
        made = self.name(part) if isinstance(part, Name) else self.expression(part)
        if self.rule.credentials != "allowed":
            for name in self.env:
                if looks_like_credential(name, self.scope.work.credential_variables):
                    self.refuse_credential(name, part.start)
        return made

    def may_stay(self, part: Name | Expression, error: GrammarError) -> bool:
        """Return whether an expression that has no value here stays as it is written."""
        if self.where == "argv" and isinstance(part, Expression):
            return False
        return (self.rule.credentials if isinstance(error, CredentialError) else self.rule.undefined) == "text"

    def text(self, node: Node, offset: int) -> str:
        """Return the text by which a value stands inside a longer one."""
        try:
            return text_of(node)
        except NotFitError as error:
            raise GrammarError(offset, f"text cannot contain {error}") from None

    def refuse_credential(self, name: str, offset: int) -> NoReturn:
        """Report that an environment variable may not be used here."""
        message = f"{name} looks like a credential and cannot be used here"
        raise CredentialError(
            offset, message, "this value is committed or displayed; use a variable with a different name"
        )

    def name(self, part: Name) -> Node:
        """Evaluate `${NAME}`."""
        found = self.variable(part.name, part.start, itself=True)
        if found is not None:
            self.remember(found)
        elif self.rule.environment != "none":
            found = self.environment(part)
        if part.operator and empty(found):
            return self.instead(part)
        if found is not None:
            return found
        if self.rule.undefined == "absent":
            raise AbsentError(part.name)
        hint = "define it under variables, set it in the environment, or write ${NAME:-default}"
        if self.rule.environment == "none":
            hint = "define it under variables; environment variables are not available here"
        raise UndefinedError(part.start, f"{part.name} is not defined", hint)

    def instead(self, part: Name) -> Scalar:
        """Evaluate what follows `:-` or `:?`."""
        if self.where == "argv":
            raise UndefinedError(part.start, f"{part.name} is not defined")
        if part.operator == ":?":
            raise UndefinedError(part.start, _said(part) or f"{part.name} is not set")
        pieces = [piece if isinstance(piece, str) else self.text(self.name(piece), piece.start) for piece in part.text]
        text = "".join(pieces)
        return Scalar(text, text, self.mark, plain=False)

    def environment(self, part: Name) -> Scalar | None:
        """Look a name up in the environment."""
        known = self.scope.work.credential_variables
        if self.rule.environment == "public" and looks_like_credential(part.name, known):
            self.refuse_credential(part.name, part.start)
        text = self.scope.work.environ.get(part.name)
        if text is None:
            return None
        self.env[part.name] = None
        return Scalar(text, text, self.mark, plain=False, env=(part.name,))

    def variable(self, name: str, offset: int, *, itself: bool = False) -> Node | None:
        """Look a variable up; `itself` says that the one being defined may name what it replaces."""
        scope = self.scope
        if name == scope.itself and not (itself or name in scope.variables):
            raise GrammarError(offset, f"variable {name} refers to itself", "write ${NAME} to read the environment")
        if name in scope.below:
            file, line, column = scope.work.files.locate(scope.below[name])
            message = f"variable {name} is used before it is defined"
            raise GrammarError(offset, message, f"it is defined at {file}:{line}:{column}")
        if name in scope.broken and name != scope.itself:
            raise StayError
        return scope.variables.get(name)

    def remember(self, node: Node) -> None:
        """Keep the environment names that a value was made from."""
        if isinstance(node, Scalar):
            self.env.update(dict.fromkeys(node.env))
        else:
            for item in node.items.values() if isinstance(node, Map) else node.items:
                self.remember(item)

    def expression(self, part: Expression) -> Node:
        """Evaluate `{{ … }}`."""
        found: Node | None = None
        for operand in part.operands:
            found = self.operand(operand)
            if not empty(found, all_false=True):
                break
        if found is None:
            first = part.operands[-1].first
            named = ".".join(map(str, (first.root, *first.steps))) if isinstance(first, Path) else "this"
            raise UndefinedError(part.start, f"{named} is not defined", "define it, or write: or 'default'")
        return found

    def operand(self, operand: grammar.Operand) -> Node | None:
        """Evaluate a path or literal and send it through its filters."""
        found = self.first(operand.first)
        for call in operand.filters:
            found = self.filtered(found, call)
        return found

    def filtered(self, found: Node | None, call: grammar.Filter) -> Node | None:
        """Apply one filter; what is undefined stays so, but for `default`."""
        arguments = [self.first(argument) for argument in call.arguments]
        if found is None or call.name == "default":
            return default(found, arguments) if call.name == "default" else None
        try:
            return FILTERS[call.name](found, arguments)
        except NotFitError as error:
            raise GrammarError(call.offset, f"{call.name}: {error}") from None

    def first(self, value: Path | grammar.Literal) -> Node | None:
        """Evaluate a path or literal."""
        if isinstance(value, grammar.Literal):
            return Scalar(value.value, value.text, self.mark, plain=not isinstance(value.value, str))
        if value.root == "var":
            if not value.steps:
                raise GrammarError(value.offset, "missing variable name", "write var.NAME")
            found = _follow(self.variable(str(value.steps[0]), value.offset), value.steps[1:])
            if found is not None:
                self.remember(found)
            return found
        if self.where == "instructions" and value.root in self.scope.about:
            return _follow(self.scope.about[value.root], value.steps)
        hint = f"write var.{value.root}" if value.root in self.scope.variables else "write var.NAME"
        hint = _ROOTS.get(value.root, hint)
        raise UndefinedError(value.offset, "unknown name in an expression", hint)


_ROOTS = {
    "env": "write ${NAME} to read an environment variable",
    "environ": "write ${NAME} to read an environment variable",
    "variables": "write var.NAME",
    "vars": "write var.NAME",
    "secret": "to use a secret's value, add a source of kind secret_ref or a derived secret",
    "secrets": "to use a secret's value, add a source of kind secret_ref or a derived secret",
}


def _follow(node: Node | None, steps: tuple[str | int, ...]) -> Node | None:
    """Walk down a path; None where a step is missing or leads into a single value."""
    for step in steps:
        if isinstance(node, Map):
            node = node.items.get(str(step))
        elif isinstance(node, Seq):
            node = _item(node, step)
        else:
            return None
    return node


def _item(node: Seq, step: str | int) -> Node | None:
    if isinstance(step, str):
        if not (step.isascii() and step.isdigit()):
            return None
        step = int(step)
    return node.items[step] if -len(node.items) <= step < len(node.items) else None


def _said(part: Name) -> str:
    """Return the message of `:?` as it is written: what a variable would put into it may be a secret."""
    return "".join(piece if isinstance(piece, str) else f"${{{piece.name}}}" for piece in part.text)
