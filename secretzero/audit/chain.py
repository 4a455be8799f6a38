"""A keyed chain of records: each is signed, and names the signature of the one before it."""

import hmac
import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from attrs import frozen

from ..keys import enc

_TAG = 32


@frozen
class Record:
    """Who was about to do what, to which secrets or targets, and why; never a value.

    `effect` is ``allow`` or ``deny``; `outcome` is ``intent`` for what is written down before it happens, ``done`` for
    what only looked.
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
    """The end of a chain: how many records it has, the signature of the last one, and the size of the log in bytes."""

    seq: int = 0
    mac: str = ""
    size: int = 0


class Break(NamedTuple):
    """A place where a log is not what was written; `line` counts from 1."""

    line: int
    message: str


class Chain:
    """Seals records under one key, and finds every one that was edited, removed, added or moved."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def seal(self, head: Head, record: Record) -> tuple[bytes, Head]:
        """Return the line of a record behind `head`, and the head that the chain has with it."""
        told = {
            "action": record.action,
            "effect": record.effect,
            "outcome": record.outcome,
            "purpose": record.purpose,
            "reason": record.reason,
            "resource": list(record.resource),
            "seq": head.seq + 1,
            "subject": record.subject,
            "timestamp": record.timestamp,
            "previous": head.mac,
        }
        body = json.dumps(told, separators=(",", ":")).encode()
        mac = self._mac(body)
        line = body[:-1] + b',"mac":"' + mac.encode() + b'"}\n'
        return line, Head(head.seq + 1, mac, head.size + len(line))

    def follow(self, content: bytes, head: Head) -> Head:
        """Go on from `head` through what stands behind it; return the last head that fits."""
        for line in _lines(content):
            found = self._opened(line)
            if found is None or (found.seq, found.previous) != (head.seq + 1, head.mac):
                break
            head = Head(found.seq, found.mac, head.size + len(line))
        return head

    def breaks(self, content: bytes, head: Head) -> list[Break]:
        """List, in order, where a log is not what was written; `head` is what its end was known to be.

        Records behind `head` are right when they go on from it: a run may die before it wrote the new end down.
        """
        found, seq, mac, known, number = list[Break](), 0, "", head.seq == 0, 0
        for number, line in enumerate(_lines(content), 1):
            opened = self._opened(line)
            if opened is None:
                found.append(Break(number, "this record was edited, or is not ours"))
                continue
            if (opened.seq, opened.previous) != (seq + 1, mac):
                found.append(Break(number, _misplaced(seq, opened.seq)))
            seq, mac = opened.seq, opened.mac
            known = known or (seq, mac) == (head.seq, head.mac)
        if not known or seq < head.seq:
            found.append(Break(number + 1, f"the log ends with record {seq}, and record {head.seq} was written"))
        return found

    def records(self, content: bytes) -> Iterator[Mapping[str, object]]:
        """Yield the records that are as they were written, oldest first, as JSON knows them."""
        for line in _lines(content):
            if self._opened(line) is not None:
                yield json.loads(line)

    def _mac(self, body: bytes) -> str:
        return hmac.digest(self._key, enc("secretzero-audit-1", body), "sha256")[: _TAG // 2].hex()

    def _opened(self, line: bytes) -> "_Link | None":
        """Return what chains a line, or None when it does not bear our signature byte for byte."""
        body, comma, tag = line.rpartition(b',"mac":"')
        mac = tag[:_TAG].decode("ascii", "replace")
        if not comma or tag[_TAG:] != b'"}\n' or not hmac.compare_digest(self._mac(body + b"}").encode(), tag[:_TAG]):
            return None
        told = json.loads(line)
        return _Link(told["seq"], told["previous"], mac)


class _Link(NamedTuple):
    """What chains one record to its neighbours."""

    seq: int
    previous: str
    mac: str


def _lines(content: bytes) -> Iterator[bytes]:
    """Yield lines with their ends; only a line feed ends one."""
    start, size = 0, len(content)
    while start < size:
        stop = content.find(b"\n", start) + 1 or size
        yield content[start:stop]
        start = stop


def _misplaced(before: int, seq: int) -> str:
    if seq > before + 1:
        return f"records {before + 1} to {seq - 1} are missing before this one"
    return f"record {seq} stands behind record {before}: it was moved, or put in twice"
