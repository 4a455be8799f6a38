"""Reading current values for an application, `get`, `run` and `export`: each only with its proof."""

from collections.abc import Mapping

from attrs import field, frozen

from ..errors import DriftedError, NoValueError, UsageError
from ..lockfile.model import Entry
from ..manifest.model import Secret, Target
from ..values import SecretValue
from .context import Run
from .current import Copies, in_shape, pieces_of
from .request import find_secret, is_named
from .state.journal import Record

_UNPROVED = "{} could not be compared: the project key is not on this machine"


@frozen
class Reading:
    """A value that was read.

    Attributes:
        value: The value, hidden until `SecretValue.reveal` is called.
        generation: The count of the secret's values, from 1; 0 where it is unknown.
        notice: Why it could not be compared with the recorded value; ``""`` where it is the recorded one.

    Example:
        >>> from secretzero import Engine
        >>> Engine.open("Secretfile.yml").read()["db_password"]
        Reading(generation=1, notice='')
    """

    value: SecretValue = field(repr=False)
    generation: int = 0
    notice: str = ""


class Reader:
    """Reads values of declared secrets; each object once."""

    def __init__(self, run: Run, journalled: Mapping[str, Record]) -> None:
        self._run = run
        self._copies = Copies(run, journalled)

    def read(self, name: str, *, take_from: str = "") -> Reading:
        """Return the value of ``NAME`` or ``NAME.PART``, from one target or from any that has it.

        Raises NoValueError, DriftedError, UsageError.
        """
        secret, part = find_secret(self._run.manifest, name)
        if secret.unsupported:
            raise NoValueError(f"{secret.name} cannot be read: {secret.unsupported}", secret=secret.name)
        if take_from:
            found, part = self._read_one(secret, part, take_from)
        else:
            found = self._read_whole(secret, part)
        try:
            return Reading(found.value.part(part), found.generation, found.notice)
        except KeyError:
            raise NoValueError(f"{secret.name} has no part {part}", secret=secret.name) from None

    def _read_whole(self, secret: Secret, part: str) -> Reading:
        ledger, entry = self._run.ledger(secret), self._run.entry(secret)
        if ledger.exists and ledger.key is None and entry is not None:
            return self._unproved(secret)
        try:
            value = self._copies.current(secret)
        except NoValueError as error:
            if entry is not None and (pending := self._pending(secret, entry)):
                return pending
            other = next((t.uri for t in secret.targets if self._copies.held(t.uri)), "")
            if other and entry is not None and entry.now is not None:
                raise _drifted(secret, other) from None
            error.secret = error.secret or secret.name
            raise
        if not part and entry is not None and not self._is_whole(secret, entry, value):
            raise NoValueError(f"only some parts of {secret.name} can be read", secret=secret.name)
        return Reading(value, entry.now.n if entry and entry.now else 0)

    def _pending(self, secret: Secret, entry: Entry) -> Reading | None:
        """Read the value of an op that a run which died had already written: lockfile and journal know it."""
        generation = entry.generations.get(entry.pending)
        for target in secret.targets:
            value = None if generation is None or target.part else self._copies.held(target.uri)
            if generation and value and self._run.ledger(secret).match(entry, "", value) == entry.pending:
                notice = f"the value of {secret.name} is from an unfinished run; run secretzero sync to finish it"
                return Reading(in_shape(value, generation.shape), generation.n, notice)
        return None

    def _is_whole(self, secret: Secret, entry: Entry, value: SecretValue) -> bool:
        """Return whether nothing is missing in a value that may have been put together from its pieces."""
        if self._run.ledger(secret).match(entry, "", value) == entry.current:
            return True
        declared = {f.name for f in secret.fields if f.name}
        parts = declared or {part for f in secret.fields if f.generator for part in f.generator.parts if part}
        return bool(parts) and parts <= set(pieces_of(value))

    def _read_one(self, secret: Secret, part: str, wanted: str) -> tuple[Reading, str]:
        """Read what one target holds; return it with the part that is still to be taken out of it."""
        target = _target_named(secret, part, wanted)
        ledger, entry = self._run.ledger(secret), self._run.entry(secret)
        if entry is None or entry.now is None:
            raise NoValueError(f"{secret.name} has no value yet", hint="run secretzero sync", secret=secret.name)
        value = self._copies.at(target.uri)
        rest = part[len(target.part) :].removeprefix(".")
        if ledger.key is None:
            return Reading(value, notice=_UNPROVED.format(secret.name)), rest
        if ledger.match(entry, target.part, value) != entry.current:
            raise _drifted(secret, target.uri)
        return Reading(value, entry.now.n), rest

    def _unproved(self, secret: Secret) -> Reading:
        """Read from the first target that has anything; without the key it cannot be compared."""
        for target in secret.targets:
            value = None if target.part else self._copies.held(target.uri)
            if value is not None:
                return Reading(value, notice=_UNPROVED.format(secret.name))
        raise NoValueError(f"no readable target holds {secret.name}", secret=secret.name)


def _target_named(secret: Secret, part: str, wanted: str) -> Target:
    """Return the target that a person means, one that holds the whole of what is asked for."""
    named = [t for t in secret.targets if is_named(t, wanted)]
    fitting = [t for t in named if not t.part or part == t.part or part.startswith(f"{t.part}.")]
    if fitting:
        return fitting[0]
    if named:
        parts = ", ".join(sorted(f"{secret.name}.{t.part}" for t in named))
        raise UsageError(f"{wanted} holds only a part of {secret.name}", hint=f"ask for {parts}", secret=secret.name)
    known = ", ".join(t.uri for t in secret.targets)
    hint = f"its targets: {known}" if known else "it has no targets"
    raise UsageError(f"{secret.name} has no target {wanted}", hint=hint, secret=secret.name)


def _drifted(secret: Secret, uri: str) -> DriftedError:
    message = f"the target does not hold the recorded value of {secret.name}"
    return DriftedError(message, hint=f"run secretzero drift {secret.name} for details", secret=secret.name, target=uri)
