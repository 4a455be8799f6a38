"""Writing objects: each once with all its fields, in the order that the protocol asks for, providers side by side."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from threading import Lock
from typing import NamedTuple

from attrs import evolve, frozen

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
from ...protocols import Readable, Synced, Writable
from ...refs import Ref, encode
from ...values import Material, SecretValue, Version, Written
from ..context import Run
from ..report import TargetOutcome
from ..state.connections import writable
from ..state.journal import Journal, Record
from ..state.matching import match
from .change import Change, Effect, Key

TRIES = 5
LONGEST = 60.0
_NAMESPACE = "5e0c7a0e-9d5b-5d1a-8a52-0e5ecf0c9e11"


class Field(NamedTuple):
    """One field of an object, with the change that it belongs to."""

    change: Change
    target: Target

    @property
    def value(self) -> SecretValue:
        """The part of the value that belongs here. Raises KeyError where the change has none."""
        if self.change.value is None:
            raise KeyError(self.target.part)
        return self.change.value.part(self.target.part)


@frozen
class Job:
    """All that one run writes to one object: fields to set, fields to remove, and the version it was decided from.

    `token` names the write: the same ops, fields, base, object and earlier writes always give the same. The earlier
    writes tell a value that is put back from the time it was first sent, which a platform would take for a repetition
    and ignore.
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
        """Return what the object is to hold, at the moment of writing it."""
        return {name: one.value.reveal() for name, one in self.fields.items() if one.change.value is not None}

    def ops(self) -> dict[str, str]:
        """Return the op of each field by its URI."""
        return {one.target.uri: one.change.op for one in self.fields.values()}


@frozen
class Ended:
    """How a job ended: what the store said, or the error that stopped it."""

    job: Job
    written: Written | None = None
    error: SecretZeroError | None = None


