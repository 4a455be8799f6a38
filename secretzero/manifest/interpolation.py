"""Strings of the manifest with what they refer to put in, by the rules of the place where they stand."""

from typing import Literal as Choice
from typing import NamedTuple, NoReturn

from ..errors import Problem
from ..grammar import Expression, GrammarError, Name, Part, Path, parse, quote
from ..grammar import Filter as FilterCall
from ..grammar import Literal as Written
from ..grammar import Operand as OperandCall
from .filters import FILTERS, NotFitError, empty, measure, text_of
from .model import Mark
from .nodes import Map, Missing, Node, Scalar, Seq, below, overlay
from .scope import MAX_RESULT, MAX_RESULTS, Scope, looks_like_credential
from .tree import MAX_DEPTH

__all__ = ["Scope", "Where", "define", "interpolate", "looks_like_credential"]

Where = Choice["identity", "options", "argv", "instructions", "free", "variables", "lanes", "derived"]


class Rule(NamedTuple):
    """What holds in one place.

    `environment` says which names are looked up there; `undefined` what becomes of `${NAME}` without a value;
    `credentials` what becomes of text made from an environment name that looks like a credential.
    """

    environment: Choice["any", "public", "none"]
    undefined: Choice["error", "absent", "text"]
    credentials: Choice["allowed", "error", "text"]


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


def interpolate(node: Node, scope: Scope, where: Where, problems: list[Problem], path: str = "") -> Node:
    """Return a tree with everything that its strings refer to put in; keys stay as they are.

    Returns the same node when nothing changed. What cannot be resolved is added to `problems` and stays as it was;
    where the place allows it, an undefined `${NAME}` makes the whole value `Missing`. `path` is the node's own.

    In ``derived`` an expression about `secret` stays as it is and all other text is quoted, so that the result is
    in the grammar again and holds nothing but secrets to put in.
    """
    run = _Run(scope, where, problems, path)
    return run.tree(node)


def define(scope: Scope, variables: Map, problems: list[Problem], path: str = "variables") -> None:
    """Resolve variables from top to bottom and lay them over those that the scope has.

    `path` is that of variables in the manifest itself; one that stands in another file is named alone.
    """
    scope.below = dict(variables.keys)
    for name, node in variables.items.items():
        scope.below.pop(name, None)
        scope.itself = name
        before = len(problems)
        where = below(path if node.mark.file == variables.mark.file else "", name)
        made = interpolate(node, scope, "variables", problems, where)
        if len(problems) > before:
            scope.broken.add(name)
        else:
            scope.broken.discard(name)
        outer = scope.variables.get(name)
        scope.variables[name] = made if outer is None else overlay(outer, made)
    scope.itself = ""


class _StayError(Exception):
    """This value stays as it is: another message says why."""


class _AbsentError(Exception):
    """The value is absent as long as this variable is."""

    def __init__(self, variable: str) -> None:
        super().__init__()
        self.variable = variable


class _UndefinedError(GrammarError):
    """Something that is referred to is not defined."""


class _CredentialError(GrammarError):
    """Something comes from an environment variable that may not show here."""


