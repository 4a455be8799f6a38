"""From parsed JSON to records: types and pointers are checked once, here, and every problem is kept with its path."""

from collections.abc import Callable, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

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
_TEXTS = (Mapping[str, str], tuple[str, ...])
_DEEP = (object, Mapping[str, object] | None)
_TYPES: Mapping[object, Types] = {
    **dict.fromkeys((str, Confirmed), _TEXT), **dict.fromkeys((int, int | None), _COUNT), bool: _FLAG, object: _ANY,
    **dict.fromkeys((tuple[str, ...], tuple[Mapping[str, object], ...]), _LIST),
}  # fmt: skip
"""What the fields of records are in JSON, by their annotation; all others are maps."""
_WORDS = {_TEXT: "text", _COUNT: "a whole number", _FLAG: "true or false", _MAP: "a map", _LIST: "a list"}
_CHOICES = {
    "confirmed": frozenset(words_of(Confirmed)),
    "shape": frozenset({"text", "map", "list", "scalar"}),
}


class Shape(NamedTuple, Generic[T]):
    """Which keys a record has, of which types, which of them it must have, and which of them need a closer look."""

    record: Callable[..., T]
    keys: Mapping[str, Types]
    required: frozenset[str]
    moments: tuple[str, ...]
    counts: tuple[str, ...]
    choices: tuple[str, ...]
    texts: tuple[str, ...]
    deep: tuple[str, ...]


def _shape(record: type[T], required: str, **others: Types) -> Shape[T]:
    """Derive the shape of a record from its class; `others` are the keys of another type in JSON."""
    fields = {name: kind for name, kind in record.__annotations__.items() if name not in {"extra", "has_value"}}
    keys = {name: _TYPES.get(kind, _MAP) for name, kind in fields.items()} | others
    return Shape(
        record,
        keys=keys,
        required=frozenset(required.split()),
        moments=tuple(key for key in keys if key.endswith("at")),
        counts=tuple(key for key, types in keys.items() if types == _COUNT),
        choices=tuple(key for key in keys if key in _CHOICES),
        texts=tuple(key for key, kind in fields.items() if kind in _TEXTS),
        deep=tuple(key for key, kind in fields.items() if kind in _DEEP),
    )


_GENERATION = _shape(Generation, "at n fingerprints")
_TARGET = _shape(TargetRecord, "at op confirmed")
_OBJECT = _shape(ObjectRecord, "at ops remote")
_ENTRY = _shape(Entry, "id kind created_at", pending=_MAYBE)
_ROOT = _shape(Lockfile, "schema")
_KEY = _shape(KeyRecord, "id check")

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
        secrets = self._each(_ENTRY, found.get("secrets", {}), ("secrets",))
        objects = self._each(_OBJECT, found.get("objects", {}), ("objects",))
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

    def _history(self, found: Found, path: Path, *, fine: bool) -> None:
        """Build the records of one secret, and check that its head names none that is not there."""
        known = found.get("generations", {})
        for pointer in ("current", "pending", "previous"):
            op = found.get(pointer)
            if fine and op and op not in known and not self._half:
                self._refuse((*path, pointer), "unknown generation")
        if fine and not found["id"]:
            self._refuse((*path, "id"), "must not be empty")
        found["pending"] = found.get("pending") or ""
        found["generations"] = self._each(_GENERATION, known, (*path, "generations"))
        found["targets"] = self._each(_TARGET, found.get("targets", {}), (*path, "targets"))

    def _record(self, shape: Shape[T], value: object, path: Path) -> T | None:
        found, extra, fine = self._known(shape, value, path)
        if shape is _ENTRY:
            self._history(found, path, fine=fine)
        if not fine:
            return None
        for key in shape.texts:
            if key in found:
                found[key] = self._texts(found[key], (*path, key))
        for key in shape.deep:
            if key in found and _deep(found[key]):
                self._refuse((*path, key), "is nested too deeply")
        if "value" in found:
            found["has_value"] = True
        return shape.record(**found, extra=extra) if extra else shape.record(**found)

    def _known(self, shape: Shape[T], value: object, path: Path) -> tuple[Found, dict[str, object], bool]:
        """Separate the keys of a record: those that it may have, those of a later version, and whether all is fine.

        Records that have the keys and types of one that was sound are not looked at key by key.
        """
        if not isinstance(value, dict):
            self._refuse(path, "must be a map")
            return {}, {}, False
        before = len(self.problems)
        look = (shape.record, *value, *map(type, value.values()))
        sound = look in self._sound
        known, extra = (value, {}) if sound else self._sorted(shape, value, path)
        self._check(shape, known, path)
        fine = len(self.problems) == before
        if fine and not sound and not extra:
            self._sound.add(look)
        return known, extra, fine

    def _sorted(self, shape: Shape[T], value: Found, path: Path) -> tuple[Found, dict[str, object]]:
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

    def _check(self, shape: Shape[T], known: Found, path: Path) -> None:
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

    def _each(self, shape: Shape[T], values: Mapping[str, object], path: Path) -> dict[str, T]:
        built = {}
        for key, value in values.items():
            record = self._record(shape, value, (*path, key))
            if record is not None:
                built[key] = record
            if not key or not key.isprintable():
                self._refuse((*path, key), "invalid name: empty, or contains control characters")
        return built

    def _texts(self, values: Found | list[object], path: Path) -> Found | tuple[object, ...]:
        """Check that a map or a list holds nothing but texts."""
        for key, value in values.items() if isinstance(values, dict) else enumerate(values):
            if type(value) is not str:
                self._refuse((*path, key), "must be text")
        return values if isinstance(values, dict) else tuple(values)

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
