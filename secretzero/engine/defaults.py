"""The defaults of an engine: no prompt, no audit log, no signal to stop."""

from collections.abc import Callable, Iterable

from ..errors import NoValueError
from ..protocols import Question
from ..values import SecretValue

Audit = Callable[[str, Iterable[str]], None]
"""Records an action and the names of its secrets before it happens: ``audit(action, names)``."""


def no_prompt(question: Question) -> SecretValue:
    """Raise NoValueError, with a hint that names what can supply the value."""
    name = question.label.removeprefix("Secret: ")
    hint = f"set {question.variable}, or run this in a terminal" if question.variable else "run this in a terminal"
    raise NoValueError(f"no value for {name}: not found in the environment, and prompting is off", hint=hint)


def no_audit(_action: str, _names: Iterable[str]) -> None:
    """Record nothing."""


def or_no_audit(audit: Audit | None) -> Audit:
    """Return what records actions, or what records none."""
    return audit or no_audit


def never_stop() -> bool:
    """Return False: the run continues."""
    return False
