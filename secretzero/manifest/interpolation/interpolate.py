"""Strings of the manifest with what they refer to put in, by the rules of the place where they are used."""

from operator import is_

from ...errors import Problem, Severity
from ...grammar import Expression, GrammarError, Name, Part, parse, quote
from ...options.nodes import At, Map, Mark, Missing, Node, Problems, Scalar, Seq, below, overlay
from ...options.structure import Table, is_documentation
from ..yaml.parse import MAX_DEPTH
from .evaluate import MAX_RESULTS, AbsentError, CredentialError, Evaluation, Scope, StayError, UndefinedError, Where
from .filters import MAX_RESULT, measure


def interpolate(node: Node, scope: Scope, where: Where, problems: list[Problem], path: str = "") -> Node:
    """Return a tree with everything that its strings refer to put in; keys stay as they are.

    Returns the same node when nothing changed. What cannot be resolved is added to `problems` and stays as it was;
    where the place allows it, an undefined `${NAME}` makes the whole value `Missing`. `path` is the node's own.

    In ``derived`` an expression about `secret` stays as it is and all other text is quoted, so that the result is
    in the grammar again and holds nothing but secrets to put in.
    """
    return _Run(scope, where, problems, path).tree(node)


def define(scope: Scope, variables: Map, problems: list[Problem], path: str = "variables") -> None:
    """Resolve variables from top to bottom and lay them over those that the scope has.

    `path` is that of variables in the manifest itself; one that stands in another file is named alone.
    """
    scope.below = dict(variables.keys)
    for name, node in variables.items.items():
        scope.below.pop(name, None)
        scope.itself = name
        run = _Run(scope, "variables", problems, below(path if node.mark.file == variables.mark.file else "", name))
        made = run.tree(node)
        if run.failed:
            scope.broken.add(name)
        else:
            scope.broken.discard(name)
        outer = scope.variables.get(name)
        scope.variables[name] = made if outer is None else overlay(outer, made)
    scope.itself = ""


def scope_within(outer: Scope, variables: Map, problems: list[Problem], path: str = "vars") -> Scope:
    """Return a scope with a secret's own variables laid over those of another one, resolved from top to bottom.

    Those that are laid over another come first, in its place: the first appearance of a name decides the order.
    """
    scope = Scope(outer.work, outer)
    ordered = {name: variables.items[name] for name in outer.variables if name in variables.items}
    variables = Map({**ordered, **variables.items}, variables.keys, variables.mark)
    define(scope, variables, problems, path)
    return scope


class _Run:
    """One tree on its way from what is written to what it means; `failed` says that some of it could not be said."""

    def __init__(self, scope: Scope, where: Where, problems: list[Problem], path: str) -> None:
        self.scope = scope
        self.where = where
        self.problems = problems
        self.start = path
        self.trail: list[str | int] = []
        self.evaluation = Evaluation(scope, where)
        self.failed = False

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
        return node.changed(changed) if changed else node

    def of_list(self, node: Seq) -> Seq:
        """Interpolate the values of a list."""
        made: list[Node] = []
        for index, item in enumerate(node.items):
            self.trail.append(index)
            made.append(self.tree(item))
            self.trail.pop()
        return node if all(map(is_, made, node.items)) else Seq(made, node.mark)

    def of_scalar(self, node: Scalar) -> Node:
        """Interpolate one value; anything but a text stays."""
        text = node.value
        if text.__class__ is not str or not ("${" in text or "{{" in text):
            return node
        self.evaluation.begin(node.mark)
        made: Node = node
        try:
            if self.where == "derived":
                made = self.quoted(node, parse(text, more_filters=("urlencode",)))
            else:
                made = self.value(node, self.scope.work.parse(text))
        except AbsentError as absent:
            made = Missing(absent.variable, node.text, node.mark)
        except StayError:
            self.failed = True
        except GrammarError as error:
            self.failed = True
            self.note(node, error)
        return made

    def note(self, node: Scalar, error: GrammarError, severity: Severity = "error") -> None:
        """Add a problem at the place in the string where it is."""
        mark = _inside(node, error.offset, self.scope)
        self.problems.append(self.scope.work.files.problem(mark, self.path(), error.message, error.hint, severity))

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
                return Scalar(made.value, made.text, node.mark, made.plain, tuple(self.evaluation.env))
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
        made = Scalar(text, text, node.mark, plain=False, env=tuple(self.evaluation.env))
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
            raise StayError
        work.spent += size
        if work.spent > MAX_RESULTS:
            raise GrammarError(offset, "all results together are larger than 16 MiB")

    def inserted(self, node: Scalar, part: Name | Expression) -> str:
        """Return the text by which a value stands inside a longer one."""
        return self.evaluation.text(self.part(node, part), part.start)

    def part(self, node: Scalar, part: Name | Expression) -> Node:
        """Evaluate one expression; what is not defined here may stay as text."""
        evaluation = self.evaluation
        seen = dict(evaluation.env)
        try:
            return evaluation.part(part)
        except (UndefinedError, CredentialError) as error:
            if not evaluation.may_stay(part, error):
                raise
        if self.where == "argv":
            message = "no variable has this name: left as it is for the shell"
            self.note(node, GrammarError(part.start, message, "write $${ to make that explicit"), "notice")
        evaluation.env = seen
        text = str(node.value)[part.start : part.end]
        return Scalar(text, text, node.mark, plain=False)


