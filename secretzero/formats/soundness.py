"""Values that no text format can hold."""

from math import isfinite

from ..values import Material

MAX_DEPTH = 60
_MAX_BITS = 1024


def unsound(material: Material, depth: int = 0) -> str:
    """Return the rule that a value breaks (lone surrogates, large or infinite numbers, deep nesting), else ``""``."""
    if isinstance(material, str):
        return "" if material.isascii() or _encodes(material) else "it holds an incomplete character (a lone surrogate)"
    if isinstance(material, dict | list):
        return _unsound_inside(material, depth)
    return _unsound_number(material)


def _unsound_number(number: Material) -> str:
    if isinstance(number, int):
        return "the number is too large" if number.bit_length() > _MAX_BITS else ""
    infinite = isinstance(number, float) and not isfinite(number)
    return "the number is not finite, and readers disagree on how to write it" if infinite else ""


def _unsound_inside(material: dict[str, Material] | list[Material], depth: int) -> str:
    if depth >= MAX_DEPTH:
        return f"it is nested more than {MAX_DEPTH} levels deep"
    inner = [*material, *material.values()] if isinstance(material, dict) else material
    return next(filter(None, (unsound(each, depth + 1) for each in inner)), "")


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
