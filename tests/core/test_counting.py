"""Strings that meet minimums are counted exactly, and their layouts are drawn with exact probabilities."""

from collections import Counter
from itertools import product
from random import Random

import pytest

from secretzero.sources.counting import EXACT, Share, Shares, layout, likely, strings

SHARES = [
    (Share(2, 1), Share(3, 1)),
    (Share(1, 2), Share(2, 0), Share(1, 1)),
    (Share(2, 3),),
    (Share(1, 0), Share(1, 0)),
    (Share(1, 1), Share(1, 1), Share(1, 1), Share(1, 1)),
    (Share(3, 2), Share(1, 3)),
]


def layouts(length: int, shares: tuple[Share, ...]) -> Counter[bytes]:
    """Enumerate the layouts that meet the minimums, each with the number of its strings."""
    found: Counter[bytes] = Counter()
    marks = [number for number, share in enumerate(shares) for _ in range(share.size)]
    for string in product(marks, repeat=length):
        if all(string.count(number) >= share.minimum for number, share in enumerate(shares)):
            found[bytes(string)] += 1
    return found


@pytest.mark.parametrize("shares", SHARES)
@pytest.mark.parametrize("length", range(7))
def test_the_count_is_that_of_an_enumeration(shares: Shares, length: int):
    """The count equals the number of strings found by enumeration."""
    assert strings(length, shares) == layouts(length, shares).total()


@pytest.mark.parametrize("shares", SHARES)
def test_the_probability_of_a_layout_follows_the_number_of_its_strings(shares: Shares):
    """Layouts appear in proportion to the number of their strings, and all meet the minimums."""
    wanted, random = layouts(5, shares), Random(7)
    drawn = Counter(layout(random.randbytes, 5, shares) for _ in range(4_000))
    assert set(drawn) <= set(wanted)
    for each, count in wanted.items():
        share = count / wanted.total()
        assert abs(drawn[each] / 4_000 - share) < 5 * (share * (1 - share) / 4_000) ** 0.5 + 1e-9


def test_beyond_the_exact_length_the_count_is_never_too_high():
    """For long strings the count is a lower bound that is close to the true number."""
    shares = (Share(26, 1), Share(10, 2))
    bound, everything = strings(EXACT + 1, shares), 36 ** (EXACT + 1)
    assert strings(EXACT, shares) * 36 > bound
    assert everything.bit_length() - 8 <= bound.bit_length() <= everything.bit_length()


def test_likely_minimums_are_met_by_redrawing():
    """Redrawing is used only for minimums that most strings meet."""
    assert likely(32, (Share(26, 1), Share(26, 1), Share(10, 1), Share(15, 1)))
    assert not likely(20, (Share(10, 19), Share(15, 1)))
    assert not likely(1_000, (Share(26, 0), Share(10, 500)))
