"""Options of a map of fixed keys with what they refer to put in, by the rules of each option's place."""

from ...options.nodes import At, Map, Missing, Node, Problems, Scalar, Seq, below
from ...options.structure import Table, is_documentation
from .evaluate import Where
from .interpolate import interpolate
from .scope import Scope


def fill(
    node: Map, wanted: Table, scope: Scope | None, where: Where, at: At, *, but: frozenset[str] = frozenset()
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
        option = wanted.options.get(key)
        if option is None and is_documentation(key):
            continue
        there = _place(key, option.grammar if option else "", where)
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


_ARGV = frozenset(("command", "args", "argv"))


def _place(key: str, grammar: str, where: Where) -> Where:
    """Return the rules for one option: a value in argv is public, and a derived text refers to secrets."""
    if where != "options":
        return where
    if grammar == "secret":
        return "derived"
    return "argv" if key in _ARGV else where


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
