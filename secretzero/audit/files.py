"""The audit log of the command line: JSON Lines in the state folder, one chain for all projects of a user."""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from attrs import field, frozen

from ..clock import Clock, stamp
from ..errors import BusyError, ConfigurationError
from ..files import Disk
from ..places import Places
from .chain import Break, Chain, Head, Record

_READ_ONLY = {"drift", "get"}
_REMEDY = "set XDG_STATE_HOME to a writable folder, or audit: best-effort in the user configuration"


class _Known(NamedTuple):
    """What the key file holds: the key of the chain and where it ended."""

    key: bytes
    head: Head


@frozen
class FileAudit:
    """Appends records to the log, each durable before the call returns, and verifies that the log is complete.

    Call it with an action and the names that it concerns, as the engine does. If the log cannot be written it raises
    ConfigurationError, so that no action goes unrecorded; with `best_effort`, and for the actions that only read
    (``drift`` and ``get``), it passes a message to `notice` instead.
    """

    disk: Disk
    places: Places
    clock: Clock
    random: Callable[[int], bytes] = field(repr=False)
    notice: Callable[[str], None]
    subject: str = ""
    purpose: str = ""
    reason: str = ""
    best_effort: bool = False

    def __call__(self, action: str, names: Iterable[str]) -> None:
        """Record an action before it happens."""
        outcome = "done" if action in _READ_ONLY else "intent"
        record = Record(
            stamp(self.clock.now()),
            action,
            tuple(names),
            subject=self.subject,
            purpose=self.purpose,
            reason=self.reason,
            outcome=outcome,
        )
        try:
            self._append(record)
        except (OSError, BusyError) as error:
            why = os.strerror(error.errno or 0) if isinstance(error, OSError) else error.message
            message = f"the audit log {self.places.audit_log} cannot be written: {why}"
            if not self.best_effort and action not in _READ_ONLY:
                raise ConfigurationError(message, hint=_REMEDY) from error
            self.notice(f"{message}; this action is not recorded")

    def breaks(self) -> list[Break]:
        """List where the log differs from what was written; empty if it is complete or does not exist yet."""
        known, content = self._known(), self.disk.read(self.places.audit_log) or b""
        if known is None:
            return [Break(1, "the key of the log is missing, so its records cannot be verified")] if content else []
        return Chain(known.key).breaks(content, known.head)

    def records(self) -> Iterator[Mapping[str, object]]:
        """Yield the records with a valid signature, oldest first, as JSON objects."""
        known, content = self._known(), self.disk.read(self.places.audit_log)
        if known is not None and content is not None:
            yield from Chain(known.key).records(content)

    def _append(self, record: Record) -> None:
        self.disk.make_folder(self.places.locks)
        with self.disk.lock(self.places.lock_of(self.places.audit_log), wait=10.0, clock=self.clock):
            known = self._known() or self._begun()
            chain = Chain(known.key)
            head, torn = self._caught_up(chain, known.head)
            line, after = chain.seal(head, record)
            self.disk.append(self.places.audit_log, torn + line)
            self._keep(_Known(known.key, after._replace(size=after.size + len(torn))))

    def _begun(self) -> _Known:
        """Create the key of a new chain, durable before the first record."""
        known = _Known(self.random(32), Head())
        self._keep(known)
        self.disk.sync(self.places.state)
        return known

    def _caught_up(self, chain: Chain, head: Head) -> tuple[Head, bytes]:
        """Return the present end of the log, and what must go between it and the next record.

        Records that a run appended before it died are accepted; an incomplete record, on which nothing relied, is
        removed. Any other change to the log is left in place, so that `breaks` finds it.
        """
        present = self.disk.stamp(self.places.audit_log)
        if (present.size if present else 0) == head.size:
            return head, b""
        content = self.disk.read(self.places.audit_log) or b""
        head = chain.follow(content[head.size :], head)
        rest = content[head.size :]
        if rest and b"\n" not in rest:
            self.disk.truncate(self.places.audit_log, head.size)
            return head, b""
        return head._replace(size=len(content)), b"\n" if content and not content.endswith(b"\n") else b""

    def _known(self) -> _Known | None:
        """Read the key file; None if there is none. Raises ConfigurationError if it is damaged."""
        content = self.disk.read(self.places.audit_key)
        if content is None:
            return None
        try:
            saved = json.loads(content)
            return _Known(bytes.fromhex(saved["key"]), Head(int(saved["seq"]), str(saved["mac"]), int(saved["size"])))
        except (ValueError, TypeError, KeyError):
            raise ConfigurationError(
                f"{self.places.audit_key} is damaged", hint="move it and audit.log away to begin a new log"
            ) from None

    def _keep(self, known: _Known) -> None:
        saved = {"key": known.key.hex(), **known.head._asdict()}
        self.disk.replace(self.places.audit_key, json.dumps(saved).encode() + b"\n")
