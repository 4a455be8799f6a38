"""Values that break readers of files: random ones and hostile ones, the same in every run."""

import json
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import product
from random import Random

SEED = 20_260_101
HOSTILE = (
    "'\"\\$`!#{}()[]<>|&;:=,%*?~^@+-_./ \t\n\r\0"
    "\x01\x0b\x0c\x1b\x1c\x7f\x81\x85\x88\xa0\u2028\u2029\ufeff\ufffe\U0001f600é"
)
WORDS = [
    "", " ", "\n", "\n\n", "yes", "No", "on", "null", "~", "true", "1", "012", "0x1F", "0o7", "1e3", "1_000", ".inf",
    "-.inf", ".nan", "12:30:45", "2020-01-01", "- a", "a: b", "? a", "#c", " # c", "a #c", "a#c", "=", "<<", "&a", "*a",
    "!t", "|", ">", "@a", "`a`", "%TAG", "---", "...", "${A}", "$A", "$(id)", "`id`", "${", "$${", "%{", "%%{", "$$${",
    "%${", "$%{", "$", "$$", "%", "{{ a }}", "\\", "\\\\", "\\\\\\", "\\n", "\\'", "'\\''", "'", "''", '"', '""',
    '"\\"', "a'b\"c", "it's", "C:\\dir\\", "a\\", " a\\", "#a\\", "a #b\\", "'a\\", "a\nb\\", "export A=1", "A=1\nB=2",
    "A='1'\nB=\"2", "<<EOT\nx\nEOT\n", "/* c */", "// c", "e\u0301", "\u212b", "{}", "[]", "[1, 2]",
    '{"a": "b\'c", "d": "e\\\\f"}', "a,b", "a\r\nb", "\r", "\0", "-----BEGIN X-----\nab+/==\n-----END X-----\n",
    "!history", "a!b", "[table]", "'''", '"""', "\"\"\"a'''b", "\t", "a\tb ",
]  # fmt: skip


def values(count: int = 10_000) -> list[str]:
    """Return that many different texts: words, every character of Latin-1, every pair of signs, then random ones."""
    found = dict[str, None]()
    for value in _all():
        found[value] = None
        if len(found) == count:
            break
    return list(found)


def materials(count: int = 500) -> list[object]:
    """Return that many maps, lists and scalars, texts of the corpus inside."""
    random = Random(SEED)
    return [_material(random, 3) for _ in range(count)]


def _all() -> Iterator[str]:
    yield from WORDS
    yield from map(chr, range(256))
    signs = HOSTILE[:38]
    yield from map("".join, product(signs, repeat=2))
    random = Random(SEED)
    for _ in range(20):
        yield _text(random, HOSTILE) * random.randrange(50, 900)
    while True:
        yield from (_text(random, alphabet) for alphabet in _alphabets())
        yield _from_every_class(random)
        yield json.dumps({_text(random, HOSTILE): _text(random, HOSTILE)}, ensure_ascii=random.random() < 0.5)
        yield "\n".join(_text(random, _PRINTABLE) for _ in range(random.randrange(2, 5)))


_PRINTABLE = "".join(map(chr, range(32, 127)))
_LETTERS = "abcXYZ019_-./"


def _alphabets() -> tuple[str, ...]:
    """Return alphabets from tame to wild; the tame ones show how signs meet in values that can be carried."""
    return (
        _PRINTABLE,
        HOSTILE,
        _LETTERS * 2 + HOSTILE,
        _LETTERS + "'",
        _LETTERS + "\\",
        _LETTERS + "$!`{} \n",
        _LETTERS + "'# \n|&;<>",
        "".join(map(chr, range(1, 32))),
        _PRINTABLE + "\x80\x85\xa0éßЖ中\u2028\U0001f600",
    )


def _text(random: Random, alphabet: str) -> str:
    return "".join(random.choices(alphabet, k=random.randrange(1, 24)))


@cache
def _classes() -> list[list[str]]:
    """Return characters by their Unicode class, without halves of characters."""
    found = defaultdict[str, list[str]](list)
    for code in (*range(0x3000), *range(0xE000, 0x1_0000, 7), *range(0x1_0000, 0x11_0000, 997)):
        found[unicodedata.category(chr(code))].append(chr(code))
    return list(found.values())


def _from_every_class(random: Random) -> str:
    return "".join(random.choice(random.choice(_classes())) for _ in range(random.randrange(1, 16)))


def _material(random: Random, depth: int) -> object:
    kind = random.randrange(8 if depth else 6)
    if kind == 6:
        return [_material(random, depth - 1) for _ in range(random.randrange(4))]
    if kind == 7:
        return {_text(random, HOSTILE): _material(random, depth - 1) for _ in range(random.randrange(4))}
    scalars = [random.random() * 10 ** random.randrange(-30, 30), random.getrandbits(60) - 2**59, True, 1e20, -3e-9]
    return random.choice(scalars) if kind < 3 else random.choice([_text(random, HOSTILE), random.choice(WORDS)])
