"""Write each object once, with all its fields, in the order of the sync protocol and with providers in parallel."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from threading import Lock
from typing import NamedTuple

from attrs import evolve

from ...clock import stamp
from ...errors import (
    AuthenticationError,
    ConflictError,
    InterruptedRunError,
    NotFoundError,
    ProviderError,
    SecretZeroError,
    UnavailableError,
)
from ...manifest.model import Target
from ...protocols import offers
from ...protocols.stores import Readable, Synced, Writable
from ...refs import Ref, encode
from ...values import Material, SecretValue, Version, Written
from ..context import Run
from ..report import TargetOutcome
from ..state.connections import writable
from ..state.journal import Journal, Record
from .change import Change, Effect, Key

TRIES = 5
LONGEST = 60.0
_NAMESPACE = "5e0c7a0e-9d5b-5d1a-8a52-0e5ecf0c9e11"


class Field(NamedTuple):
    """One field of an object, and the change that it belongs to."""

    change: Change
    target: Target

    @property
    def value(self) -> SecretValue:
        """The part of the value that goes into this field. Raises KeyError if the change has no value."""
        if self.change.value is None:
            raise KeyError(self.target.part)
        return self.change.value.part(self.target.part)


class Job(NamedTuple):
    """Everything that a run writes to one object: fields to set, fields to remove, and the version it is based on.

    `token` identifies the write: the same ops, fields, base, object and earlier writes always give the same token.
    Without the earlier writes, a platform would take a value that is restored for a repetition of its first write, and
    ignore it.
    """

    uri: str
    fields: Mapping[str, Field]
    remove: Mapping[str, Change]
    base: str | None
    token: str

    @classmethod
    def of(cls, uri: str, fields: Mapping[str, Field], remove: Mapping[str, Change], *, base: str | None) -> "Job":
        """Return a job with its token."""
        from uuid import UUID, uuid5

        ops = "\n".join(sorted(f"{one.target.uri}={one.change.op}@{_written_at(one)}" for one in fields.values()))
        token = str(uuid5(UUID(_NAMESPACE), f"{ops}\n{base}\n{uri}"))
        return cls(uri=uri, fields=fields, remove=remove, base=base, token=token)

    def material(self) -> dict[str, Material]:
        """Return the values to write; called only at the moment of writing."""
        return {name: one.value.reveal() for name, one in self.fields.items() if one.change.value is not None}

    def ops(self) -> dict[str, str]:
        """Return the op of each field by its URI."""
        return {one.target.uri: one.change.op for one in self.fields.values()}


class Ended(NamedTuple):
    """The result of a job: the answer of the store, or the error that stopped it."""

    job: Job
    written: Written | None = None
    error: SecretZeroError | None = None


class Writer:
    """Writes the objects of a run, and records in the journal what it will write and what it wrote."""

    def __init__(self, run: Run, journal: Journal, versions: Mapping[str, str]) -> None:
        self._run = run
        self._journal = journal
        self._versions = versions
        self._guard = Lock()
        self._effects: dict[Key, dict[str, Effect]] = {}
        self._stopped: set[Key] = set()

    def jobs_of(self, changes: Iterable[Change]) -> list[Job]:
        """Group the fields of all changes by object."""
        fields: dict[str, dict[str, Field]] = {}
        remove: dict[str, dict[str, Change]] = {}
        for change in changes:
            for target in change.writes:
                fields.setdefault(target.object, {})[target.field or "value"] = Field(change, target)
            for gone in change.forgotten:
                if gone.action == "delete" and gone.verdict != "taken" and gone.uri not in self._run.target_at:
                    ref = Ref.parse(gone.uri)
                    fields.setdefault(ref.object, {})
                    remove.setdefault(ref.object, {})[ref.field or "value"] = change
        return [Job.of(uri, mine, remove.get(uri, {}), base=self._versions.get(uri)) for uri, mine in fields.items()]

    def write(self, jobs: list[Job], failed: Iterable[Key]) -> Mapping[Key, Mapping[str, Effect]]:
        """Write all objects, rank by rank, dependants after what they depend on; return the effects.

        An op that failed at a required target is not written anywhere else. Neither is a change that depends on it, or
        on one that `failed` before.
        """
        self._stopped.update(failed)
        ranks: dict[tuple[int, int], list[Job]] = {}
        for job in jobs:
            depth = max((one.change.depth for one in job.fields.values()), default=0)
            ranks.setdefault((self._run.stores.rank_of(job.uri), depth), []).append(job)
        for rank in sorted(ranks):
            left = [self._without_stopped(job) for job in ranks[rank]]
            self._settle(self._write_rank([job for job in left if job.fields or job.remove]))
        return self._effects

    def _without_stopped(self, job: Job) -> Job:
        """Leave out the fields of changes that failed elsewhere or depend on one that did."""
        kept = {}
        for name, one in job.fields.items():
            if self._stopped.isdisjoint((one.change.key, *one.change.made_from)):
                kept[name] = one
            else:
                self._stopped.add(one.change.key)
                self._note(one.change, Effect(TargetOutcome(one.target.uri, "pending")))
        return job if len(kept) == len(job.fields) else job._replace(fields=kept)

    def _note(self, change: Change, effect: Effect) -> None:
        self._effects.setdefault(change.key, {})[effect.outcome.uri] = effect

    def _write_rank(self, jobs: list[Job]) -> list[Ended]:
        """Write the objects of one rank: in this thread if one provider has them all, else one thread per provider."""
        by_provider: dict[str, list[Job]] = {}
        for job in jobs:
            by_provider.setdefault(self._run.stores.provider_of(job.uri), []).append(job)
        if len(by_provider) <= 1 or self._run.options.parallelism <= 1:
            return self._write_all(jobs)
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(min(len(by_provider), self._run.options.parallelism)) as pool:
            started = [pool.submit(self._write_all, theirs) for theirs in by_provider.values()]
            by_uri = {ended.job.uri: ended for future in started for ended in future.result()}
        return [by_uri[job.uri] for job in jobs]

    def _write_all(self, jobs: list[Job]) -> list[Ended]:
        ended = []
        for number, job in enumerate(jobs):
            if self._run.progress:
                self._run.progress("writing", number, len(jobs))
            ended.append(self._write_job(job))
        return ended

    def _write_job(self, job: Job) -> Ended:
        """Write one object; an error is kept, not raised."""
        try:
            if self._run.stopping and self._run.stopping():
                raise InterruptedRunError("stopped before this target was written", hint="run secretzero sync")
            return Ended(job, self._attempts(job))
        except SecretZeroError as error:
            return Ended(job, error=error)

    def _attempts(self, job: Job) -> Written:
        """Retry a write that may not have arrived, with the same bytes and token, within the limits of the protocol."""
        clock, started = self._run.clock, self._run.clock.monotonic()
        for attempt in range(1, TRIES + 1):
            try:
                return self._once(job)
            except UnavailableError as error:
                if self._already_written(job):
                    return Written()
                pause = self._pause(attempt, error)
                if attempt == TRIES or clock.monotonic() - started + pause > LONGEST:
                    raise
                clock.sleep(pause)
            except ConflictError:
                rebased = self._rebased(job) if attempt < TRIES else None
                if rebased is None:
                    raise
                job = rebased
                if self._already_written(job):
                    return Written()
        raise UnavailableError("no answer from the store", target=job.uri)

    def _pause(self, attempt: int, error: UnavailableError) -> float:
        """Return how long to wait: as the platform asked, else exponential backoff with full jitter, up to 20 s."""
        if error.retry_after is not None:
            return error.retry_after
        most = min(20.0, 0.2 * 2.0**attempt)
        return float(most * int.from_bytes(self._run.random(2), "big") / 65535)

    def _once(self, job: Job) -> Written:
        store, path = self._run.stores.store_of(job.uri)
        remove = {*job.remove, *self._undeclared(job, writable(store), path)}
        written = writable(store).write(
            path,
            SecretValue(job.material()),
            remove=tuple(sorted(remove)),
            expected=None if job.base is None else Version(job.base),
            token=job.token,
        )
        if written.confirmed != "readback" and offers(store, Readable) and job.fields:
            return self._read_back(job, store, path, written)
        return written

    def _undeclared(self, job: Job, store: Writable, path: str) -> set[str]:
        """Return the undeclared fields of a file that may hold only what the manifest declares (``merge: false``)."""
        options = [one.target.options.object_options() for one in job.fields.values() if one.target.options]
        if not any(found.get("merge") is False for found in options):
            return set()
        described = store.describe(path)
        foreign = set(described.fields if described else ()) - self._declared.get(job.uri, set())
        if foreign:
            names = ", ".join(sorted(foreign))
            self._run.notices.append(f"{path}: removed keys that the manifest does not declare: {names}")
        return foreign

    @cached_property
    def _declared(self) -> dict[str, set[str]]:
        """The fields that the manifest declares, by object."""
        found: dict[str, set[str]] = {}
        for target in self._run.target_at.values():
            found.setdefault(target.object, set()).add(target.field)
        return found

    def _read_back(self, job: Job, store: Readable, path: str, written: Written) -> Written:
        """Read the object back and compare it; if reading is refused, the answer to the write has to do."""
        try:
            held = store.read(path, written.version)
        except (AuthenticationError, NotFoundError):
            return written
        if not _holds(held, job):
            raise ProviderError("the value read back is not the one that was written", target=job.uri)
        return evolve(written, confirmed="readback")

    def _already_written(self, job: Job) -> bool:
        """Return whether the object already holds every field of this write: only the answer was lost."""
        store, path = self._run.stores.store_of(job.uri)
        if not offers(store, Readable) or not job.fields:
            return False
        try:
            return _holds(store.read(path), job)
        except ProviderError:
            return False

    def _rebased(self, job: Job) -> Job | None:
        """After a failed compare-and-set: return a job based on the present version if only other fields changed."""
        store, path = self._run.stores.store_of(job.uri)
        if not offers(store, Readable):
            return None
        described = store.describe(path)
        held = store.read(path) if described else SecretValue({})
        if not all(_ours(one, held) for one in job.fields.values()):
            return None
        if not all(_still_known(change, name, held) for name, change in job.remove.items()):
            return None
        base = (described.version or "") if described else ""
        rebased = Job.of(job.uri, job.fields, job.remove, base=base)
        with self._guard:
            self._journal.append([write_record(rebased)])
        return rebased

    def _settle(self, written: Iterable[Ended]) -> None:
        """Make a rank durable, then record it in the journal with one fsync."""
        settled = [self._synced(ended) for ended in written]
        at = stamp(self._run.clock.now())
        done = []
        for ended in settled:
            for change, effect in _effects_of(ended, at):
                self._note(change, effect)
                if change.new and effect.outcome.status == "failed" and _stops(change, effect.outcome):
                    self._stopped.add(change.key)
            if ended.written is not None and ended.job.fields:
                done.append(_done_record(ended.job, ended.written, at))
        try:
            self._journal.append(done)
        except SecretZeroError as error:
            self._run.notices.append(error.message)

    def _synced(self, ended: Ended) -> Ended:
        """Make a write durable; one that cannot be has failed."""
        if ended.written is None:
            return ended
        store, _ = self._run.stores.store_of(ended.job.uri)
        try:
            if offers(store, Synced):
                store.sync()
        except SecretZeroError as error:
            return Ended(ended.job, error=error)
        return ended


def _effects_of(ended: Ended, at: str) -> Iterator[tuple[Change, Effect]]:
    """Yield the effect on each field of an object."""
    job, marker = ended.job, ended.written.marker if ended.written else None
    for name, one in job.fields.items():
        yield one.change, Effect(_outcome(ended, name, one), at, marker)
    for name, change in job.remove.items():
        uri = f"{job.uri}#{encode(name)}" if name != "value" else job.uri
        yield change, Effect(TargetOutcome(uri, "failed" if ended.error else "removed", error=ended.error))


def _stops(change: Change, failed: TargetOutcome) -> bool:
    """Return whether a failure stops an op at all targets: one at a required target, or a conflict."""
    required = any(target.required and target.uri == failed.uri for target in change.writes)
    return required or isinstance(failed.error, ConflictError)


def _written_at(one: Field) -> str:
    """Return when the lockfile says that the target was last written; ``""`` for never."""
    record = one.change.entry.targets.get(one.target.uri)
    return record.at if record and record.confirmed != "none" else ""


def _outcome(ended: Ended, name: str, one: Field) -> TargetOutcome:
    refusal = ended.error or (ended.written.refused.get(name) if ended.written else None)
    if refusal is not None:
        error = refusal if isinstance(refusal, SecretZeroError) else ProviderError("the store refused this field")
        return TargetOutcome(one.target.uri, "failed", "none", error=error)
    return TargetOutcome(one.target.uri, "stored", ended.written.confirmed if ended.written else "ack")


def write_record(job: Job) -> Record:
    """Return the journal record of an object to write."""
    local = all(change.ledger.local for change in (*(one.change for one in job.fields.values()), *job.remove.values()))
    body = {"object": job.uri, "fields": job.ops(), "base": job.base, "token": job.token}
    return Record(kind="write", op="", local=local, body=body)


def _done_record(job: Job, written: Written, at: str) -> Record:
    local = all(one.change.ledger.local for one in job.fields.values())
    fields = {one.target.uri: one.change.op for name, one in job.fields.items() if name not in written.refused}
    body = {"object": job.uri, "fields": fields, "marker": written.marker, "at": at}
    return Record(kind="done", op="", local=local, body=body)


def _holds(held: SecretValue, job: Job) -> bool:
    """Return whether the object holds every field of the write, with its value."""
    try:
        return all(held.part(name).canonical() == one.value.canonical() for name, one in job.fields.items())
    except KeyError:
        return False


def _ours(one: Field, held: SecretValue) -> bool:
    """Return whether a field is absent, or holds a recorded generation or the value of this op."""
    try:
        found = held.part(one.target.field or "value")
    except KeyError:
        return True
    if one.change.ledger.match(one.change.announced, one.target.part, found):
        return True
    return one.change.value is not None and found.canonical() == one.value.canonical()


def _still_known(change: Change, name: str, held: SecretValue) -> bool:
    """Return whether a field to remove is absent, or holds a recorded value of its secret."""
    try:
        found = held.part(name)
    except KeyError:
        return True
    entry = change.announced
    parts = {part for generation in entry.generations.values() for part in generation.fingerprints}
    return any(change.ledger.match(entry, part, found) for part in parts)
