"""Engines with one rule of the protocol broken on purpose: what the tests of crashes and faults must catch."""

import os
from collections.abc import Callable, Iterable, Mapping

from attrs import evolve, fields

from secretzero.engine.apply.change import Change, Result
from secretzero.engine.apply.transaction import Transaction
from secretzero.engine.apply.write import Job, Writer
from secretzero.engine.context import Run
from secretzero.engine.engine import Engine
from secretzero.engine.options import RunOptions
from secretzero.engine.recovery import Recovered, recover
from secretzero.engine.report import Report
from secretzero.engine.state.journal import Journal, Record
from secretzero.engine.state.lockfile import Ledger
from secretzero.files import LocalDisk, Stamp, temporary
from secretzero.lockfile.model import amend
from secretzero.planning.world import Observation
from secretzero.protocols.stores import Readable
from secretzero.values import Written

Carelessness = Callable[[Engine], Engine]


class RecordsAfterEffect(Transaction):
    """Breaks R1: the values reach the journal when the targets have them."""

    def _intend(self, changes: Iterable[Change]) -> None:
        self._run.disk.make_folder(self._run.folder)
        self._late = changes

    def _commit(self, results: list[Result]) -> None:
        super()._intend(self._late)
        super()._commit(results)


class AnnouncesAfterEffect(Transaction):
    """Breaks R2: the lockfile learns of an op when the targets have its value."""

    def _announce(self, changes: Iterable[Change]) -> None:
        self._late = changes

    def _commit(self, results: list[Result]) -> None:
        super()._announce(self._late)
        super()._commit(results)


class ComparesWithJustRead(Transaction):
    """Breaks R4: every write expects whatever version stands there at that moment."""

    def __init__(self, run: Run, journal: Journal, journalled: Mapping[str, Record], seen: Observation) -> None:
        super().__init__(run, journal, journalled, seen)
        self._writer = _JustReading(run, journal, seen.versions)


class _JustReading(Writer):
    def _once(self, job: Job) -> Written:
        store, path = self._run.stores.store_of(job.uri)
        described = store.describe(path)
        return super()._once(job._replace(base=(described.version or "") if described else ""))


class NeverLooksAgain(Transaction):
    """Sends a write again without looking whether only its answer was lost."""

    def __init__(self, run: Run, journal: Journal, journalled: Mapping[str, Record], seen: Observation) -> None:
        super().__init__(run, journal, journalled, seen)
        self._writer = _NotLooking(run, journal, seen.versions)


class _NotLooking(Writer):
    def _already_written(self, job: Job) -> bool:
        return False


class BelievesAnswers(Transaction):
    """Takes the answer to a write for a proof of what is stored."""

    def __init__(self, run: Run, journal: Journal, journalled: Mapping[str, Record], seen: Observation) -> None:
        super().__init__(run, journal, journalled, seen)
        self._writer = _Believing(run, journal, seen.versions)


class _Believing(Writer):
    def _read_back(self, job: Job, store: Readable, path: str, written: Written) -> Written:
        return evolve(written, confirmed="readback")


class ErasesBeforeCommit(Transaction):
    """Breaks R5: the journal forgets before the lockfile vouches."""

    def _commit(self, results: list[Result]) -> None:
        super()._erase(results)
        super()._commit(results)

    def _erase(self, results: Iterable[Result]) -> None:
        """Nothing is left to forget."""


class ForgetsFolders(LocalDisk):
    """Leaves out the fsync of folders."""

    def sync(self, folder: str) -> None:
        """Do nothing."""


class ForgetsFiles(LocalDisk):
    """Leaves out the fsync of a file before it is renamed."""

    def replace(self, path: str, content: bytes, *, mode: int = 0o600, expected: Stamp | None = None) -> Stamp:
        """Put a new content in place of a file, soon or never."""
        before = self.stamp(path)
        handle = os.open(temporary(path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, before.mode if before else mode)
        os.write(handle, content)
        os.close(handle)
        os.rename(temporary(path), path)
        found = self.stamp(path)
        assert found
        return found


class KeepsTails(LocalDisk):
    """Cuts nothing off, so that what is appended follows a torn record."""

    def truncate(self, path: str, size: int) -> None:
        """Do nothing."""


def makes_anew(run: Run, journal: Journal, *, act: bool) -> Recovered:
    """Break R3: throw away what the journal has and what the lockfile announced, so that values are made again."""
    recover(run, journal, act=act)
    if act:
        journal.erase({record.op for record in journal.records})
        ledger = Ledger(run.disk, run.shared.path)
        entries = {name: amend(entry, pending="") for name, entry in ledger.lockfile.secrets.items()}
        run.shared.lockfile = evolve(run.shared.lockfile, secrets=entries)
    return Recovered({}, {}, {})


def withdraws_the_committed(run: Run, journal: Journal, *, act: bool) -> Recovered:
    """Compare by what is open, not by op: everything that the journal has and nobody announces is withdrawn."""
    ops = {record.op for record in journal.records if record.kind == "intent"}
    if act:
        entries = {}
        for name, entry in run.shared.lockfile.secrets.items():
            if entry.current in ops:
                known = amend(entry.generations[entry.current], withdrawn=True)
                entries[name] = amend(entry.with_generation(entry.current, known), current=entry.previous)
        if entries:
            run.shared.save(run.shared.with_entries(entries))
    return recover(run, journal, act=act)


class Unfenced(Engine):
    """Lets every run go on over whatever stands in its way."""

    def sync(self, **_: object) -> Report:
        """Bring everything to its targets, over what others put there."""
        return super().sync(options=RunOptions(on_drift="overwrite"))


def overwrites_what_moved(engine: Engine) -> Engine:
    """Go on with open ops whatever their targets hold by now: the recovery without its fence."""
    return Unfenced(*(getattr(engine, each.name) for each in fields(Engine)))


VARIANTS: Mapping[str, Carelessness] = {
    "record after effect": lambda engine: evolve(engine, transaction=RecordsAfterEffect),
    "announce after effect": lambda engine: evolve(engine, transaction=AnnouncesAfterEffect),
    "compare with just read": lambda engine: evolve(engine, transaction=ComparesWithJustRead),
    "erase before commit": lambda engine: evolve(engine, transaction=ErasesBeforeCommit),
    "no look after a lost answer": lambda engine: evolve(engine, transaction=NeverLooksAgain),
    "no comparison after a write": lambda engine: evolve(engine, transaction=BelievesAnswers),
    "no fsync of folders": lambda engine: evolve(engine, disk=ForgetsFolders()),
    "no fsync of files": lambda engine: evolve(engine, disk=ForgetsFiles()),
    "no tail cut": lambda engine: evolve(engine, disk=KeepsTails()),
    "regenerate on retry": lambda engine: evolve(engine, recovery=makes_anew),
    "committed op withdrawn": lambda engine: evolve(engine, recovery=withdraws_the_committed),
    "recovery without fence": overwrites_what_moved,
}
