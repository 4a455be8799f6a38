"""Closed sets of words: a value outside its set is refused where it enters."""

from collections.abc import Callable
from typing import Any, Literal, get_args

from .errors import UsageError

OnDrift = Literal["", "fail", "adopt", "overwrite"]
"""What happens to a value that is not the recorded one; ``""``: what each target says."""


def one_of(choices: object) -> Callable[[Any, Any, object], None]:
    """Return an attrs validator for a field whose type is this `Literal`, or a union of several.

    The validator raises UsageError, which lists the allowed words.
    """
    allowed = words_of(choices)

    def check(_instance: Any, attribute: Any, value: object) -> None:
        if value not in allowed:
            refuse_other(attribute.name, value, allowed)

    return check


def refuse_other(name: str, value: object, allowed: tuple[str, ...]) -> None:
    """Raise UsageError unless a value is one of the allowed words."""
    if value not in allowed:
        raise UsageError(f"invalid {name}: {value!r}", hint=f"allowed: {', '.join(repr(word) for word in allowed)}")


def words_of(choices: object) -> tuple[str, ...]:
    """Return the words of a `Literal`, or of a union of several."""
    return tuple(word for one in get_args(choices) for word in (get_args(one) or (one,)))
