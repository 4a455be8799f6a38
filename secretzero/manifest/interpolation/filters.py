"""What the filters of an expression make of a value; a value that is not defined is None."""

from collections.abc import Callable, Mapping, Sequence

from ...grammar import TEXT_FILTERS
from ...options.nodes import Map, Node, Scalar, Seq, plain
from ...values import as_text
from .scope import MAX_RESULT

_NODE_COST = 16


class NotFitError(ValueError):
    """A value is of a kind that does not fit here; the message names the kind and never the value."""


Filter = Callable[[Node | None, Sequence[Node | None]], Node | None]


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


def _made(text: str, like: Node) -> Scalar:
    if len(text) > MAX_RESULT:
        raise NotFitError("the result is larger than 1 MiB")
    return Scalar(text, text, like.mark, plain=False)


def _of_text(change: Callable[[str], str]) -> Filter:
    def apply(node: Node | None, _: Sequence[Node | None]) -> Node | None:
        return None if node is None else _made(change(_wanted_text(node)), node)

    return apply


def _default(node: Node | None, arguments: Sequence[Node | None]) -> Node | None:
    wide = len(arguments) > 1 and not empty(arguments[1], all_false=True)
    gone = empty(node, all_false=True) if wide else node is None or (isinstance(node, Scalar) and node.value is None)
    return arguments[0] if gone else node


def _replace(node: Node | None, arguments: Sequence[Node | None]) -> Node | None:
    if node is None:
        return None
    text, old, new = _wanted_text(node), _wanted_text(arguments[0]), _wanted_text(arguments[1])
    if len(text) + text.count(old) * (len(new) - len(old)) > MAX_RESULT:
        raise NotFitError("the result is larger than 1 MiB")
    return _made(text.replace(old, new), node)


def _join(node: Node | None, arguments: Sequence[Node | None]) -> Node | None:
    if node is None:
        return None
    if not isinstance(node, Seq) or not all(isinstance(item, Scalar) for item in node.items):
        raise NotFitError("expected a list of single values")
    separator = _wanted_text(arguments[0])
    pieces = [text_of(item) for item in node.items]
    if sum(map(len, pieces)) + len(separator) * len(pieces) > MAX_RESULT + len(separator):
        raise NotFitError("the result is larger than 1 MiB")
    return _made(separator.join(pieces), node)


def _tojson(node: Node | None, _: Sequence[Node | None]) -> Node | None:
    if node is None:
        return None
    if measure(node, MAX_RESULT)[0] > MAX_RESULT:
        raise NotFitError("the result is larger than 1 MiB")
    import json

    return _made(json.dumps(plain(node), ensure_ascii=False, separators=(",", ":"), sort_keys=True), node)


def _urlencode(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="", errors="surrogateescape")


FILTERS: Mapping[str, Filter] = {
    "default": _default,
    "replace": _replace,
    "join": _join,
    "tojson": _tojson,
    "urlencode": _of_text(_urlencode),
    **{name: _of_text(change) for name, change in TEXT_FILTERS.items()},
}
