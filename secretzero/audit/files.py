"""The audit log of the command line: JSON Lines in the state folder, one chain for all projects of a user."""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from attrs import field, frozen

from ..clock import Clock
from ..errors import BusyError, ConfigurationError
from ..files import Disk
from ..places import Places
from ..stamps import stamp
from .chain import Break, Chain, Head, Record

_KEY_SIZE = 32
_LOCK_WAIT = 10.0
_LOOKING = {"drift", "get"}
_WAY_OUT = "set XDG_STATE_HOME to a folder that can be written, or audit: best-effort in the user configuration"


class _Known(NamedTuple):
    """What the key file holds: the key of the chain and where it ended."""

    key: bytes
    head: Head


@frozen
class FileAudit:
    """Appends records to the log, each durable before the call returns, and proves that the log is whole.

    Call it with an action and the names that it concerns, as the engine does. Where nothing can be written it raises
    ConfigurationError, so that what was to be recorded does not happen; with `best_effort`, and for the actions that
    only look (``drift`` and ``get``), it tells `notice` instead.
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
        outcome = "done" if action in _LOOKING else "intent"
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
            if not self.best_effort and action not in _LOOKING:
                raise ConfigurationError(message, hint=_WAY_OUT) from error
            self.notice(f"{message}; this is not on record")

    def breaks(self) -> list[Break]:
        """List where the log is not what was written; nothing when it is whole, or when there is none yet."""
        known, content = self._known(), self.disk.read(self.places.audit_log) or b""
        if known is None:
            return [Break(1, "the key of the log is gone, so nothing in it can be proved")] if content else []
        return Chain(known.key).breaks(content, known.head)

    def records(self) -> Iterator[Mapping[str, object]]:
        """Yield the records that bear their signature, oldest first, as JSON knows them."""
        known, content = self._known(), self.disk.read(self.places.audit_log)
        if known is not None and content is not None:
            yield from Chain(known.key).records(content)

    def _append(self, record: Record) -> None:
        self.disk.make_folder(self.places.locks)
        with self.disk.lock(self.places.lock_of(self.places.audit_log), wait=_LOCK_WAIT, clock=self.clock):
            known = self._known() or self._begun()
            chain = Chain(known.key)
            head, torn = self._caught_up(chain, known.head)
            line, after = chain.seal(head, record)
            self.disk.append(self.places.audit_log, torn + line)
            self._keep(_Known(known.key, after._replace(size=after.size + len(torn))))

    def _begun(self) -> _Known:
        """Make the key of a new chain, durable before the first record."""
        known = _Known(self.random(_KEY_SIZE), Head())
        self._keep(known)
        self.disk.sync(self.places.state)
        return known

    def _caught_up(self, chain: Chain, head: Head) -> tuple[Head, bytes]:
        """Return the end of the log as it is, and what must stand between it and the next record.

        Records that a run appended before it died are taken over, and half a record that nobody relied on is cut.
        Whatever else was done to the log stays as it is, to be found.
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
        """Read the key file; None when there is none. Raises ConfigurationError when it is damaged."""
        content = self.disk.read(self.places.audit_key)
        if content is None:
            return None
        try:
            told = json.loads(content)
            return _Known(bytes.fromhex(told["key"]), Head(int(told["seq"]), str(told["mac"]), int(told["size"])))
        except (ValueError, TypeError, KeyError):
            raise ConfigurationError(
                f"{self.places.audit_key} is damaged", hint="move it and audit.log away: a new log begins"
            ) from None

    def _keep(self, known: _Known) -> None:
        told = {"key": known.key.hex(), **known.head._asdict()}
        self.disk.replace(self.places.audit_key, json.dumps(told).encode() + b"\n")
