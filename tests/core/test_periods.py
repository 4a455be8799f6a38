"""Periods are read as people write them, and nothing else is."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secretzero.manifest.sections.rotation import parse_duration, parse_period

DAY = timedelta(days=1)

READ = {
    "90d": 90 * DAY,
    "90D": 90 * DAY,
    "1y6m": (365 + 180) * DAY,
    "2w": 14 * DAY,
    "12h": DAY / 2,
    "1d1d": 2 * DAY,
    "007d": 7 * DAY,
    "P90D": 90 * DAY,
    "p1y2m3w4d": (365 + 60 + 21 + 4) * DAY,
    "PT36H": 1.5 * DAY,
    "P1DT12H": 1.5 * DAY,
    "0d1h": DAY / 24,
}

REFUSED = [
    "", " ", "90", "0", "0d", "0h0d", "d", "90 d", " 90d", "90d ", "90d\n", "-1d", "+1d", "1.5d", "1,5d", "90x", "1dd",
    "d1", "1d2", "P", "PT", "P1", "P1DT", "P1D1Y", "P0D", "P-1D", "P1.5D", "1e3d", "٣d", "９d", "1ḋ", "90days", "1mo",
    "9" * 5000 + "d", "9999999999d", "1001y", "P1H", "never", "null", "1s", "1min",
]  # fmt: skip


@pytest.mark.parametrize(("text", "length"), READ.items())
def test_a_period_is_the_sum_of_its_pieces(text: str, length: timedelta):
    """Numbers with units are added up, months are 30 days and years 365, in any case."""
    assert parse_period(text) == length
    assert parse_duration(text) == length


@pytest.mark.parametrize("text", REFUSED)
def test_anything_else_is_no_period(text: str):
    """An invalid period raises ValueError, which says what to write and does not repeat the input."""
    with pytest.raises(ValueError, match="write 90d") as caught:
        parse_period(text)
    assert len(text) < 5 or text.strip() == "90d" or text not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("5min", 300), ("1min30s", 90), ("PT1M30S", 90), ("1h1s", 3601), ("P1M", 30 * 86400)],
)
def test_durations_know_seconds_and_minutes(text: str, seconds: int):
    """A duration also takes s and min, and ISO 8601 minutes behind a T."""
    assert parse_duration(text) == timedelta(seconds=seconds)


def test_a_bare_number_gets_a_hint():
    """A number without a unit says what to write."""
    with pytest.raises(ValueError, match="missing unit; write 90d"):
        parse_period("90")


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 50), st.sampled_from("hdwmy")), min_size=1, max_size=6))
def test_pieces_add_up_in_any_order(pieces: list[tuple[int, str]]):
    """A period reads the same whichever piece comes first."""
    forward = "".join(f"{number}{unit}" for number, unit in pieces)
    backward = "".join(f"{number}{unit}" for number, unit in reversed(pieces))
    assert parse_period(forward) == parse_period(backward)
    assert parse_period(forward) == sum((parse_period(f"{n}{u}") for n, u in pieces), timedelta())


@settings(deadline=None)
@given(st.text(max_size=20) | st.text("0123456789hdwmypt .-", max_size=12))
def test_no_text_makes_it_fail_in_another_way(text: str):
    """Any text is a positive period or raises ValueError."""
    for parse in (parse_period, parse_duration):
        try:
            assert parse(text) > timedelta()
        except ValueError as error:
            assert "write" in str(error)  # noqa: PT017 - both outcomes are right
