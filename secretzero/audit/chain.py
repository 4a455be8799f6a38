"""A keyed chain of records: each is signed and holds the signature of the previous one."""

import hmac
import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from attrs import asdict, frozen

from ..keys import enc

_TAG = 32


@frozen
class Record:
    """Who was about to do what, to which secrets or targets, and why; never a value.

    `effect` is ``allow`` or ``deny``. `outcome` is ``intent`` for an action that is recorded before it happens,
    ``done`` for one that only reads.
    """

    timestamp: str
    action: str
    resource: tuple[str, ...] = ()
    subject: str = ""
    purpose: str = ""
    reason: str = ""
    effect: str = "allow"
    outcome: str = "intent"


class Head(NamedTuple):
    """The end of a chain: the number of records, the signature of the last one, and the size of the log in bytes."""

    seq: int = 0
    mac: str = ""
    size: int = 0


class Break(NamedTuple):
    """A line, counted from 1, where a log differs from what was written."""

    line: int
    message: str


class Chain:
    """Signs records with one key, and detects every record that was edited, removed, added or moved."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def seal(self, head: Head, record: Record) -> tuple[bytes, Head]:
        """Return the line of a record that follows `head`, and the new head."""
        content = dict(sorted({**asdict(record), "seq": head.seq + 1}.items())) | {"previous": head.mac}
        body = json.dumps(content, separators=(",", ":")).encode()
        mac = self._mac(body)
        line = body[:-1] + b',"mac":"' + mac.encode() + b'"}\n'
        return line, Head(head.seq + 1, mac, head.size + len(line))

    def follow(self, content: bytes, head: Head) -> Head:
        """Follow the chain from `head` through the content after it, and return the last head that fits."""
        for line in _lines(content):
            found = self._opened(line)
            if found is None or (found.seq, found.previous) != (head.seq + 1, head.mac):
                break
            head = Head(found.seq, found.mac, head.size + len(line))
        return head

    def breaks(self, content: bytes, head: Head) -> list[Break]:
        """List, in order, where a log differs from what was written; `head` is its last known end.

        Records after `head` are valid if they continue the chain: a run may die before it saves the new head.
        """
        found, seq, mac, known, number = list[Break](), 0, "", head.seq == 0, 0
        for number, line in enumerate(_lines(content), 1):
            opened = self._opened(line)
            if opened is None:
                found.append(Break(number, "this record was edited, or SecretZero did not write it"))
                continue
            if (opened.seq, opened.previous) != (seq + 1, mac):
                found.append(Break(number, _misplaced(seq, opened.seq)))
            seq, mac = opened.seq, opened.mac
            known = known or (seq, mac) == (head.seq, head.mac)
        if not known or seq < head.seq:
            found.append(Break(number + 1, f"the log ends with record {seq}, but record {head.seq} was written"))
        return found

    def records(self, content: bytes) -> Iterator[Mapping[str, object]]:
        """Yield the records with a valid signature, oldest first, as JSON objects."""
        for line in _lines(content):
            if self._opened(line) is not None:
                yield json.loads(line)

    def _mac(self, body: bytes) -> str:
        return hmac.digest(self._key, enc("secretzero-audit-1", body), "sha256")[: _TAG // 2].hex()

    def _opened(self, line: bytes) -> "_Link | None":
        """Return what links a line to its neighbours, or None if its signature does not match byte for byte."""
        body, comma, tag = line.rpartition(b',"mac":"')
        mac = tag[:_TAG].decode("ascii", "replace")
        if not comma or tag[_TAG:] != b'"}\n' or not hmac.compare_digest(self._mac(body + b"}").encode(), tag[:_TAG]):
            return None
        content = json.loads(line)
        return _Link(content["seq"], content["previous"], mac)


class _Link(NamedTuple):
    """What links a record to its neighbours."""

    seq: int
    previous: str
    mac: str


def _lines(content: bytes) -> Iterator[bytes]:
    """Yield lines with their line endings; only a line feed ends a line."""
    start, size = 0, len(content)
    while start < size:
        stop = content.find(b"\n", start) + 1 or size
        yield content[start:stop]
        start = stop


def _misplaced(before: int, seq: int) -> str:
    if seq > before + 1:
        return f"records {before + 1} to {seq - 1} are missing before this one"
    return f"record {seq} follows record {before}: it was moved or inserted twice"
