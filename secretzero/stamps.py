"""Moments as text: RFC 3339, UTC, to the second."""

from datetime import UTC, datetime


def stamp(moment: datetime) -> str:
    """Render a moment as RFC 3339 in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_stamp(text: str) -> datetime:
    """Read what `stamp` rendered. Raises ValueError for anything that is no moment with an offset."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without an offset")
    return moment.astimezone(UTC)
