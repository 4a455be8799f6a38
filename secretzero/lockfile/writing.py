"""Rendering a lockfile: sorted keys, one record per line, each record signed as it is written.

The text of a record is one line of JSON, split at the position of the signature, which covers the same text, and so
also keys that a later version added. Keys that are empty or have their default value are left out, except `pending`.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from io import BytesIO
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from attrs import evolve

from .model import Entry, Extra, Generation, Lockfile, ObjectRecord, TargetRecord, with_mac

if TYPE_CHECKING:
    from .signing import Signer

Record = TypeVar("Record", Generation, TargetRecord, ObjectRecord)

quoted = encode_basestring_ascii
"""Renders text as JSON."""

compact = json.JSONEncoder(sort_keys=True, allow_nan=False).encode
"""Renders any value as one line of JSON."""


class Text(NamedTuple):
    """The text before the signature, each pair followed by a comma, and after it, each pair preceded by one."""

    before: str
    after: str


def head_text(entry: Entry) -> Text:
    """Render the scalar keys of a secret."""
    current = f'"current": {quoted(entry.current)}, ' if entry.current else ""
    legacy = f'"legacy": {quoted(entry.legacy)}, ' if entry.legacy else ""
    before = (
        f'"created_at": {quoted(entry.created_at)}, {current}"id": {quoted(entry.id)}, '
        f'"kind": {quoted(entry.kind)}, {legacy}'
    )
    pending = quoted(entry.pending) if entry.pending else "null"
    previous = f', "previous": {quoted(entry.previous)}' if entry.previous else ""
    rotated = f', "rotated_at": {quoted(entry.rotated_at)}' if entry.rotated_at else ""
    count = f', "rotation_count": {entry.rotation_count}' if entry.rotation_count else ""
    return _with(entry.extra, before, f', "pending": {pending}{previous}{rotated}{count}')


def generation_text(generation: Generation) -> Text:
    """Render one generation."""
    bits = f'"bits": {generation.bits}, ' if generation.bits is not None else ""
    definition = f'"definition": {quoted(generation.definition)}, ' if generation.definition else ""
    fields = f'"fields": {_list(generation.fields)}, ' if generation.fields else ""
    issued = f'"issued": {compact(generation.issued)}, ' if generation.issued is not None else ""
    before = (
        f'"at": {quoted(generation.at)}, {bits}{definition}{fields}'
        f'"fingerprints": {_map(generation.fingerprints)}, {issued}'
    )
    return _with(generation.extra, before, _after(generation))


def _after(generation: Generation) -> str:
    """Render what follows the signature of a generation."""
    origin = f', "origin": {quoted(generation.origin)}' if generation.origin else ""
    parts = f', "parts": {_map(generation.parts)}' if generation.parts else ""
    reason = f', "reason": {quoted(generation.reason)}' if generation.reason else ""
    retired = f', "retired_at": {quoted(generation.retired_at)}' if generation.retired_at else ""
    shape = f', "shape": {quoted(generation.shape)}' if generation.shape != "text" else ""
    value = f', "value": {compact(generation.value)}' if generation.has_value else ""
    withdrawn = ', "withdrawn": true' if generation.withdrawn else ""
    return f', "n": {generation.n}{origin}{parts}{reason}{retired}{shape}{value}{withdrawn}'


def target_text(record: TargetRecord) -> Text:
    """Render the last operation on one target."""
    error = f'"error": {quoted(record.error)}, ' if record.error else ""
    before = f'"at": {quoted(record.at)}, "confirmed": {quoted(record.confirmed)}, {error}'
    after = f', "op": {quoted(record.op)}'
    if record.removed_at:
        after += f', "removed_at": {quoted(record.removed_at)}'
    return _with(record.extra, before, after)


def object_text(record: ObjectRecord) -> Text:
    """Render the store's own version of one object."""
    before = f'"at": {quoted(record.at)}, '
    return _with(record.extra, before, f', "ops": {_list(record.ops)}, "remote": {quoted(record.remote)}')


def _with(extra: Extra, before: str, after: str) -> Text:
    """Insert keys that this version does not know in alphabetical order."""
    if not extra:
        return Text(before, after)
    pairs = {**json.loads(f"{{{before[:-2]}{after}}}"), **extra}
    texts = [(key, f"{quoted(key)}: {compact(pairs[key])}") for key in sorted(pairs)]
    return Text(
        "".join([f"{text}, " for key, text in texts if key < "mac"]),
        "".join([f", {text}" for key, text in texts if key > "mac"]),
    )


