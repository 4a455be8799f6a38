"""One run of a command: options become an engine, and errors, even unexpected ones, an exit code."""

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any

from secretzero import SecretZeroError, UsageError

from . import SCHEMA_VERSION
from .exits import OK, PENDING, exit_code_of, signalled
from .output.streams import UnwritableError, say, write_document, write_lines
from .output.tables import paint
from .preferences import Given, agent_mode, check_switches, preferences_of, wanted_output
from .signals import SIGNALS

if TYPE_CHECKING:
    from secretzero import Engine, Manifest
    from secretzero.shell import Settings

    from .output.errors import Finding
    from .output.progress import Progress


class Session:
    """The shared options of a command, its engine, and its errors and warnings."""

    def __init__(self, command: str, given: Given) -> None:
        self.command = command
        self.given = given
        self.environ = given.environ
        self.preferences = preferences_of(given)
        self.errors: list[SecretZeroError] = []
        self.warnings: list[Finding] = []
        self._settings: Settings | None = None
        self._manifest: Manifest | None = None
        self._progress: Progress | None = None

    def run(self, function: Callable[..., int | None], options: Mapping[str, Any]) -> int:
        """Run a command; an error that it raises is reported and becomes the exit code."""
        from secretzero.shell import load_settings

        try:
            # The user configuration is read first, so that a mistake in it is reported once.
            check_switches(self.environ)
            self._settings = load_settings(self.environ)
            self._prefer()
            code = function(self, **options) or OK
        except SecretZeroError as error:
            self.errors.append(error)
            code = self.answer(None, dict, exit_code_of(error))
        return signalled(SIGNALS.caught) if SIGNALS.caught else code

    def _prefer(self) -> None:
        """Update the preferences from everything loaded so far."""
        sections = [each.output for each in (self._manifest, self._settings) if each]
        agent = agent_mode(self.environ, self._settings.agents if self._settings else "")
        self.preferences = preferences_of(self.given, sections, agent_mode=agent)

    def answer(
        self,
        text: Callable[[], Iterable[str]] | None,
        document: Callable[[], Mapping[str, object]],
        code: int = OK,
        *,
        following: str = "",
    ) -> int:
        """Write the answer in the preferred format, then the errors; return the exit code.

        The text suggests the command `following`, if one is given. Raises UnwritableError if text cannot be written;
        if a document cannot be written, the error goes to stderr.
        """
        if self._progress:
            self._progress.close()
        if self.preferences.output != "text":
            try:
                self._print(document(), code)
            except UnwritableError as error:
                self.errors.append(error)
                code = exit_code_of(error)
            else:
                return code
        elif text is not None:
            suggested = [f"Next: {self.command_line(following)}"] if following else []
            write_lines(paint(self.preferences, [*text(), *suggested]))
        if self.errors:
            from .output.errors import tell_errors

            tell_errors(self.command, self.errors)
        return code

    def _print(self, document: Mapping[str, object], code: int) -> None:
        """Write a document with the keys that every command has."""
        from .output.errors import findings_of

        common = {"schema_version": SCHEMA_VERSION, "command": self.command, "exit_code": code}
        errors = [finding for error in self.errors for finding in findings_of(error)]
        warnings = self.warnings + [finding for error in self.errors for finding in findings_of(error, warnings=True)]
        write_document({**common, **document, "errors": errors, "warnings": warnings}, self.preferences.output)

    def show(self, lines: Iterable[str]) -> None:
        """Show lines before a question: on stdout if the output is text, else on stderr."""
        if self.preferences.output == "text":
            write_lines(paint(self.preferences, lines))
        else:
            for line in lines:
                say(line)

    def note(self, text: str) -> None:
        """Write a notice for people to stderr."""
        if not self.preferences.quiet:
            say(text)

    def warn(self, message: str, *, code: str = "notice", about: object = None) -> None:
        """Add a warning, with the facts that `about` states, to the document; with text output, also tell stderr."""
        from .output.errors import finding

        self.warnings.append(finding(code, message, about))
        if self.preferences.output == "text":
            self.note(f"warning: {message}")

    def note_problems(self, *, show: bool = True) -> int:
        """Add the problems of the manifest to the warnings, and `show` them; return the number of warnings."""
        found = self.manifest.problems
        if found:
            from .output.errors import problem_found

            self.warnings += map(problem_found, found)
        if show and self.preferences.output == "text":
            for problem in found:
                self.note(f"{problem.severity}: {problem}")
        return sum(problem.severity == "warning" for problem in found)

    def pending(self, *, changes: bool) -> int:
        """Return the exit code of success, which may depend on pending changes."""
        return PENDING if changes and self.given.detailed_exitcode else OK

    @cached_property
    def manifest_path(self) -> str:
        """The path of the manifest. Raises ManifestError if there is none."""
        from secretzero.shell import find_manifest

        return os.path.abspath(self.given.file) if self.given.file else find_manifest(os.getcwd(), self.environ)

    @cached_property
    def engine(self) -> "Engine":
        """The engine of the project. Raises ManifestError with every problem of the manifest."""
        from secretzero import Engine

        from .output.progress import Progress
        from .person import Person

        self._progress = Progress(lambda: self.preferences)
        engine = Engine.open(
            self.manifest_path,
            **self._loading,
            ask=Person(lambda: self.preferences) if self.preferences.interactive else None,
            progress=self._progress,
            stopping=SIGNALS.asked_to_stop,
            waiting=lambda: self.note("waiting for another run to release the lock"),
            audit=self._audit,
        )
        self._use(engine.manifest)
        return engine

    def _audit(self, action: str, names: Iterable[str]) -> None:
        """Record an action. If that fails, the action fails, or with best effort there is a warning."""
        from secretzero.shell import FileAudit, LocalDisk, Places, SystemClock

        from .person import subject_of

        log = FileAudit(
            LocalDisk(),
            Places.of(self.environ),
            SystemClock(),
            os.urandom,
            lambda text: self.warn(text, code="audit"),
            subject=subject_of(self.environ),
            purpose=self.command,
            reason=self.preferences.reason,
            best_effort=self._settings is not None and self._settings.audit == "best-effort",
        )
        log(action, names)

    @property
    def manifest(self) -> "Manifest":
        """The manifest, resolved for the selected environment."""
        return self._manifest or self.engine.manifest

    def only_manifest(self) -> "Manifest":
        """Load the manifest without opening an engine. Raises ManifestError."""
        from secretzero import load_manifest

        return self._use(load_manifest(self.manifest_path, **self._loading))

    def _use(self, manifest: "Manifest") -> "Manifest":
        """Keep a loaded manifest and apply its preferences."""
        self._manifest = manifest
        self._prefer()
        return manifest

    @property
    def _loading(self) -> dict[str, Any]:
        """The options for loading a manifest. Raises UsageError for a variable without a value."""
        pairs = [text.partition("=") for text in self.given.variables]
        if wrong := next((name for name, equals, _ in pairs if not equals or not name), None):
            raise UsageError(f"invalid --var {wrong}", hint="write --var NAME=VALUE")
        return {
            "lockfile": self.given.lockfile or self.environ.get("SECRETZERO_LOCKFILE") or None,
            "environment": self.given.environment,
            "variables": {name: value for name, _, value in pairs},
            "var_files": self.given.var_files,
            "environ": self.environ,
            "lenient": self.given.lenient,
        }

    def command_line(self, command: str) -> str:
        """Return a command line with the selected manifest, lockfile and environment."""
        from shlex import join

        chosen = (("-f", self.given.file), ("-l", self.given.lockfile), ("-e", self.given.environment))
        added = [word for option, value in chosen if value for word in (option, value)]
        return f"secretzero {command} {join(added)}".rstrip()


class InternalError(SecretZeroError):
    """An unexpected error."""

    code = "internal"


def internal(
    arguments: Sequence[str], kind: type[BaseException], _error: BaseException, trace: TracebackType | None
) -> None:
    """Report an internal error: its kind and location, never its text, which may contain a value."""
    import traceback

    frames = traceback.extract_tb(trace)
    place = f" at {os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else ""
    if os.environ.get("SECRETZERO_TRACEBACK") == "1":
        sys.stderr.write("".join(traceback.format_list(frames)))
    hint = "please report it; SECRETZERO_TRACEBACK=1 prints a traceback"
    refuse(InternalError(f"internal error: {kind.__name__}{place}", hint=hint), arguments, os.environ)


def refuse(error: SecretZeroError, arguments: Sequence[str], environ: Mapping[str, str], *, command: str = "") -> int:
    """Answer a command line that failed before or outside of its command, in the format that it requests."""
    session = Session(command, Given(environ, output=wanted_output(arguments)))
    session.errors.append(error)
    return session.answer(None, dict, exit_code_of(error))
