"""From parsed JSON to records: types and pointers are checked once, here, and every problem is kept with its path."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from ..choices import words_of
from ..clock import parse_stamp, stamp
from .model import Confirmed, Entry, Generation, KeyRecord, Lockfile, ObjectRecord, TargetRecord
from .positions import Path

DEPTH = 32
_LARGEST = 2**53

T = TypeVar("T")
Types = frozenset[type]

_TEXT, _COUNT, _FLAG = Types({str}), Types({int}), Types({bool})
_MAP, _LIST, _MAYBE = Types({dict}), Types({list}), Types({str, type(None)})
_ANY = Types({str, int, float, bool, type(None), list, dict})
_WORDS = {_TEXT: "text", _COUNT: "a whole number", _FLAG: "true or false", _MAP: "a map", _LIST: "a list"}
_CHOICES = {
    "confirmed": frozenset(words_of(Confirmed)),
    "shape": frozenset({"text", "map", "list", "scalar"}),
}


class Shape(NamedTuple):
    """Which keys a record has, of which types, which of them it must have, and which of them are moments or counts."""

    name: str
    keys: Mapping[str, Types]
    required: frozenset[str]
    moments: tuple[str, ...]
    counts: tuple[str, ...]
    choices: tuple[str, ...]


def _shape(name: str, required: str, moments: str = "", **keys: Types) -> Shape:
    counts = tuple(key for key, types in keys.items() if types == _COUNT)
    choices = tuple(key for key in keys if key in _CHOICES)
    return Shape(
        name, keys, frozenset(required.split()), moments=tuple(moments.split()), counts=counts, choices=choices
    )


_GENERATION = _shape(
    "generation", "at n fingerprints", "at retired_at",
    at=_TEXT, n=_COUNT, fingerprints=_MAP, origin=_TEXT, reason=_TEXT, definition=_TEXT, bits=_COUNT, shape=_TEXT,
    parts=_MAP, fields=_LIST, issued=_MAP, retired_at=_TEXT, withdrawn=_FLAG, value=_ANY, mac=_TEXT,
)  # fmt: skip
_TARGET = _shape(
    "target", "at op confirmed", "at removed_at",
    at=_TEXT, op=_TEXT, confirmed=_TEXT, error=_TEXT, removed_at=_TEXT, mac=_TEXT,
)  # fmt: skip
_OBJECT = _shape("object", "at ops remote", "at", at=_TEXT, ops=_LIST, remote=_TEXT, mac=_TEXT)
_ENTRY = _shape(
    "head", "id kind created_at", "created_at rotated_at",
    id=_TEXT, kind=_TEXT, created_at=_TEXT, current=_TEXT, pending=_MAYBE, previous=_TEXT, rotated_at=_TEXT,
    rotation_count=_COUNT, legacy=_TEXT, generations=_MAP, targets=_MAP, mac=_TEXT,
)  # fmt: skip
_ROOT = _shape("file", "schema", schema=_COUNT, project=_TEXT, key=_MAP, secrets=_MAP, objects=_MAP, orphans=_LIST)
_KEY = _shape("key", "id check", id=_TEXT, check=_TEXT)

Found = dict[str, Any]
"""A JSON object whose values have the types that its shape demands; what is missing is simply not there."""


class Structure:
    """Builds the records of one file; `problems` lists each thing that is wrong, as its path and a message.

    In `half` a merge, a head may name a generation that only the other half has.
    """

    def __init__(self, *, half: bool = False) -> None:
        self._half = half
        self.problems: list[tuple[Path, str]] = []
        self._moments: set[str] = {""}
        self._sound: set[tuple[object, ...]] = set()

    def lockfile(self, document: Mapping[str, object]) -> Lockfile:
        """Build the records of a file of schema 2; what cannot be built is a problem and is left out."""
        found, extra, _ = self._known(_ROOT, document, ())
        secrets = self._each(found.get("secrets", {}), ("secrets",), self._entry)
        objects = self._each(found.get("objects", {}), ("objects",), self._object)
        key = self._key(found["key"]) if "key" in found else None
        self._together(document, secrets)
        orphans = found.get("orphans", [])
        for index, orphan in enumerate(orphans):
            if not isinstance(orphan, dict) or _deep(orphan):
                self._refuse(("orphans", index), "must be a map")
        return Lockfile(found.get("project", ""), key, secrets, objects=objects, orphans=tuple(orphans), extra=extra)

    def _together(self, document: Mapping[str, object], secrets: Mapping[str, Entry]) -> None:
        """Check what concerns all records together."""
        if document.get("secrets") or document.get("objects"):
            if not document.get("project"):
                self._refuse((), "project is missing")
            if "key" not in document:
                self._refuse((), "key is missing, and without it nothing shows whether the records were edited")
        ids: dict[str, str] = {}
        for name, entry in secrets.items():
            first = ids.setdefault(entry.id, name)
            if first != name:
                self._refuse(("secrets", name, "id"), f"is also the id of {first}")

    def _key(self, value: object) -> KeyRecord | None:
        found, _, fine = self._known(_KEY, value, ("key",))
        return KeyRecord(found["id"], found["check"]) if fine else None

    def _entry(self, value: object, path: Path) -> Entry | None:
        found, extra, fine = self._known(_ENTRY, value, path)
        known = found.get("generations", {})
        for pointer in ("current", "pending", "previous"):
            op = found.get(pointer)
            if fine and op and op not in known and not self._half:
                self._refuse((*path, pointer), "unknown generation")
        if fine and not found["id"]:
            self._refuse((*path, "id"), "must not be empty")
        found["pending"] = found.get("pending") or ""
        found["generations"] = self._each(known, (*path, "generations"), self._generation)
        found["targets"] = self._each(found.get("targets", {}), (*path, "targets"), self._target)
        if not fine:
            return None
        return Entry(**found, extra=extra) if extra else Entry(**found)

    def _generation(self, value: object, path: Path) -> Generation | None:
        found, extra, fine = self._known(_GENERATION, value, path)
        if not fine:
            return None
        self._texts(found["fingerprints"], (*path, "fingerprints"))
        if "parts" in found:
            self._texts(found["parts"], (*path, "parts"))
        if "fields" in found:
            found["fields"] = self._list(found["fields"], (*path, "fields"))
        if "value" in found or "issued" in found:
            self._shallow(found, path)
        return Generation(**found, extra=extra) if extra else Generation(**found)

    def _shallow(self, found: Found, path: Path) -> None:
        found["has_value"] = "value" in found
        for key in ("value", "issued"):
            if _deep(found.get(key)):
                self._refuse((*path, key), "is nested too deeply")

    def _target(self, value: object, path: Path) -> TargetRecord | None:
        found, extra, fine = self._known(_TARGET, value, path)
        if not fine:
            return None
        return TargetRecord(**found, extra=extra) if extra else TargetRecord(**found)

    def _object(self, value: object, path: Path) -> ObjectRecord | None:
        found, extra, fine = self._known(_OBJECT, value, path)
        if not fine:
            return None
        found["ops"] = self._list(found["ops"], (*path, "ops"))
        return ObjectRecord(**found, extra=extra)

    def _known(self, shape: Shape, value: object, path: Path) -> tuple[Found, dict[str, object], bool]:
        """Separate the keys of a record: those that it may have, those of a later version, and whether all is fine.

        Records that have the keys and types of one that was sound are not looked at key by key.
        """
        if not isinstance(value, dict):
            self._refuse(path, "must be a map")
            return {}, {}, False
        before = len(self.problems)
        look = (shape.name, *value, *map(type, value.values()))
        known, extra = (value, {}) if look in self._sound else self._sorted(shape, value, path)
        self._check(shape, known, path)
        fine = len(self.problems) == before
        if fine and not extra:
            self._sound.add(look)
        return known, extra, fine

    def _sorted(self, shape: Shape, value: Found, path: Path) -> tuple[Found, dict[str, object]]:
        known = {key: item for key, item in value.items() if type(item) in shape.keys.get(key, ())}
        extra = {key: item for key, item in value.items() if key not in shape.keys}
        for key, types in shape.keys.items():
            if key in value and key not in known:
                self._refuse((*path, key), f"must be {_WORDS.get(types, 'text or null')}")
        missing = sorted(shape.required - value.keys())
        if missing:
            self._refuse(path, f"{', '.join(missing)} is missing")
        if _deep(extra):
            self._refuse(path, "is nested too deeply")
        return known, extra

    def _check(self, shape: Shape, known: Found, path: Path) -> None:
        """Check what a type does not say: moments, counts and choices."""
        for key in shape.moments:
            if known.get(key, "") not in self._moments:
                self._moment(known[key], (*path, key))
        for key in shape.counts:
            if not 0 <= known.get(key, 0) < _LARGEST:
                self._refuse((*path, key), "is out of range")
        for key in shape.choices:
            if key in known and known[key] not in _CHOICES[key]:
                self._refuse((*path, key), f"must be one of {', '.join(sorted(_CHOICES[key]))}")

    def _each(
        self, values: Mapping[str, object], path: Path, build: Callable[[object, Path], T | None]
    ) -> dict[str, T]:
        built = {}
        for key, value in values.items():
            record = build(value, (*path, key))
            if record is not None:
                built[key] = record
            if not key or not key.isprintable():
                self._refuse((*path, key), "invalid name: empty, or contains control characters")
        return built

    def _texts(self, values: Mapping[str, object], path: Path) -> None:
        for key, value in values.items():
            if type(value) is not str:
                self._refuse((*path, key), "must be text")

    def _list(self, values: list[object], path: Path) -> tuple[object, ...]:
        for index, value in enumerate(values):
            if type(value) is not str:
                self._refuse((*path, index), "must be text")
        return tuple(values)

    def _moment(self, text: str, path: Path) -> None:
        try:
            good = stamp(parse_stamp(text)) == text
        except (ValueError, OverflowError):
            good = False
        if good:
            self._moments.add(text)
        else:
            self._refuse(path, "must be a time such as 2026-11-21T09:28:24Z")

    def _refuse(self, path: Path, message: str) -> None:
        self.problems.append((path, message))


def _deep(value: object, depth: int = DEPTH) -> bool:
    """Return whether something is nested deeper than any file that SecretZero writes."""
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return depth == 0 or any(_deep(item, depth - 1) for item in inner)
