"""All errors that SecretZero raises deliberately, as one tree.

    SecretZeroError
    ├── UsageError                 the call is invalid
    ├── ManifestError              the manifest is not valid: holds every Problem
    ├── LockfileError              the lockfile cannot be read, or was edited
    │   ├── KeyMissingError        the project key is not on this machine, or does not match
    │   └── TwoProjectsError       the lockfiles to merge belong to two projects
    ├── ConfigurationError         the machine is not set up for this: no state folder, an invalid setting
    │   └── NotInstalledError      an optional package is missing
    ├── PlanFileError              a saved plan cannot be read, or was edited
    ├── UntrustedError             the manifest needs something that a person must allow first
    ├── BusyError                  another run holds the lock
    ├── StalePlanError             something changed since the plan was made
    ├── BlockedError               a rule forbids it: an unmanaged value, a tracked file, a policy
    ├── NoValueError               no source or target has a value
    ├── UnfinishedError            a run could not record what it had begun
    ├── InterruptedRunError        the run was asked to stop
    ├── DriftedError               a target does not hold the recorded value
    └── ProviderError              a store or a source refused
        ├── UnavailableError       it could not be reached: try again
        ├── AuthenticationError    it does not accept the credential, or does not allow this
        ├── NotFoundError          there is nothing at this path
        ├── ConflictError          it changed since it was last seen
        ├── RejectedError          it refuses this name or value
        └── UnsupportedError       it does not have this capability

An error carries data, but never the value of a secret.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal, NamedTuple

Severity = Literal["error", "warning", "notice"]
"""How serious a problem is: only an error makes a file invalid."""


class Problem(NamedTuple):
    """A problem in a file that people write: the manifest, a var file or the configuration.

    Attributes:
        file: Path of the file.
        line: From 1; 0 where the problem has no place.
        column: From 1; 0 where the problem has no place.
        path: Where in the document, as ``secrets[0].kind``.
        message: What is wrong.
        hint: What to do about it.
        severity: ``error``, ``warning`` or ``notice``.

    Example:
        >>> from secretzero import Problem
        >>> str(Problem("Secretfile.yml", 3, 5, "secrets[0]", "no kind", hint="add kind: uuid"))
        'Secretfile.yml:3:5: secrets[0]: no kind; add kind: uuid'
    """

    file: str
    line: int
    column: int
    path: str
    message: str
    hint: str = ""
    severity: Severity = "error"

    def __str__(self) -> str:
        """Render as ``file:line:column: path: message; hint``, leaving out what is empty."""
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        said = f"{self.message}; {self.hint}" if self.hint else self.message
        return ": ".join(part for part in (place, self.path, said) if part)


class SecretZeroError(Exception):
    """The base of all errors: a stable code, a hint, and where it happened.

    Raised only as one of its subclasses.

    Attributes:
        code: A word for programs, the same in every version.
        message: What is wrong, never with a value of a secret.
        hint: What to do next; also a note, so that a traceback shows it.
        secret: Name of the secret that it concerns.
        target: Canonical URI of the target that it concerns.
        file: Path of a file that people write.
        line: Line in that file, from 1; 0 for none.
        column: Column in that file, from 1; 0 for none.

    Example:
        >>> from secretzero import Engine, SecretZeroError
        >>> try:
        ...     Engine.open("Secretfile.yml").resolve("db_pasword")
        ... except SecretZeroError as error:
        ...     print(error.code)
        usage
    """

    code: ClassVar[str] = "error"

    def __init__(  # noqa: PLR0913 - each is one optional fact, by keyword
        self,
        message: str,
        *,
        hint: str = "",
        secret: str = "",
        target: str = "",
        file: str = "",
        line: int = 0,
        column: int = 0,
    ) -> None:
        super().__init__(message)
        if hint:
            self.add_note(f"hint: {hint}")
        self.message = message
        self.hint = hint
        self.secret = secret
        self.target = target
        self.file = file
        self.line = line
        self.column = column


class UsageError(SecretZeroError):
    """The call is invalid.

    Raised for an unknown name, a value that is not allowed, and options that exclude each other.
    """

    code = "usage"


class ManifestError(SecretZeroError):
    """The manifest or a var file is not valid.

    Raised when a manifest is loaded, with every problem in it.

    Attributes:
        problems: Every problem, sorted by position.
    """

    code = "manifest"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        super().__init__(
            "\n".join(str(problem) for problem in self.problems),
            file=first.file,
            line=first.line,
            column=first.column,
        )


class LockfileError(SecretZeroError):
    """The lockfile or the journal cannot be used.

    Raised when one of them cannot be read, was edited, or was written by a later version. Nothing was overwritten.
    """

    code = "lockfile"


class KeyMissingError(LockfileError):
    """The project key is not on this machine.

    Raised when a run needs the key, or when the key that is here does not match the lockfile.
    """

    code = "key_missing"


class TwoProjectsError(LockfileError):
    """Two lockfiles belong to two projects.

    Raised when lockfiles are merged whose projects or project keys differ.
    """

    code = "two_projects"


class ConfigurationError(SecretZeroError):
    """The machine or the user's configuration does not allow this.

    Raised when the state folder cannot be written, a file cannot be read, or a setting is not valid.
    """

    code = "configuration"


class NotInstalledError(ConfigurationError):
    """An optional package is missing.

    Raised when a provider is first used; the hint is the exact line that installs the package.
    """

    code = "not_installed"


class PlanFileError(SecretZeroError):
    """A saved plan cannot be used.

    Raised when a saved plan cannot be read, was edited, or was written by a later version.
    """

    code = "plan_file"


class UntrustedError(SecretZeroError):
    """The manifest asks for something that a person must allow first.

    Raised for a manifest that belongs to another user. A secret that needs trust has it as its error, with the digest
    to allow in the hint, while other secrets are carried out.
    """

    code = "untrusted"


class BusyError(SecretZeroError):
    """Another run holds the lock.

    Raised when the lock was held for longer than `RunOptions.lock_timeout`.
    """

    code = "busy"


class StalePlanError(SecretZeroError):
    """A plan is out of date.

    Raised when the manifest, the lockfile or a target changed since the plan was made, or an earlier run is unfinished.
    """

    code = "stale_plan"


class BlockedError(SecretZeroError):
    """A rule does not allow this.

    Raised for a value at a target that SecretZero did not write, a file that git tracks, or a lockfile that was rolled
    back.
    """

    code = "blocked"


class NoValueError(SecretZeroError):
    """There is no value for a secret.

    Raised when no source or target has one; the hint names what would supply it.
    """

    code = "no_value"


class DriftedError(SecretZeroError):
    """A target does not hold the recorded value.

    Raised when a value is read and compared with the lockfile.
    """

    code = "drifted"


class InterruptedRunError(SecretZeroError):
    """The run was asked to stop.

    Raised after the current step. Whatever had begun is in the journal, and the next sync finishes it.
    """

    code = "interrupted"


class UnfinishedError(SecretZeroError):
    """A run could not record what it began.

    Raised when the lockfile or the journal cannot be written once values have been saved in the journal. Targets may
    already hold new values; the next sync finishes the run.
    """

    code = "unfinished"


class ProviderError(SecretZeroError):
    """A store or a source refused a request, or its answer is not valid.

    Raised by stores and sources, mostly as one of its subclasses.
    """

    code = "provider"


class UnavailableError(ProviderError):
    """A store or a source could not be reached.

    Raised when it does not answer in time.

    Attributes:
        retry_after: Seconds to wait before trying again, where it named them.
    """

    code = "unavailable"

    def __init__(self, message: str, *, retry_after: float | None = None, target: str = "", hint: str = "") -> None:
        super().__init__(message, target=target, hint=hint)
        self.retry_after = retry_after


class AuthenticationError(ProviderError):
    """A store or a source does not accept the credential.

    Raised when the credential is unknown, expired, or does not allow this.

    Attributes:
        missing: The permission to ask for.
    """

    code = "authentication"

    def __init__(self, message: str, *, missing: str = "", target: str = "", hint: str = "") -> None:
        super().__init__(message, target=target, hint=hint)
        self.missing = missing


class NotFoundError(ProviderError):
    """There is nothing at this path.

    Raised when a store reads an object or a field that it does not have.
    """

    code = "not_found"


class ConflictError(ProviderError):
    """An object is no longer at the version that was expected.

    Raised by a write that compares versions. Nothing was written.
    """

    code = "conflict"


class RejectedError(ProviderError):
    """A store does not accept this name or value.

    Raised before or by a write; the message says which rule, never the value.
    """

    code = "rejected"


class UnsupportedError(ProviderError):
    """A store cannot do this.

    Raised when it lacks the capability.
    """

    code = "unsupported"
