"""Files that hold one value and nothing else."""

from collections.abc import Collection, Mapping

from attrs import frozen

from ..errors import RejectedError
from ..protocols import Constraints
from ..values import Material, as_text
from .format import Format
from .layout import Key

FIELD = "value"


@frozen
class Whole:
    """A text that is the value as a whole; an empty text means that there is no value."""

    text: str

    def values(self) -> dict[str, Material]:
        """Return the single field, if there is one."""
        return {FIELD: self.text} if self.text else {}

    def misread(self) -> Collection[str]:
        """Return no fields: every byte belongs to the value."""
        return ()

    def splice(self, changed: Mapping[str, str], gone: Collection[str], _key: Key) -> str:
        """Return the new value, or an empty text if the field is removed."""
        return "" if gone else changed[FIELD]


@frozen
class Raw:
    """The content of the file is the value; a map or list is written as compact JSON."""

    empty: str = ""
    constraints: Constraints = Constraints(min_length=1)

    def layout(self, text: str) -> Whole:
        """Take the text unchanged."""
        return Whole(text)

    def held(self, material: Material) -> Material:
        """Return the value as text."""
        return as_text(material)

    def check(self, name: str, held: Material) -> None:
        """Refuse any field but `value`, an empty value, and one that begins with a byte order mark."""
        if name != FIELD:
            raise RejectedError(f"{name!r}: a raw file holds one value, which has no name", hint="use another format")
        if not held:
            raise RejectedError(
                "a raw file cannot hold an empty value: it would look like a file that was never written"
            )
        if as_text(held).startswith("\ufeff"):
            raise RejectedError("a raw file cannot begin with a byte order mark: readers would drop it from the value")

    def key(self, name: str) -> str:
        """Return the name, which is not written to the file."""
        return name

    def value(self, held: Material) -> str:
        """Return the value unchanged."""
        return as_text(held)


RAW = Format("raw", {"": Raw()})