def _inside(node: Scalar, offset: int, scope: Scope) -> Mark:
    """Return where a character of a string stands in its file, quotes, indentation and folding considered."""
    value = str(node.value)
    opening = max(value.rfind("${", 0, offset + 2), value.rfind("{{", 0, offset + 2))
    if opening < 0 or node.mark.offset < 0:
        return node.mark
    token, source, at = value[opening : opening + 2], scope.work.files.text(node.mark.file), node.mark.offset - 1
    for _ in range(value.count(token, 0, opening) + 1):
        at = source.find(token, at + 1)
        if at < 0:
            return node.mark
    # Folding and indentation change white space only, so it is the other characters that are counted.
    seen = value[opening:offset]
    for _ in range(len("".join(seen.split()))):
        at = _ink(source, at) + 1
    return Mark(node.mark.file, _ink(source, at) if seen and seen[-1].isspace() else at)


def _ink(source: str, at: int) -> int:
    """Return the place of the first character from there on that is not white space."""
    while at < len(source) and source[at].isspace():
        at += 1
    return at


def fill(
    node: Map, wanted: Table | None, scope: Scope | None, where: Where, at: At, *, but: frozenset[str] = frozenset()
) -> Map:
    """Return a map of fixed keys with what its options refer to put in; documentation stays, and the keys in `but`.

    Without a scope it stays as it is: nothing in it refers to anything.
    """
    if scope is None:
        return node
    changed: dict[str, Node] = {}
    for key, child in node.items.items():
        if key in but or is_still(child):
            continue
        option = wanted.options.get(key) if wanted else None
        if option is None and is_documentation(key):
            continue
        there = where
        # A derived text refers to secrets, and a value in argv is public.
        if where == "options":
            there = (
                "derived"
                if option and option.grammar == "secret"
                else "argv"
                if key in {"command", "args", "argv"}
                else where
            )
        made = interpolated(child, scope, there, at.problems, below(at.path, key))
        if made is not child:
            changed[key] = made
    return node.changed(changed) if changed else node


def interpolated(node: Node, scope: Scope, where: Where, problems: Problems, path: str) -> Node:
    """Return a node with what it refers to put in; a string that could not be read counts as not given."""
    before = len(problems.found)
    made = interpolate(node, scope, where, problems.found, path)
    return _without_unread(made) if problems.failed_since(before) else made


def _without_unread(node: Node) -> Node:
    """Make missing what still refers to something: its problem is said, and no other should follow from it."""
    if isinstance(node, Map):
        return node.changed({key: _without_unread(child) for key, child in node.items.items()})
    if isinstance(node, Seq):
        return Seq([_without_unread(child) for child in node.items], node.mark)
    return node if is_still(node) else Missing("", node.text, node.mark)


def is_still(node: Node) -> bool:
    """Return whether nothing in a node refers to anything: most of a manifest does not."""
    if isinstance(node, Scalar):
        value = node.value
        return not isinstance(value, str) or ("${" not in value and "{{" not in value)
    for child in node.items.values() if isinstance(node, Map) else node.items:
        if child.__class__ is Scalar:
            value = child.value
            if value.__class__ is str and ("${" in value or "{{" in value):
                return False
        elif not is_still(child):
            return False
    return True
