"""When a value is due, and when it may be replaced."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lockfiles import AT
from worlds import entry, secret_of

from secretzero.clock import parse_stamp
from secretzero.lockfile.model import Entry
from secretzero.manifest.model import Rotation, Window
from secretzero.planning.rotation import due_at, in_window, is_due

DAY = timedelta(days=1)
DAILY = secret_of(rotation=Rotation(period=DAY))
START = parse_stamp(AT)
WEEKEND = Window(frozenset({5, 6}), 2 * 60, 4 * 60)
NIGHT = Window(frozenset({4}), 22 * 60, 6 * 60)
SATURDAY = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize(("age", "due"), [(DAY - timedelta(seconds=1), False), (DAY, True), (2 * DAY, True)])
def test_due_is_as_old_as_the_period_or_older(age: timedelta, due: bool):  # noqa: FBT001 - a row of a table
    """The period is over at its last second, not after it."""
    assert is_due(DAILY, entry(), START + age) == due


def test_what_has_no_period_or_no_value_is_never_due():
    """Nothing can be too old that has no age, or no limit."""
    later = START + timedelta(days=10_000)
    assert not is_due(secret_of(), entry(), later)
    assert not is_due(DAILY, None, later)
    assert not is_due(DAILY, Entry("a", "static", AT), later)
    assert due_at(secret_of(), entry()) is None


def test_a_rotation_counts_from_the_last_one():
    """The age is that of the rotation, and before the first one that of the secret."""
    rotated = entry(rotated_at="2026-11-30T00:00:00Z")
    assert due_at(DAILY, rotated) == datetime(2026, 12, 1, tzinfo=UTC)
    assert due_at(DAILY, entry()) == START + DAY


WINDOWS = [
    (None, SATURDAY, True),
    (WEEKEND, SATURDAY.replace(hour=1, minute=59), False),
    (WEEKEND, SATURDAY.replace(hour=2), True),
    (WEEKEND, SATURDAY.replace(hour=3, minute=59), True),
    (WEEKEND, SATURDAY.replace(hour=4), False),
    (WEEKEND, SATURDAY.replace(hour=3) + 2 * DAY, False),
    (NIGHT, SATURDAY.replace(hour=21) - DAY, False),
    (NIGHT, SATURDAY.replace(hour=22) - DAY, True),
    (NIGHT, SATURDAY.replace(hour=5, minute=59), True),
    (NIGHT, SATURDAY.replace(hour=6), False),
    (NIGHT, SATURDAY.replace(hour=23), False),
    (NIGHT, SATURDAY.replace(hour=3) - DAY, False),
]


@pytest.mark.parametrize(("window", "now", "open_now"), WINDOWS)
def test_windows(window: Window | None, now: datetime, open_now: bool):  # noqa: FBT001 - a row of a table
    """A window holds its first minute and not its end; one past midnight belongs to the day on which it began."""
    assert in_window(window, now) == open_now


def test_a_window_is_in_its_own_time_zone():
    """Three in the morning in Berlin is two in UTC in winter and one in summer."""
    berlin = Window(frozenset(range(7)), 3 * 60, 4 * 60, "Europe/Berlin")
    assert in_window(berlin, datetime(2026, 1, 10, 2, 30, tzinfo=UTC))
    assert not in_window(berlin, datetime(2026, 7, 10, 2, 30, tzinfo=UTC))
    assert in_window(berlin, datetime(2026, 7, 10, 1, 30, tzinfo=UTC))


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 6), st.integers(0, 1439), st.integers(0, 1439), st.integers(0, 10079))
def test_a_window_and_the_rest_of_its_day_are_the_day(day: int, start: int, end: int, minute: int):
    """A window and the one that begins where it ends never overlap, on the day on which both begin."""
    if start == end:
        return
    early, late = sorted((start, end))
    now = datetime(2026, 11, 23, tzinfo=UTC) + timedelta(minutes=minute)
    inside = in_window(Window(frozenset({day}), early, late), now)
    outside = in_window(Window(frozenset({day}), late, early), now)
    assert not (inside and outside)
    own_day = now.weekday() == day and early <= minute % 1440
    assert not own_day or inside or outside
