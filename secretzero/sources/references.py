"""Other secrets as a source."""

from typing import ClassVar

from attrs import field, frozen

from ..errors import NoValueError, RejectedError
from ..protocols import Request
from ..values import SecretValue


def _is_name(_: object, __: object, name: str) -> None:
    if not name:
        raise ValueError("secret must not be empty")


@frozen
class SecretRef:
    """The value of another secret, or a part of it; it follows every change.

    `secret` may also be written ``name.field``.
    """

    kind: ClassVar[str] = "secret_ref"
    follow: ClassVar[bool] = True

    secret: str = field(validator=_is_name)
    field: str = ""

    def needs(self) -> tuple[str, ...]:
        """Return the name of the other secret as written."""
        return (self.secret,)

    def obtain(self, request: Request) -> SecretValue:
        """Return the other secret's value, or the part.

        Raises NoValueError if no look-up is available, RejectedError if there is no such part.
        """
        if request.look_up is None:
            raise NoValueError(f"{self.secret} cannot be looked up here", secret=request.secret)
        try:
            return request.look_up(self.secret, self.field)
        except KeyError:
            raise RejectedError(f"{self.secret} has no part {self.field}") from None
