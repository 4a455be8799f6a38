"""What all file formats share: an object's fields as text that is edited in place, then read back and compared."""

import json
from collections.abc import Collection, Mapping
from typing import Protocol

from attrs import frozen

from ..errors import RejectedError, UsageError
from ..protocols import Constraints
from ..values import Material
from .layout import Layout, same
from .soundness import unsound

PORTABLE = "portable"
_MARK = "\ufeff"


class Syntax(Protocol):
    """The syntax of one format in one dialect: text in, text out."""

    @property
    def empty(self) -> str:
        """Return the text of a file without fields."""

    @property
    def constraints(self) -> Constraints:
        """Return the constraints on values."""

    def layout(self, text: str) -> Layout:
        """Find every field. Raises RejectedError, with the line number, if the text is not valid in this format."""

    def held(self, material: Material) -> Material:
        """Return what a reader gets back: the material itself if the format has a native form for it, else its text."""

    def check(self, name: str, held: Material) -> None:
        """Raise RejectedError if the format cannot hold this name or value; the message states the rule."""

    def key(self, name: str) -> str:
        """Return the name of a new field as written in the file."""

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
        return self._syntax(dialect).layout(_decoded(text)[1]).values()

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
        for name, material in fields.items():
            self._check(syntax, name, material, dialect)
        wanted = {name: syntax.held(material) for name, material in fields.items()}
        if text is None:
            return _edited(syntax, syntax.empty, wanted, ()).encode()
        if replace:
            return self._replaced(syntax, text, wanted)
        mark, old = _decoded(text)
        new = _edited(syntax, old, wanted, remove)
        return text if new == old else (mark + new).encode()

    def check(self, name: str, material: Material, *, dialect: str = PORTABLE) -> None:
        """Raise RejectedError if the format cannot hold the name or value; it states the rule, never the value."""
        self._check(self._syntax(dialect), name, material, dialect)

    def constraints(self, dialect: str = PORTABLE) -> Constraints:
        """Return the constraints on values; generators leave out the characters in `avoid`."""
        return self._syntax(dialect).constraints

    def _check(self, syntax: Syntax, name: str, material: Material, dialect: str) -> None:
        """Check a field; the hint names other dialects that can hold it."""
        if rule := unsound(name) or unsound(material):
            raise RejectedError(f"{json.dumps(name)}: {rule}")
        held = syntax.held(material)
        try:
            syntax.check(name, held)
        except RejectedError as error:
            able = [each for each, other in self.dialects.items() if each != dialect and _carries(other, name, held)]
            if able and not error.hint:
                hint = f"use dialect {' or '.join(able)}, which can hold it"
                raise RejectedError(error.message, hint=hint) from None
            raise

    def _replaced(self, syntax: Syntax, text: bytes, wanted: Mapping[str, Material]) -> bytes:
        try:
            held = syntax.layout(_decoded(text)[1]).values()
        except RejectedError:
            held = None
        unchanged = held is not None and held.keys() == wanted.keys() and same(held, wanted)
        return text if unchanged else _edited(syntax, syntax.empty, wanted, ()).encode()

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
    values = layout.values()
    misread = layout.misread()
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
    if not same(_read_back(syntax, new), expected):
        raise RejectedError("the file cannot be edited in place: other fields would change too")
    return new


def _read_back(syntax: Syntax, new: str) -> dict[str, Material] | None:
    try:
        return syntax.layout(new).values()
    except RejectedError:
        return None


def _decoded(text: bytes) -> tuple[str, str]:
    """Return the byte order mark, if any, and the text after it."""
    try:
        decoded = text.decode()
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise RejectedError(f"line {line} is not UTF-8", hint="save the file as UTF-8") from None
    return (_MARK, decoded[1:]) if decoded.startswith(_MARK) else ("", decoded)
