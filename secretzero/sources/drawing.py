"""Uniform draws from random bytes, by generators of this machine."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import ClassVar, NamedTuple

Random = Callable[[int], bytes]

UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LOWER = "abcdefghijklmnopqrstuvwxyz"
DIGITS = "0123456789"
_BYTES = 256


class Local:
    """A generator that draws on this machine, from its own options alone; its whole value is one secret."""

    __slots__ = ()
    nature: ClassVar[str] = "local"
    parts: ClassVar[Mapping[str, bool]] = {"": True}

    def needs(self) -> tuple[str, ...]:
        """Return no names: it does not depend on other secrets."""
        return ()


class Alphabet(NamedTuple):
    """Up to 256 characters prepared for drawing: `table` maps a random byte to a code; bytes in `biased` are dropped.

    A code is the code point of the character if all code points are below 256; otherwise it is an index, and `spell`
    maps it to the character.
    """

    characters: str
    table: bytes
    biased: bytes
    spell: dict[int, str] | None = None

    def codes(self, characters: str) -> bytes:
        """Return the codes of some of the characters."""
        if self.spell is None:
            return characters.encode("latin-1")
        return bytes(self.characters.index(character) for character in characters)

    def text(self, codes: bytes) -> str:
        """Convert codes to text."""
        text = codes.decode("latin-1")
        return text.translate(self.spell) if self.spell else text


@lru_cache(maxsize=4096)
def alphabet(characters: str) -> Alphabet:
    """Prepare an alphabet of 1 to 256 different characters."""
    size = len(characters)
    kept = _BYTES - _BYTES % size
    plain = max(characters) < chr(_BYTES)
    codes = characters.encode("latin-1") if plain else bytes(range(size))
    spell = None if plain else dict(enumerate(characters))
    return Alphabet(characters, (codes * (_BYTES // size)).ljust(_BYTES, b"\0"), bytes(range(kept, _BYTES)), spell)


def draw(random: Random, source: Alphabet, length: int) -> bytes:
    """Return `length` codes, each uniform over the alphabet and independent of the others."""
    wanted = length * _BYTES // (_BYTES - len(source.biased)) + (length >> 2) + 8
    codes = random(wanted).translate(source.table, source.biased)
    while len(codes) < length:
        codes += random(wanted).translate(source.table, source.biased)
    return codes[:length]


def below(random: Random, limit: int) -> int:
    """Return a uniform integer from 0 up to but not including `limit`."""
    bits = (limit - 1).bit_length()
    size = (bits + 7) // 8
    while True:
        number = int.from_bytes(random(size), "big") >> (size * 8 - bits)
        if number < limit:
            return number


def whole_bits(count: int) -> int:
    """Return the bits of a uniform choice among `count` values, rounded down."""
    return count.bit_length() - 1
