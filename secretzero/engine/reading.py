"""Reading current values for an application, `get`, `run` and `export`: each only with its proof."""

from collections.abc import Mapping

from attrs import field, frozen

from ..errors import NotFoundError, NoValueError, SecretZeroError
from ..manifest.model import Secret
from ..values import SecretValue
from .journal import Record
from .run import Run
from .works import Workshop


@frozen
class Reading:
    """A value that was read, the generation it is, and a notice where it could not be compared."""

    value: SecretValue = field(repr=False)
    generation: int = 0
    notice: str = ""


class Reader:
    """Reads values of declared secrets; each object once."""

    def __init__(self, run: Run, journalled: Mapping[str, Record]) -> None:
        self._run = run
        self._workshop = Workshop(run, journalled)

    def read(self, name: str) -> Reading:
        """Return the value of ``NAME`` or ``NAME.PART``. Raises NoValueError, UsageError."""
        from .engine import unknown_secret

        secret, part = self._run.manifest.owner_of(name)
        if secret is None:
            raise unknown_secret(name, self._run.manifest)
        found = self._read_whole(secret)
        try:
            return Reading(found.value.part(part), found.generation, found.notice)
        except KeyError:
            raise NoValueError(f"{secret.name} has no part {part}", secret=secret.name) from None

    def _read_whole(self, secret: Secret) -> Reading:
        ledger, entry = self._run.ledger(secret), self._run.entry(secret)
        if secret.unsupported:
            raise NoValueError(f"{secret.name} cannot be read: {secret.unsupported}", secret=secret.name)
        if ledger.exists and ledger.key is None and entry is not None:
            return self._unproved(secret)
        value = self._workshop.current(secret, "")
        return Reading(value, entry.now.n if entry and entry.now else 0)

    def _unproved(self, secret: Secret) -> Reading:
        """Read from the first target that has anything; without the key it cannot be compared."""
        for target in secret.targets:
            if target.part:
                continue
            try:
                value = self._workshop.at(target.uri)
            except (NotFoundError, SecretZeroError):
                continue
            return Reading(value, notice=f"{secret.name} could not be compared: the project key is not here")
        raise NoValueError(f"{secret.name} is on no readable target", secret=secret.name)
