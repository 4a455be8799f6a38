"""Passphrases: words of the EFF large list, drawn uniformly."""

import os
from collections import Counter
from functools import lru_cache
from typing import ClassVar, NamedTuple

from attrs import frozen

from ..errors import RejectedError
from ..protocols import Constraints, Request
from ..values import SecretValue
from .drawing import Local, Random, below, whole_bits
from .limits import require, room_for, usable, within

_MOST_WORDS = 64
_LONGEST_SEPARATOR = 32

Lengths = tuple[tuple[int, int], ...]
"""Pairs of a length and the number of words of that length, shortest first."""


@frozen
class Passphrase(Local):
    """Words joined by a separator.

    No word of the list is a prefix of another, so different words always make different passphrases, whatever the
    separator. With a limit on the length, all passphrases that fit are equally likely.
    """

    kind: ClassVar[str] = "passphrase"

    words: int = 10
    separator: str = "-"
    capitalize: bool = False
    exclude_characters: str = ""
    max_length: int | None = None
    allow_weak: bool = False

    def __attrs_post_init__(self) -> None:
        """Refuse options that are out of range, and a separator with excluded characters."""
        within("words", self.words, 1, _MOST_WORDS)
        within("max_length", self.max_length)
        if len(self.separator) > _LONGEST_SEPARATOR:
            raise ValueError(f"separator must have at most {_LONGEST_SEPARATOR} characters")
        if set(self.separator) & set(self.exclude_characters):
            raise ValueError("separator contains a character from exclude_characters")

    def bits(self, constraints: Constraints) -> int:
        """Return the entropy in bits, from the number of passphrases that fit, rounded down."""
        return _plan(self, constraints).bits

    def obtain(self, request: Request) -> SecretValue:
        """Draw a passphrase. Raises RejectedError if options and targets allow none."""
        plan = _plan(self, request.constraints)
        return SecretValue(self.separator.join(_words(request.random, self.words, plan)))


class _Plan(NamedTuple):
    """The usable words by length, the number of words of each length, and the number of letters that fit."""

    words: tuple[str, ...]
    lengths: Lengths
    room: int
    bits: int


@lru_cache(maxsize=1024)
def _plan(options: Passphrase, constraints: Constraints) -> _Plan:
    around = options.separator * (options.words - 1)
    require("separator", around, constraints)
    words = _usable_words(options, constraints)
    lengths = tuple(sorted(Counter(map(len, words)).items()))
    room = room_for(constraints, options.max_length, around)
    if not words or lengths[0][0] * options.words > room:
        raise RejectedError(f"options and targets allow no passphrase of {options.words} words")
    if lengths[0][0] * options.words + len(around) < constraints.min_length:
        raise RejectedError(
            f"{options.words} words may be shorter than the {constraints.min_length} characters a target requires"
        )
    return _Plan(words, lengths, room, whole_bits(_ways(lengths, options.words, room)))


@lru_cache(maxsize=64)
def _usable_words(options: Passphrase, constraints: Constraints) -> tuple[str, ...]:
    """Return the words without any character that options or targets exclude, shortest first."""
    words = [word.capitalize() for word in large_wordlist()] if options.capitalize else large_wordlist()
    letters = frozenset(usable(sorted(set("".join(words))), constraints, options.exclude_characters))
    return tuple(sorted((word for word in words if letters.issuperset(word)), key=len))


@lru_cache(maxsize=1)
def large_wordlist() -> tuple[str, ...]:
    """Return the 7,776 words of the EFF large list (CC BY 3.0 US), in order."""
    with open(os.path.join(os.path.dirname(__file__), "eff_large.txt"), encoding="ascii") as file:
        return tuple(line.rstrip("\n") for line in file if not line.startswith("#"))


@lru_cache(maxsize=65_536)
def _ways(lengths: Lengths, words: int, room: int) -> int:
    """Count the sequences of `words` words with at most `room` letters in total."""
    if words == 0:
        return int(room >= 0)
    if words * lengths[-1][0] <= room:
        return int(sum(count for _, count in lengths) ** words)
    if words * lengths[0][0] > room:
        return 0
    return sum(count * _ways(lengths, words - 1, room - length) for length, count in lengths)


def _words(random: Random, count: int, plan: _Plan) -> list[str]:
    """Draw words one after another, each with a probability proportional to the ways to continue after it."""
    drawn: list[str] = []
    room = plan.room
    for left in range(count, 0, -1):
        narrow = left * plan.lengths[-1][0] > room
        drawn.append(_word(random, left, room, plan) if narrow else plan.words[below(random, len(plan.words))])
        room -= len(drawn[-1])
    return drawn


def _word(random: Random, left: int, room: int, plan: _Plan) -> str:
    """Draw a word if the longest ones might not fit."""
    ticket, skipped = below(random, _ways(plan.lengths, left, room)), 0
    for length, count in plan.lengths:
        chances = _ways(plan.lengths, left - 1, room - length)
        if ticket < count * chances:
            return plan.words[skipped + ticket // chances]
        ticket -= count * chances
        skipped += count
    raise AssertionError("a ticket is below the sum of all chances")
