"""When a value is due to be replaced."""

from datetime import datetime, timedelta

from ..clock import parse_stamp
from ..lockfile.model import Entry
from ..manifest.model import Secret, Window

EXEMPT = frozenset({"derived", "unknown"})
"""Natures that follow something else and never rotate on their own."""


def due_at(secret: Secret, entry: Entry | None) -> datetime | None:
    """Return when the current generation reaches its period; None where there is no period or no generation."""
    if entry is None or not entry.current or secret.rotation.period is None:
        return None
    since = entry.rotated_at or entry.created_at
    return parse_stamp(since) + secret.rotation.period


def is_due(secret: Secret, entry: Entry | None, now: datetime) -> bool:
    """Whether the current generation is at least as old as its period."""
    due = due_at(secret, entry)
    return due is not None and now >= due


def in_window(window: Window | None, now: datetime) -> bool:
    """Whether rotations may happen now; a window that ends before it starts goes past midnight."""
    if window is None:
        return True
    from zoneinfo import ZoneInfo

    local = now.astimezone(ZoneInfo(window.timezone))
    minute = local.hour * 60 + local.minute
    if window.start <= window.end:
        return local.weekday() in window.days and window.start <= minute < window.end
    started = local if minute >= window.start else local - timedelta(days=1)
    return started.weekday() in window.days and (minute >= window.start or minute < window.end)
