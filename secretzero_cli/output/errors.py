"""Errors and warnings, as lines for people and as entries of a document."""

from collections.abc import Iterable
from typing import Annotated, TypedDict

from secretzero import ManifestError, Problem, SecretZeroError

from .streams import say

FromOne = Annotated[int, ("minimum", 1)]


class Facts(TypedDict, total=False):
    """What may be known about an error or a warning; facts that do not apply are absent."""

    hint: str
    secret: str
    target: str
    file: str
    line: FromOne
    column: FromOne


class Finding(Facts):
    """An error or a warning in a document; fields that do not apply are absent."""

    code: str
    message: str


def finding(code: str, message: str, about: object) -> Finding:
    """Return a finding with the facts that `about`, an error or a problem, states."""
    facts = {name: value for name in Facts.__annotations__ if (value := getattr(about, name, None))}
    return {"code": code, "message": message, **facts}  # type: ignore[typeddict-item]  # the names are those of Facts


def problem_found(problem: Problem) -> Finding:
    """Return a problem of a manifest as a finding."""
    return finding("manifest", f"{problem.path}: {problem.message}" if problem.path else problem.message, problem)


def findings_of(error: SecretZeroError, *, warnings: bool = False) -> list[Finding]:
    """Return an error as findings; an invalid manifest has one for each problem, or for each of its `warnings`."""
    if isinstance(error, ManifestError):
        return [problem_found(problem) for problem in error.problems if (problem.severity != "error") is warnings]
    return [] if warnings else [finding(error.code, error.message, error)]


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