class Writer:
    """Writes the objects of a run and records in the journal what it is about to do and what it saw done."""

    def __init__(self, run: Run, journal: Journal, versions: Mapping[str, str]) -> None:
        self._run = run
        self._journal = journal
        self._versions = versions
        self._guard = Lock()
        self._effects: dict[Key, dict[str, Effect]] = {}
        self._stopped: set[Key] = set()

    def jobs_of(self, changes: Iterable[Change]) -> list[Job]:
        """Gather the fields of all changes by object; the journal's records of the writes have their tokens."""
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

    def records_of(self, jobs: Iterable[Job]) -> list[Record]:
        """Return one record for each object that is about to be written."""
        return [_write_record(job) for job in jobs]

    def write(self, jobs: list[Job], failed: Iterable[Key]) -> Mapping[Key, Mapping[str, Effect]]:
        """Write all objects, rank by rank, and in a rank what is made from others after them; return what was seen.

        An op that failed at a shared target shows itself nowhere else, and neither does what is made from it, nor
        what is made from a change that `failed` before.
        """
        self._stopped.update(failed)
        ranks: dict[tuple[int, int], list[Job]] = {}
        for job in jobs:
            depth = max((one.change.depth for one in job.fields.values()), default=0)
            ranks.setdefault((self._rank(job), depth), []).append(job)
        for rank in sorted(ranks):
            left = [self._without_stopped(job) for job in ranks[rank]]
            self._settle(self._write_rank([job for job in left if job.fields or job.remove]))
        return self._effects

    def _rank(self, job: Job) -> int:
        """Return when an object is written; one that cannot be opened comes last, and its write says why."""
        try:
            return self._run.stores.rank_of(job.uri)
        except SecretZeroError:
            return 3

    def _without_stopped(self, job: Job) -> Job:
        """Leave out the fields of changes that failed elsewhere, or need one that did; their values stay unseen."""
        kept = {}
        for name, one in job.fields.items():
            if self._stopped.isdisjoint((one.change.key, *one.change.made_from)):
                kept[name] = one
            else:
                self._stopped.add(one.change.key)
                self._note(one.change, Effect(TargetOutcome(one.target.uri, "pending")))
        return job if len(kept) == len(job.fields) else evolve(job, fields=kept)

    def _note(self, change: Change, effect: Effect) -> None:
        self._effects.setdefault(change.key, {})[effect.outcome.uri] = effect

    def _write_rank(self, jobs: list[Job]) -> list[Ended]:
        """Write objects of one rank: in this thread when one provider has them all, else one thread for each."""
        lanes: dict[str, list[Job]] = {}
        for job in jobs:
            lanes.setdefault(self._run.stores.provider_of(job.uri), []).append(job)
        if len(lanes) <= 1 or self._run.options.parallelism <= 1:
            return self._write_lane(jobs)
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(min(len(lanes), self._run.options.parallelism)) as pool:
            started = [pool.submit(self._write_lane, lane) for lane in lanes.values()]
            by_uri = {ended.job.uri: ended for lane in started for ended in lane.result()}
        return [by_uri[job.uri] for job in jobs]

    def _write_lane(self, jobs: list[Job]) -> list[Ended]:
        ended = []
        for number, job in enumerate(jobs):
            if self._run.progress:
                self._run.progress("writing", number, len(jobs))
            ended.append(self._write_job(job))
        return ended

    def _write_job(self, job: Job) -> Ended:
        """Write one object; the error that stopped it is kept."""
        if self._run.stopping():
            error = InterruptedRunError("stopped before this target was written", hint="run secretzero sync")
            return Ended(job, error=error)
        try:
            return Ended(job, self._attempts(job))
        except SecretZeroError as error:
            return Ended(job, error=error)

    def _attempts(self, job: Job) -> Written:
        """Repeat a call that may not have arrived, with the same bytes and token, within the bounds of the protocol."""
        clock, started = self._run.clock, self._run.clock.monotonic()
        for attempt in range(1, TRIES + 1):
            try:
                return self._once(job)
            except UnavailableError as error:
                if self._stands(job):
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
                if self._stands(job):
                    return Written()
        raise UnavailableError("no answer", target=job.uri)

    def _pause(self, attempt: int, error: UnavailableError) -> float:
        """Return how long to wait: what the platform asked for, else full jitter that doubles up to 20 s."""
        if error.retry_after is not None:
            return error.retry_after
        most = min(20.0, 0.2 * 2.0**attempt)
        return float(most * int.from_bytes(self._run.random(2), "big") / 65535)

    def _once(self, job: Job) -> Written:
        store, path = self._run.stores.store_of(job.uri)
        remove = {*job.remove, *self._foreign(job, writable(store), path)}
        written = writable(store).write(
            path,
            SecretValue(job.material()),
            remove=tuple(sorted(remove)),
            expected=None if job.base is None else Version(job.base),
            token=job.token,
        )
        if written.confirmed != "readback" and isinstance(store, Readable) and job.fields:
            return self._read_back(job, store, path, written)
        return written

    def _foreign(self, job: Job, store: Writable, path: str) -> set[str]:
        """Name the fields that do not belong in a file which holds only what the manifest declares."""
        options = [one.target.options.object_options() for one in job.fields.values() if one.target.options]
        if not any(found.get("merge") is False for found in options):
            return set()
        described = store.describe(path)
        foreign = set(described.fields if described else ()) - self._declared.get(job.uri, set())
        if foreign:
            names = ", ".join(sorted(foreign))
            self._run.notices.append(f"{path}: removed what the manifest does not declare: {names}")
        return foreign

    @cached_property
    def _declared(self) -> dict[str, set[str]]:
        """The fields that the manifest declares, by object."""
        found: dict[str, set[str]] = {}
        for target in self._run.target_at.values():
            found.setdefault(target.object, set()).add(target.field)
        return found

    def _read_back(self, job: Job, store: Readable, path: str, written: Written) -> Written:
        """See for ourselves that the object holds what was sent; a refusal to read leaves the platform's word."""
        try:
            held = store.read(path, written.version)
        except (AuthenticationError, NotFoundError):
            return written
        if not _holds(held, job):
            raise ProviderError("read back, it is not what was written", target=job.uri)
        return evolve(written, confirmed="readback")

    def _stands(self, job: Job) -> bool:
        """Tell whether the object already holds every field of this write: the answer was lost, not the write."""
        store, path = self._run.stores.store_of(job.uri)
        if not isinstance(store, Readable) or not job.fields:
            return False
        try:
            return _holds(store.read(path), job)
        except ProviderError:
            return False

    def _rebased(self, job: Job) -> Job | None:
        """After a failed compare-and-set: go on from the present version when only foreign fields changed."""
        store, path = self._run.stores.store_of(job.uri)
        if not isinstance(store, Readable):
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
            self._journal.append([_write_record(rebased)])
        return rebased

    def _settle(self, written: Iterable[Ended]) -> None:
        """Make a rank durable, then say in the journal what was seen done, with one fsync."""
        settled = [self._synced(ended) for ended in written]
        at = stamp(self._run.now)
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
        """Make what was written durable; a write that cannot be has failed."""
        if ended.written is None:
            return ended
        store, _ = self._run.stores.store_of(ended.job.uri)
        try:
            if isinstance(store, Synced):
                store.sync()
        except SecretZeroError as error:
            return Ended(ended.job, error=error)
        return ended


