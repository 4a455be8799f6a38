"""Generators draw uniformly from exactly what they say, and never overstate their strength (G47, G48)."""

import os
from collections import Counter
from collections.abc import Iterable
from itertools import product
from math import erfc, log2, sqrt
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secretzero.errors import RejectedError
from secretzero.protocols import Constraints, Generator, Request
from secretzero.sources.drawing import Random as RandomBytesOf
from secretzero.sources.drawing import alphabet, below, draw
from secretzero.sources.passphrases import Passphrase, large_wordlist
from secretzero.sources.passwords import RandomPassword
from secretzero.sources.registry import GENERATORS
from secretzero.sources.tokens import Pin, RandomString

SOME = 60_000
MANY = 1_000_000
UPPER, LOWER, DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789"


def p_value(observed: Counter[str], expected: Iterable[str]) -> float:
    """Return how likely so much unevenness, or more, is among equally likely outcomes (Wilson and Hilferty, 1931)."""
    outcomes = list(expected)
    assert set(observed) <= set(outcomes)
    share, freedom = observed.total() / len(outcomes), len(outcomes) - 1
    chi = sum((observed[each] - share) ** 2 for each in outcomes) / share
    deviation = ((chi / freedom) ** (1 / 3) - (1 - 2 / (9 * freedom))) / sqrt(2 / (9 * freedom))
    return 0.5 * erfc(deviation / sqrt(2))


def texts(
    options: Generator, count: int, random: RandomBytesOf, constraints: Constraints | None = None
) -> Counter[str]:
    """Draw values and count them."""
    request = Request("g", random=random, constraints=constraints or Constraints())
    return Counter(str(options.obtain(request).reveal()) for _ in range(count))


def assert_uniform(observed: Counter[str], expected: Iterable[str]) -> None:
    """Require that such counts are neither too uneven nor too even for fair draws."""
    assert 0.001 <= p_value(observed, expected) <= 0.999


def only(classes: str, **options: object) -> RandomPassword:
    """Return a password of a few characters, by excluding all others of its classes."""
    excluded = "".join(c for c in UPPER + LOWER + DIGITS if c not in classes)
    return RandomPassword(special=False, exclude_characters=excluded, **options)


def meeting(classes: str, length: int, **minimums: int) -> list[str]:
    """Enumerate the strings that meet the minimums."""
    every = ("".join(each) for each in product(classes, repeat=length))
    members = {"upper": UPPER, "lower": LOWER, "number": DIGITS}
    return [each for each in every if all(sum(c in members[k] for c in each) >= m for k, m in minimums.items())]


PASSWORDS = [
    ("abcAB12", 3, {"upper": 1, "lower": 1, "number": 1}),
    ("abcAB12", 4, {"upper": 1, "lower": 1, "number": 1}),
    ("abA1", 4, {"upper": 2, "lower": 0, "number": 1}),
    ("abcdA", 5, {"upper": 3, "lower": 1, "number": 0}),
    ("a1", 8, {"upper": 0, "lower": 7, "number": 1}),
]


