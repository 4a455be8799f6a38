"""Passwords hold their minimums, keep to their alphabet and say how strong they are."""

from math import log2
from random import Random
from typing import Any

import pytest

from secretzero.errors import RejectedError
from secretzero.protocols import Constraints, Generator, Request
from secretzero.sources import passwords
from secretzero.sources.passwords import RandomPassword

UPPER, LOWER, DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789"
SYMBOLS = "!%*+,-./:=?@^_~"


def drawn(options: RandomPassword, seed: int = 1, **constraints: Any) -> str:
    """Draw a password."""
    request = Request("db", random=Random(seed).randbytes, constraints=Constraints(**constraints))
    return str(options.obtain(request).reveal())


def count(text: str, characters: str) -> int:
    """Count the characters of a class."""
    return sum(text.count(character) for character in characters)


class TestDefaults:
    def test_it_is_a_generator_of_one_secret_text(self):
        """A password is made here, from nothing else, and is secret as a whole."""
        options = RandomPassword()
        assert isinstance(options, Generator)
        assert (options.nature, options.parts, options.needs()) == ("local", {"": True}, ())

    def test_it_has_32_characters_of_four_classes(self):
        """Without options there are 32 characters, at least one of each class, all of them portable."""
        for seed in range(200):
            text = drawn(RandomPassword(), seed)
            assert len(text) == 32
            assert set(text) <= set(UPPER + LOWER + DIGITS + SYMBOLS)
            assert all(count(text, each) >= 1 for each in (UPPER, LOWER, DIGITS, SYMBOLS))

    def test_it_is_strong(self):
        """The default has 200 bits: 32 characters of 77, less the few strings without a class."""
        assert RandomPassword().bits(Constraints()) == 200
        assert 200 < 32 * log2(77) < 201


class TestOptions:
    @pytest.mark.parametrize(
        ("options", "alphabet"),
        [
            ({"special": False}, UPPER + LOWER + DIGITS),
            ({"upper": False, "lower": False, "number": False}, SYMBOLS),
            ({"symbols": "ascii", "upper": False, "lower": False, "number": False}, None),
            ({"symbols": "#§€", "number": False}, UPPER + LOWER + "#§€"),
            (
                {"exclude_ambiguous": True, "special": False},
                "".join(sorted(set(UPPER + LOWER + DIGITS) - set("0O1Il"))),
            ),
            ({"exclude_characters": "abc" + SYMBOLS}, UPPER + LOWER[3:] + DIGITS),
        ],
    )
    def test_only_the_enabled_characters_appear(self, options: dict[str, Any], alphabet: str | None):
        """What is switched off or excluded is never drawn, and all that is left is."""
        import string

        seen = set("".join(drawn(RandomPassword(length=200, **options), seed) for seed in range(20)))
        assert seen == set(string.punctuation if alphabet is None else alphabet)

    def test_each_minimum_is_met(self):
        """Minimums beyond 1 are met, too."""
        options = RandomPassword(length=24, min_upper=3, min_lower=4, min_number=6, min_special=5)
        for seed in range(50):
            text = drawn(options, seed)
            assert count(text, UPPER) >= 3
            assert count(text, LOWER) >= 4
            assert count(text, DIGITS) >= 6
            assert count(text, SYMBOLS) >= 5

    def test_a_minimum_of_zero_lets_a_class_be_absent(self):
        """With a minimum of 0 there is no redraw: one character can be of any class."""
        options = RandomPassword(length=1, min_upper=0, min_lower=0, min_number=0, min_special=0)
        assert {len(drawn(options, seed)) for seed in range(20)} == {1}
        assert options.bits(Constraints()) == 6

    def test_minimums_that_fill_the_whole_password(self):
        """A password that must be all digits but one is drawn at once, not by trying for years."""
        options = RandomPassword(length=30, upper=False, min_lower=0, min_number=29, min_special=1)
        text = drawn(options)
        assert (count(text, DIGITS), count(text, SYMBOLS)) == (29, 1)
        assert 2 ** options.bits(Constraints()) <= 30 * 15 * 10**29 < 2 ** (options.bits(Constraints()) + 1)

    @pytest.mark.parametrize("length", [257, 4096, 65_536])
    def test_long_passwords(self, length: int):
        """A long password is drawn as quickly as its length allows, and its bits are not overstated."""
        options = RandomPassword(length=length)
        assert len(drawn(options)) == length
        assert length * log2(77) - 16 <= options.bits(Constraints()) <= length * log2(77)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"length": 0}, "length must be between"),
            ({"length": 65_537}, "length must be between"),
            ({"max_length": 0}, "max_length must be between"),
            ({"min_upper": -1}, "min_upper must be between"),
            ({"upper": False, "min_upper": 1}, "min_upper is given, but upper is false"),
            ({"length": 3}, "the minimums require more than 3 characters"),
            ({"length": 40, "max_length": 3}, "the minimums require more than 3 characters"),
            ({"upper": False, "lower": False, "number": False, "special": False}, "no characters are left"),
            ({"exclude_characters": DIGITS, "min_number": 2}, "min_number cannot be met"),
            ({"symbols": ""}, "symbols must have"),
            ({"symbols": "!!"}, "twice"),
            ({"symbols": "a!"}, "printable characters other than letters and digits"),
            ({"symbols": "!\n"}, "printable characters other than letters and digits"),
            ({"length": 3000, "min_special": 2000}, "half of the expected number"),
        ],
    )
    def test_options_that_contradict_are_refused(self, options: dict[str, Any], message: str):
        """What no password can be is an error of the options, before anything is drawn."""
        with pytest.raises(ValueError, match=message):
            RandomPassword(**options)


class TestConstraints:
    def test_targets_narrow_the_alphabet(self):
        """What a target forbids, avoids or does not allow is not drawn; an emptied class has no minimum."""
        text = drawn(RandomPassword(length=500), forbidden="abc", avoid="!%", allowed=LOWER + DIGITS + "!%*")
        assert set(text) == set(LOWER[3:] + DIGITS + "*")

    def test_targets_bound_the_length(self):
        """The length comes as near to the option as the targets allow, and the bits say what is left."""
        assert len(drawn(RandomPassword(), max_length=20)) == 20
        assert len(drawn(RandomPassword(), min_length=40)) == 40
        assert len(drawn(RandomPassword(symbols="€"), max_bytes=30)) == 10
        assert RandomPassword().bits(Constraints(max_length=20)) < RandomPassword().bits(Constraints())

    @pytest.mark.parametrize(
        ("constraints", "message"),
        [
            ({"max_length": 3}, "minimums require more than 3"),
            ({"max_length": 8, "min_length": 9}, "no length fits"),
            ({"max_bytes": 0}, "no length fits"),
            ({"allowed": "é"}, "no characters are left"),
        ],
    )
    def test_an_impossible_result_says_which_rule(self, constraints: dict[str, Any], message: str):
        """When options and targets leave nothing, the rule is named."""
        with pytest.raises(RejectedError, match=message):
            drawn(RandomPassword(), **constraints)


class TestCost:
    def test_equal_configurations_are_worked_out_once(self):
        """Five thousand equal configurations cost one computation."""
        options = [RandomPassword(length=41) for _ in range(5_000)]
        before = passwords._recipe.cache_info().misses
        assert len({each.bits(Constraints(forbidden="\0")) for each in options}) == 1
        assert passwords._recipe.cache_info().misses == before + 1