def _effects_of(ended: Ended, at: str) -> Iterator[tuple[Change, Effect]]:
    """Yield what became of each field of an object."""
    job, marker = ended.job, ended.written.marker if ended.written else None
    for name, one in job.fields.items():
        yield one.change, Effect(_outcome(ended, name, one), at, marker)
    for name, change in job.remove.items():
        uri = f"{job.uri}#{encode(name)}" if name != "value" else job.uri
        yield change, Effect(TargetOutcome(uri, "failed" if ended.error else "removed", error=ended.error))


def _stops(change: Change, failed: TargetOutcome) -> bool:
    """Tell whether a failure ends an op everywhere: that of a required target, or of one that moved."""
    required = any(target.required and target.uri == failed.uri for target in change.writes)
    return required or isinstance(failed.error, ConflictError)


def _written_at(one: Field) -> str:
    """Return when the target was last written as the lockfile knows; ``""`` for never."""
    record = one.change.entry.targets.get(one.target.uri)
    return record.at if record and record.confirmed != "none" else ""


def _outcome(ended: Ended, name: str, one: Field) -> TargetOutcome:
    refusal = ended.error or (ended.written.refused.get(name) if ended.written else None)
    if refusal is not None:
        error = refusal if isinstance(refusal, SecretZeroError) else ProviderError("the store refused this field")
        return TargetOutcome(one.target.uri, "failed", "none", error=error)
    return TargetOutcome(one.target.uri, "stored", ended.written.confirmed if ended.written else "ack")


def _write_record(job: Job) -> Record:
    local = all(change.ledger.local for change in (*(one.change for one in job.fields.values()), *job.remove.values()))
    body = {"object": job.uri, "fields": job.ops(), "base": job.base, "token": job.token}
    return Record(kind="write", op="", local=local, body=body)


def _done_record(job: Job, written: Written, at: str) -> Record:
    local = all(one.change.ledger.local for one in job.fields.values())
    fields = {one.target.uri: one.change.op for name, one in job.fields.items() if name not in written.refused}
    body = {"object": job.uri, "fields": fields, "marker": written.marker, "at": at}
    return Record(kind="done", op="", local=local, body=body)


def _holds(held: SecretValue, job: Job) -> bool:
    """Tell whether what was read has every field that was to be written, with its value."""
    try:
        return all(held.part(name).canonical() == one.value.canonical() for name, one in job.fields.items())
    except KeyError:
        return False


def _ours(one: Field, held: SecretValue) -> bool:
    """Tell whether a field is still one of ours: a recorded generation, this op's value, or still absent."""
    try:
        found = held.part(one.target.field or "value")
    except KeyError:
        return True
    if match(one.change.announced, one.target.part, found, one.change.ledger):
        return True
    return one.change.value is not None and found.canonical() == one.value.canonical()


def _still_known(change: Change, name: str, held: SecretValue) -> bool:
    """Tell whether a field that is to go holds nothing, or a value that the lockfile knows of its secret."""
    try:
        found = held.part(name)
    except KeyError:
        return True
    entry = change.announced
    parts = {part for generation in entry.generations.values() for part in generation.fingerprints}
    return any(match(entry, part, found, change.ledger) for part in parts)
