"""What an engine uses where its caller passes no prompt, no audit log and no signal to stop."""

from collections.abc import Callable, Iterable

from ..errors import NoValueError
from ..protocols import Ask, Question
from ..values import SecretValue

Audit = Callable[[str, Iterable[str]], None]
"""Writes down, before it happens, what is done with which secrets: ``audit(action, names)``."""


def no_prompt(question: Question) -> SecretValue:
    """Ask nobody: raise NoValueError that names what supplies the value."""
    supply = f"set {question.variable}, or run it at a terminal" if question.variable else "run it at a terminal"
    raise NoValueError(f"{question.label.removeprefix('Secret: ')} has no value, and nobody can be asked", hint=supply)


def no_audit(_action: str, _names: Iterable[str]) -> None:
    """Record nothing."""


def never_stop() -> bool:
    """Return False: the run goes on."""
    return False


def or_no_prompt(ask: Ask | None) -> Ask:
    """Return what asks a person, or what never does."""
    return ask or no_prompt


def or_no_audit(audit: Audit | None) -> Audit:
    """Return what records actions, or what records none."""
    return audit or no_audit


def or_never_stop(stopping: Callable[[], bool] | None) -> Callable[[], bool]:
    """Return what tells whether to stop, or what never does."""
    return stopping or never_stop
