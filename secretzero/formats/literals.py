"""Values as one-line literals of YAML, TOML and HCL, with all text in double quotes."""

import json
import re
from collections.abc import Callable, Iterator

from ..values import Material

# Unescaped, a reader may refuse these characters, turn them into a line break, or drop them.
_UNPRINTED = re.compile("[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]")
_POINTLESS = re.compile(r"^(-?\d+)(e.*)")


def quoted(text: str) -> str:
    """Quote a text with the escapes that JSON, YAML 1.1, YAML 1.2 and TOML share."""
    written = json.dumps(text, ensure_ascii=False)
    return (
        written
        if written.isascii() and "\x7f" not in written
        else _UNPRINTED.sub(lambda found: f"\\u{ord(found[0]):04x}", written)
    )


def literal(material: Material, text: Callable[[str], str], key: Callable[[str], str], joint: str) -> str:
    """Format a value; `joint` separates key and value in a map."""
    if isinstance(material, dict):
        inner = (f"{key(name)}{joint}{literal(value, text, key, joint)}" for name, value in material.items())
        return "{" + ", ".join(inner) + "}"
    if isinstance(material, list):
        return "[" + ", ".join(literal(value, text, key, joint) for value in material) + "]"
    return text(material) if isinstance(material, str) else _scalar(material)


def keys(material: Material) -> Iterator[str]:
    """Yield the keys of every map in a value."""
    return (key for each in _within(material) if isinstance(each, dict) for key in each)


def leaves(material: Material) -> Iterator[Material]:
    """Yield every scalar in a value."""
    return (each for each in _within(material) if not isinstance(each, dict | list))


def _within(material: Material) -> Iterator[Material]:
    """Yield a value and all that it holds."""
    yield material
    if isinstance(material, dict | list):
        for inner in material.values() if isinstance(material, dict) else material:
            yield from _within(inner)


def _scalar(material: float | None) -> str:
    """Format a scalar; without a point before the exponent, YAML 1.1 would read a number as text."""
    return _POINTLESS.sub(r"\1.0\2", repr(material)) if isinstance(material, float) else json.dumps(material)
