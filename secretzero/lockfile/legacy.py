"""Lockfiles of the public 0.14 (schema 1): plain SHA-256 of each value, read so that no value has to be replaced."""

import hmac
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256

from attrs import evolve

from ..clock import stamp
from ..keys import named_id
from ..values import Material, SecretValue
from .model import Entry, Lockfile, amend
from .positions import Path

_DIGEST = re.compile(r"[0-9a-f]{64}\Z").match


def read(document: Mapping[str, object], problems: list[tuple[Path, str]]) -> Lockfile:
    """Build the entries of a parsed file of schema 1; errors in it are added to `problems`.

    The entries ``NAME.FIELD`` of a template become one entry with the oldest date. Author, machine and targets are
    dropped: names of people and machines do not belong in a lockfile, and every target is observed again.
    """
    secrets = document.get("secrets", {})
    units: dict[str, dict[str, Entry]] = {}
    if not isinstance(secrets, dict):
        problems.append((("secrets",), "must be a map"))
        return Lockfile(schema=1)
    for key, found in secrets.items():
        name, _, field = key.partition(".")
        units.setdefault(name, {})[field] = _entry(found, ("secrets", key), problems)
    return Lockfile(schema=1, secrets={name: _unit(fields) for name, fields in units.items()})


def adopt(lockfile: Lockfile, project: str) -> Lockfile:
    """Convert a lockfile of schema 1 to schema 2 for this project: entries get their ids and remain unverified."""
    secrets = {name: amend(entry, id=named_id(project, name)) for name, entry in lockfile.secrets.items()}
    return evolve(lockfile, schema=2, project=project, secrets=secrets)


def digests(entry: Entry) -> Mapping[str, str]:
    """Return the digests that 0.14 recorded for an entry: by field for a template, else one under ``""``."""
    pairs = (pair.rpartition("=") for pair in entry.legacy.removeprefix("sha256:").split(",") if pair)
    return {field: digest for field, _, digest in pairs}


def verify_legacy(entry: Entry, value: SecretValue, field: str = "") -> bool:
    """Return whether a value that was read back has the digest that 0.14 recorded.

    The digest may be of its part ``token``, which is what 0.14 took from a map if no `value_field` was given.
    """
    expected = digests(entry).get(field)
    if expected is None or _matches(value, expected):
        return expected is not None
    try:
        return _matches(value.part("token"), expected)
    except KeyError:
        return False


def _matches(value: SecretValue, expected: str) -> bool:
    """Compare with a digest of 0.14, which hashed text unchanged and anything else as compact sorted ASCII JSON."""
    canonical = value.canonical()
    found = [] if value.shape != "text" else [canonical]
    try:
        parsed: Material = json.loads(canonical)
    except (ValueError, RecursionError):
        parsed = None
    if value.shape != "text" or isinstance(parsed, dict | list):
        found.append(json.dumps(parsed, sort_keys=True, separators=(",", ":")).encode())
    return any(hmac.compare_digest(sha256(text).hexdigest(), expected) for text in found)


def _entry(found: object, path: Path, problems: list[tuple[Path, str]]) -> Entry:
    """Read one entry; problems are recorded, and the entry returned is then a placeholder."""
    blank = Entry("", "", "")
    if not isinstance(found, dict):
        problems.append((path, "must be a map"))
        return blank
    digest, count = found.get("hash"), found.get("rotation_count", 0)
    if not isinstance(digest, str) or not _DIGEST(digest):
        problems.append(((*path, "hash"), "must be a SHA-256 in hexadecimal"))
    if type(count) is not int or not 0 <= count < 1 << 53:
        problems.append(((*path, "rotation_count"), "must be a whole number"))
    created = _moment(found, "created_at", path, problems)
    rotated = _moment(found, "last_rotated", path, problems) or created
    if not created:
        problems.append((path, "created_at is missing"))
    return amend(blank, created_at=created, rotated_at=rotated, rotation_count=count, legacy=f"sha256:{digest}")


def _moment(found: Mapping[str, object], key: str, path: Path, problems: list[tuple[Path, str]]) -> str:
    """Convert a timestamp of 0.14, with fractions and an offset, to the current form; ``""`` if there is none."""
    text = found.get(key)
    if text is None:
        return ""
    try:
        moment = datetime.fromisoformat(str(text))
        return stamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        problems.append(((*path, key), "must be a time"))
        return stamp(datetime.fromtimestamp(0, UTC))


def _unit(fields: Mapping[str, Entry]) -> Entry:
    """Combine the fields of a template into one entry."""
    if set(fields) == {""}:
        return fields[""]
    listed = ",".join(f"{name}={entry.legacy.removeprefix('sha256:')}" for name, entry in sorted(fields.items()))
    return Entry(
        "",
        "",
        min(entry.created_at for entry in fields.values()),
        rotated_at=min(entry.rotated_at for entry in fields.values()),
        rotation_count=max(entry.rotation_count for entry in fields.values()),
        legacy=f"sha256:{listed}",
    )
