"""Errors and warnings, as lines for people and as entries of a document."""

from collections.abc import Iterable

from attrs import field, frozen

from secretzero import ManifestError, Problem, SecretZeroError

from .streams import say

_OPTIONAL = {"optional": True}
_FROM_ONE = {"schema": {"minimum": 1}, **_OPTIONAL}


@frozen(eq=False, repr=False)
class Finding:
    """An error or a warning in a document; fields that do not apply are absent."""

    code: str
    message: str
    hint: str = field(default="", metadata=_OPTIONAL)
    secret: str = field(default="", metadata=_OPTIONAL)
    target: str = field(default="", metadata=_OPTIONAL)
    file: str = field(default="", metadata=_OPTIONAL)
    line: int = field(default=0, metadata=_FROM_ONE)
    column: int = field(default=0, metadata=_FROM_ONE)

    @classmethod
    def of(cls, problem: Problem) -> "Finding":
        """Return a problem of a manifest as a finding."""
        message = f"{problem.path}: {problem.message}" if problem.path else problem.message
        return cls("manifest", message, hint=problem.hint, file=problem.file, line=problem.line, column=problem.column)


def errors_of(error: SecretZeroError) -> list[Finding]:
    """Return an error as findings; an invalid manifest has one for each problem."""
    if isinstance(error, ManifestError):
        return [Finding.of(problem) for problem in error.problems if problem.severity == "error"]
    details = {name: getattr(error, name) for name in ("hint", "secret", "target", "file", "line", "column")}
    return [Finding(error.code, error.message, **details)]


def warnings_of(error: SecretZeroError) -> list[Finding]:
    """Return the warnings of a manifest that also has errors."""
    problems = error.problems if isinstance(error, ManifestError) else ()
    return [Finding.of(problem) for problem in problems if problem.severity != "error"]


def tell_errors(command: str, errors: Iterable[SecretZeroError]) -> None:
    """Write errors to stderr, each with its location and hint; those of `run` start with the program's name."""
    begin = "secretzero: " if command in {"run", "exec"} else ""
    for error in errors:
        for line in error_lines(error):
            say(begin + line)


def error_lines(error: SecretZeroError) -> list[str]:
    """Return an error as lines: message, target and hint. An invalid manifest has a line for each problem."""
    if isinstance(error, ManifestError):
        return [f"{problem.severity}: {problem}" for problem in error.problems]
    place = f"{error.file}:{error.line}:{error.column}" if error.line else error.file
    about = ": ".join(part for part in (place, error.secret) if part and part not in error.message)
    lines = [f"error: {about}: {error.message}" if about else f"error: {error.message}"]
    lines += [f"  at {error.target}"] if error.target and error.target not in error.message else []
    return lines + ([f"  hint: {error.hint}"] if error.hint else [])
