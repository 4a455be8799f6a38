"""What all file formats share: an object's fields as text that is edited in place, then read back and compared."""

import json
import re
from collections.abc import Collection, Mapping
from math import isfinite
from typing import Protocol

from attrs import frozen

from ..errors import RejectedError, UsageError
from ..protocols import Constraints
from ..values import Material
from .layout import Layout, same

PORTABLE = "portable"
MAX_DEPTH = 60
_MAX_BITS = 1024
_SURROGATE = re.compile("[\ud800-\udfff]").search
_MARK = "\ufeff"


_FREE = Constraints()


class Syntax(Protocol):
    """The syntax of one format in one dialect: text in, text out.

    Formats inherit from it. Unless they say otherwise, they write names as they are and values in a native form.
    """

    @property
    def empty(self) -> str:
        """Return the text of a file without fields."""
        return ""

    @property
    def constraints(self) -> Constraints:
        """Return the constraints on values."""
        return _FREE

    def layout(self, text: str) -> Layout:
        """Find every field. Raises RejectedError, with the line number, if the text is not valid in this format."""

    def held(self, material: Material) -> Material:
        """Return what a reader gets back: the material itself if the format has a native form for it, else its text."""
        return material

    def check(self, name: str, held: Material) -> None:
        """Raise RejectedError if the format cannot hold this name or value; the message states the rule."""

    def key(self, name: str) -> str:
        """Return the name of a new field as written in the file."""
        return name

    def value(self, held: Material) -> str:
        """Return the value as written in the file."""


@frozen
class Format:
    """A file format: bytes in, bytes out, no file access.

    `dialects` maps the name of each dialect to its syntax. A format without dialects has one syntax named ``""``, which
    is used for any dialect.
    """

    name: str
    dialects: Mapping[str, Syntax]

    def parse(self, text: bytes, *, dialect: str = PORTABLE) -> dict[str, Material]:
        """Return the fields: the top-level keys. Raises RejectedError, with the line number, if the text is invalid."""
        return _read(self._syntax(dialect), text)

    def edit(
        self,
        text: bytes | None,
        fields: Mapping[str, Material],
        *,
        remove: Collection[str] = (),
        replace: bool = False,
        dialect: str = PORTABLE,
    ) -> bytes:
        """Set and remove fields in place and add new ones at the end; every other byte stays the same.

        `text` is None for a file that does not exist yet. With `replace`, `fields` become the whole content. A text
        that already holds these values is returned unchanged. The result has been read back: only the named fields
        differ. Raises RejectedError if the format cannot hold a field or the file cannot be edited in place.
        """
        syntax = self._syntax(dialect)
        wanted = {name: self._held(syntax, name, material) for name, material in fields.items()}
        if replace and text is not None and _reads_as(syntax, text, wanted):
            return text
        if replace or text is None:
            return _edited(syntax, syntax.empty, wanted, ()).encode()
        mark, old = _decoded(text)
        new = _edited(syntax, old, wanted, remove)
        return text if new == old else (mark + new).encode()

    def check(self, name: str, material: Material, *, dialect: str = PORTABLE) -> None:
        """Raise RejectedError if the format cannot hold the name or value; it states the rule, never the value."""
        self._held(self._syntax(dialect), name, material)

    def constraints(self, dialect: str = PORTABLE) -> Constraints:
        """Return the constraints on values; generators leave out the characters in `avoid`."""
        return self._syntax(dialect).constraints

    def _held(self, syntax: Syntax, name: str, material: Material) -> Material:
        """Check a field and return what a reader gets back; the hint of an error names dialects that can hold it."""
        if rule := _unsound(name) or _unsound(material):
            raise RejectedError(f"{json.dumps(name)}: {rule}")
        held = syntax.held(material)
        try:
            syntax.check(name, held)
        except RejectedError as error:
            able = [each for each, other in self.dialects.items() if _carries(other, name, held)]
            if not able or error.hint:
                raise
            hint = f"use dialect {' or '.join(able)}, which can hold it"
            raise RejectedError(error.message, hint=hint) from None
        return held

    def _syntax(self, dialect: str) -> Syntax:
        syntax = self.dialects.get(dialect) or self.dialects.get("")
        if syntax is None:
            known = ", ".join(self.dialects)
            raise UsageError(f"no such dialect of {self.name}: {dialect!r}", hint=f"use one of {known}")
        return syntax


def _carries(syntax: Syntax, name: str, held: Material) -> bool:
    try:
        syntax.check(name, held)
    except RejectedError:
        return False
    return True


def _edited(syntax: Syntax, old: str, wanted: Mapping[str, Material], remove: Collection[str]) -> str:
    """Edit a text and verify that it reads the same as before, apart from the named fields."""
    layout = syntax.layout(old)
    values = {member.name: member.value for member in layout.members}
    misread = {member.name for member in layout.members if member.misread}
    changed = {
        name: syntax.value(held)
        for name, held in wanted.items()
        if name not in values or name in misread or not same(values[name], held)
    }
    gone = {name for name in remove if name in values and name not in wanted}
    if not changed and not gone:
        return old
    new = layout.splice(changed, gone, syntax.key)
    expected = {name: held for name, held in values.items() if name not in gone} | dict(wanted)
    if not _reads_as(syntax, new, expected):
        raise RejectedError("the file cannot be edited in place: other fields would change too")
    return new


def _reads_as(syntax: Syntax, text: str | bytes, wanted: Mapping[str, Material]) -> bool:
    """Return whether a text is valid and holds exactly these fields."""
    try:
        return same(_read(syntax, text), wanted)
    except RejectedError:
        return False


def _read(syntax: Syntax, text: str | bytes) -> dict[str, Material]:
    decoded = text if isinstance(text, str) else _decoded(text)[1]
    return {member.name: member.value for member in syntax.layout(decoded).members}


def _decoded(text: bytes) -> tuple[str, str]:
    """Return the byte order mark, if any, and the text after it."""
    try:
        decoded = text.decode()
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise RejectedError(f"line {line} is not UTF-8", hint="save the file as UTF-8") from None
    return (_MARK, decoded[1:]) if decoded.startswith(_MARK) else ("", decoded)


def _unsound(material: Material, depth: int = 0) -> str:
    """Return the rule that a value breaks (lone surrogates, large or infinite numbers, deep nesting), else ``""``."""
    if isinstance(material, str):
        sound = material.isascii() or not _SURROGATE(material)
        return "" if sound else "it holds an incomplete character (a lone surrogate)"
    if isinstance(material, dict | list):
        if depth >= MAX_DEPTH:
            return f"it is nested more than {MAX_DEPTH} levels deep"
        inner = [*material, *material.values()] if isinstance(material, dict) else material
        return next(filter(None, (_unsound(each, depth + 1) for each in inner)), "")
    return _unsound_number(material)


def _unsound_number(number: Material) -> str:
    if isinstance(number, int):
        return "the number is too large" if number.bit_length() > _MAX_BITS else ""
    infinite = isinstance(number, float) and not isfinite(number)
    return "the number is not finite, and readers disagree on how to write it" if infinite else ""
