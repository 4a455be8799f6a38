"""The `rotation` of a secret: how old a value may get, and how it is replaced."""

import re
from datetime import timedelta

from ...options.nodes import At, Map, Node, Scalar, below
from ...options.readers import FILLED, INTEGER, TEXT, Choice, FirstOf, Integer, Listed, Parsed, UnfitError, Via
from ...options.structure import Table
from ..model import Rotation, Window
from .periods import DURATION_PATTERN, PERIOD_PATTERN, parse_duration, parse_period

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PERIOD = Parsed(parse_period, pattern=PERIOD_PATTERN)
_DAY = 24 * 60
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])\Z|24:00\Z").match
_DEFAULT_GRACE = timedelta(hours=24)
_RING = {
    "if": {"type": "object", "anyOf": [{"required": ["keep"]}, {"required": ["separator"]}]},
    "then": {"required": ["strategy"], "properties": {"strategy": {"const": "ring"}}},
}


def _minutes(text: str) -> int:
    found = _CLOCK(text)
    if not found:
        raise UnfitError('expected a time of day, "HH:MM"')
    return int(found[1]) * 60 + int(found[2]) if found[1] else _DAY


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
        end=given.get("to", _DAY),
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
        given["grace"] = _DEFAULT_GRACE
    for key in ("keep", "separator"):
        if strategy != "ring" and isinstance(node, Map) and key in node.items:
            at.to(below(at.path, key)).say(node.keys[key], "applies only to strategy ring")
    return Rotation(**given)


ROTATION = Via(_rotation, accepts=FirstOf([PERIOD, _OPTIONS]), also=_RING)


def merged(rotation: Rotation | None, period: timedelta | None) -> Rotation | None:
    """Join `rotation` with the short `rotation_period`; None when they name different periods."""
    if rotation is None:
        return Rotation(period)
    if period is None or rotation.period == period:
        return rotation
    if rotation.period is None:
        return rotation._replace(period=period)
    return None
