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
    """A text that is a value; no text is no value."""

    text: str

    def values(self) -> dict[str, Material]:
        """Return the one field."""
        return {FIELD: self.text} if self.text else {}

    def misread(self) -> Collection[str]:
        """Return no field: all bytes are the value."""
        return ()

    def splice(self, changed: Mapping[str, str], gone: Collection[str], _key: Key) -> str:
        """Return the new value, or nothing."""
        return "" if gone else changed[FIELD]


@frozen
class Raw:
    """The file is the value; a map or list is its compact JSON."""

    empty: str = ""
    constraints: Constraints = Constraints(min_length=1)

    def layout(self, text: str) -> Whole:
        """Take the text as it is."""
        return Whole(text)

    def held(self, material: Material) -> Material:
        """Return the text that stands for it."""
        return as_text(material)

    def check(self, name: str, held: Material) -> None:
        """Refuse every field but the one, and a value that would leave the file empty."""
        if name != FIELD:
            raise RejectedError(f"{name!r}: a raw file holds one value, which has no name", hint="use another format")
        if not held:
            raise RejectedError("an empty raw file cannot be told from one that was never written")
        if as_text(held).startswith("\ufeff"):
            raise RejectedError("a raw file cannot begin with a byte order mark: readers take it for none of the value")

    def key(self, name: str) -> str:
        """Return the name, which stands nowhere."""
        return name

    def value(self, held: Material) -> str:
        """Return the value as it is."""
        return as_text(held)


RAW = Format("raw", {"": Raw()})
