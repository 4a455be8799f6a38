"""Tokens: random strings, encoded bytes, UUIDs and PINs."""

from functools import lru_cache
from typing import ClassVar, Literal, NamedTuple

from attrs import field, frozen

from ..errors import RejectedError, UsageError
from ..protocols import Constraints, Request
from ..values import SecretValue
from .drawing import DIGITS, LOWER, UPPER, Alphabet, Local, alphabet, draw, whole_bits
from .limits import fitted, require, usable, within

_CHARSETS = {
    "alphanumeric": UPPER + LOWER + DIGITS,
    "alpha": UPPER + LOWER,
    "numeric": DIGITS,
    "hex": DIGITS + "abcdef",
    "base32": UPPER + "234567",
    "base64": UPPER + LOWER + DIGITS + "+/",
    "base64url": UPPER + LOWER + DIGITS + "-_",
}
_LITERAL = 10
_ENCODED = {"base64": _CHARSETS["base64"] + "=", "base64url": _CHARSETS["base64url"] + "=", "hex": _CHARSETS["hex"]}


class _Draw(NamedTuple):
    """The number of characters to draw, and the alphabet."""

    length: int
    alphabet: Alphabet

    @property
    def bits(self) -> int:
        """The entropy in bits, rounded down."""
        return whole_bits(int(len(self.alphabet.characters) ** self.length))


@frozen
class RandomString(Local):
    """Random characters from one alphabet, between a fixed prefix and suffix.

    `charset` is a known name or a literal alphabet of 10 or more characters; `alphabet` is always literal.
    """

    kind: ClassVar[str] = "random_string"

    length: int = 32
    charset: str = "alphanumeric"
    alphabet: str | None = None
    prefix: str = field(default="", repr=False)
    suffix: str = field(default="", repr=False)
    exclude_characters: str = ""
    max_length: int | None = None
    allow_weak: bool = False

    def __attrs_post_init__(self) -> None:
        """Refuse an unknown charset and impossible lengths; equal options are checked only once."""
        _check(self)

    def bits(self, constraints: Constraints) -> int:
        """Return the entropy of the drawn characters in bits, rounded down."""
        return _characters(self, constraints).bits

    def obtain(self, request: Request) -> SecretValue:
        """Draw a string. Raises RejectedError if options and targets allow none."""
        length, source = _characters(self, request.constraints)
        return SecretValue(self.prefix + source.text(draw(request.random, source, length)) + self.suffix)


@lru_cache(maxsize=4096)
def _check(options: RandomString) -> None:
    within("length", options.length)
    within("max_length", options.max_length)
    if options.alphabet is not None and options.charset != "alphanumeric":
        raise ValueError("alphabet and charset cannot be combined")
    _check_alphabet(options)
    try:
        _characters(options, Constraints())
    except RejectedError as error:
        raise ValueError(error.message) from None


def _check_alphabet(options: RandomString) -> None:
    option = "charset" if options.alphabet is None else "alphabet"
    characters = _alphabet_of(options)
    if options.alphabet is None and options.charset not in _CHARSETS and len(characters) < _LITERAL:
        known = ", ".join(_CHARSETS)
        raise ValueError(f"charset must be one of {known}, or a literal alphabet of {_LITERAL} or more characters")
    if len(set(characters)) < len(characters):
        raise ValueError(f"{option} contains a character twice, or is not a known name")
    if not 2 <= len(characters) <= 256:  # noqa: PLR2004 - a byte chooses a character
        raise ValueError(f"{option} must have between 2 and 256 characters")


def _alphabet_of(options: RandomString) -> str:
    return options.alphabet if options.alphabet is not None else _CHARSETS.get(options.charset, options.charset)


@lru_cache(maxsize=4096)
def _characters(options: RandomString, constraints: Constraints) -> _Draw:
    return _drawable(options, "characters", _alphabet_of(options), constraints, options.prefix + options.suffix)


