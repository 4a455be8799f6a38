"""The write-ahead journal: what was about to happen, sealed, until the lockfile says that it has."""

import json
import os
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from io import BytesIO
from typing import NamedTuple

from ...errors import LockfileError
from ...files import Disk, refusals_of
from ...keys import Sealer, SealError, enc
from ...lockfile.model import Generation
from ...values import SecretValue

_FORMAT = "secretzero-journal-1"
_NO_OP = "-" * 26
_HEAD = 4 + 1 + 26
_rendered = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode
_TAGS = {False: b"s", True: b"l"}
_OP_LETTERS = frozenset("0123456789ABCDEFGHJKMNPQRSTVWXYZ-")
_NEVER_WRITTEN = bytes(16)


class Record(NamedTuple):
    """One thing that was about to happen, or was seen done. `body` may hold a value and is never shown."""

    kind: str
    op: str
    local: bool
    body: Mapping[str, object]

    @property
    def value(self) -> SecretValue:
        """The value that an intent makes durable."""
        return SecretValue(self.body["value"])  # type: ignore[arg-type]

    @property
    def generation(self) -> Generation:
        """The generation that an intent announces."""
        return Generation(**self.body["generation"])  # type: ignore[arg-type]

    @property
    def ops(self) -> dict[str, str]:
        """The op of each field that a write was about to set, or was seen to have set, by its URI."""
        fields = self.body.get("fields")
        return fields if isinstance(fields, dict) else {}

    def text(self, name: str) -> str:
        """Return what the body has under a name, as text."""
        return str(self.body[name])

    def __repr__(self) -> str:
        return f"Record(kind={self.kind!r}, op={self.op!r})"


def generation_fields(generation: Generation) -> dict[str, object]:
    """Return what a record says of a generation: the fields that differ from their defaults, without the signature."""
    usual, fields = Generation._field_defaults, zip(generation._fields[:-1], generation[:-1], strict=True)
    return {name: value for name, value in fields if name not in usual or value != usual[name]}


class Ids(NamedTuple):
    """What a journal shows without the key: the ids of keys and projects, and which ops are open."""

    key: str = ""
    local_key: str = ""
    project: str = ""
    local_project: str = ""
    ops: tuple[str, ...] = ()
    exists: bool = False


_NAMED = Ids._fields[:4]


