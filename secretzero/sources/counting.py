"""How many strings meet a minimum of characters from each class, and one of them by exact chances."""

from functools import lru_cache
from math import comb
from typing import NamedTuple

from .drawing import Random, below

EXACT = 256
"""Up to this length strings are counted exactly."""


class Share(NamedTuple):
    """One class of characters: how many there are, and how many a string must have at least."""

    size: int
    minimum: int


Shares = tuple[Share, ...]


@lru_cache(maxsize=1024)
def strings(length: int, shares: Shares) -> int:
    """Return how many strings of this length meet all minimums; beyond `EXACT` characters, not more than that."""
    needed = sum(share.minimum for share in shares)
    if needed > length:
        return 0
    if length <= EXACT:
        return _ways(length, 0, shares)
    # Those whose first characters are the minimums, in order: fewer than all, by a few bits of thousands.
    count = _power(sum(share.size for share in shares), length - needed)
    for share in shares:
        count *= _power(share.size, share.minimum)
    return count


def likely(length: int, shares: Shares) -> bool:
    """Tell whether a string drawn without regard to the minimums meets them often enough to be drawn again if not."""
    total = sum(share.size for share in shares)
    if length <= EXACT:
        return strings(length, shares) * 16 >= _power(total, length)
    return all(2 * share.minimum * total <= length * share.size for share in shares)


def layout(random: Random, length: int, shares: Shares) -> bytes:
    """Draw which class stands at which place, each layout as likely as there are strings of it."""
    marks = bytearray()
    for number, share in enumerate(shares):
        room = length - len(marks)
        ticket = below(random, _ways(room, 0, shares[number:]))
        count = share.minimum
        while ticket >= (chances := _split(room, count, shares[number:])):
            ticket -= chances
            count += 1
        marks += bytes([number]) * count
    return _shuffled(random, marks)


def _split(length: int, count: int, shares: Shares) -> int:
    """Count the strings that have exactly `count` characters of the first class."""
    return comb(length, count) * _power(shares[0].size, count) * _ways(length - count, 0, shares[1:])


@lru_cache(maxsize=65_536)
def _ways(length: int, free: int, shares: Shares) -> int:
    """Count the strings over `free` characters without a minimum and these classes.

    Those that meet the first minimum are all there are, less those with too few characters of that class.
    """
    if not shares:
        return _power(free, length)
    (size, minimum), rest = shares[0], shares[1:]
    return _ways(length, free + size, rest) - sum(
        comb(length, few) * _power(size, few) * _ways(length - few, free, rest)
        for few in range(min(minimum, length + 1))
    )


def _power(base: int, exponent: int) -> int:
    return int(base**exponent)


def _shuffled(random: Random, marks: bytearray) -> bytes:
    """Put marks into an order drawn uniformly."""
    for last in range(len(marks) - 1, 0, -1):
        other = below(random, last + 1)
        marks[last], marks[other] = marks[other], marks[last]
    return bytes(marks)