@frozen
class RandomBytes(Local):
    """Random bytes, encoded as text; base64 has padding (RFC 4648)."""

    kind: ClassVar[str] = "random_bytes"

    bytes: int = 32
    encoding: Literal["base64", "base64url", "hex"] = "base64"
    allow_weak: bool = False

    def __attrs_post_init__(self) -> None:
        """Refuse a number of bytes that is out of range."""
        within("bytes", self.bytes, 1, 32_768)

    def bits(self, constraints: Constraints) -> int:  # noqa: ARG002 - the encoded text cannot be shortened
        """Return the entropy in bits: eight for each byte."""
        return self.bytes * 8

    def obtain(self, request: Request) -> SecretValue:
        """Draw bytes. Raises RejectedError if a target cannot hold the encoded text."""
        from base64 import b64encode, urlsafe_b64encode

        length = self.bytes * 2 if self.encoding == "hex" else (self.bytes + 2) // 3 * 4
        encoded = _ENCODED[self.encoding] if self.bytes % 3 else _ENCODED[self.encoding].rstrip("=")
        require(f"{self.bytes} bytes in {self.encoding}", encoded, request.constraints, length)
        drawn = request.random(self.bytes)
        if self.encoding == "hex":
            return SecretValue(drawn.hex())
        return SecretValue((b64encode if self.encoding == "base64" else urlsafe_b64encode)(drawn).decode())


@frozen
class Uuid(Local):
    """A UUID of version 4 or 7 (RFC 9562): an identifier, weaker than a secret should be."""

    kind: ClassVar[str] = "uuid"

    version: Literal[4, 7] = 4
    allow_weak: bool = False

    def bits(self, constraints: Constraints) -> int:  # noqa: ARG002 - its form is fixed
        """Return the number of random bits; the timestamp of version 7 does not count."""
        return 122 if self.version == 4 else 74  # noqa: PLR2004 - versions and widths are those of the RFC

    def obtain(self, request: Request) -> SecretValue:
        """Draw a UUID. Raises RejectedError if a target cannot hold one, UsageError for version 7 without a time."""
        require("a uuid", _CHARSETS["hex"] + "-", request.constraints, 36)
        octets = bytearray(request.random(16))
        if self.version == 7:  # noqa: PLR2004
            if request.now is None:
                raise UsageError("a version 7 uuid requires the current time, which was not given")
            octets[:6] = int(request.now.timestamp() * 1000).to_bytes(6, "big")
        octets[6] = octets[6] & 0x0F | self.version << 4
        octets[8] = octets[8] & 0x3F | 0x80
        text = octets.hex()
        return SecretValue("-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:])))


@frozen
class Pin(Local):
    """Digits to type in. Choosing this kind accepts a weak value."""

    kind: ClassVar[str] = "pin"

    length: int = 6
    exclude_characters: str = ""
    max_length: int | None = None
    allow_weak: bool = True

    def __attrs_post_init__(self) -> None:
        """Refuse options that leave no digits."""
        within("length", self.length)
        within("max_length", self.max_length)
        if not set(DIGITS) - set(self.exclude_characters):
            raise ValueError("exclude_characters excludes every digit")

    def bits(self, constraints: Constraints) -> int:
        """Return the entropy of the digits in bits, rounded down."""
        return _drawable(self, "digits", DIGITS, constraints).bits

    def obtain(self, request: Request) -> SecretValue:
        """Draw digits. Raises RejectedError if options and targets allow none."""
        length, source = _drawable(self, "digits", DIGITS, request.constraints)
        return SecretValue(source.text(draw(request.random, source, length)))


def _drawable(
    options: RandomString | Pin, what: str, characters: str, constraints: Constraints, around: str = ""
) -> _Draw:
    """Compute the length and the alphabet that options and targets allow."""
    left = usable(characters, constraints, options.exclude_characters)
    if not left:
        raise RejectedError(f"no {what} are left: options or targets exclude all of them")
    require("the prefix or suffix", around, constraints)
    length = fitted(options.length, constraints, options.max_length, around=around, widest=max(left))
    return _Draw(length, alphabet(left))
