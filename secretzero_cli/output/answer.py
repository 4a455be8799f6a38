"""The answer of a command, as lines for people or as one document for programs."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from secretzero import SecretZeroError

from ..exits import exit_code_of
from ..preferences import Given, Preferences, preferences_of, wanted_output
from .streams import UnwritableError, write, write_lines
from .tables import paint

if TYPE_CHECKING:
    from .errors import Finding

SCHEMA_VERSION = 1
MANIFEST_SPEC = "1.0"
"""The version of the manifest format, which some documents state."""


class Answer(NamedTuple):
    """The answer of a command: `text` for people, `document` for programs, and its errors and warnings.

    The text ends with the command line `following`, if one is suggested.
    """

    command: str
    code: int
    text: Callable[[], Iterable[str]] | None = None
    document: Callable[[], Mapping[str, object]] = dict
    errors: Sequence[SecretZeroError] = ()
    warnings: "Sequence[Finding]" = ()
    following: str = ""


def write_answer(answer: Answer, preferences: Preferences) -> int:
    """Write an answer in the preferred format, then its errors; return the exit code.

    Raises UnwritableError if text cannot be written. If a document cannot be written, the error goes to stderr.
    """
    code, told = answer.code, answer.errors
    if preferences.output == "text":
        if answer.text is not None:
            lines = [*answer.text(), *([f"Next: {answer.following}"] if answer.following else [])]
            write_lines(paint(preferences, lines))
    else:
        try:
            write(_serialized(_document(answer), preferences.output))
            told = ()
        except UnwritableError as error:
            code, told = exit_code_of(error), [*answer.errors, error]
    if told:
        from .errors import tell_errors

        tell_errors(answer.command, told)
    return code


def _document(answer: Answer) -> Mapping[str, object]:
    """Return the document of an answer, with the keys that every command has."""
    from .errors import errors_of, warnings_of

    return {
        "schema_version": SCHEMA_VERSION,
        "command": answer.command,
        "exit_code": answer.code,
        **answer.document(),
        "errors": [finding for error in answer.errors for finding in errors_of(error)],
        "warnings": [*answer.warnings, *(finding for error in answer.errors for finding in warnings_of(error))],
    }


def _serialized(document: Mapping[str, object], form: str) -> str:
    import json

    text = json.dumps(document, indent=2, ensure_ascii=True) + "\n"
    if form == "yaml":
        import yaml

        text = yaml.safe_dump(json.loads(text), sort_keys=False, allow_unicode=True, width=10**6)
    return text


def refuse(error: SecretZeroError, arguments: Sequence[str], environ: Mapping[str, str], *, command: str = "") -> int:
    """Answer a command line that failed before it became a session, in the format that it requests."""
    preferences = preferences_of(Given(environ, output=wanted_output(arguments)))
    return write_answer(Answer(command, exit_code_of(error), errors=[error]), preferences)
