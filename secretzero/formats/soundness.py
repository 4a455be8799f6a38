"""What no text format can carry, whatever its rules."""

from math import isfinite

from ..values import Material

MAX_DEPTH = 60
_MAX_BITS = 1024


def unsound(material: Material, depth: int = 0) -> str:
    """Return the rule that is broken: no half characters, no endless numbers, no bottomless nesting; else ``""``."""
    if isinstance(material, str):
        return "" if material.isascii() or _encodes(material) else "it holds half a character (a lone surrogate)"
    if isinstance(material, dict | list):
        return _unsound_inside(material, depth)
    return _unsound_number(material)


def _unsound_number(number: Material) -> str:
    if isinstance(number, int):
        return "the number is too large" if number.bit_length() > _MAX_BITS else ""
    endless = isinstance(number, float) and not isfinite(number)
    return "a number that is not finite has no text that all readers know" if endless else ""


def _unsound_inside(material: dict[str, Material] | list[Material], depth: int) -> str:
    if depth >= MAX_DEPTH:
        return f"it is nested more than {MAX_DEPTH} deep"
    inner = [*material, *material.values()] if isinstance(material, dict) else material
    return next(filter(None, (unsound(each, depth + 1) for each in inner)), "")


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