def _map(pairs: Mapping[str, str]) -> str:
    ordered = sorted(pairs.items()) if len(pairs) > 1 else pairs.items()
    return "{" + ", ".join([f"{quoted(key)}: {quoted(value)}" for key, value in ordered]) + "}"


def _list(texts: Iterable[str]) -> str:
    return "[" + ", ".join([quoted(text) for text in texts]) + "]"


def render_lockfile(lockfile: Lockfile, signer: "Signer | None") -> tuple[bytes, Lockfile]:
    """Return the bytes of a lockfile, and the lockfile as written: `signer` signs every unsigned record.

    A signed record keeps its signature, valid or not: check it with `Signer.verify` first. A lockfile that
    `parse_lockfile` read from a rendered file renders to the same bytes.
    """
    signed: dict[str, Entry] = {}
    parts: dict[str, Iterable[str]] = {key: (compact(value),) for key, value in lockfile.extra.items()}
    parts["schema"] = (str(lockfile.schema),)
    objects = lockfile.objects
    if lockfile.key:
        parts["key"] = (f'{{"check": {quoted(lockfile.key.check)}, "id": {quoted(lockfile.key.id)}}}',)
    if objects:
        text, objects = _records(signer, "object", "", objects, object_text)
        parts["objects"] = (text,)
    if lockfile.orphans:
        parts["orphans"] = ("[\n    " + ",\n    ".join(map(compact, lockfile.orphans)) + "]",)
    if lockfile.project:
        parts["project"] = (quoted(lockfile.project),)
    if lockfile.secrets:
        parts["secrets"] = _secrets(signer, lockfile.secrets, signed)
    content = BytesIO()
    content.writelines(piece.encode() for piece in _joined(parts))
    return content.getvalue(), evolve(lockfile, secrets=signed, objects=objects)


def _joined(parts: Mapping[str, Iterable[str]]) -> Iterator[str]:
    """Yield the pieces of the file in order, so that a large file is in memory only once."""
    lead = "{\n"
    for key in sorted(parts):
        yield f"{lead}  {quoted(key)}: "
        yield from parts[key]
        lead = ",\n"
    yield "\n}\n"


def _secrets(signer: "Signer | None", secrets: Mapping[str, Entry], signed: dict[str, Entry]) -> Iterator[str]:
    """Yield the text of all secrets, and add each secret to `signed` as written."""
    lead = "{\n"
    for name, entry in sorted(secrets.items()):
        text, signed[name] = _entry(signer, name, entry)
        yield lead
        yield text
        lead = ",\n"
    yield "}"


def _entry(signer: "Signer | None", name: str, entry: Entry) -> tuple[str, Entry]:
    """Render one secret: its head on two lines, then one line for each record."""
    text = head_text(entry)
    generations, targets, mac = entry.generations, entry.targets, entry.mac
    if not mac and signer:
        mac = signer.mac("head", entry.id, name, text)
    first = f'{text.before}"mac": {quoted(mac)}' if mac else text.before[:-2]
    body = f"    {quoted(name)}: {{\n      {first},\n      {text.after[2:]}"
    if generations:
        lines, generations = _records(signer, "generation", entry.id, generations, generation_text)
        body += f',\n      "generations": {lines}'
    if targets:
        lines, targets = _records(signer, "target", entry.id, targets, target_text)
        body += f',\n      "targets": {lines}'
    if mac != entry.mac or generations is not entry.generations or targets is not entry.targets:
        entry = Entry(*entry[:-4], generations, targets, entry.extra, mac)
    return body + "}", entry


def _records(
    signer: "Signer | None",
    kind: str,
    identity: str,
    records: Mapping[str, Record],
    text_of: Callable[[Record], Text],
) -> tuple[str, Mapping[str, Record]]:
    """Render records one per line, and return them as written."""
    indent = "    " if kind == "object" else "        "
    lines, signed = [], {}
    for key, record in sorted(records.items()):
        text = text_of(record)
        before, after = text
        mac = record.mac
        if not mac and signer:
            mac = signer.mac(kind, identity, key, text)
            signed[key] = with_mac(record, mac)
        body = f'{before}"mac": {quoted(mac)}{after}' if mac else before[:-2] + after
        lines.append(f"{indent}{quoted(key)}: {{{body}}}")
    return "{\n" + ",\n".join(lines) + "}", {**records, **signed} if signed else records
