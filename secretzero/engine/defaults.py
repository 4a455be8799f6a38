"""What stands in for a person, a log and a signal where a caller hands in none."""

from collections.abc import Callable, Iterable

from ..errors import NoValueError
from ..protocols import Question
from ..values import SecretValue

Audit = Callable[[str, Iterable[str]], None]
"""Writes down, before it happens, what is done with which secrets: ``audit(action, names)``."""


def nobody(question: Question) -> SecretValue:
    """Stand for the person where nobody can be asked. Raises NoValueError that names what supplies the value."""
    supply = f"set {question.variable}, or run it at a terminal" if question.variable else "run it at a terminal"
    raise NoValueError(f"{question.label.removeprefix('Secret: ')} has no value, and nobody can be asked", hint=supply)


def silent(_action: str, _names: Iterable[str]) -> None:
    """Record nothing."""


def never() -> bool:
    """Say that nobody has asked the run to stop."""
    return False
