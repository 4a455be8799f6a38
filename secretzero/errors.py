"""Every deliberate error of SecretZero, as one tree.

    SecretZeroError
    ├── UsageError                 the call itself makes no sense
    ├── ManifestError              what is wanted cannot be read: holds every Problem at once
    ├── LockfileError              what was done cannot be read, or was edited
    │   ├── KeyMissingError        the project key is not on this machine, or is another one
    │   └── TwoProjectsError       two lockfiles to be merged belong to two projects
    ├── ConfigurationError         the machine is not set up for this: no state folder, a bad setting
    │   └── NotInstalledError      an optional package is missing
    ├── PlanFileError              a saved plan cannot be read, or was edited
    ├── UntrustedError             the manifest asks for something that only a person may allow
    ├── BusyError                  somebody else holds the lock
    ├── StalePlanError             the world moved since the plan was made
    ├── BlockedError               a rule says no: a foreign value, a tracked file, a policy
    ├── NoValueError               no origin has a value
    ├── UnfinishedError            a run could not write down what it had begun
    ├── InterruptedRunError        somebody asked the run to stop
    ├── DriftedError               what stands at the targets is not the recorded value
    └── ProviderError              a store or a source said no
        ├── UnavailableError       it could not be reached: try again
        ├── AuthenticationError    it does not know us, or does not allow this
        ├── NotFoundError          there is nothing at this path
        ├── ConflictError          it changed since it was last seen
        ├── RejectedError          it refuses this name or value
        └── UnsupportedError       it has no such capability

An error carries data, never a value of a secret.
"""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple


class Problem(NamedTuple):
    """One thing that is wrong in a file that people write.

    Lines and columns count from 1; 0 means that the problem has no place in the file.
    """

    file: str
    line: int
    column: int
    path: str
    message: str
    hint: str = ""
    severity: str = "error"

    def __str__(self) -> str:
        """Render as ``file:line:column: path: message; hint``, leaving out what is empty."""
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        said = f"{self.message}; {self.hint}" if self.hint else self.message
        return ": ".join(part for part in (place, self.path, said) if part)


class SecretZeroError(Exception):
    """What all deliberate errors share: a stable code, a hint, and where it happened.

    `hint` says what to do next; `secret` and `target` name what it concerns, a target as its canonical URI;
    `file`, `line` and `column` (from 1) point into a file that people write.
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
    """The call makes no sense: an unknown name, options that exclude each other."""

    code = "usage"


class ManifestError(SecretZeroError):
    """The manifest or a var file is not valid; `problems` holds all that is wrong, sorted by position."""

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
    """The lockfile or journal cannot be read, was edited, or comes from the future. Nothing was overwritten."""

    code = "lockfile"


class KeyMissingError(LockfileError):
    """The key of this project is not on this machine, or the one that is here does not match the lockfile."""

    code = "key_missing"


class TwoProjectsError(LockfileError):
    """Two lockfiles that belong to two projects, or are signed with two project keys, cannot be merged."""

    code = "two_projects"


class ConfigurationError(SecretZeroError):
    """The machine or the user's configuration does not allow this: no writable state folder, a bad setting."""

    code = "configuration"


class NotInstalledError(ConfigurationError):
    """An optional package is missing; the hint is the exact line that installs it."""

    code = "not_installed"


class PlanFileError(SecretZeroError):
    """A saved plan cannot be read, was edited, or comes from the future."""

    code = "plan_file"


class UntrustedError(SecretZeroError):
    """The manifest asks for something that needs trust; the message shows the digest that would allow it."""

    code = "untrusted"


class BusyError(SecretZeroError):
    """Another run holds the lock for longer than this one was told to wait."""

    code = "busy"


class StalePlanError(SecretZeroError):
    """The manifest, the lockfile or a target moved since the plan was made, or an earlier run is unfinished."""

    code = "stale_plan"


class BlockedError(SecretZeroError):
    """A rule stops this: a foreign value at a target, a file that git tracks, a rolled-back lockfile."""

    code = "blocked"


class NoValueError(SecretZeroError):
    """No origin has a value for this secret; the hint names what would supply one."""

    code = "no_value"


class DriftedError(SecretZeroError):
    """The value can be read, but what stands there is not what the lockfile records."""

    code = "drifted"


class InterruptedRunError(SecretZeroError):
    """Somebody asked the run to stop; what it had begun is in the journal and goes on with the next sync."""

    code = "interrupted"


class UnfinishedError(SecretZeroError):
    """A run could not write down what it had begun; the journal has every value, and the next sync goes on."""

    code = "unfinished"


class ProviderError(SecretZeroError):
    """A store or a source said no, or answered something that its description does not allow."""

    code = "provider"


class UnavailableError(ProviderError):
    """It could not be reached or did not answer in time; `retry_after` is in seconds, if it named one."""

    code = "unavailable"

    def __init__(self, message: str, *, retry_after: float | None = None, target: str = "", hint: str = "") -> None:
        super().__init__(message, target=target, hint=hint)
        self.retry_after = retry_after


class AuthenticationError(ProviderError):
    """The credential is unknown, expired, or not allowed to do this; `missing` names the permission to ask for."""

    code = "authentication"

    def __init__(self, message: str, *, missing: str = "", target: str = "", hint: str = "") -> None:
        super().__init__(message, target=target, hint=hint)
        self.missing = missing


class NotFoundError(ProviderError):
    """There is nothing at this path."""

    code = "not_found"


class ConflictError(ProviderError):
    """The object is no longer at the version that it was last seen at. Nothing was written."""

    code = "conflict"


class RejectedError(ProviderError):
    """The store refuses this name or value; the message says which rule, never the value."""

    code = "rejected"


class UnsupportedError(ProviderError):
    """The store has no such capability."""

    code = "unsupported"
