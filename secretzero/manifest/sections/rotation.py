"""The `rotation` of a secret: periods as people write them, how old a value may get, how it is replaced."""

import re
from datetime import timedelta
from functools import lru_cache

from ...options.nodes import At, Map, Node, Scalar, below
from ...options.readers import FILLED, INTEGER, TEXT, Choice, FirstOf, Integer, Listed, Parsed, UnfitError, Via
from ...options.structure import Table
from ..model import Rotation, Window

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
_MAX_DIGITS = 9
_DAYS_PATTERN = "[pP](?=.)([0-9]+[yY])?([0-9]+[mM])?([0-9]+[wW])?([0-9]+[dD])?"
PERIOD_PATTERN = f"^(([0-9]+[hdwmyHDWMY])+|{_DAYS_PATTERN}([tT][0-9]+[hH])?)$"
"""What the texts of periods match (ECMA 262). No pattern says how long one may be."""
DURATION_PATTERN = (
    f"^(([0-9]+([hdwmysHDWMYS]|[mM][iI][nN]))+|{_DAYS_PATTERN}([tT](?=.)([0-9]+[hH])?([0-9]+[mM])?([0-9]+[sS])?)?)$"
)
_MAX_SECONDS = 1000 * 365 * _DAY


@lru_cache(maxsize=64)
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
        units = ("y", "m", "w", "d", "h", "min", "s")
        return [(number, unit) for number, unit in zip(iso.groups(), units, strict=True) if number]
    if _PIECES.match(written):
        return _PIECE.findall(written)
    raise ValueError(f"invalid period; write {example}")


DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PERIOD = Parsed(parse_period, pattern=PERIOD_PATTERN)
_MIDNIGHT = 24 * 60
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])\Z|24:00\Z").match
_RING = {
    "if": {"type": "object", "anyOf": [{"required": ["keep"]}, {"required": ["separator"]}]},
    "then": {"required": ["strategy"], "properties": {"strategy": {"const": "ring"}}},
}


def _minutes(text: str) -> int:
    found = _CLOCK(text)
    if not found:
        raise UnfitError('expected a time of day, "HH:MM"')
    return int(found[1]) * 60 + int(found[2]) if found[1] else _MIDNIGHT


def _timezone(text: str) -> str:
    """Accept the name of a time zone that this machine knows."""
    if text == "UTC":
        return text
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnfitError("unknown time zone", "write a name such as Europe/Berlin, or UTC") from None
    return text


def _window(node: Node, at: At) -> Window:
    given = _WINDOW.read(node, at)
    return Window(
        days=frozenset(DAYS.index(day) for day in given.get("days", DAYS)),
        start=given.get("from", 0),
        end=given.get("to", _MIDNIGHT),
        timezone=given.get("timezone", "UTC"),
    )


_TIME = Parsed(_minutes, pattern="^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")


_WINDOW = Table(
    {
        "days": Listed(Choice(*DAYS), least=1),
        "from": _TIME,
        "to": _TIME,
        "timezone": Parsed(_timezone),
    },
)
_HTTP = Table({"http": FILLED, "expect": INTEGER}, required=("http",))
_ARGV = Table({"argv": Listed(TEXT, least=1)}, required=("argv",))
_WAY = Choice("auto", "none")


def _verify(node: Node, at: At) -> object:
    """Read `auto`, `none`, or what to run or ask for."""
    if isinstance(node, Map):
        return (_ARGV if "argv" in node.items else _HTTP).partly(node, at)
    return _WAY.read(node, at)


_OPTIONS = Table(
    {
        "period": PERIOD,
        "strategy": Choice("single", "dual", "ring"),
        "keep": Integer(2),
        "separator": FILLED,
        "grace": Parsed(parse_duration, pattern=DURATION_PATTERN),
        "verify": Via(_verify, accepts=FirstOf([_WAY, _ARGV, _HTTP])),
        "window": Via(_window, accepts=_WINDOW),
    },
)


def _rotation(node: Node, at: At) -> Rotation:
    """Read a map, or a period that stands alone."""
    if isinstance(node, Scalar):
        return Rotation(PERIOD.read(node, at))  # type: ignore[arg-type]
    given = _OPTIONS.read(node, at)
    strategy = given.get("strategy", "single")
    if "grace" not in given and strategy != "single":
        given["grace"] = timedelta(hours=24)
    for key in ("keep", "separator"):
        if strategy != "ring" and isinstance(node, Map) and key in node.items:
            at.to(below(at.path, key)).say(node.keys[key], "applies only to strategy ring")
    return Rotation(**given)


ROTATION = Via(_rotation, accepts=FirstOf([PERIOD, _OPTIONS]), also=_RING)
