"""One call of one command: its options become an engine, its errors become an exit code."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from secretzero import BlockedError, SecretZeroError, UsageError

from .command import FORMATS, Given
from .exits import (
    ACCESS,
    CONFIGURATION,
    DRIFT,
    EXIT_CODES,
    FAILURE,
    LEFT,
    OK,
    ORDER,
    PARTIAL,
    PENDING,
    STALE,
    TRUST,
    USAGE,
    codes_of,
    exit_code_of,
    worst,
)  # fmt: skip

if TYPE_CHECKING:
    import click

    from secretzero import Engine, Manifest, Outcome, Plan, Report, TargetOutcome
    from secretzero.shell import Settings

    from .person.prompt import Progress

__all__ = [
    "ACCESS", "CONFIGURATION", "DRIFT", "EXIT_CODES", "FAILURE", "OK", "ORDER", "PARTIAL", "PENDING", "STALE", "TRUST",
    "USAGE", "Session", "codes_of", "exit_code_of", "is_on", "wanted_output", "worst",
]  # fmt: skip

_OFF = frozenset({"", "0", "false", "no", "off"})
_ON = frozenset({"1", "true", "yes", "on"})


def at_target(outcome: "Outcome", target: "TargetOutcome") -> SecretZeroError:
    """Return the error of a target that did not get its value, with its place."""
    step = next((step for step in outcome.step.targets if step.uri == target.uri), None)
    error = target.error or BlockedError(step.reason if step else target.status, hint=outcome.step.hint)
    error.secret = error.secret or outcome.step.secret
    error.target = error.target or target.uri
    return error


def is_on(environ: Mapping[str, str], name: str) -> bool:
    """Tell whether an environment variable switches something on."""
    return environ.get(name, "").strip().lower() not in _OFF


def check_switches(environ: Mapping[str, str]) -> None:
    """Raise UsageError for a variable that stands for an option, and says what that could not."""
    if environ.get("SECRETZERO_OUTPUT") not in {None, "", *FORMATS}:
        raise UsageError("SECRETZERO_OUTPUT is no format", hint=f"it may be {', '.join(FORMATS)}")
    if environ.get("SECRETZERO_NON_INTERACTIVE", "").strip().lower() not in _ON | _OFF:
        raise UsageError("SECRETZERO_NON_INTERACTIVE is neither on nor off", hint="it may be 1 or 0")


class Session:
    """What a command works with: its shared options, the engine, and the ways to people."""

    def __init__(self, command: str, given: Given) -> None:
        self.command = command
        self.given = given
        self.environ: Mapping[str, str] = given.get("environ", os.environ)
        self.errors: list[SecretZeroError] = []
        self.warnings: list[dict[str, object]] = []
        self.show_input = False
        self._settings: Settings | None = None
        self._manifest: Manifest | None = None
        self._progress: Progress | None = None

    @classmethod
    def of_mistake(cls, error: "click.UsageError", arguments: Sequence[str], environ: Mapping[str, str]) -> "Session":
        """Return the session of a command line that could not be read."""
        name = error.ctx.info_name if error.ctx and error.ctx.info_name else ""
        given: Given = {"environ": environ, "output": wanted_output(arguments)}
        return cls("" if name == "secretzero" else name, {key: value for key, value in given.items() if value})

    def run(self, function: Callable[..., int | None], options: Mapping[str, Any]) -> int:
        """Call a command; what it raises is told and becomes its exit code."""
        from . import signals as process

        try:
            self._configure()
            code = function(self, **options) or OK
        except SecretZeroError as error:
            code = self.failed(error)
        return 128 + process.SIGNALS.caught if process.SIGNALS.caught else code

    def _configure(self) -> None:
        """Read the user's configuration before anything else, so that a mistake in it is told once."""
        from secretzero.shell import load_settings

        check_switches(self.environ)
        self._settings = load_settings(self.environ)

    @property
    def settings(self) -> "Settings":
        """The user's configuration; the defaults where it could not be read."""
        from secretzero.shell import Settings

        return self._settings or Settings()

    def failed(self, error: SecretZeroError) -> int:
        """Tell an error that stopped the whole command."""
        self.errors.append(error)
        code = exit_code_of(error)
        return self.answer(None, dict, code)

    def mistaken(self, error: "click.UsageError") -> int:
        """Tell a mistake in the command line."""
        usage = error.ctx.command_path if error.ctx else "secretzero"
        return self.failed(UsageError(error.format_message(), hint=f"{usage} --help"))

    def answer(
        self, text: Callable[[], Iterable[str]] | None, document: Callable[[], Mapping[str, object]], code: int
    ) -> int:
        """Write the answer in the form that was asked for, then what went wrong; return the exit code.

        Raises UnwritableError where lines are wanted and cannot be written; of a document that cannot be, stderr tells.
        """
        from .output import streams as render

        if self._progress:
            self._progress.over()
        if self.output == "text":
            if text is not None:
                render.write_lines(render.paint(self, text()))
            render.tell_errors(self)
            return code
        try:
            render.write_document(self, document(), code)
        except render.UnwritableError as error:
            self.errors.append(error)
            render.tell_errors(self)
            return exit_code_of(error)
        return code

    def tell(self, text: str) -> None:
        """Show the person what a question is about: with the answer when that is text, else on stderr."""
        from .output import streams as render

        if self.output == "text":
            render.write_lines(render.paint(self, [text]))
        else:
            render.say(text)

    def note(self, text: str) -> None:
        """Say something to the person, never on stdout."""
        from .output import streams as render

        if not self.quiet:
            render.say(text)

    def warn(self, message: str, *, code: str = "notice", **where: object) -> None:
        """Say a warning: on stderr, or among the warnings of the document."""
        self.warnings.append(
            {"code": code, "message": message, **{key: value for key, value in where.items() if value}}
        )
        if self.output == "text":
            self.note(f"warning: {message}")

    @cached_property
    def output(self) -> str:
        """How the answer is written: option, variable, manifest, user configuration, in this order."""
        chosen = self.given.get("output") or self.environ.get("SECRETZERO_OUTPUT")
        chosen = chosen or self._configured("format")
        return str(chosen) if chosen in FORMATS else "text"

    @property
    def color(self) -> str:
        """What manifest and user configuration say about colour."""
        return self._configured("color")

    def _configured(self, name: str) -> str:
        """Return what manifest, else user configuration, say about answers; ``""`` when neither does."""
        said = self._manifest.output.get(name) if self._manifest else None
        return str(said or (self._settings.output.get(name) if self._settings else None) or "")

    @property
    def quiet(self) -> bool:
        """Tell whether only the answer and errors are wanted."""
        return bool(self.given.get("quiet")) or self._verbosity == "quiet"

    @property
    def verbose(self) -> bool:
        """Tell whether every step is wanted."""
        return bool(self.given.get("verbose")) or self._verbosity == "verbose"

    @property
    def _verbosity(self) -> str:
        if self.given.get("quiet") or self.given.get("verbose"):
            return ""
        return self._configured("verbosity")

    @cached_property
    def agent_mode(self) -> bool:
        """Tell whether a coding agent is at the keyboard, so that no value may be shown and nobody is asked."""
        from .person.agents import agent_mode

        return agent_mode(self.environ, lambda: self.settings.agents)

    @cached_property
    def interactive(self) -> bool:
        """Tell whether a person may be asked."""
        asked_not_to = self.given.get("non_interactive") or is_on(self.environ, "SECRETZERO_NON_INTERACTIVE")
        return not asked_not_to and not is_on(self.environ, "CI") and not self.agent_mode

    @property
    def reason(self) -> str:
        """Why the person does this, for the audit log."""
        return str(self.given.get("reason") or self.environ.get("SECRETZERO_REASON", ""))

    @property
    def manifest_path(self) -> str:
        """The manifest that is meant. Raises ManifestError when there is none."""
        from secretzero.shell import find_manifest

        named = self.given.get("file")
        return os.path.abspath(named) if named else find_manifest(os.getcwd(), self.environ)

    @cached_property
    def engine(self) -> "Engine":
        """The engine of the project. Raises ManifestError with every problem of the manifest."""
        from secretzero import Engine

        from .person.audit import audit_of
        from .person.prompt import Person, Progress
        from .signals import SIGNALS

        self._progress = Progress(self)
        engine = Engine.open(
            self.manifest_path,
            **self._loading,
            progress=self._progress,
            waiting=lambda: self.note("another run holds the lock; waiting for it"),
            audit=audit_of(self),
        )
        if self.interactive:
            engine.ask = Person(self)
        engine.stopping = SIGNALS.asked_to_stop
        self._took_up(engine.manifest)
        return engine

    @property
    def manifest(self) -> "Manifest":
        """What is wanted in this lane."""
        return self._manifest or self.engine.manifest

    def only_manifest(self) -> "Manifest":
        """Load the manifest without an engine, for a command that needs no more. Raises ManifestError."""
        from secretzero import load_manifest

        self._took_up(load_manifest(self.manifest_path, **self._loading))
        return self.manifest

    def _took_up(self, manifest: "Manifest") -> None:
        """Keep what was loaded; what it says about answers counts from now on."""
        self._manifest = manifest
        self.__dict__.pop("output", None)

    @property
    def _loading(self) -> dict[str, Any]:
        """What the options say about loading a manifest."""
        return {
            "lockfile": self.given.get("lockfile") or self.environ.get("SECRETZERO_LOCKFILE") or None,
            "environment": self.given.get("environment"),
            "variables": self.variables,
            "var_files": self.given.get("var_files", ()),
            "environ": self.environ,
            "lenient": bool(self.given.get("lenient")),
        }

    @property
    def variables(self) -> dict[str, str]:
        """The variables of the command line. Raises UsageError for what is not ``NAME=VALUE``."""
        pairs = [text.partition("=") for text in self.given.get("variables", ())]
        if wrong := next((name for name, equals, _ in pairs if not equals or not name), None):
            raise UsageError(f"--var {wrong} is no variable", hint="write --var NAME=VALUE")
        return {name: value for name, _, value in pairs}

    def names(self, wanted: Sequence[str]) -> tuple[str, ...]:
        """Return the names that are meant: globs become what they match. Raises UsageError where nothing does."""
        from fnmatch import fnmatchcase

        found: dict[str, None] = {}
        for name in wanted:
            matching = [name]
            if set(name) & set("*?["):
                matching = [known for known in self.manifest.secret_named if fnmatchcase(known, name)]
            if not matching:
                raise UsageError(f"no secret matches {name}", hint=self.command_line("list"))
            found.update(dict.fromkeys(matching))
        return tuple(found)

    @property
    def only(self) -> tuple[str, ...]:
        """The secrets that `--secret` names; none means all."""
        return self.names(self.given.get("only", ()))

    def command_line(self, command: str) -> str:
        """Return the next command to type, with the manifest and the lane that were chosen."""
        from shlex import join

        chosen = [
            ("-f", self.given.get("file")),
            ("-l", self.given.get("lockfile")),
            ("-e", self.given.get("environment")),
        ]
        added = [word for option, value in chosen if value for word in (option, str(value))]
        return f"secretzero {command} {join(added)}".rstrip()

    def tell_problems(self, *, aloud: bool = True) -> int:
        """Take what is doubtful in the manifest among the warnings, said `aloud` or not; return how many warnings."""
        from .output import streams as render

        found = self.manifest.problems
        self.warnings += [render.problem_as_object(problem) for problem in found]
        if aloud and self.output == "text":
            for problem in found:
                self.note(f"{problem.severity}: {problem}")
        return sum(problem.severity == "warning" for problem in found)

    def tell_included(self, plan: "Plan") -> None:
        """Say which secrets are part of it because they are made from those that were named."""
        if plan.included:
            self.note(f"also: {', '.join(plan.included)}")

    def blocked(self, plan: "Plan") -> None:
        """Take every blocked step among the errors."""
        from secretzero.shell import blocked_error

        self.errors += [blocked_error(step) for step in plan.blocked]

    def took(self, report: "Report") -> set[int]:
        """Take what a run says among errors and warnings; return the exit codes that apply."""
        for notice in report.notices:
            self.warn(notice)
        self.tell_included(report.plan)
        for outcome in report.failed:
            self.errors += [outcome.error] if outcome.error else []
            self.errors += [at_target(outcome, target) for target in outcome.targets if target.status in LEFT]
        return codes_of(report)

    def write_file(self, path: str, content: bytes, *, mode: int = 0o600) -> None:
        """Replace a file that the user named, at once and durably. Raises ConfigurationError when that fails."""
        from secretzero import ConfigurationError
        from secretzero.shell import LocalDisk

        real = os.path.realpath(path)
        try:
            LocalDisk().replace(real, content, mode=mode)
        except OSError as error:
            raise ConfigurationError(f"{path} cannot be written: {os.strerror(error.errno or 0)}") from error

    def confirm(self, question: str) -> None:
        """Ask for a yes. Raises BlockedError where it is refused, or nobody can be asked."""
        from .person.prompt import confirmed

        confirmed(self, question)


def wanted_output(arguments: Sequence[str]) -> str:
    """Guess from words that could not be read how the answer is wanted; ``""`` when they do not say."""
    for word, following in zip(arguments, [*arguments[1:], ""], strict=True):
        name, _, value = word.partition("=")
        chosen = value or following
        if name in {"-o", "--output", "--format"} and chosen in FORMATS:
            return chosen
        if word == "--json" or word in {"-ojson", "-oyaml"}:
            return "yaml" if word == "-oyaml" else "json"
    return ""
