"""The text of each record of a lockfile: one line of JSON with sorted keys, split at the position of the signature.

The signature covers the same text, and so also keys that a later version added.
Keys that are empty or have their default value are left out, except `pending`.
"""

import json
from collections.abc import Iterable, Mapping
from json.encoder import encode_basestring_ascii
from typing import NamedTuple

from .model import Entry, Extra, Generation, ObjectRecord, TargetRecord

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
