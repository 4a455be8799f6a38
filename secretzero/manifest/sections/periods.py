"""Lengths of time as people write them: 90d, 1y6m, P90D."""

import re
from datetime import timedelta

_DAY = 86_400
_SECONDS = {"h": 3600, "d": _DAY, "w": 7 * _DAY, "m": 30 * _DAY, "y": 365 * _DAY}
_SHORT = {**_SECONDS, "s": 1, "min": 60}
_PIECE = re.compile(r"([0-9]+)([a-z]+)")
_PIECES = re.compile(r"(?:[0-9]+[a-z]+)+\Z")
_BARE = re.compile(r"[0-9]+\Z")
_ISO = re.compile(
    r"p(?=.)(?:([0-9]+)y)?(?:([0-9]+)m)?(?:([0-9]+)w)?(?:([0-9]+)d)?"
    r"(?:t(?=.)(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?)?\Z"
)
_ISO_UNITS = ("y", "m", "w", "d", "h", "min", "s")
_MAX_DIGITS = 9
_DAYS_PATTERN = "[pP](?=.)([0-9]+[yY])?([0-9]+[mM])?([0-9]+[wW])?([0-9]+[dD])?"
PERIOD_PATTERN = f"^(([0-9]+[hdwmyHDWMY])+|{_DAYS_PATTERN}([tT][0-9]+[hH])?)$"
"""What the texts of periods match (ECMA 262). No pattern says how long one may be."""
DURATION_PATTERN = (
    f"^(([0-9]+([hdwmysHDWMYS]|[mM][iI][nN]))+|{_DAYS_PATTERN}([tT](?=.)([0-9]+[hH])?([0-9]+[mM])?([0-9]+[sS])?)?)$"
)
_MAX_SECONDS = 1000 * 365 * _DAY


def parse_period(text: str) -> timedelta:
    """Read a period: numbers with h, d, w, m (30 days) or y (365 days), summed, or ISO 8601.

    Raises ValueError, with a message that says what to write and never the text itself, for anything else, for
    nothing at all, and for more than a thousand years.
    """
    return _parse(text, _SECONDS, "90d")


def parse_duration(text: str) -> timedelta:
    """Read a duration: what `parse_period` reads, and also s and min. Raises ValueError in the same way."""
    return _parse(text, _SHORT, "30s")


def _parse(text: str, units: dict[str, int], example: str) -> timedelta:
    written = text.lower()
    if not written.isascii() or not written:
        raise ValueError(f"invalid period; write {example}")
    if _BARE.match(written):
        raise ValueError(f"missing unit; write {example}")
    seconds = 0
    for number, unit in _pieces(written, example):
        if unit not in units:
            raise ValueError(f"the unit must be one of {', '.join(units)}; write {example}")
        digits = number.lstrip("0") or "0"
        if len(digits) > _MAX_DIGITS:
            raise ValueError(f"period longer than 1000 years; write {example}")
        seconds += int(digits) * units[unit]
    if seconds == 0:
        raise ValueError(f"period of zero length; write {example}")
    if seconds > _MAX_SECONDS:
        raise ValueError(f"period longer than 1000 years; write {example}")
    return timedelta(seconds=seconds)


def _pieces(written: str, example: str) -> list[tuple[str, str]]:
    """Split into numbers and units."""
    if iso := _ISO.match(written):
        return [(number, unit) for number, unit in zip(iso.groups(), _ISO_UNITS, strict=True) if number]
    if _PIECES.match(written):
        return _PIECE.findall(written)
    raise ValueError(f"invalid period; write {example}")
