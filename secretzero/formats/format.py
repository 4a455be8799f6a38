"""What all file formats share: an object's fields as text that is edited in place, read back, and compared."""

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
    """How one format, in one dialect, says things: text in, text out."""

    @property
    def empty(self) -> str:
        """Return a file that holds no field."""

    @property
    def constraints(self) -> Constraints:
        """Say what values must be like."""

    def layout(self, text: str) -> Layout:
        """Find every field. Raises RejectedError, with the line, when the text is not readable in this format."""

    def held(self, material: Material) -> Material:
        """Return what a reader gets back for this: itself where the format has it natively, else its text."""

    def check(self, name: str, held: Material) -> None:
        """Raise RejectedError when the format cannot carry this; the message says which rule."""

    def key(self, name: str) -> str:
        """Return the name as it is written for a new field."""

    def value(self, held: Material) -> str:
        """Return the value as it is written."""


@frozen
class Format:
    """A file format: bytes in, bytes out, and never a file.

    `dialects` maps the name of a dialect to its syntax; a format without dialects has one syntax named ``""``, which
    serves whatever dialect is asked for.
    """

    name: str
    dialects: Mapping[str, Syntax]

    def parse(self, text: bytes, *, dialect: str = PORTABLE) -> dict[str, Material]:
        """Return the fields: the top-level keys. Raises RejectedError, with the line, when it is not readable."""
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
        """Set and remove fields where they stand, add new ones at the end; every other byte stays.

        None is a file that does not exist yet; `replace` makes `fields` all that the file holds. What holds the same
        values already is returned unchanged. The result was read back: nothing but the named fields differs. Raises
        RejectedError when a field cannot be carried or the file cannot be edited that way.
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
        """Raise RejectedError when the name or value cannot be carried; it names the rule, never the value."""
        self._check(self._syntax(dialect), name, material, dialect)

    def constraints(self, dialect: str = PORTABLE) -> Constraints:
        """Return what values must be like; `avoid` is what generators leave out."""
        return self._syntax(dialect).constraints

    def _check(self, syntax: Syntax, name: str, material: Material, dialect: str) -> None:
        """Check, and say which of the other dialects would do."""
        if rule := unsound(name) or unsound(material):
            raise RejectedError(f"{json.dumps(name)}: {rule}")
        held = syntax.held(material)
        try:
            syntax.check(name, held)
        except RejectedError as error:
            able = [each for each, other in self.dialects.items() if each != dialect and _carries(other, name, held)]
            if able and not error.hint:
                raise RejectedError(error.message, hint=f"dialect {' or '.join(able)} can hold it") from None
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
            raise UsageError(f"{dialect!r} is no dialect of {self.name}", hint=f"one of {', '.join(self.dialects)}")
        return syntax


def _carries(syntax: Syntax, name: str, held: Material) -> bool:
    try:
        syntax.check(name, held)
    except RejectedError:
        return False
    return True


def _edited(syntax: Syntax, old: str, wanted: Mapping[str, Material], remove: Collection[str]) -> str:
    """Edit a text and prove that what its reader gets is what it got before, but for the named fields."""
    layout = syntax.layout(old)
    values = layout.values()
    anew = layout.misread()
    changed = {
        name: syntax.value(held)
        for name, held in wanted.items()
        if name not in values or name in anew or not same(values[name], held)
    }
    gone = {name for name in remove if name in values and name not in wanted}
    if not changed and not gone:
        return old
    new = layout.splice(changed, gone, syntax.key)
    expected = {name: held for name, held in values.items() if name not in gone} | dict(wanted)
    if not same(_read_back(syntax, new), expected):
        raise RejectedError("the file cannot be edited in place: other fields would change with it")
    return new


def _read_back(syntax: Syntax, new: str) -> dict[str, Material] | None:
    try:
        return syntax.layout(new).values()
    except RejectedError:
        return None


def _decoded(text: bytes) -> tuple[str, str]:
    """Return the byte order mark, if any, and the text behind it."""
    try:
        decoded = text.decode()
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise RejectedError(f"line {line} is not UTF-8", hint="save the file as UTF-8") from None
    return (_MARK, decoded[1:]) if decoded.startswith(_MARK) else ("", decoded)
