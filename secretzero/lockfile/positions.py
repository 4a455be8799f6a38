"""Lines and columns in a JSON text, computed only when a message needs them."""

import json
import re
from collections.abc import Collection, Iterator, Mapping

Path = tuple[str | int, ...]

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_CLOSING = frozenset("}]")


def place_of(text: str, offset: int) -> tuple[int, int]:
    """Return line and column, from 1, of an offset."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def locate(text: str, paths: Collection[Path]) -> Mapping[Path, tuple[int, int]]:
    """Return line and column of each path in a JSON text: of its key, or of the nearest ancestor that exists."""
    wanted = {path[:length] for path in paths for length in range(len(path) + 1)}
    found = {(): 0, **{path: offset for path, offset in _places(text) if path in wanted}}
    return {path: place_of(text, found[_nearest(path, found)]) for path in paths}


def second_key(text: str) -> tuple[Path, int] | None:
    """Find the first duplicate key: its path, and the offset of its second occurrence."""
    seen: set[Path] = set()
    for path, offset in _places(text):
        if path in seen:
            return path, offset
        seen.add(path)
    return None


def offset_of(text: str, word: str) -> int:
    """Return the offset of a number or word that is a token of its own in a JSON text."""
    return next((match.start() for match in _TOKEN.finditer(text) if match[0] == word), 0)


def _nearest(path: Path, found: Collection[Path]) -> Path:
    while path not in found:
        path = path[:-1]
    return path


def _places(text: str) -> Iterator[tuple[Path, int]]:
    """Yield the path of each key and each element of a list, in the order of the text."""
    path: list[str | int] = []
    key_next = False
    for match in _TOKEN.finditer(text):
        word = match[0]
        if word in _CLOSING:
            path, key_next = path[:-1], False
        elif word == ",":
            key_next = _after_comma(path)
        elif word != ":":
            if key_next:
                path[-1] = json.loads(word)
            if path and (key_next or isinstance(path[-1], int)):
                yield tuple(path), match.start()
            key_next = word == "{"
            path += _OPENING.get(word, [])


_OPENING: Mapping[str, list[str | int]] = {"{": [""], "[": [0]}


def _after_comma(path: list[str | int]) -> bool:
    """Advance past a comma, and return whether a key comes next rather than an element of a list."""
    last = path[-1] if path else 0
    if isinstance(last, str):
        return True
    if path:
        path[-1] = last + 1
    return False
