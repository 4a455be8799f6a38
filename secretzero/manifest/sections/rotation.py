"""The `rotation` of a secret: how old a value may get, and how it is replaced."""

import re
from datetime import timedelta
from functools import lru_cache
from typing import Any

from ...options.nodes import Map, Node, Scalar, below
from ...options.problems import At
from ...options.readers import FILLED, INTEGER, TEXT, Reader, UnfitError, choice, listed, parsed
from ...options.structure import read, shape, table
from ..model import Rotation, Window
from .periods import parse_duration, parse_period

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PERIOD = parsed(parse_period)
_DAY = 24 * 60
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])\Z|24:00\Z").match
_DEFAULT_GRACE = timedelta(hours=24)


def _minutes(text: str) -> int:
    found = _CLOCK(text)
    if not found:
        raise UnfitError('wants a time of day, "HH:MM"')
    return int(found[1]) * 60 + int(found[2]) if found[1] else _DAY


def _timezone(text: str) -> str:
    """Accept the name of a time zone that this machine knows."""
    if text == "UTC":
        return text
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnfitError("no time zone of this name", "write a name such as Europe/Berlin, or UTC") from None
    return text


def _window(given: dict[str, Any]) -> Window:
    days = frozenset(DAYS.index(day) for day in given.get("days", DAYS))
    return Window(days, given.get("from", 0), given.get("to", _DAY), given.get("timezone", "UTC"))


_WINDOW = shape(
    {
        "days": listed(choice(*DAYS), least=1),
        "from": parsed(_minutes),
        "to": parsed(_minutes),
        "timezone": parsed(_timezone),
    },
)
_HTTP = shape({"http": FILLED, "expect": INTEGER}, required="http")
_ARGV = shape({"argv": listed(TEXT, least=1)}, required="argv")


def _verify(node: Node, at: At) -> object:
    """Read `auto`, `none`, or what to run or ask for."""
    if isinstance(node, Map):
        return read(_ARGV if "argv" in node.items else _HTTP, node, at)
    return choice("auto", "none").read(node)


def _keep(node: Node) -> int:
    found: int = INTEGER.read(node)
    if found < 2:  # noqa: PLR2004 - the present value and one before it
        raise UnfitError("wants 2 or more")
    return found


def _separator(node: Node) -> str:
    found: str = FILLED.read(node)
    return found


ROTATION = shape(
    {
        "period": PERIOD,
        "strategy": choice("single", "dual", "ring"),
        "keep": Reader(_keep),
        "separator": Reader(_separator),
        "grace": parsed(parse_duration),
        "verify": Reader(_verify, deep=True),
        "window": Reader(lambda node, at: _window(table(_WINDOW).read(node, at)), deep=True),
    },
)


def _rotation(node: Node, at: At) -> Rotation:
    """Read a map, or a period that stands alone."""
    if isinstance(node, Scalar):
        return Rotation(PERIOD.read(node))
    given = table(ROTATION).read(node, at)
    strategy = given.get("strategy", "single")
    if "grace" not in given and strategy != "single":
        given["grace"] = _DEFAULT_GRACE
    if strategy != "ring":
        _only_for_ring(node, at)
    return Rotation(**given)


def _only_for_ring(node: Node, at: At) -> None:
    """Refuse options that would have no effect."""
    for key in ("keep", "separator"):
        if isinstance(node, Map) and key in node.items:
            at.to(below(at.path, key)).say(node.keys[key], "has a meaning only with strategy ring")


READ_ROTATION = Reader(_rotation, deep=True)


@lru_cache(maxsize=64)
def _every(period: timedelta | None) -> Rotation:
    """Return the one rotation of a period that stands alone."""
    return Rotation(period)


def merged(rotation: Rotation | None, period: timedelta | None) -> Rotation | None:
    """Join `rotation` with the short `rotation_period`; None when they name different periods."""
    if rotation is None:
        return _every(period)
    if period is None or rotation.period == period:
        return rotation
    if rotation.period is None:
        return rotation._replace(period=period)
    return None
