"""Tokens: strings, bytes, identifiers and pins, with all their options."""

from base64 import b64decode, urlsafe_b64decode
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import RFC_4122, UUID

import pytest

from secretzero.errors import RejectedError, UsageError
from secretzero.protocols import Constraints, Generator, Request
from secretzero.sources.tokens import Pin, RandomBytes, RandomString, Uuid

ALPHANUMERIC = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")


def drawn(options: Generator, seed: int = 1, now: datetime | None = None, **constraints: Any) -> str:
    """Draw a token."""
    request = Request("t", random=Random(seed).randbytes, now=now, constraints=Constraints(**constraints))
    return str(options.obtain(request).reveal())


class TestRandomString:
    @pytest.mark.parametrize(
        ("charset", "size", "some"),
        [
            ("alphanumeric", 62, "Az9"),
            ("alpha", 52, "Az"),
            ("numeric", 10, "09"),
            ("hex", 16, "0f"),
            ("base32", 32, "A27"),
            ("base64", 64, "Az9+/"),
            ("base64url", 64, "Az9-_"),
            ("0123456789€", 11, "€"),
        ],
    )
    def test_each_charset_is_used_whole(self, charset: str, size: int, some: str):
        """Every character of the charset appears, and no other."""
        seen = set(drawn(RandomString(length=5_000, charset=charset)))
        assert len(seen) == size
        assert set(some) <= seen

    def test_a_literal_alphabet_may_be_short(self):
        """`alphabet` is taken as it is, from two characters on."""
        assert set(drawn(RandomString(alphabet="ab", length=200))) == {"a", "b"}
        assert RandomString(alphabet="ab", length=200).bits(Constraints()) == 200

    def test_the_default(self):
        """32 alphanumeric characters have 190 bits."""
        text = drawn(RandomString())
        assert len(text) == 32
        assert set(text) <= ALPHANUMERIC
        assert RandomString().bits(Constraints()) == 190

    def test_prefix_and_suffix_stand_around_it(self):
        """The drawn characters stand between a beginning and an end that add no strength."""
        options = RandomString(length=20, prefix="sk_", suffix="!")
        assert drawn(options).startswith("sk_")
        assert drawn(options).endswith("!")
        assert len(drawn(options)) == 24
        assert options.bits(Constraints()) == RandomString(length=20).bits(Constraints())
        assert "sk_" not in repr(options)

    def test_limits_count_the_whole_text(self):
        """A limit of options or targets is one of the whole text."""
        assert len(drawn(RandomString(prefix="sk_", max_length=12))) == 12
        assert len(drawn(RandomString(prefix="sk_"), max_length=10)) == 10
        assert len(drawn(RandomString(prefix="sk_", length=1), min_length=10)) == 10

    def test_excluded_characters_are_not_drawn(self):
        """What options exclude and targets forbid does not appear."""
        assert set(drawn(RandomString(charset="hex", exclude_characters="0", length=500), forbidden="f")) == set(
            "123456789abcde"
        )

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"length": 0}, "length"),
            ({"charset": "ascii"}, "charset must be one of"),
            ({"charset": "alphanumerical"}, "charset contains a character twice"),
            ({"alphabet": "aab"}, "alphabet contains a character twice"),
            ({"alphabet": "a"}, "alphabet must have"),
            ({"alphabet": "ab", "charset": "hex"}, "cannot be combined"),
            ({"charset": "numeric", "exclude_characters": "0123456789"}, "no characters are left"),
            ({"prefix": "abc", "max_length": 3}, "no length fits"),
        ],
    )
    def test_options_that_contradict_are_refused(self, options: dict[str, Any], message: str):
        """What nothing can be drawn from is an error of the options."""
        with pytest.raises(ValueError, match=message):
            RandomString(**options)

    def test_a_prefix_that_a_target_forbids(self):
        """A fixed prefix cannot be changed to meet a rule."""
        with pytest.raises(RejectedError, match="the prefix or suffix"):
            drawn(RandomString(prefix="$"), forbidden="$")


