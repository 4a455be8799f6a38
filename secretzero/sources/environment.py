"""Environment variables as a source."""

from typing import ClassVar

from attrs import field, frozen

from ..errors import NoValueError
from ..protocols import Request
from ..values import SecretValue


def _is_name(_: object, __: object, name: str) -> None:
    if not name or "=" in name or "\0" in name:
        raise ValueError("name must be a valid name of an environment variable")


@frozen
class Env:
    """An environment variable."""

    kind: ClassVar[str] = "env"

    name: str = field(validator=_is_name)
    trim: bool = True

    def needs(self) -> tuple[str, ...]:
        """Return no names: it does not depend on other secrets."""
        return ()

    def obtain(self, request: Request) -> SecretValue:
        """Return the value of the variable. Raises NoValueError if it is unset or empty."""
        text = request.environ.get(self.name, "")
        text = text.strip() if self.trim else text
        if not text:
            raise NoValueError(f"{self.name} is not set", hint=f"set {self.name}", secret=request.secret)
        return SecretValue(text)
