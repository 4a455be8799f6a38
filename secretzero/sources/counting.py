"""Counting the strings with a minimum number of characters from each class, and drawing one of them uniformly."""

from functools import lru_cache
from math import comb, prod
from typing import NamedTuple

from .drawing import Random, below

EXACT = 256
"""Strings up to this length are counted exactly."""


class Share(NamedTuple):
    """One class of characters: how many there are, and how many a string must have at least."""

    size: int
    minimum: int


Shares = tuple[Share, ...]


@lru_cache(maxsize=1024)
def strings(length: int, shares: Shares) -> int:
    """Return how many strings of this length meet all minimums; beyond `EXACT` characters, a lower bound."""
    needed = sum(share.minimum for share in shares)
    if needed > length:
        return 0
    if length <= EXACT:
        return _ways(length, 0, shares)
    # Count only strings that begin with the required characters, in order: a few bits of thousands fewer than all.
    free = _power(sum(share.size for share in shares), length - needed)
    return free * prod(_power(share.size, share.minimum) for share in shares)


def likely(length: int, shares: Shares) -> bool:
    """Return whether freely drawn strings meet the minimums often enough to redraw those that do not."""
    total = sum(share.size for share in shares)
    if length <= EXACT:
        return strings(length, shares) * 16 >= _power(total, length)
    return all(2 * share.minimum * total <= length * share.size for share in shares)


def layout(random: Random, length: int, shares: Shares) -> bytes:
    """Draw the class of each position; the probability of a layout is proportional to the number of its strings."""
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
    """Count the strings over these classes and `free` characters without a minimum.

    The strings that meet the first minimum are all strings minus those with too few characters of that class.
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
    """Shuffle marks uniformly."""
    for last in range(len(marks) - 1, 0, -1):
        other = below(random, last + 1)
        marks[last], marks[other] = marks[other], marks[last]
    return bytes(marks)