class _Run:
    """One tree on its way from what is written to what it means."""

    def __init__(self, scope: Scope, where: Where, problems: list[Problem], path: str) -> None:
        self.scope = scope
        self.where = where
        self.rule = RULES[where]
        self.problems = problems
        self.start = path
        self.trail: list[str | int] = []
        self.mark = Mark()
        self.env: dict[str, None] = {}

    def tree(self, node: Node) -> Node:
        """Interpolate any node."""
        kind = node.__class__
        if kind is Map:
            return self.of_map(node)  # type: ignore[arg-type]
        if kind is Seq:
            return self.of_list(node)  # type: ignore[arg-type]
        return self.of_scalar(node) if kind is Scalar else node  # type: ignore[arg-type]

    def of_map(self, node: Map) -> Map:
        """Interpolate the values of a map."""
        changed: dict[str, Node] = {}
        trail = self.trail
        for key, item in node.items.items():
            if item.__class__ is Scalar:
                value = item.value
                if value.__class__ is not str or not ("${" in value or "{{" in value):
                    continue
            trail.append(key)
            made = self.tree(item)
            trail.pop()
            if made is not item:
                changed[key] = made
        return Map({**node.items, **changed}, node.keys, node.mark) if changed else node

    def of_list(self, node: Seq) -> Seq:
        """Interpolate the values of a list."""
        changed = False
        made: list[Node] = []
        for index, item in enumerate(node.items):
            self.trail.append(index)
            made.append(self.tree(item))
            self.trail.pop()
            changed = changed or made[-1] is not item
        return Seq(made, node.mark) if changed else node

    def of_scalar(self, node: Scalar) -> Node:
        """Interpolate one value; anything but a text stays."""
        text = node.value
        if text.__class__ is not str or not ("${" in text or "{{" in text):
            return node
        self.mark = node.mark
        self.env = {}
        made: Node = node
        try:
            made = self.meaning(node, text)
        except _AbsentError as absent:
            made = Missing(absent.variable, node.text, node.mark)
        except _StayError:
            pass
        except GrammarError as error:
            self.note(node, error)
        return made

    def meaning(self, node: Scalar, text: str) -> Node:
        """Parse a string and put it together."""
        if self.where == "derived":
            return self.quoted(node, parse(text, more_filters=("urlencode",)))
        return self.value(node, self.scope.work.parse(text))

    def note(self, node: Scalar, error: GrammarError, severity: str = "error") -> None:
        """Add a problem at the place in the string where it is."""
        mark = _inside(node, error.offset, self.scope)
        self.problems.append(self.scope.files.problem(mark, self.path(), error.message, error.hint, severity))

    def path(self) -> str:
        """Return the path of the value that is being read."""
        path = self.start
        for step in self.trail:
            path = f"{path}[{step}]" if isinstance(step, int) else below(path, step)
        return path

    def value(self, node: Scalar, parts: tuple[Part, ...]) -> Node:
        """Put a string together; one that is a single expression keeps the type of what it names."""
        if len(parts) == 1 and not isinstance(parts[0], str):
            made = self.part(node, parts[0])
            self.charge(made, parts[0].start)
            if isinstance(made, Scalar):
                return Scalar(made.value, made.text, node.mark, made.plain, tuple(self.env))
            return made
        text = "".join(part if isinstance(part, str) else self.inserted(node, part) for part in parts)
        return self.result(node, text)

    def quoted(self, node: Scalar, parts: tuple[Part, ...]) -> Node:
        """Put a template of a derived value together."""
        source: str = node.value  # type: ignore[assignment]
        pieces = []
        for part in parts:
            if isinstance(part, Expression) and "secret" in part.roots:
                if part.roots != {"secret"}:
                    raise GrammarError(part.start, "secret and var in one expression", "write one expression for each")
                pieces.append(source[part.start : part.end])
            else:
                pieces.append(quote(part if isinstance(part, str) else self.inserted(node, part)))
        text = "".join(pieces)
        return node if text == source else self.result(node, text)

    def result(self, node: Scalar, text: str) -> Scalar:
        """Make a text that stands where the string stood."""
        made = Scalar(text, text, node.mark, plain=False, env=tuple(self.env))
        self.charge(made, 0)
        return made

    def charge(self, made: Node, offset: int) -> None:
        """Count what is inserted, and stop what grows beyond all measure."""
        size, height = measure(made, MAX_RESULT)
        if size > MAX_RESULT:
            raise GrammarError(offset, "the result is larger than 1 MiB")
        if len(self.trail) + height > MAX_DEPTH:
            raise GrammarError(offset, f"the result is nested deeper than {MAX_DEPTH}")
        work = self.scope.work
        if work.spent > MAX_RESULTS:
            raise _StayError
        work.spent += size
        if work.spent > MAX_RESULTS:
            raise GrammarError(offset, "all results together are larger than 16 MiB")

    def inserted(self, node: Scalar, part: Name | Expression) -> str:
        """Return the text by which a value stands inside a longer one."""
        made = self.part(node, part)
        try:
            return text_of(made)
        except NotFitError as error:
            raise GrammarError(part.start, f"{error} inside a text") from None

    def part(self, node: Scalar, part: Name | Expression) -> Node:
        """Evaluate one expression; what is not defined here may stay as text."""
        seen = dict(self.env)
        try:
            made = self.name(part) if isinstance(part, Name) else self.expression(part)
            self.check_credentials(part.start)
        except (_UndefinedError, _CredentialError) as error:
            kept = self.rule.undefined if isinstance(error, _UndefinedError) else self.rule.credentials
            if kept != "text" or (self.where == "argv" and isinstance(part, Expression)):
                raise
            if self.where == "argv":
                hint = "write $${ to say so"
                self.note(
                    node, GrammarError(part.start, "no variable has this name: left to the shell", hint), "notice"
                )
            self.env = seen
            source: str = node.value  # type: ignore[assignment]
            text = source[part.start : part.end]
            return Scalar(text, text, node.mark, plain=False)
        return made

    def check_credentials(self, offset: int) -> None:
        """Refuse text from a credential where it would be committed or shown."""
        if self.rule.credentials == "allowed":
            return
        for name in self.env:
            if looks_like_credential(name, self.scope.credential_variables):
                self.refuse_credential(name, offset)

    def refuse_credential(self, name: str, offset: int) -> NoReturn:
        """Say that an environment variable may not be used here."""
        message = f"{name} looks like a credential and must not be part of this"
        raise _CredentialError(
            offset, message, "what stands here is committed or shown; use a variable of another name"
        )

    def name(self, part: Name) -> Node:
        """Evaluate `${NAME}`."""
        found = self.variable(part.name, part.start, itself=True)
        if found is None and self.rule.environment != "none":
            found = self.environment(part)
        if part.operator and empty(found):
            if part.operator == ":-":
                text = "".join(piece if isinstance(piece, str) else text_of(self.name(piece)) for piece in part.text)
                return Scalar(text, text, self.mark, plain=False)
            raise GrammarError(part.start, _said(part) or f"{part.name} is not set")
        if found is not None:
            return found
        if self.rule.undefined == "absent":
            raise _AbsentError(part.name)
        raise _UndefinedError(part.start, f"{part.name} is not defined", self.undefined_hint())

    def undefined_hint(self) -> str:
        """Say what would define a name here."""
        if self.rule.environment == "none":
            return "define it under variables; the environment is not read here"
        return "define it under variables, set it in the environment, or write ${NAME:-default}"

    def environment(self, part: Name) -> Scalar | None:
        """Look a name up in the environment."""
        known = self.scope.credential_variables
        if self.rule.environment == "public" and looks_like_credential(part.name, known):
            self.refuse_credential(part.name, part.start)
        text = self.scope.environ.get(part.name)
        if text is None:
            return None
        self.env[part.name] = None
        return Scalar(text, text, self.mark, plain=False, env=(part.name,))

    def variable(self, name: str, offset: int, *, itself: bool = False) -> Node | None:
        """Look a variable up; `itself` says that the one being defined may name what it replaces."""
        scope = self.scope
        if name == scope.itself and not (itself or name in scope.variables):
            raise GrammarError(offset, f"variable {name} uses itself", "write ${NAME} for the environment's")
        if name in scope.below:
            file, line, column = scope.files.locate(scope.below[name])
            message = f"variable {name} is used above its definition"
            raise GrammarError(offset, message, f"it is defined at {file}:{line}:{column}")
        if name in scope.broken and name != scope.itself:
            raise _StayError
        found = scope.variables.get(name)
        if found is not None:
            self.remember(found)
        return found

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
            raise _UndefinedError(part.start, f"{named} is not defined", "define it, or write: or 'default'")
        return found

    def operand(self, operand: OperandCall) -> Node | None:
        """Evaluate a path or literal and send it through its filters."""
        found = self.first(operand.first)
        for call in operand.filters:
            found = self.filtered(found, call)
        return found

    def filtered(self, found: Node | None, call: FilterCall) -> Node | None:
        """Apply one filter; what is undefined stays so, but for `default`."""
        arguments = [self.first(argument) for argument in call.arguments]
        try:
            return FILTERS[call.name](found, arguments)
        except NotFitError as error:
            raise GrammarError(call.offset, f"{call.name}: {error}") from None

    def first(self, value: Path | Written) -> Node | None:
        """Evaluate a path or literal."""
        if isinstance(value, Written):
            return Scalar(value.value, value.text, self.mark, plain=not isinstance(value.value, str))
        if value.root == "var":
            return self.below_var(value)
        if self.where == "instructions" and value.root in self.scope.about:
            return _follow(self.scope.about[value.root], value.steps)
        if value.root in self.scope.variables:
            raise _UndefinedError(value.offset, "an unknown root", f"write var.{value.root}")
        hint = _ROOTS.get(value.root, "write var.NAME")
        raise _UndefinedError(value.offset, "an unknown root", hint)

    def below_var(self, path: Path) -> Node | None:
        """Evaluate a path that begins with `var`."""
        if not path.steps:
            raise GrammarError(path.offset, "the name of a variable is missing", "write var.NAME")
        seen = dict(self.env)
        found = self.variable(str(path.steps[0]), path.offset)
        if found is None or len(path.steps) == 1:
            return found
        self.env = seen
        found = _follow(found, path.steps[1:])
        if found is not None:
            self.remember(found)
        return found


_ROOTS = {
    "env": "write ${NAME} for the environment",
    "environ": "write ${NAME} for the environment",
    "variables": "write var.NAME",
    "vars": "write var.NAME",
    "secret": "a secret's value enters by a source of kind secret_ref, or a derived secret",
    "secrets": "a secret's value enters by a source of kind secret_ref, or a derived secret",
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


def _inside(node: Scalar, offset: int, scope: Scope) -> Mark:
    """Return where a character of a string stands in its file, quotes, indentation and folding considered."""
    value = str(node.value)
    opening = max(value.rfind("${", 0, offset + 2), value.rfind("{{", 0, offset + 2))
    if opening < 0 or node.mark.offset < 0:
        return node.mark
    token, source, at = value[opening : opening + 2], scope.files.text(node.mark.file), node.mark.offset - 1
    for _ in range(value.count(token, 0, opening) + 1):
        at = source.find(token, at + 1)
    return Mark(node.mark.file, at + offset - opening) if at >= 0 else node.mark