class TestUniform:
    def test_the_judge_finds_a_bias(self):
        """The comparison itself tells a fair draw from one that takes a remainder."""
        random = Random(5)
        assert_uniform(Counter(str(random.randrange(10)) for _ in range(SOME)), DIGITS)
        biased = Counter(str(byte % 10) for byte in random.randbytes(SOME))
        assert p_value(biased, DIGITS) < 0.001

    @pytest.mark.parametrize("size", [2, 3, 7, 10, 62, 77, 100, 129, 255, 256])
    def test_every_size_of_alphabet(self, size: int):
        """Each character of an alphabet of any size is as likely as the others, at every place."""
        characters = "".join(chr(0x100 + number) for number in range(size))
        source, random = alphabet(characters), Random(size)
        drawn = source.text(draw(random.randbytes, source, SOME))
        assert_uniform(Counter(drawn), characters)
        first = Counter(source.text(draw(random.randbytes, source, 1)) for _ in range(20 * size))
        assert_uniform(first, characters)

    @pytest.mark.parametrize("limit", [1, 2, 5, 8, 255, 257])
    def test_whole_numbers(self, limit: int):
        """Each number below a limit is as likely as the others."""
        random = Random(limit)
        numbers = Counter(str(below(random.randbytes, limit)) for _ in range(SOME // 3))
        if limit == 1:
            assert set(numbers) == {"0"}
        else:
            assert_uniform(numbers, map(str, range(limit)))

    @pytest.mark.parametrize(("classes", "length", "minimums"), PASSWORDS)
    def test_passwords_with_minimums(self, classes: str, length: int, minimums: dict[str, int]):
        """Every password that meets the minimums is as likely as the others, and no other is ever drawn."""
        options = only(classes, length=length, **{f"min_{name}": minimum for name, minimum in minimums.items()})
        assert_uniform(texts(options, SOME, Random(3).randbytes), meeting(classes, length, **minimums))

    def test_strings_and_pins(self):
        """Short strings and pins are uniform as a whole, not only character by character."""
        pairs = ["".join(pair) for pair in product(DIGITS, repeat=2)]
        assert_uniform(texts(RandomString(length=2, charset="numeric"), SOME, Random(1).randbytes), pairs)
        assert_uniform(texts(Pin(length=2), SOME, Random(2).randbytes), pairs)

    def test_passphrases_that_must_fit(self):
        """With a bound on the length, every passphrase that fits is as likely as the others."""
        short = [word for word in large_wordlist() if len(word) <= 4 and set(word) <= set("aceilnorst")]
        options = Passphrase(words=2, separator=" ", exclude_characters="bdfghjkmpquvwxyz-")
        fitting = [" ".join(pair) for pair in product(short, repeat=2) if sum(map(len, pair)) <= 7]
        assert len(fitting) > 100
        drawn = texts(options, SOME, Random(9).randbytes, Constraints(max_length=8))
        assert_uniform(drawn, fitting)

    def test_one_word(self):
        """Each word of the list is as likely as the others."""
        assert_uniform(texts(Passphrase(words=1), SOME, Random(4).randbytes), large_wordlist())

    def test_no_class_is_missing(self):
        """Of sixty thousand passwords of eight characters none lacks a class."""
        _assert_no_missing_class(SOME, Random(8).randbytes)

    @pytest.mark.long
    def test_a_million_from_the_system(self):
        """Of a million passwords none lacks a class, and they are uniform with the system's randomness, too."""
        _assert_no_missing_class(MANY, os.urandom)
        for classes, length, minimums in PASSWORDS:
            options = only(classes, length=length, **{f"min_{name}": least for name, least in minimums.items()})
            assert_uniform(texts(options, MANY, os.urandom), meeting(classes, length, **minimums))


def _assert_no_missing_class(count: int, random: RandomBytesOf) -> None:
    """Draw passwords that are short enough to lack a class often, if nothing kept them from it."""
    options, request = RandomPassword(length=8), Request("g", random=random)
    lacking = 0
    for _ in range(count):
        drawn = set(str(options.obtain(request).reveal()))
        classes = (drawn & set(UPPER), drawn & set(LOWER), drawn & set(DIGITS), drawn - set(UPPER + LOWER + DIGITS))
        lacking += not all(classes)
    assert lacking == 0


class TestStrength:
    @pytest.mark.parametrize("kind", sorted(kind for kind, each in GENERATORS.items() if each.nature == "local"))
    def test_defaults_have_128_bits(self, kind: str):
        """Every kind that draws has 128 bits or more by default, but `uuid` and `pin`."""
        bits = GENERATORS[kind]().bits(Constraints())
        assert bits >= {"uuid": 122, "pin": 19}.get(kind, 128)
        assert (bits < 128) == (kind in {"uuid", "pin"})

    @pytest.mark.parametrize(("classes", "length", "minimums"), PASSWORDS)
    def test_passwords_are_counted(self, classes: str, length: int, minimums: dict[str, int]):
        """The bits of a password are those of the strings that one finds by trying all."""
        options = only(classes, length=length, **{f"min_{name}": minimum for name, minimum in minimums.items()})
        count = len(meeting(classes, length, **minimums))
        assert options.bits(Constraints()) <= log2(count) < options.bits(Constraints()) + 1

    @settings(deadline=None, max_examples=60)
    @given(
        st.sets(st.sampled_from("abcAB12"), min_size=1),
        st.integers(1, 4),
        st.tuples(st.none() | st.integers(0, 2), st.none() | st.integers(0, 2), st.none() | st.integers(0, 2)),
        st.text("abcAB12", max_size=3),
    )
    def test_the_bits_are_a_lower_bound(
        self, classes: set[str], length: int, minimums: tuple[int | None, ...], forbidden: str
    ):
        """Whatever options and targets say, there are as many values as the bits promise, or none at all."""
        upper, lower, number = minimums
        left = "".join(sorted(classes - set(forbidden)))
        constraints = Constraints(forbidden=forbidden)
        try:
            options = only("".join(classes), length=length, min_upper=upper, min_lower=lower, min_number=number)
            bits = options.bits(constraints)
        except (ValueError, RejectedError):
            return
        needed = {
            name: minimum if minimum is not None else int(bool(set(left) & set(members)))
            for name, minimum, members in (("upper", upper, UPPER), ("lower", lower, LOWER), ("number", number, DIGITS))
        }
        possible = meeting(left, length, **needed)
        assert 2**bits <= len(possible) < 2 ** (bits + 1)
        assert set(texts(options, 20, Random(length).randbytes, constraints)) <= set(possible)

    @settings(deadline=None, max_examples=100)
    @given(
        st.integers(1, 80),
        st.tuples(st.integers(0, 90), st.none() | st.integers(0, 90), st.none() | st.integers(0, 90)),
        st.text("abc012!-", max_size=5),
        st.integers(0, 1_000_000),
    )
    def test_what_is_drawn_keeps_every_rule(
        self, length: int, limits: tuple[int, int | None, int | None], forbidden: str, seed: int
    ):
        """A value that is drawn keeps to all limits of the targets; else it is refused."""
        shortest, longest, widest = limits
        constraints = Constraints(min_length=shortest, max_length=longest, max_bytes=widest, forbidden=forbidden)
        for options in (RandomString(length=length), RandomPassword(length=max(4, length)), Pin(length=length)):
            try:
                drawn = next(iter(texts(options, 1, Random(seed).randbytes, constraints)))
            except RejectedError:
                continue
            assert len(drawn) >= shortest
            assert len(drawn) <= min(bound for bound in (longest, widest, 90) if bound is not None)
            assert not set(drawn) & set(forbidden)