class Keyring(NamedTuple):
    """The journal's ids in clear, and what opens its records: one sealer for the shared, one for the local lockfile."""

    ids: Ids
    sealers: Mapping[bool, Sealer]

    def header(self) -> bytes:
        """Render the first record, in clear."""
        ids = {"format": _FORMAT, **dict(zip(_NAMED, self.ids, strict=False))}
        return json.dumps(ids, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def peek(content: bytes | None) -> Ids:
    """Read what is in clear in a journal; a torn or empty file says nothing."""
    if content is None:
        return Ids()
    ids = _ids(content)
    if ids is None:
        return Ids(exists=True)
    ops = dict.fromkeys(op for op, _, _ in _frames(content, content.index(b"\n") + 1) if op != _NO_OP)
    return ids._replace(ops=tuple(ops), exists=True)


def _ids(content: bytes) -> Ids | None:
    """Parse the first line; None when it was cut."""
    line, end, _ = content.partition(b"\n")
    try:
        ids = json.loads(line) if end else None
    except ValueError:
        ids = None
    return Ids(*[ids[name] for name in _NAMED]) if isinstance(ids, dict) and ids.get("format") == _FORMAT else None


def _frames(content: bytes, start: int) -> Iterable[tuple[str, bytes, int]]:
    """Yield (op, tag and sealed bytes, end) of each whole frame."""
    while start + _HEAD <= len(content):
        length = int.from_bytes(content[start : start + 4], "big")
        end = start + _HEAD + length
        if end > len(content):
            return
        tag = content[start + 4 : start + 5]
        op = content[start + 5 : start + _HEAD].decode("ascii", "replace")
        yield op, tag + content[start + _HEAD : end], end
        start = end


def _whole(op: str, body: bytes) -> bool:
    """Return whether a frame was written completely: no garbage, and no hole left by a power failure."""
    return body[:1] in _TAGS.values() and _OP_LETTERS.issuperset(op) and _NEVER_WRITTEN not in body


class Journal:
    """The journal of one run. Records are appended in batches, each batch with one fsync."""

    def __init__(self, disk: Disk, path: str, keyring: Callable[[], Keyring]) -> None:
        self._disk = disk
        self._path = path
        self._make_keyring = keyring
        self._begin()

    def _begin(self) -> None:
        """Know nothing of a journal; `open_ops` are the ops whose values it has."""
        self.records: list[Record] = []
        self.open_ops: frozenset[str] = frozenset()
        self._ids = Ids()
        self._count = self._size = 0
        self._torn_at: int | None = None

    @cached_property
    def keyring(self) -> Keyring:
        """The ids and sealers; made when the first record is read or written."""
        return self._make_keyring()

    def load(self) -> None:
        """Read every record that authenticates; remember where a torn tail begins. Changes nothing.

        Raises LockfileError when a record was altered, or the journal belongs to another project or key.
        """
        content = self._disk.read(self._path)
        self._begin()
        if content is None:
            return
        ids = _ids(content)
        if ids is None:
            self._torn_at = 0
            return
        self._refuse_others(ids)
        self._ids = ids
        self._read_frames(content, content.index(b"\n") + 1)

    def _refuse_others(self, ids: Ids) -> None:
        for name, theirs, mine in zip(_NAMED, ids, self.keyring.ids, strict=False):
            if theirs and theirs != mine:
                raise LockfileError(
                    f"an earlier run is unfinished, and its journal belongs to another {name.rpartition('_')[2]}",
                    hint="import the key that it was written with: secretzero key import",
                )

    def _read_frames(self, content: bytes, good: int) -> None:
        bad = altered = False
        for number, (op, body, end) in enumerate(_frames(content, good)):
            try:
                record = self._open(op, body, number)
            except SealError:
                bad, altered = True, altered or (not bad and _whole(op, body))
                continue
            if bad:
                raise LockfileError("a record in the middle of the journal was altered", hint="restore it from a copy")
            self.records.append(record)
            good = end
        if altered:
            raise LockfileError("a record at the end of the journal was altered", hint="restore it from a copy")
        self.open_ops = frozenset(record.op for record in self.records if record.kind == "intent")
        self._count = len(self.records)
        self._size = good if self.records else 0
        self._torn_at = self._size if self._size < len(content) else None

    def _open(self, op: str, body: bytes, number: int) -> Record:
        local = body[:1] == _TAGS[True]
        sealer = self.keyring.sealers.get(local)
        if sealer is None or body[:1] not in _TAGS.values():
            raise SealError("the record belongs to a lockfile whose key is not here")
        plain = json.loads(sealer.unseal(body[1:], _bound(self.keyring, number, op, len(body) - 1, local=local)))
        return Record(kind=plain["kind"], op=plain["op"], local=local, body=plain["body"])

    def cut_tail(self) -> None:
        """Cut what an interrupted append left behind, before anything is appended.

        Raises ProviderError when the file system refuses.
        """
        if self._torn_at is None:
            return
        with refusals_of("the journal"):
            if self._torn_at:
                self._disk.truncate(self._path, self._torn_at)
            elif self._disk.stamp(self._path):
                self._remove()
        self._torn_at = None

    def _remove(self) -> None:
        self._disk.unlink(self._path)
        self._disk.sync(os.path.dirname(self._path))

    def append(self, records: Iterable[Record]) -> None:
        """Seal records one by one and make them durable with one fsync; the first ever also brings the header.

        Raises ProviderError when the file system refuses; then nothing may take effect.
        """
        self.cut_tail()
        added, intents, count = BytesIO(), set(), self._count
        added.write(b"" if count else self.keyring.header())
        for record in records:
            added.write(self._seal(record, count))
            count += 1
            if record.kind == "intent":
                intents.add(record.op)
        if count == self._count:
            return
        content = added.getvalue()
        self._complete_header()
        self._torn_at = self._size
        with refusals_of("the journal"):
            self._disk.append(self._path, content)
        self._torn_at = None
        self._size += len(content)
        self._count = count
        self._ids = self.keyring.ids
        self.open_ops |= intents

    def _complete_header(self) -> None:
        """Name a project that began after the journal did, before a record of it is there."""
        if not self._count or self._ids == self.keyring.ids:
            return
        content = self._disk.read(self._path) or b""
        content = self.keyring.header() + content[content.index(b"\n") + 1 :]
        with refusals_of("the journal"):
            self._disk.replace(self._path, content)
            self._size = len(content)
            self._disk.sync(os.path.dirname(self._path))
        self._ids = self.keyring.ids

    def _seal(self, record: Record, number: int) -> bytes:
        shown = record.op or _NO_OP
        content = {"body": record.body, "kind": record.kind, "op": record.op}
        plain = _rendered(content).encode("utf-8", "surrogatepass")
        length = len(plain) + 40
        bound = _bound(self.keyring, number, shown, length, local=record.local)
        sealed = self.keyring.sealers[record.local].seal(plain, bound)
        return length.to_bytes(4, "big") + _TAGS[record.local] + shown.encode("ascii") + sealed

    def erase(self, ops: set[str]) -> None:
        """Forget the records of these ops; an empty journal is removed, and its folder synced.

        Raises ProviderError when the file system refuses: the next run forgets them.
        """
        if not self._count or (self.open_ops and self.open_ops.isdisjoint(ops)):
            return
        with refusals_of("the journal"):
            if self.open_ops <= ops:
                self._remove()
                self._begin()
            else:
                self._rewrite(ops)
                self._disk.sync(os.path.dirname(self._path))

    def _rewrite(self, ops: set[str]) -> None:
        """Replace the journal by one without these ops."""
        self.load()
        self.records = list(_without(self.records, ops))
        chunks = [self.keyring.header(), *(self._seal(record, n) for n, record in enumerate(self.records))]
        content = b"".join(chunks)
        self._disk.replace(self._path, content)
        self._ids = self.keyring.ids
        self.open_ops -= ops
        self._count, self._size = len(self.records), len(content)


def _bound(keyring: Keyring, number: int, op: str, length: int, *, local: bool) -> bytes:
    """Bind a record to the project of its lockfile, its place in the journal, its op and its length."""
    project = keyring.ids.local_project if local else keyring.ids.project
    return enc(_FORMAT, project, str(number), op, str(length))


def _without(records: Iterable[Record], ops: set[str]) -> Iterable[Record]:
    """Leave out these ops; a record of an object write goes when none of its ops is left."""
    for record in records:
        named = {record.op} if record.op else set(record.ops.values())
        if named - ops:
            yield record
