"""Canonical URIs: one secret in one store, written one way (providers, section 1.2)."""

import re
from functools import lru_cache
from posixpath import normpath
from typing import NamedTuple

from .errors import UsageError

_PLAIN = re.compile(r"[A-Za-z0-9._~/@+,:=!$&'()*;-]*\Z").match
_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~/@+,:=!$&'()*;-")
_SHAPE = re.compile(r"([a-z][a-z0-9+.-]*)://([^?#]*)(?:\?([^#]*))?(?:#(.*))?\Z", re.DOTALL)
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def encode(text: str) -> str:
    """Percent-encode the characters that a path, qualifier or fragment cannot contain, in upper case (RFC 3986)."""
    if _PLAIN(text):
        return text
    return "".join(chr(byte) if byte in _SAFE else f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))


def decode(text: str) -> str:
    """Undo `encode`. Raises UsageError for an incomplete escape or one that is not UTF-8."""
    if "%" not in text:
        return text
    if _BAD_ESCAPE.search(text):
        raise UsageError("invalid escape after %", hint="write %25 for a literal %")
    octets = re.sub(rb"%([0-9A-Fa-f]{2})", lambda m: bytes([int(m[1], 16)]), text.encode("utf-8"))
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError("escapes must be valid UTF-8") from None


class Ref(NamedTuple):
    """One secret in one store, as a canonical URI: ``scheme://path?qualifiers#field``.

    Attributes:
        scheme: Kind of the store.
        path: Path of the object, the authority included.
        field: Name of a field of the object; ``""`` in a store of single values.
        qualifiers: Names and values, sorted by name.

    Example:
        >>> from secretzero import Ref
        >>> ref = Ref.parse("file://config/./.env#DB")
        >>> str(ref), ref.object, ref.field
        ('file://config/.env#DB', 'file://config/.env', 'DB')
    """

    scheme: str
    path: str
    field: str = ""
    qualifiers: tuple[tuple[str, str], ...] = ()

    @property
    def object(self) -> str:
        """The URI of the whole object, without the field."""
        return _object(self.scheme, self.path, self.qualifiers)

    def __str__(self) -> str:
        """Render the canonical form; `parse` is its inverse."""
        return f"{self.object}#{encode(self.field)}" if self.field else self.object

    @classmethod
    def parse(cls, text: str) -> "Ref":
        """Parse a URI into its canonical form.

        Args:
            text: The URI.

        Returns:
            The ref; `str` of it is the canonical form.

        Raises:
            UsageError: It has no scheme, an empty segment, a ``..`` that leaves the store, NUL or control characters.
        """
        match = _SHAPE.match(text)
        if not match:
            raise UsageError("not a canonical URI", hint="write scheme://path#field")
        scheme, path, asked, field = match[1], decode(match[2]), match[3] or "", decode(match[4] or "")
        pairs = (pair.partition("=") for pair in asked.split("&") if pair)
        qualifiers = tuple(sorted((decode(name), decode(value)) for name, _, value in pairs))
        if _CONTROL.search(path) or _CONTROL.search(field):
            raise UsageError("a URI cannot contain control characters")
        return cls(scheme, _file_path(path) if scheme == "file" else _store_path(path), field, qualifiers)


@lru_cache(maxsize=4096)
def _object(scheme: str, path: str, qualifiers: tuple[tuple[str, str], ...]) -> str:
    """Render the URI of an object; it is cached because its fields share it."""
    asked = "&".join(f"{name}={encode(value)}" for name, value in qualifiers)
    return f"{scheme}://{encode(path)}" + (f"?{asked}" if asked else "")


def file_ref(path: str, field: str = "") -> Ref:
    """Return the Ref of a file or its field; the path is relative to the manifest folder, ``~/…`` or ``/…``."""
    return Ref("file", _file_path(path), field)


@lru_cache(maxsize=4096)
def _file_path(path: str) -> str:
    """Resolve ``.`` and ``..`` in the path of a file, without following links."""
    if not path:
        raise UsageError("a file URI requires a path")
    plain = normpath(path)
    return plain[1:] if plain.startswith("//") else plain


def _store_path(path: str) -> str:
    """Refuse segments that the path of a store cannot contain."""
    if not path or any(step in {"", ".", ".."} for step in path.split("/")):
        raise UsageError("the path of a store cannot contain an empty segment, '.' or '..'")
    return path
