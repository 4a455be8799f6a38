"""Passwords: random text with a minimum number of characters from each class."""

from collections.abc import Iterator
from functools import lru_cache
from typing import ClassVar, NamedTuple

from attrs import field, frozen

from ..errors import RejectedError
from ..protocols import Constraints, Request
from ..values import SecretValue
from .counting import EXACT, Share, Shares, layout, likely, strings
from .drawing import DIGITS, LOWER, UPPER, Alphabet, Local, Random, alphabet, draw, whole_bits
from .limits import fitted, usable, within

_PORTABLE = "!%*+,-./:=?@^_~"
_ASCII = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
_AMBIGUOUS = "0O1Il|"
_MOST_SYMBOLS = 150
"""Together with letters and digits, an alphabet stays within 256 characters."""


class _Class(NamedTuple):
    """The usable characters of one class, and how many of them there must be."""

    characters: str
    minimum: int


class _Recipe(NamedTuple):
    """Everything needed to draw a password of one configuration."""

    length: int
    alphabet: Alphabet
    others: tuple[tuple[bytes, int], ...]
    classes: tuple[str, ...]
    shares: Shares
    bits: int
    likely: bool


@frozen
class RandomPassword(Local):
    """A random password, uniform over the strings that meet the minimum of each class.

    An enabled class has a minimum of 1 by default. A class without an explicit minimum is dropped if targets and
    exclusions leave none of its characters.
    """

    kind: ClassVar[str] = "random_password"

    length: int = 32
    upper: bool = field(default=True, metadata={"aliases": ("uppercase", "include_uppercase")})
    lower: bool = field(default=True, metadata={"aliases": ("lowercase", "include_lowercase")})
    number: bool = field(default=True, metadata={"aliases": ("digits", "include_numbers")})
    special: bool = field(default=True, metadata={"aliases": ("include_symbols",)})
    min_upper: int | None = None
    min_lower: int | None = None
    min_number: int | None = None
    min_special: int | None = None
    symbols: str = _PORTABLE
    exclude_characters: str = ""
    exclude_ambiguous: bool = False
    max_length: int | None = None
    allow_weak: bool = False

    def __attrs_post_init__(self) -> None:
        """Refuse contradictory options; equal options are checked only once."""
        _check(self)

    def bits(self, constraints: Constraints) -> int:
        """Return the entropy in bits, from the number of strings that meet the minimums, rounded down."""
        return _recipe(self, constraints).bits

    def obtain(self, request: Request) -> SecretValue:
        """Draw a password. Raises RejectedError if options and targets allow none."""
        return SecretValue(_drawn(request.random, _recipe(self, request.constraints)))


@lru_cache(maxsize=4096)
def _check(options: RandomPassword) -> None:
    """Raise ValueError for options that no password can meet."""
    within("length", options.length)
    within("max_length", options.max_length)
    for name in ("upper", "lower", "number", "special"):
        minimum = getattr(options, f"min_{name}")
        within(f"min_{name}", minimum, 0)
        if minimum and not getattr(options, name):
            raise ValueError(f"min_{name} is given, but {name} is false")
    _check_symbols(options.symbols)
    try:
        _recipe(options, Constraints())
    except RejectedError as error:
        raise ValueError(error.message) from None


def _check_symbols(symbols: str) -> None:
    if symbols == "ascii":
        return
    if any(c in UPPER + LOWER + DIGITS or not c.isprintable() for c in symbols):
        raise ValueError("symbols must be 'ascii', or printable characters other than letters and digits")
    if len(set(symbols)) < len(symbols):
        raise ValueError("symbols contains a character twice")
    if not 1 <= len(symbols) <= _MOST_SYMBOLS:
        raise ValueError(f"symbols must have between 1 and {_MOST_SYMBOLS} characters")


@lru_cache(maxsize=4096)
def _recipe(options: RandomPassword, constraints: Constraints) -> _Recipe:
    """Compute length, alphabet and minimums; equal configurations share one recipe."""
    classes = tuple(_classes(options, constraints))
    characters = "".join(each.characters for each in classes)
    if not characters:
        raise RejectedError("no characters are left: options or targets exclude all of them")
    length = fitted(options.length, constraints, options.max_length, widest=max(characters))
    shares = tuple(Share(len(each.characters), each.minimum) for each in classes)
    if sum(share.minimum for share in shares) > length:
        raise RejectedError(f"the minimums require more than {length} characters")
    if length > EXACT and not likely(length, shares):
        raise RejectedError(f"beyond {EXACT} characters a minimum may be at most half of the expected number")
    source = alphabet(characters)
    others = tuple((source.codes(each.characters), length - each.minimum) for each in classes if each.minimum)
    kept = tuple(each.characters for each in classes)
    bits = whole_bits(strings(length, shares))
    return _Recipe(length, source, others, kept, shares, bits, likely(length, shares))


def _classes(options: RandomPassword, constraints: Constraints) -> Iterator[_Class]:
    """Yield the enabled classes of which some characters are usable; by default a class has a minimum of 1."""
    symbols = _ASCII if options.symbols == "ascii" else options.symbols
    excluded = options.exclude_characters + (_AMBIGUOUS if options.exclude_ambiguous else "")
    for name, every in (("upper", UPPER), ("lower", LOWER), ("number", DIGITS), ("special", symbols)):
        if not getattr(options, name):
            continue
        minimum, characters = getattr(options, f"min_{name}"), usable(every, constraints, excluded)
        if minimum and not characters:
            raise RejectedError(f"min_{name} cannot be met: options and targets exclude every character of the class")
        if characters:
            yield _Class(characters, 1 if minimum is None else minimum)


def _drawn(random: Random, recipe: _Recipe) -> str:
    """Draw strings until one meets the minimums, or, if that would take long, compose one by counting."""
    if not recipe.likely:
        return _composed(random, recipe)
    while True:
        codes = draw(random, recipe.alphabet, recipe.length)
        for others, most in recipe.others:
            if len(codes.translate(None, others)) > most:
                break
        else:
            return recipe.alphabet.text(codes)


def _composed(random: Random, recipe: _Recipe) -> str:
    """Draw the class of each position, then the characters."""
    marks = layout(random, recipe.length, recipe.shares)
    supply = [
        iter(source.text(draw(random, source, marks.count(number))))
        for number, source in enumerate(map(alphabet, recipe.classes))
    ]
    return "".join(next(supply[mark]) for mark in marks)
