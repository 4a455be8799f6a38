"""Rendering a lockfile: sorted keys, one record per line, each record signed as it is written."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from io import BytesIO
from typing import TypeVar

from attrs import evolve

from .model import Entry, Generation, Lockfile, ObjectRecord, TargetRecord, with_mac
from .records import Text, compact, generation_text, head_text, object_text, quoted, target_text
from .signing import Signer

Record = TypeVar("Record", Generation, TargetRecord, ObjectRecord)


def render_lockfile(lockfile: Lockfile, signer: Signer | None) -> tuple[bytes, Lockfile]:
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


def _secrets(signer: Signer | None, secrets: Mapping[str, Entry], signed: dict[str, Entry]) -> Iterator[str]:
    """Yield the text of all secrets, and add each secret to `signed` as written."""
    lead = "{\n"
    for name, entry in sorted(secrets.items()):
        text, signed[name] = _entry(signer, name, entry)
        yield lead
        yield text
        lead = ",\n"
    yield "}"


def _entry(signer: Signer | None, name: str, entry: Entry) -> tuple[str, Entry]:
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
    signer: Signer | None,
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
