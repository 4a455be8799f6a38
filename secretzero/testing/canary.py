"""Values that can be recognized wherever they appear, in any encoding."""

import base64
import json
import string
from collections.abc import Iterator, Mapping
from random import Random
from typing import NamedTuple
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

_AWKWARD = "\"'\\&< /+é"
_EDGE = 12


class Sighting(NamedTuple):
    """A canary that was found: its number, and the form it was found in. It does not hold the value."""

    number: int
    form: str


class Canaries:
    """Makes unique values, and finds them in text and bytes.

    Each value has at least twelve letters and digits at both ends, so that a piece of it is recognized too. An
    `awkward` value also has characters in the middle that quoting, escaping and URLs change.
    """

    def __init__(self, seed: int = 0) -> None:
        self._random = Random(seed)  # noqa: S311 - repeatable on purpose
        self.values: list[str] = []
        self._forms: list[Mapping[str, bytes]] = []

    def make(self, *, awkward: bool = False) -> str:
        """Return a new value and remember it."""
        return self.watch(self._letters() + (_AWKWARD if awkward else "") + self._letters())

    def watch(self, value: str) -> str:
        """Remember a value from elsewhere, of at least 24 characters, and return it."""
        if len(value) < 2 * _EDGE:
            raise ValueError(f"a canary must have at least {2 * _EDGE} characters")
        self.values.append(value)
        self._forms.append(forms(value))
        return value

    def sightings(self, where: str | bytes) -> tuple[Sighting, ...]:
        """Return every canary that `where` contains, once for each form."""
        raw = where.encode("utf-8", "surrogatepass") if isinstance(where, str) else where
        lower = raw.lower()
        return tuple(
            Sighting(number, form)
            for number, each in enumerate(self._forms)
            for form, needle in each.items()
            if needle in (lower if form == "hex" else raw)
        )

    def _letters(self) -> str:
        return "".join(self._random.choices(string.ascii_letters + string.digits, k=2 * _EDGE))


def forms(value: str) -> Mapping[str, bytes]:
    """Return a value in every form that is searched for, without duplicates."""
    seen: set[bytes] = set()
    return {name: form for name, form in _all_forms(value) if not (form in seen or seen.add(form))}  # type: ignore[func-returns-value]


def _all_forms(value: str) -> Iterator[tuple[str, bytes]]:
    raw = value.encode("utf-8", "surrogatepass")
    yield "raw", raw
    yield "first 12", value[:_EDGE].encode("utf-8", "surrogatepass")
    yield "last 12", value[-_EDGE:].encode("utf-8", "surrogatepass")
    yield "reversed", value[::-1].encode("utf-8", "surrogatepass")
    yield "hex", raw.hex().encode()
    for shift in range(3):
        yield f"base64 +{shift}", _aligned(raw, shift)
        yield f"base64url +{shift}", _aligned(raw, shift).translate(bytes.maketrans(b"+/", b"-_"))
    yield "URL", quote(raw, safe="").encode()
    yield "form", quote_plus(raw).encode()
    yield "JSON", json.dumps(value)[1:-1].encode()
    yield "JSON, not ASCII", json.dumps(value, ensure_ascii=False)[1:-1].encode("utf-8", "surrogatepass")
    yield "XML", escape(value, {'"': "&quot;"}).encode("utf-8", "surrogatepass")
    yield "shell", value.replace("'", "'\\''").encode("utf-8", "surrogatepass")


def _aligned(raw: bytes, shift: int) -> bytes:
    """Return the base64 characters that depend only on `raw` if `shift` bytes precede it."""
    encoded = base64.b64encode(bytes(shift) + raw)
    return encoded[(0, 2, 3)[shift] : (shift + len(raw)) * 8 // 6]
