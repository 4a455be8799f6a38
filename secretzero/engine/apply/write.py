"""Writing objects: each once with all its fields, in the order that the protocol asks for, providers side by side."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from threading import Lock
from typing import NamedTuple

from attrs import define, field

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
from ..report import Status, TargetOutcome
from ..state.connections import writable
from ..state.journal import Journal, Record
from ..state.matching import match
from .change import Work

TRIES = 5
LONGEST = 60.0
_NAMESPACE = "5e0c7a0e-9d5b-5d1a-8a52-0e5ecf0c9e11"


class Field(NamedTuple):
    """One field of an object, with the work that it belongs to."""

    work: Work
    target: Target


@define
class Job:
    """All that one run writes to one object: fields to set, fields to remove, and the version it was decided from."""

    uri: str
    fields: dict[str, Field] = field(factory=dict)
    remove: dict[str, Work] = field(factory=dict)
    base: str | None = None
    token: str = ""
    written: Written | None = None
    error: SecretZeroError | None = None

    def material(self) -> dict[str, Material]:
        """Return what the object is to hold, at the moment of writing it."""
        return {
            name: one.work.value.part(one.target.part).reveal()
            for name, one in self.fields.items()
            if one.work.value is not None
        }

    def ops(self) -> dict[str, str]:
        """Return the op of each field by its URI."""
        return {one.target.uri: one.work.op for one in self.fields.values()}

    def name(self) -> None:
        """Give the write its token: the same ops, fields, base, object and earlier writes always give the same.

        The earlier writes tell a value that is put back from the time it was first sent, which a platform would take
        for a repetition and ignore.
        """
        from uuid import UUID, uuid5

        told = "\n".join(sorted(f"{one.target.uri}={one.work.op}@{_written_at(one)}" for one in self.fields.values()))
        self.token = str(uuid5(UUID(_NAMESPACE), f"{told}\n{self.base}\n{self.uri}"))


class Writer:
    """Writes the objects of a run and records in the journal what it is about to do and what it saw done."""

    def __init__(self, run: Run, journal: Journal, versions: Mapping[str, str]) -> None:
        self._run = run
        self._journal = journal
        self._versions = versions
        self._guard = Lock()

    def jobs_of(self, works: Iterable[Work]) -> list[Job]:
        """Gather the fields of all works by object; the journal's records of the writes have their tokens."""
        jobs: dict[str, Job] = {}
        for work in works:
            for target in work.writes:
                job = jobs.get(target.object)
                if job is None:
                    job = jobs[target.object] = Job(target.object, base=self._versions.get(target.object))
                job.fields[target.field or "value"] = Field(work, target)
            for gone in work.forgotten:
                if gone.action == "delete" and gone.verdict != "taken" and gone.uri not in self._run.target_at:
                    ref = Ref.parse(gone.uri)
                    job = jobs.setdefault(ref.object, Job(ref.object, base=self._versions.get(ref.object)))
                    job.remove[ref.field or "value"] = work
        for job in jobs.values():
            job.name()
        return list(jobs.values())

    def records_of(self, jobs: Iterable[Job]) -> list[Record]:
        """Return one record for each object that is about to be written."""
        return [_write_record(job) for job in jobs if job.fields or job.remove]

    def write(self, jobs: list[Job]) -> None:
        """Write all objects, rank by rank, and in a rank what is made from others after them.

        An op that failed at a shared target shows itself nowhere else, and neither does what is made from it.
        """
        ranks: dict[tuple[int, int], list[Job]] = {}
        for job in jobs:
            depth = max((one.work.depth for one in job.fields.values()), default=0)
            ranks.setdefault((self._rank(job), depth), []).append(job)
        for rank in sorted(ranks):
            for job in ranks[rank]:
                _leave_out_failed(job)
            ready = [job for job in ranks[rank] if job.fields or job.remove]
            self._write_rank(ready)
            self._settle(ready)

    def _rank(self, job: Job) -> int:
        try:
            return self._run.stores.rank_of(job.uri)
        except SecretZeroError as error:
            job.error = error
            return 3

    def _write_rank(self, jobs: list[Job]) -> None:
        """Write objects of one rank: in this thread when one provider has them all, else one thread for each."""
        lanes: dict[str, list[Job]] = {}
        for job in jobs:
            lanes.setdefault(self._run.stores.provider_of(job.uri), []).append(job)
        if len(lanes) <= 1 or self._run.options.parallelism <= 1:
            self._write_lane(jobs)
            return
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(min(len(lanes), self._run.options.parallelism)) as pool:
            for finished in [pool.submit(self._write_lane, lane) for lane in lanes.values()]:
                finished.result()

    def _write_lane(self, jobs: list[Job]) -> None:
        for number, job in enumerate(jobs):
            if self._run.progress:
                self._run.progress("writing", number, len(jobs))
            self._write_job(job)

    def _write_job(self, job: Job) -> None:
        """Write one object; the error that stopped it is kept with the job."""
        if self._run.stopping():
            job.error = InterruptedRunError("stopped before this target was written", hint="run secretzero sync")
        if job.error is None:
            try:
                job.written = self._attempts(job)
            except SecretZeroError as error:
                job.error = error

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
                if attempt == TRIES or not self._rebase(job):
                    raise
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
        return Written(written.version, written.marker, "readback", written.refused)

    def _stands(self, job: Job) -> bool:
        """Tell whether the object already holds every field of this write: the answer was lost, not the write."""
        store, path = self._run.stores.store_of(job.uri)
        if not isinstance(store, Readable) or not job.fields:
            return False
        try:
            return _holds(store.read(path), job)
        except ProviderError:
            return False

    def _rebase(self, job: Job) -> bool:
        """After a failed compare-and-set: go on from the present version when only foreign fields changed."""
        store, path = self._run.stores.store_of(job.uri)
        if not isinstance(store, Readable):
            return False
        described = store.describe(path)
        held = store.read(path) if described else SecretValue({})
        if not all(_ours(one, held) for one in job.fields.values()):
            return False
        if not all(_still_known(work, name, held) for name, work in job.remove.items()):
            return False
        job.base = (described.version or "") if described else ""
        job.name()
        with self._guard:
            self._journal.append([_write_record(job)])
        return True

    def _settle(self, jobs: list[Job]) -> None:
        """Make a rank durable, then say in the journal what was seen done, with one fsync."""
        self._sync(jobs)
        at = stamp(self._run.now)
        done = []
        for job in jobs:
            for name, one in job.fields.items():
                one.work.outcomes[one.target.uri] = _outcome(job, name, one)
                one.work.times[one.target.uri] = at
                if job.written is not None and job.written.marker is not None:
                    one.work.markers[job.uri] = job.written.marker
            for name, work in job.remove.items():
                uri = f"{job.uri}#{encode(name)}" if name != "value" else job.uri
                status: Status = "failed" if job.error else "removed"
                work.outcomes[uri] = TargetOutcome(uri, status, error=job.error)
            if job.written is not None and job.fields:
                done.append(_done_record(job, at))
        try:
            self._journal.append(done)
        except SecretZeroError as error:
            self._run.notices.append(error.message)

    def _sync(self, jobs: list[Job]) -> None:
        for job in jobs:
            if job.written is None:
                continue
            store, _ = self._run.stores.store_of(job.uri)
            if isinstance(store, Synced):
                try:
                    store.sync()
                except SecretZeroError as error:
                    job.written, job.error = None, error