class TestRandomBytes:
    @pytest.mark.parametrize(
        ("encoding", "decode"), [("base64", b64decode), ("base64url", urlsafe_b64decode), ("hex", bytes.fromhex)]
    )
    @pytest.mark.parametrize("size", [1, 2, 3, 32, 64])
    def test_the_text_decodes_to_the_bytes_drawn(self, encoding: str, decode: Callable[[str], bytes], size: int):
        """Each encoding gives back the very bytes that were drawn."""
        assert decode(drawn(RandomBytes(bytes=size, encoding=encoding))) == Random(1).randbytes(size)
        assert RandomBytes(bytes=size).bits(Constraints()) == 8 * size

    @pytest.mark.parametrize(
        ("options", "constraints", "message"),
        [
            ({}, {"max_length": 43}, "has 44 characters, but a target accepts at most 43"),
            ({}, {"max_bytes": 43}, "accepts at most 43"),
            ({}, {"min_length": 45}, "requires at least 45"),
            ({}, {"forbidden": "="}, "forbids"),
            ({"encoding": "hex"}, {"allowed": "0123456789"}, "forbids"),
        ],
    )
    def test_a_target_that_cannot_hold_them(self, options: dict[str, Any], constraints: dict[str, Any], message: str):
        """Bytes are taken whole or refused with the rule."""
        with pytest.raises(RejectedError, match=message):
            drawn(RandomBytes(**options), **constraints)

    def test_padding_that_does_not_appear_is_allowed(self):
        """Bytes without padding are not refused for it."""
        assert len(drawn(RandomBytes(bytes=33), forbidden="=")) == 44

    @pytest.mark.parametrize("size", [0, 40_000])
    def test_a_size_that_no_value_has(self, size: int):
        """There is one byte at least, and no value is longer than 64 KiB."""
        with pytest.raises(ValueError, match="bytes must be between"):
            RandomBytes(bytes=size)


class TestUuid:
    def test_version_4(self):
        """A UUID of version 4 is random but for the bits that say so."""
        read = UUID(drawn(Uuid()))
        assert (read.version, read.variant, str(read)) == (4, RFC_4122, drawn(Uuid()))
        assert Uuid().bits(Constraints()) == 122

    def test_version_7_begins_with_the_time(self):
        """A UUID of version 7 sorts by its milliseconds (RFC 9562, example of appendix A.6)."""
        moment = datetime.fromtimestamp(0x017F22E279B0 / 1000, UTC)
        text = drawn(Uuid(version=7), now=moment)
        assert text.startswith("017f22e2-79b0-7")
        assert UUID(text).variant == RFC_4122
        assert Uuid(version=7).bits(Constraints()) == 74

    def test_version_7_needs_the_time(self):
        """Without a clock there is no version 7."""
        with pytest.raises(UsageError, match="requires the current time"):
            drawn(Uuid(version=7))

    def test_a_target_that_cannot_hold_one(self):
        """Its 36 characters are fixed."""
        with pytest.raises(RejectedError, match="a uuid has 36 characters"):
            drawn(Uuid(), max_length=35)


class TestPin:
    def test_digits(self):
        """A pin is digits, six unless said otherwise, and needs no further consent to be weak."""
        assert len(drawn(Pin())) == 6
        assert set(drawn(Pin(length=500))) == set("0123456789")
        assert (Pin().bits(Constraints()), Pin().allow_weak) == (19, True)

    def test_excluded_digits(self):
        """Digits may be left out, but not all."""
        assert set(drawn(Pin(length=500, exclude_characters="0123"))) == set("456789")
        with pytest.raises(ValueError, match="excludes every digit"):
            Pin(exclude_characters="0123456789")
        with pytest.raises(RejectedError, match="no digits are left"):
            drawn(Pin(), allowed="abc")
