"""Passphrases: words of the published list, as many as fit."""

from hashlib import sha256
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from secretzero.errors import RejectedError
from secretzero.protocols import Constraints, Request
from secretzero.sources.passphrases import Passphrase, large_wordlist


def drawn(options: Passphrase, seed: int = 1, **constraints: Any) -> str:
    """Draw a passphrase."""
    request = Request("p", random=Random(seed).randbytes, constraints=Constraints(**constraints))
    return str(options.obtain(request).reveal())


class TestTheList:
    def test_it_is_the_published_one(self):
        """With its dice numbers put back, the list has the published checksum."""
        words = large_wordlist()
        dice = ("".join(str(index // 6**place % 6 + 1) for place in (4, 3, 2, 1, 0)) for index in range(6**5))
        text = "".join(f"{numbers}\t{word}\n" for numbers, word in zip(dice, words, strict=True))
        assert (len(words), len(set(words)), words[0], words[-1]) == (7776, 7776, "abacus", "zoom")
        assert sha256(text.encode()).hexdigest() == "addd35536511597a02fa0a9ff1e5284677b8883b83e986e43f15a3db996b903e"

    def test_no_word_begins_another(self):
        """The list is free of prefixes, so that no separator is needed to tell words apart."""
        words = sorted(large_wordlist())
        assert not any(after.startswith(word) for word, after in pairwise(words))


class TestDrawing:
    def test_ten_words_by_default(self):
        """Ten words with a dash between them have 129 bits."""
        separated = drawn(Passphrase(separator=" ")).split(" ")
        assert len(separated) == 10
        assert set(separated) <= set(large_wordlist())
        assert drawn(Passphrase()) == "-".join(separated)
        assert Passphrase().bits(Constraints()) == 129

    def test_capitals(self):
        """Each word may begin with a capital, which adds no strength."""
        words = drawn(Passphrase(capitalize=True, separator=" ")).split(" ")
        assert all(word[0].isupper() and word[1:] == word[1:].lower() for word in words)
        assert Passphrase(capitalize=True).bits(Constraints()) == 129

    def test_without_a_separator(self):
        """An empty separator is one, too."""
        assert drawn(Passphrase(separator="", words=3)).isascii()

    def test_excluded_characters_take_words_away(self):
        """Words with an excluded or forbidden character are not drawn, and the bits say so."""
        options = Passphrase(exclude_characters="e", separator=" ")
        assert "e" not in drawn(options)
        assert options.bits(Constraints()) < 129
        assert not set("aeiou") & set(drawn(Passphrase(words=3, separator=" "), forbidden="aeiou"))

    def test_what_fits_is_drawn(self):
        """With a bound on the length, what is drawn fits, and the bits are those of the phrases that fit."""
        options = Passphrase(words=2, max_length=9)
        texts = {drawn(options, seed) for seed in range(300)}
        assert max(map(len, texts)) == 9
        assert len(texts) > 290
        by_length = [sum(len(word) == length for word in large_wordlist()) for length in range(6)]
        fit = sum(by_length[one] * by_length[two] for one in range(6) for two in range(6) if one + two <= 8)
        assert options.bits(Constraints()) == fit.bit_length() - 1
        assert Passphrase(words=2).bits(Constraints(max_length=9)) == options.bits(Constraints())

    @pytest.mark.parametrize(
        ("options", "constraints", "message"),
        [
            ({}, {"max_length": 38}, "options and targets allow no passphrase of 10 words"),
            ({}, {"max_bytes": 38}, "options and targets allow no passphrase of 10 words"),
            ({}, {"allowed": "0123456789-"}, "options and targets allow no passphrase of 10 words"),
            ({}, {"min_length": 40}, "may be shorter than the 40"),
            ({}, {"forbidden": "-"}, "separator contains characters that a target forbids"),
        ],
    )
    def test_an_impossible_result_says_which_rule(
        self, options: dict[str, Any], constraints: dict[str, Any], message: str
    ):
        """When options and targets leave nothing, the rule is named."""
        with pytest.raises(RejectedError, match=message):
            drawn(Passphrase(**options), **constraints)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"words": 0}, "words must be"),
            ({"words": 65}, "words must be"),
            ({"separator": "-" * 33}, "separator must have"),
            ({"exclude_characters": "-"}, "separator contains a character"),
        ],
    )
    def test_options_that_contradict_are_refused(self, options: dict[str, Any], message: str):
        """What no passphrase can be is an error of the options."""
        with pytest.raises(ValueError, match=message):
            Passphrase(**options)

    def test_the_longest_bounded_one_is_counted_in_time(self):
        """Even the most words with the narrowest bound are counted without waiting."""
        assert 0 < Passphrase(words=64, max_length=400).bits(Constraints()) < 64 * 13
