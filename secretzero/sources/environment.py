"""The environment as a source."""

from typing import ClassVar

from attrs import field, frozen

from ..errors import NoValueError
from ..protocols import Request
from ..values import SecretValue


def _is_name(_: object, __: object, name: str) -> None:
    if not name or "=" in name or "\0" in name:
        raise ValueError("name is no name of an environment variable")


@frozen
class Env:
    """A variable of the environment."""

    kind: ClassVar[str] = "env"

    name: str = field(validator=_is_name)
    trim: bool = True

    def needs(self) -> tuple[str, ...]:
        """Return no name: it refers to no other secret."""
        return ()

    def obtain(self, request: Request) -> SecretValue:
        """Return the text of the variable. Raises NoValueError when it is unset or empty."""
        text = request.environ.get(self.name, "")
        text = text.strip() if self.trim else text
        if not text:
            raise NoValueError(f"{self.name} is not set", hint=f"set {self.name}", secret=request.secret)
        return SecretValue(text)
