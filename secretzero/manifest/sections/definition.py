"""The definition of a secret: canonical text of what it is made of, without a value of the environment or a literal."""

import json

from ...options.nodes import Map, Missing, Node, Scalar, Seq
from ...options.structure import Table, is_documentation
from ...values import Material
from ..context import Signature

LITERALS = frozenset(("default", "value"))
"""Options that hold the value itself; they are compared by fingerprint."""


def defined(node: Map, wanted: Table | None, *, without: frozenset[str] = frozenset()) -> dict[str, Material]:
    """Return the options of a map by their proper names, with environment text replaced by the variables' names."""
    found: dict[str, Material] = {}
    for key, child in node.items.items():
        option = wanted.options.get(key) if wanted else None
        name = option.name if option else key
        if name not in without and (option or not is_documentation(key)):
            found[name] = _described(child)
    return found


def _described(node: Node) -> Material:
    if isinstance(node, Map):
        return {key: _described(child) for key, child in node.items.items()}
    if isinstance(node, Seq):
        return [_described(child) for child in node.items]
    if isinstance(node, Missing):
        return f"${{{node.variable}}}"
    return "".join(f"${{{name}}}" for name in node.env) if node.env else node.value


def canonical(definition: object) -> str:
    """Return the one text of a definition."""
    return json.dumps(definition, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def signature(node: Map, *names: str) -> Signature | None:
    """Return what is equal for maps that mean the same, wherever they stand, after some names.

    None when something in the map is missing.
    """
    found: list[object] = list(names)
    return tuple(found) if _sign(node, found) else None


def _sign(node: Node, found: list[object]) -> bool:
    """Add what makes a node what it is; False when something is missing in it."""
    if isinstance(node, Scalar):
        found.extend((node.value.__class__, node.text, node.env))
        return node.__class__ is Scalar
    found.append(tuple(node.items) if isinstance(node, Map) else len(node.items))
    children = node.items.values() if isinstance(node, Map) else node.items
    return all([_sign(child, found) for child in children])  # noqa: C419 - a list costs half of a generator
