"""Targets in a store in memory."""

from collections.abc import Mapping

import attrs
from attrs import frozen

from secretzero.protocols import Constraints, Located, Place
from secretzero.refs import Ref
from secretzero.stores.memory import LARGEST, MemoryStore
from secretzero.values import SecretValue


@frozen
class ShelfTarget:
    """A field of an object in a store in memory; the connection is the store, whatever adapter it is.

    Paths are ``STORE/OBJECT``.
    """

    store: str = "memory"
    path: str = attrs.field(default="main", alias="object")
    field: str | None = None

    @property
    def one_place(self) -> bool:
        """Whether `field` fixes the place."""
        return self.field is not None

    def places(self, name: str) -> tuple[Place, ...]:
        """Return the place ``mem://STORE/OBJECT#FIELD``."""
        return (Place(Ref("mem", f"{self.store}/{self.path}", self.field or name)),)

    @classmethod
    def at(cls, address: str) -> Located | None:
        """Understand the URI of a place; the field is left to its target."""
        ref = Ref.parse(address) if address.startswith("mem://") else None
        store, _, path = ref.path.partition("/") if ref else ("", "", "")
        return Located(ref, cls(store, path)) if ref else None

    def constraints(self) -> Constraints:
        """Return the size limit of a field."""
        return Constraints(max_bytes=LARGEST)

    def check(self, name: str, value: SecretValue) -> None:
        """Accept every value."""

    def object_options(self) -> Mapping[str, object]:
        """Return no options: the object has none."""
        return {}

    def open(self, connection: object) -> MemoryStore:
        """Return the connection."""
        return connection  # type: ignore[return-value]