def _written_at(one: Field) -> str:
    """Return when the target was last written as the lockfile knows; ``""`` for never."""
    record = one.work.entry.targets.get(one.target.uri)
    return record.at if record and record.confirmed != "none" else ""


def _leave_out_failed(job: Job) -> None:
    """Take out the fields of works that already failed somewhere; their values stay unseen here."""
    for name, one in list(job.fields.items()):
        if one.work.gave_up or one.work.parts_failed:
            pending = TargetOutcome(one.target.uri, "pending")
            one.work.outcomes[one.target.uri] = pending
            del job.fields[name]


def _outcome(job: Job, name: str, one: Field) -> TargetOutcome:
    uri = one.target.uri
    refusal = job.error or (job.written.refused.get(name) if job.written else None)
    if refusal is not None:
        error = refusal if isinstance(refusal, SecretZeroError) else ProviderError("the store refused this field")
        return TargetOutcome(uri, "failed", "none", error)
    return TargetOutcome(uri, "stored", job.written.confirmed if job.written else "ack")


def _write_record(job: Job) -> Record:
    works = [*(one.work for one in job.fields.values()), *job.remove.values()]
    local = all(work.ledger.local for work in works)
    body = {"object": job.uri, "fields": job.ops(), "base": job.base, "token": job.token}
    return Record("write", "", local, body)


def _done_record(job: Job, at: str) -> Record:
    local = all(one.work.ledger.local for one in job.fields.values())
    marker = job.written.marker if job.written else None
    refused = job.written.refused if job.written else {}
    fields = {one.target.uri: one.work.op for name, one in job.fields.items() if name not in refused}
    return Record("done", "", local, {"object": job.uri, "fields": fields, "marker": marker, "at": at})


def _holds(held: SecretValue, job: Job) -> bool:
    """Tell whether what was read has every field that was to be written, with its value."""
    for name, one in job.fields.items():
        try:
            found = held.part(name)
            wanted = one.work.value.part(one.target.part) if one.work.value else None
        except KeyError:
            return False
        if wanted is None or found.canonical() != wanted.canonical():
            return False
    return True


def _ours(one: Field, held: SecretValue) -> bool:
    """Tell whether a field is still one of ours: a recorded generation, this op's value, or still absent."""
    try:
        found = held.part(one.target.field or "value")
    except KeyError:
        return True
    if match(one.work.entry, one.target.part, found, one.work.ledger):
        return True
    wanted = one.work.value.part(one.target.part) if one.work.value else None
    return wanted is not None and found.canonical() == wanted.canonical()


def _still_known(work: Work, name: str, held: SecretValue) -> bool:
    """Tell whether a field that is to go holds nothing, or a value that the lockfile knows of its secret."""
    try:
        found = held.part(name)
    except KeyError:
        return True
    parts = {part for generation in work.entry.generations.values() for part in generation.fingerprints}
    return any(match(work.entry, part, found, work.ledger) for part in parts)
