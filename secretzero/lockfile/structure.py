"""From parsed JSON to records: types and pointers are checked once, here, and every problem is kept with its path."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from ..stamps import parse_stamp, stamp
from .model import Entry, Generation, KeyRecord, Lockfile, ObjectRecord, TargetRecord
from .positions import Path

T = TypeVar("T")

DEPTH = 32
_LARGEST = 2**53

Types = frozenset[type]

_TEXT, _COUNT, _FLAG = Types({str}), Types({int}), Types({bool})
_MAP, _LIST, _MAYBE = Types({dict}), Types({list}), Types({str, type(None)})
_ANY = Types({str, int, float, bool, type(None), list, dict})
_WORDS = {_TEXT: "text", _COUNT: "a whole number", _FLAG: "true or false", _MAP: "a map", _LIST: "a list"}
_STAMPS = ("at", "created_at", "rotated_at", "retired_at", "removed_at")
_CHOICES = {
    "confirmed": frozenset({"readback", "ack", "none"}),
    "shape": frozenset({"text", "map", "list", "scalar"}),
}


class Shape(NamedTuple):
    """Which keys a record has, of which types, and which of them it must have."""

    keys: Mapping[str, Types]
    required: frozenset[str]


def _shape(required: str, **keys: Types) -> Shape:
    return Shape(keys, frozenset(required.split()))


_GENERATION = _shape(
    "at n fingerprints",
    at=_TEXT, n=_COUNT, fingerprints=_MAP, origin=_TEXT, reason=_TEXT, definition=_TEXT, bits=_COUNT, shape=_TEXT,
    parts=_MAP, fields=_LIST, issued=_MAP, retired_at=_TEXT, withdrawn=_FLAG, value=_ANY, mac=_TEXT,
)  # fmt: skip
_TARGET = _shape("at op confirmed", at=_TEXT, op=_TEXT, confirmed=_TEXT, error=_TEXT, removed_at=_TEXT, mac=_TEXT)
_OBJECT = _shape("at ops remote", at=_TEXT, ops=_LIST, remote=_TEXT, mac=_TEXT)
_ENTRY = _shape(
    "id kind created_at",
    id=_TEXT, kind=_TEXT, created_at=_TEXT, current=_TEXT, pending=_MAYBE, previous=_TEXT, rotated_at=_TEXT,
    rotation_count=_COUNT, legacy=_TEXT, generations=_MAP, targets=_MAP, mac=_TEXT,
)  # fmt: skip
_ROOT = _shape("schema", schema=_COUNT, project=_TEXT, key=_MAP, secrets=_MAP, objects=_MAP, orphans=_LIST)
_KEY = _shape("id check", id=_TEXT, check=_TEXT)

Found = dict[str, Any]
"""A JSON object whose values have the types that its shape demands; what is missing is simply not there."""


class Structure:
    """Builds the records of one file; `problems` lists each thing that is wrong, as its path and a message."""

    def __init__(self) -> None:
        self.problems: list[tuple[Path, str]] = []
        self._stamps: set[str] = {""}

    def lockfile(self, document: dict[str, object]) -> Lockfile:
        """Build the records of a file of schema 2; what cannot be built is a problem and is left out."""
        found, extra = self._known(_ROOT, document, ())
        secrets = self._each(found.get("secrets", {}), ("secrets",), self._entry)
        objects = self._each(found.get("objects", {}), ("objects",), self._object)
        key = self._key(found["key"]) if "key" in found else None
        self._whole(found, secrets)
        orphans = found.get("orphans", [])
        for index, orphan in enumerate(orphans):
            self._expect(type(orphan) is dict and not _deep(orphan), ("orphans", index), "must be a map")
        return Lockfile(found.get("project", ""), key, secrets, objects, tuple(orphans), extra)

    def _whole(self, found: Found, secrets: Mapping[str, Entry]) -> None:
        """Check what concerns the records together."""
        if found.get("secrets") or found.get("objects"):
            self._expect(found.get("project"), (), "project is missing")
            self._expect("key" in found, (), "key is missing: whoever took it out may have changed the rest")
        ids: dict[str, str] = {}
        for name, entry in secrets.items():
            first = ids.setdefault(entry.id, name)
            self._expect(first == name, ("secrets", name, "id"), f"is also the id of {first}")

    def _key(self, value: object) -> KeyRecord | None:
        found, _ = self._known(_KEY, value, ("key",))
        return KeyRecord(**found) if found else None

    def _entry(self, value: object, path: Path) -> Entry | None:
        found, extra = self._known(_ENTRY, value, path)
        if not found:
            return None
        found["pending"] = found.get("pending") or ""
        generations = self._each(found.get("generations", {}), (*path, "generations"), self._generation)
        targets = self._each(found.get("targets", {}), (*path, "targets"), self._target)
        entry = Entry(**{**found, "generations": generations, "targets": targets}, extra=extra)
        self._expect(entry.id, (*path, "id"), "must not be empty")
        for pointer in ("current", "pending", "previous"):
            op = found.get(pointer)
            if op and op not in generations:
                self._expect(op in found.get("generations", {}), (*path, pointer), "names no generation")
        return entry

    def _generation(self, value: object, path: Path) -> Generation | None:
        found, extra = self._known(_GENERATION, value, path)
        if not found:
            return None
        if "value" in found:
            found["has_value"] = True
            self._expect(not _deep(found["value"]), (*path, "value"), "is nested too deeply")
        self._texts(found["fingerprints"], (*path, "fingerprints"))
        if "parts" in found:
            self._texts(found["parts"], (*path, "parts"))
        if "fields" in found:
            found["fields"] = self._list(found["fields"], (*path, "fields"))
        if "issued" in found:
            self._expect(not _deep(found["issued"]), (*path, "issued"), "is nested too deeply")
        return Generation(**found, extra=extra)

    def _target(self, value: object, path: Path) -> TargetRecord | None:
        found, extra = self._known(_TARGET, value, path)
        return TargetRecord(**found, extra=extra) if found else None

    def _object(self, value: object, path: Path) -> ObjectRecord | None:
        found, extra = self._known(_OBJECT, value, path)
        if not found:
            return None
        found["ops"] = self._list(found["ops"], (*path, "ops"))
        return ObjectRecord(**found, extra=extra)

    def _known(self, shape: Shape, value: object, path: Path) -> tuple[Found, dict[str, object]]:
        """Tell the keys of a record apart: those that it may have, of their type, and those of a later version."""
        if not isinstance(value, dict):
            self._expect(None, path, "must be a map")
            return {}, {}
        before = len(self.problems)
        keys, known, extra = shape.keys, {}, {}
        for key, item in value.items():
            types = keys.get(key)
            if types is None:
                extra[key] = item
            elif type(item) in types:
                known[key] = item
            else:
                self._expect(None, (*path, key), f"must be {_WORDS.get(types, 'text or null')}")
        if not shape.required <= value.keys():
            self._expect(None, path, f"{', '.join(sorted(shape.required - value.keys()))} is missing")
        self._check(known, extra, path)
        return (known, extra) if len(self.problems) == before else ({}, {})

    def _check(self, known: Found, extra: dict[str, object], path: Path) -> None:
        """Check what a type does not say: moments, counts, choices, and how deep an unknown key goes."""
        for key in _STAMPS:
            if known.get(key, "") not in self._stamps:
                self._stamp(known[key], (*path, key))
        for key in ("n", "bits", "rotation_count"):
            if key in known:
                self._expect(0 <= known[key] < _LARGEST, (*path, key), "is out of range")
        for key, choices in _CHOICES.items():
            if key in known:
                self._expect(known[key] in choices, (*path, key), f"must be one of {', '.join(sorted(choices))}")
        if extra:
            self._expect(not _deep(extra), path, "is nested too deeply")

    def _each(
        self, values: Mapping[str, object], path: Path, build: Callable[[object, Path], T | None]
    ) -> dict[str, T]:
        built = {}
        for key, value in values.items():
            record = build(value, (*path, key))
            if record is not None:
                built[key] = record
            self._expect(key.isprintable() and key, (*path, key), "is no name: it is empty or holds control characters")
        return built

    def _texts(self, values: dict[str, object], path: Path) -> None:
        for key, value in values.items():
            self._expect(type(value) is str, (*path, key), "must be text")

    def _list(self, values: list[object], path: Path) -> tuple[object, ...]:
        for index, value in enumerate(values):
            self._expect(type(value) is str, (*path, index), "must be text")
        return tuple(values)

    def _stamp(self, text: str, path: Path) -> None:
        try:
            good = stamp(parse_stamp(text)) == text
        except (ValueError, OverflowError):
            good = False
        self._stamps.add(text)
        self._expect(good, path, "must be a time such as 2026-11-21T09:28:24Z")

    def _expect(self, true: object, path: Path, message: str) -> None:
        if not true:
            self.problems.append((path, message))


def _deep(value: object, depth: int = DEPTH) -> bool:
    """Tell whether something is nested deeper than any file of ours."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return depth == 0 or any(_deep(item, depth - 1) for item in inner)
