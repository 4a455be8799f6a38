"""The characters and the lengths that options and targets allow for a value."""

from collections.abc import Iterable

from ..errors import RejectedError
from ..protocols import Constraints

LARGEST = 65_536
"""The maximum length of a value, in characters."""


def within(option: str, number: int | None, least: int = 1, most: int = LARGEST) -> None:
    """Raise ValueError if an option is given and out of range."""
    if number is not None and not least <= number <= most:
        raise ValueError(f"{option} must be between {least} and {most}")


def usable(characters: Iterable[str], constraints: Constraints, excluded: str = "") -> str:
    """Return the characters that neither an option nor a target excludes, in order."""
    gone = {*excluded, *constraints.forbidden, *constraints.avoid}
    allowed = constraints.allowed
    return "".join(c for c in characters if c not in gone and (allowed is None or c in allowed))


def room_for(constraints: Constraints, option: int | None, around: str = "", widest: str = "0") -> int:
    """Return how many characters an option and all targets allow in addition to those in `around`.

    `widest` is the character that takes the most bytes.
    """
    bounds = [LARGEST - len(around)]
    if option is not None:
        bounds.append(option - len(around))
    if constraints.max_length is not None:
        bounds.append(constraints.max_length - len(around))
    if constraints.max_bytes is not None:
        bounds.append((constraints.max_bytes - len(around.encode())) // len(widest.encode()))
    return min(bounds)


def fitted(length: int, constraints: Constraints, option: int | None, *, around: str = "", widest: str = "0") -> int:
    """Return the length closest to `length` that options and targets allow, at least one character.

    Raises RejectedError if there is no such length.
    """
    most = room_for(constraints, option, around, widest)
    least = max(1, constraints.min_length - len(around))
    if most < least:
        raise RejectedError(
            f"no length fits: at least {least} characters are required, at most {max(0, most)} are allowed"
        )
    return max(least, min(length, most))


def require(what: str, characters: str, constraints: Constraints, length: int | None = None) -> None:
    """Raise RejectedError if ASCII text of these characters, and of this length, breaks a rule of a target."""
    allowed = constraints.allowed
    if any(c in constraints.forbidden or (allowed is not None and c not in allowed) for c in characters):
        raise RejectedError(f"{what} contains characters that a target forbids")
    if length is None:
        return
    if length < constraints.min_length:
        raise RejectedError(f"{what} has {length} characters, but a target requires at least {constraints.min_length}")
    bounds = [bound for bound in (constraints.max_length, constraints.max_bytes) if bound is not None]
    if bounds and length > min(bounds):
        raise RejectedError(f"{what} has {length} characters, but a target accepts at most {min(bounds)}")
