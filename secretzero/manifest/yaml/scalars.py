"""What a scalar without quotes means in the YAML 1.2 core schema (https://yaml.org/spec/1.2.2/, section 10.3)."""

import re

MAX_DIGITS = 4000

NAMED: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_INTEGER = re.compile(r"[-+]?[0-9]+\Z").match
_BASED = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z").match
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z").match
_SPECIAL = re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z").match

STARTS = frozenset(("", *"-+.0123456789", *(word[:1] for word in NAMED)))
"""How a scalar begins that may be something else than text."""


def read_plain(text: str) -> str | int | float | bool | None:
    """Return text, number, boolean or null. Raises ValueError for a number of more than 4,000 digits."""
    if text in NAMED:
        return NAMED[text]
    if text[0] not in "-+.0123456789":
        return text
    if _INTEGER(text):
        if len(text) > MAX_DIGITS:
            raise ValueError("number with too many digits")
        return int(text)
    return _read_rarer(text)


def _read_rarer(text: str) -> str | int | float:
    """Read an integer that is not decimal."""
    if _BASED(text):
        return int(text, 0)
    if _FLOAT(text):
        return float(text)
    return float(text.replace(".", "", 1)) if _SPECIAL(text) else text
