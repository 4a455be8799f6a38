"""What the filters of an expression make of a value; an argument that is not defined is None."""

from collections.abc import Callable, Mapping, Sequence

from ...grammar import TEXT_FILTERS
from ...options.nodes import Map, Node, Scalar, Seq, plain
from ...values import as_text

MAX_RESULT = 2**20
_NODE_COST = 16


class NotFitError(ValueError):
    """A value is of a kind that does not fit here; the message names the kind and never the value."""


Filter = Callable[[Node, Sequence[Node | None]], Node]


def measure(node: Node, limit: int) -> tuple[int, int]:
    """Return size and height of a tree; it stops counting beyond the limit."""
    if isinstance(node, Scalar):
        return len(node.text) + _NODE_COST, 0
    size, height = _NODE_COST, 0
    for item in node.items.values() if isinstance(node, Map) else node.items:
        more, below = measure(item, limit - size)
        size += more
        height = max(height, below)
        if size > limit:
            break
    return size, height + 1


def empty(node: Node | None, *, all_false: bool = False) -> bool:
    """Return whether a value is undefined, null or empty text; with `all_false` also false, 0, an empty list or map."""
    if node is None:
        return True
    if isinstance(node, Scalar):
        return not node.value if all_false else node.value in (None, "")
    return all_false and not node.items


def text_of(node: Node) -> str:
    """Return the text of a value inside a longer one: a number as it is written, a list or map as JSON."""
    if not isinstance(node, Scalar):
        if measure(node, MAX_RESULT)[0] > MAX_RESULT:
            raise NotFitError("a list or map larger than 1 MiB")
        return as_text(plain(node))
    if isinstance(node.value, bool):
        return "true" if node.value else "false"
    if node.value is None:
        raise NotFitError("null")
    return node.text


def _wanted_text(node: Node | None) -> str:
    if not isinstance(node, Scalar) or node.value is None or isinstance(node.value, bool):
        raise NotFitError("expected text")
    return node.text


def _limit(size: int) -> None:
    if size > MAX_RESULT:
        raise NotFitError("the result is larger than 1 MiB")


def _made(text: str, like: Node) -> Scalar:
    _limit(len(text))
    return Scalar(text, text, like.mark, plain=False)


def _of_text(change: Callable[[str], str]) -> Filter:
    def apply(node: Node, _: Sequence[Node | None]) -> Node:
        return _made(change(_wanted_text(node)), node)

    return apply


def default(node: Node | None, arguments: Sequence[Node | None]) -> Node | None:
    """Return a value, or the first argument in its place."""
    wide = len(arguments) > 1 and not empty(arguments[1], all_false=True)
    gone = empty(node, all_false=True) if wide else node is None or (isinstance(node, Scalar) and node.value is None)
    return arguments[0] if gone else node


def _replace(node: Node, arguments: Sequence[Node | None]) -> Node:
    text, old, new = _wanted_text(node), _wanted_text(arguments[0]), _wanted_text(arguments[1])
    _limit(len(text) + text.count(old) * (len(new) - len(old)))
    return _made(text.replace(old, new), node)


def _join(node: Node, arguments: Sequence[Node | None]) -> Node:
    if not isinstance(node, Seq) or not all(isinstance(item, Scalar) for item in node.items):
        raise NotFitError("expected a list of single values")
    separator = _wanted_text(arguments[0])
    pieces = [text_of(item) for item in node.items]
    _limit(sum(map(len, pieces)) + len(separator) * (len(pieces) - 1))
    return _made(separator.join(pieces), node)


def _tojson(node: Node, _: Sequence[Node | None]) -> Node:
    _limit(measure(node, MAX_RESULT)[0])
    import json

    return _made(json.dumps(plain(node), ensure_ascii=False, separators=(",", ":"), sort_keys=True), node)


def _urlencode(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="", errors="surrogateescape")


FILTERS: Mapping[str, Filter] = {
    "replace": _replace,
    "join": _join,
    "tojson": _tojson,
    "urlencode": _of_text(_urlencode),
    **{name: _of_text(change) for name, change in TEXT_FILTERS.items()},
}
"""What is applied to a value that is defined; `default` is not among them."""
