"""Redaction of secret texts in a stream of bytes, however it is cut into chunks."""

import re
from bisect import bisect_right
from collections.abc import Iterable
from itertools import groupby

MASK = b"********"
SHORTEST = 8
_DEPTH = 3


class Redactor:
    """Replaces every secret text in a stream by `MASK`; of several that start at one place, the longest.

    Only what may be the start of a secret is held back until the next chunk. Texts of fewer than eight characters are
    not redacted: they would match almost anywhere.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        long = {text.encode("utf-8", "surrogatepass") for text in texts if len(text) >= SHORTEST}
        self._texts = sorted(long)
        self._longest = max(map(len, long), default=0)
        self._whole = re.compile(_pattern(self._texts, 0) or b"(?!)", re.DOTALL)
        self._begin = re.compile(b"[%b]" % b"".join(re.escape(text[:1]) for text in long) if long else b"(?!)")
        self._held = b""

    def __bool__(self) -> bool:
        return bool(self._texts)

    def feed(self, chunk: bytes) -> bytes:
        """Take the next chunk and return the output that is final."""
        text = self._held + chunk
        shown, at = [], 0
        border = self._border(text, 0)
        while (found := self._whole.search(text, at)) and found.start() < border:
            shown += [text[at : found.start()], MASK]
            at = found.end()
            border = border if at <= border else self._border(text, at)
        self._held = text[border:]
        return b"".join([*shown, text[at:border]])

    def finish(self) -> bytes:
        """Return the rest at the end of the stream."""
        text, self._held = self._held, b""
        return self._whole.sub(MASK, text)

    def _border(self, text: bytes, start: int) -> int:
        """Return the start of the longest suffix of `text` that a secret may start with; else the end."""
        for found in self._begin.finditer(text, max(start, len(text) - self._longest + 1)):
            rest = text[found.start() :]
            after = bisect_right(self._texts, rest)
            if after < len(self._texts) and self._texts[after].startswith(rest):
                return found.start()
        return len(text)


def _pattern(texts: list[bytes], depth: int) -> bytes:
    """Return a pattern for any of these sorted texts, equal up to `depth`; common prefixes are matched once."""
    if depth == _DEPTH or len(texts) == 1:
        return b"|".join(re.escape(text[depth:]) for text in sorted(texts, key=len, reverse=True))
    return b"|".join(
        b"%b(?:%b)" % (re.escape(first), _pattern(list(group), depth + 1))
        for first, group in groupby(texts, key=lambda text: text[depth : depth + 1])
    )
