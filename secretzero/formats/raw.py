"""Files that hold one value and nothing else."""

from collections.abc import Collection, Mapping, Sequence

from attrs import frozen

from ..errors import RejectedError
from ..protocols import Constraints
from ..values import Material, as_text
from .format import Format, Syntax
from .layout import Key, Member

FIELD = "value"


@frozen
class Whole:
    """A text that is the value as a whole."""

    members: Sequence[Member]

    def splice(self, changed: Mapping[str, str], gone: Collection[str], _key: Key) -> str:
        """Return the new value, or an empty text if the field is removed."""
        return "" if gone else changed[FIELD]


class Raw(Syntax):
    """The content of the file is the value; a map or list is written as compact JSON."""

    constraints = Constraints(min_length=1)

    def layout(self, text: str) -> Whole:
        """Take the text unchanged; an empty text means that there is no value."""
        return Whole([Member(FIELD, text, 0, 0, len(text), len(text))] if text else ())

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

    def value(self, held: Material) -> str:
        """Return the value unchanged."""
        return as_text(held)


RAW = Format("raw", {"": Raw()})
