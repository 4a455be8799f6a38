"""Errors and warnings, as lines for people and as entries of a document."""

from collections.abc import Iterable

from secretzero import ManifestError, Problem, SecretZeroError

from .streams import say

Entry = dict[str, object]
"""One error or warning in a document; what does not apply to it is absent."""


def entry(code: str, message: str, **details: object) -> Entry:
    """Return an entry with those of the details that are there."""
    return {"code": code, "message": message, **{name: value for name, value in details.items() if value}}


def problem_entry(problem: Problem) -> Entry:
    """Return the entry of a problem of a manifest."""
    message = f"{problem.path}: {problem.message}" if problem.path else problem.message
    return entry("manifest", message, hint=problem.hint, file=problem.file, line=problem.line, column=problem.column)


def error_entries(error: SecretZeroError) -> list[Entry]:
    """Return the entries of an error; a broken manifest has one for each problem."""
    if isinstance(error, ManifestError):
        return [problem_entry(problem) for problem in error.problems if problem.severity == "error"]
    details = {name: getattr(error, name) for name in ("hint", "secret", "target", "file", "line", "column")}
    return [entry(error.code, error.message, **details)]


def warning_entries(error: SecretZeroError) -> list[Entry]:
    """Return the entries of what is only doubtful in a manifest that is broken elsewhere."""
    problems = error.problems if isinstance(error, ManifestError) else ()
    return [problem_entry(problem) for problem in problems if problem.severity != "error"]


def tell_errors(command: str, errors: Iterable[SecretZeroError]) -> None:
    """Write errors to stderr, each with its place and a hint; those of `run` say which program they are from."""
    begin = "secretzero: " if command in {"run", "exec"} else ""
    for error in errors:
        for line in error_lines(error):
            say(begin + line)


def error_lines(error: SecretZeroError) -> list[str]:
    """Return an error as lines: what, where, and a hint. A broken manifest has a line for each problem."""
    if isinstance(error, ManifestError):
        return [f"{problem.severity}: {problem}" for problem in error.problems]
    place = f"{error.file}:{error.line}:{error.column}" if error.line else error.file
    about = ": ".join(part for part in (place, error.secret) if part and part not in error.message)
    lines = [f"error: {about}: {error.message}" if about else f"error: {error.message}"]
    lines += [f"  at {error.target}"] if error.target and error.target not in error.message else []
    return lines + ([f"  hint: {error.hint}"] if error.hint else [])
