"""Recovery: what becomes of each op that an earlier run left open."""

import os
from contextlib import suppress
from pathlib import Path

import pytest
from attrs import evolve
from projects import (
    LOCAL_LOCKFILE,
    LOCKFILE,
    PASSWORD,
    CrashingDisk,
    Machine,
    actions,
    box_target,
    file_target,
    memory_target,
    problems,
    secret,
)

from secretzero.errors import KeyMissingError, LockfileError, StalePlanError
from secretzero.files import LocalDisk, Stamp
from secretzero.keys import ProjectKey
from secretzero.testing.faults import Crash

BOX = secret("ci", "random_password", box_target("CI"), file_target("CI"))
SHELF = secret("db", "random_password", memory_target("DB"), file_target("DB"))


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """An empty project."""
    return Machine(tmp_path / "home", tmp_path / "shop")


def crash(machine: Machine, before: str = ".env", *, rotate: str = "", **options: object) -> None:
    """Let a run die just before it writes a file."""
    engine = evolve(machine._later().engine(), disk=CrashingDisk(before), **options)
    with pytest.raises(Crash):
        engine.rotate(only=[rotate], force=True) if rotate else engine.sync()


def journal(machine: Machine) -> Path | None:
    """Return the journal, if one is there."""
    return next(machine.state.glob("secretzero/runs/*/journal"), None)


class TestGoingOn:
    def test_an_announced_op_goes_on_with_its_value(self, machine: Machine):
        """What a platform already shows is what `.env` gets, and the journal is gone afterwards."""
        machine.manifest(SHELF)
        crash(machine)
        shown, op = machine.platforms.held()["DB"], machine.entry().pending
        report = machine.sync()
        assert (report.recovered, report.outcomes[0].step.reason) == (("db",), "unfinished")
        assert machine.values()["DB"] == shown
        assert (machine.entry().current, journal(machine)) == (op, None)

    def test_an_op_that_was_only_intended_goes_on(self, machine: Machine):
        """A run that died before it could announce anything: the journalled value is the one that is published."""
        machine.manifest(SHELF)
        crash(machine, LOCKFILE)
        assert not (machine.folder / LOCKFILE).exists()
        assert journal(machine)
        assert actions(machine.sync()) == {"db": "update"}
        assert machine.values()["DB"] == machine.platforms.held()["DB"]
        assert journal(machine) is None

    def test_a_write_only_target_that_was_done_is_no_stranger(self, machine: Machine):
        """Its marker moved by our own write: the op goes on, and afterwards the target is in step."""
        machine.manifest(BOX)
        crash(machine)
        sent = machine.platforms.boxed("CI")
        assert actions(machine.sync()) == {"ci": "update"}
        assert machine.values()["CI"] == machine.platforms.boxed("CI") == sent
        assert machine.verdicts() == {"CI": "in step"}
        assert actions(machine.sync()) == {"ci": "keep"}

    def test_a_rotation_at_a_write_only_target_goes_on(self, machine: Machine):
        """The same if the target held an earlier generation."""
        machine.manifest(BOX)
        machine.sync()
        crash(machine, rotate="ci")
        assert actions(machine.sync()) == {"ci": "update"}
        assert machine.values()["CI"] == machine.platforms.boxed("CI")
        assert actions(machine.sync()) == {"ci": "keep"}

    def test_a_write_only_target_without_an_answer_is_sent_the_value_again(self, machine: Machine):
        """Whether the write arrived is unknown, so the same value is sent again, which is harmless."""
        machine.manifest(BOX)
        lost = _LosingBox(machine)
        with pytest.raises(Crash):
            evolve(machine.engine(), connect=lost.connect).sync()
        sent = machine.platforms.boxed("CI")
        assert actions(machine.sync()) == {"ci": "update"}
        assert machine.platforms.boxed("CI") == machine.values()["CI"] == sent
        assert actions(machine.sync()) == {"ci": "keep"}

    def test_what_somebody_changed_since_stops_the_op(self, machine: Machine):
        """A target that was done and then moved is a conflict: the op stays open until somebody decides."""
        machine.manifest(SHELF)
        machine.sync()
        crash(machine, rotate="db")
        store, path = machine.platforms.memory, "memory/main"
        store.write(path, evolve_value("somebody's"))  # type: ignore[attr-defined]
        assert problems(machine.sync()) == {"db": "stale_plan"}
        assert journal(machine)
        assert machine.sync(on_drift="overwrite").failed == ()
        assert machine.platforms.held()["DB"] == machine.values()["DB"] != "somebody's"

    def test_a_target_that_left_the_manifest_is_not_written(self, machine: Machine):
        """An unfinished op goes to those of its targets that the manifest still has."""
        machine.manifest(SHELF)
        crash(machine)
        machine.manifest(secret("db", "random_password", memory_target("DB")))
        assert machine.sync().failed == ()
        assert machine.values() == {}
        assert machine.entry().pending == ""

    def test_new_targets_are_filled_after_it(self, machine: Machine):
        """A target that came into the manifest meanwhile gets the value of the unfinished op."""
        machine.manifest(secret("db", "random_password", file_target("DB")))
        crash(machine)
        machine.manifest(secret("db", "random_password", file_target("DB"), file_target("COPY")))
        assert machine.sync().failed == ()
        assert machine.values()["COPY"] == machine.values()["DB"]

    def test_a_renamed_secret_goes_on_under_its_new_name(self, machine: Machine):
        """The op is found by the secret's id; the value it had shown is the one that stays."""
        machine.manifest(SHELF)
        crash(machine)
        shown = machine.platforms.held()["DB"]
        machine.manifest(secret("database", "random_password", memory_target("DB"), file_target("DB"), formerly="db"))
        assert machine.sync().failed == ()
        assert list(machine.lockfile.secrets) == ["database"]
        assert machine.values()["DB"] == shown
        assert actions(machine.sync()) == {"database": "keep"}

    def test_a_local_op_goes_on_in_its_own_lockfile(self, machine: Machine):
        """Each record of the journal belongs to the lockfile that it was made for."""
        machine.manifest(secret("db"), secret("mine", local=True))
        crash(machine)
        report = machine.sync()
        assert report.recovered == ("db", "mine")
        assert set(machine.values()) == {"DB", "MINE"}
        assert list(machine.local_lockfile.secrets) == ["mine"]


class _DyingAfterIntent(LocalDisk):
    """A disk on which the process dies when the journal has its next records."""

    def append(self, path: str, content: bytes) -> None:
        super().append(path, content)
        if os.path.basename(path) == "journal":
            raise Crash("the process died after it had written the journal")


class _RefusingDisk(LocalDisk):
    """A disk that never takes `late.env`."""

    def replace(self, path: str, content: bytes, **options: object) -> Stamp:  # type: ignore[override]
        if os.path.basename(path) == "late.env":
            raise PermissionError(13, "refused")
        return super().replace(path, content, **options)  # type: ignore[arg-type]


class TestTwoLockfiles:
    @pytest.mark.parametrize("first", ["mine", "ours"])
    @pytest.mark.parametrize("before", [LOCKFILE, LOCAL_LOCKFILE, ".env"])
    def test_the_first_secret_of_the_other_lockfile_joins_an_unfinished_run(
        self, machine: Machine, first: str, before: str
    ):
        """Wherever the first run died, and the second right after its intent: the third finishes both."""
        listed = {"mine": secret("mine", local=True), "ours": secret("ours")}
        machine.manifest(listed[first])
        with suppress(Crash):
            evolve(machine.engine(), disk=CrashingDisk(before)).sync()
        started = journal(machine) is not None
        machine.manifest(*listed.values())
        with pytest.raises(Crash):
            evolve(machine._later().engine(), disk=_DyingAfterIntent()).sync()
        report = machine.sync()
        assert report.failed == ()
        assert set(report.recovered) == ({"mine", "ours"} if started else set(listed) - {first})
        assert set(machine.values()) == {"MINE", "OURS"}
        assert journal(machine) is None
        assert actions(machine.sync()) == {"mine": "keep", "ours": "keep"}

    def test_a_lost_key_of_this_machines_own_secrets_has_a_way_out(self, machine: Machine):
        """What the error says works, even with a run that is unfinished."""
        machine.manifest(secret("mine", local=True), secret("ours"))
        machine.sync()
        values = machine.values()
        crash(machine, rotate="mine")
        (machine.state / "secretzero" / "keys" / machine.local_lockfile.project).unlink()
        with pytest.raises(KeyMissingError, match="key of the local lockfile is missing") as refused:
            machine.sync()
        assert LOCAL_LOCKFILE in refused.value.hint
        (machine.folder / LOCAL_LOCKFILE).rename(machine.home / "old")
        assert machine.sync(on_drift="adopt").failed == ()
        assert machine.values() == values
        assert actions(machine.sync()) == {"mine": "keep", "ours": "keep"}


class TestAnotherProject:
    @pytest.fixture
    def other(self, machine: Machine, tmp_path: Path) -> Machine:
        """A project whose lockfile takes the place of one that died, in the same folder, with the same key."""
        machine.environ["SECRETZERO_PROJECT_KEY"] = ProjectKey(bytes(range(32))).to_text()
        machine.manifest(SHELF)
        crash(machine)
        other = Machine(tmp_path / "other", tmp_path / "elsewhere", environ=machine.environ)
        other.manifest(secret("ci", "random_password", box_target("CI")))
        other.sync()
        return evolve(machine, platforms=other.platforms)

    def test_a_journal_of_another_project_is_kept_and_comes_back(self, machine: Machine, other: Machine):
        """It stops neither looking nor writing, and goes on when the lockfile is back."""
        held, shown = journal(machine), machine.platforms.held()["DB"]
        assert held is not None
        content, former = held.read_bytes(), (machine.folder / LOCKFILE).read_bytes()
        (machine.folder / LOCKFILE).write_bytes((other.home.parent / "elsewhere" / LOCKFILE).read_bytes())
        other.manifest(secret("ci", "random_password", box_target("CI")))
        before = machine.bytes()
        assert "another project" in other.engine().sync(dry_run=True).notices[0]
        other.engine().plan()
        other.engine().drift()
        assert machine.bytes() == before
        report = other.sync()
        assert (actions(report), len(report.notices)) == ({"ci": "keep"}, 1)
        assert journal(machine) is None
        assert [path.read_bytes() for path in held.parent.glob("journal.*")] == [content]
        (machine.folder / LOCKFILE).write_bytes(former)
        machine.manifest(SHELF)
        plan = machine.engine().plan()
        assert plan.open_ops == ("db",)
        with pytest.raises(StalePlanError, match="unfinished"):
            machine.engine().apply(plan)
        assert machine.sync().recovered == ("db",)
        assert machine.values()["DB"] == machine.platforms.held()["DB"] == shown
        assert list(held.parent.glob("journal*")) == []

    def test_a_run_that_dies_while_it_sets_a_journal_aside_loses_nothing(self, machine: Machine, other: Machine):
        """Both names may be there then; the next run drops the one that is in the way."""
        held = journal(machine)
        assert held is not None
        content = held.read_bytes()
        (machine.folder / LOCKFILE).write_bytes((other.home.parent / "elsewhere" / LOCKFILE).read_bytes())
        other.manifest(secret("ci", "random_password", box_target("CI")))
        other.sync()
        aside = next(held.parent.glob("journal.*"))
        held.write_bytes(content)
        assert other.sync().failed == ()
        assert (held.exists(), aside.read_bytes()) == (False, content)
        held.write_bytes(content + b"more")
        with pytest.raises(LockfileError, match="two unfinished runs") as refused:
            other.sync()
        assert str(aside) in refused.value.hint
        aside.rename(machine.home / "elsewhere")
        assert other.sync().failed == ()


class _LosingBox:
    """The write-only platform, which takes a value and kills the process before it can answer."""

    def __init__(self, machine: Machine) -> None:
        self.platforms = machine.platforms

    def connect(self, kind: str, entry: object) -> object:
        return self if kind == "box" else self.platforms.connect(kind, entry)

    def describe(self, path: str) -> object:
        return self.platforms.box.describe(path)  # type: ignore[attr-defined]

    def write(self, path: str, fields: object, **options: object) -> object:
        self.platforms.box.write(path, fields, **options)  # type: ignore[attr-defined]
        raise Crash("the answer was lost, and then the process")


def evolve_value(text: str) -> object:
    """Return an object with one field."""
    from secretzero.values import SecretValue

    return SecretValue({"DB": text})


class TestGivingWay:
    def test_an_op_whose_secret_left_the_manifest_is_withdrawn(self, machine: Machine):
        """Nobody wants the value any more: the lockfile says so and the journal forgets it."""
        machine.manifest(secret("db"), secret("old"))
        crash(machine)
        machine.manifest(secret("db"))
        report = machine.sync()
        assert report.withdrawn == ("old",)
        assert set(machine.values()) == {"DB"}
        assert journal(machine) is None
        assert machine.sync(prune=True).failed == ()
        assert list(machine.lockfile.secrets) == ["db"]

    def test_a_forced_rotation_gives_an_open_op_up(self, machine: Machine):
        """The way out of a target that always refuses: the open op is withdrawn, and a further generation begins."""
        machine.manifest(SHELF)
        crash(machine)
        given_up = machine.entry().pending
        assert actions(machine.rotate("db")) == {"db": "rotate"}
        entry = machine.entry()
        assert entry.generations[given_up].withdrawn
        assert (entry.pending, machine.generation(), journal(machine)) == ("", 2, None)
        assert machine.values()["DB"] == machine.platforms.held()["DB"]

    def test_a_committed_op_is_only_erased(self, machine: Machine):
        """A run that died between commit and erase: the next one erases and changes nothing else."""
        machine.manifest(SHELF)
        crash(machine)
        held = journal(machine)
        assert held is not None
        saved = held.read_bytes()
        machine.sync()
        before = (machine.folder / LOCKFILE).read_bytes()
        held.write_bytes(saved)
        assert actions(machine.sync()) == {"db": "keep"}
        assert (machine.folder / LOCKFILE).read_bytes() == before
        assert journal(machine) is None

    def test_an_optional_target_that_left_keeps_no_value_in_the_journal(self, machine: Machine):
        """Nothing will ever be written there: the journal is erased, not kept open forever."""
        machine.manifest(
            secret("db", "random_password", file_target("DB"), file_target("DB", "late.env", required=False))
        )
        evolve(machine.engine(), disk=_RefusingDisk()).sync()
        held = journal(machine)
        assert held is not None
        saved = held.read_bytes()
        machine.manifest(PASSWORD)
        assert not machine.sync().partial
        assert journal(machine) is None
        machine.sync()
        held.write_bytes(saved)
        assert not machine.sync().partial
        assert journal(machine) is None

    def test_a_lockfile_older_than_the_op_is_a_rollback(self, machine: Machine):
        """The base of an open op is unknown: nothing is withdrawn or written until the lockfile is back."""
        machine.manifest(SHELF)
        machine.sync()
        old = (machine.folder / LOCKFILE).read_bytes()
        machine.rotate("db")
        crash(machine, rotate="db")
        newest = (machine.folder / LOCKFILE).read_bytes()
        (machine.folder / LOCKFILE).write_bytes(old)
        values = machine.platforms.held()
        assert problems(machine.sync()) == {"db": "stale_plan"}
        assert (machine.platforms.held(), journal(machine) is None) == (values, False)
        (machine.folder / LOCKFILE).write_bytes(newest)
        assert actions(machine.sync()) == {"db": "update"}
        assert machine.values()["DB"] == machine.platforms.held()["DB"]


class TestJournals:
    def test_a_torn_tail_is_cut(self, machine: Machine):
        """Half a record at the end is what a power failure leaves: it is cut, and what is whole goes on."""
        machine.manifest(SHELF)
        crash(machine)
        held = journal(machine)
        assert held is not None
        held.write_bytes(held.read_bytes() + b"\0\0\1\0sHALF")
        assert actions(machine.sync()) == {"db": "update"}
        assert machine.values()["DB"] == machine.platforms.held()["DB"]

    def test_looking_cuts_nothing_and_says_what_is_open(self, machine: Machine):
        """`plan` shows the unfinished op and leaves every byte alone."""
        machine.manifest(SHELF)
        crash(machine)
        before = machine.bytes()
        plan = machine.engine().plan()
        assert (plan.open_ops, plan.steps[0].reason) == (("db",), "unfinished")
        machine.engine().drift()
        assert machine.bytes() == before

    def test_a_saved_plan_is_stale_while_a_run_is_unfinished(self, machine: Machine):
        """`apply` does exactly what its plan says, so an open op comes first."""
        machine.manifest(SHELF)
        machine.sync()
        plan = machine.engine().plan(rotate=True, only=["db"], force=True)
        crash(machine, rotate="db")
        with pytest.raises(StalePlanError, match="unfinished") as refused:
            machine.engine().apply(plan)
        assert "sync" in refused.value.hint

    def test_an_altered_record_in_the_middle_is_refused(self, machine: Machine):
        """A record that does not authenticate although one after it does was altered: nothing is touched."""
        machine.manifest(SHELF)
        crash(machine)
        held = journal(machine)
        assert held is not None
        content = bytearray(held.read_bytes())
        content[content.index(b"\n") + 60] ^= 1
        held.write_bytes(bytes(content))
        with pytest.raises(LockfileError, match="in the middle"):
            machine.sync()
        assert held.read_bytes() == bytes(content)

    def test_without_the_key_a_plan_says_that_something_is_open(self, machine: Machine):
        """Only that there is something, since its values cannot be opened; writing is refused."""
        machine.manifest(SHELF)
        crash(machine)
        machine.lose_key()
        assert machine.engine().plan().steps
        with pytest.raises(KeyMissingError):
            machine.sync()
        assert journal(machine)

    def test_what_a_dead_run_left_beside_its_files_is_removed(self, machine: Machine):
        """Temporary files of an interrupted replace are gone after the next run."""
        machine.manifest(SHELF)
        crash(machine)
        left = [machine.folder / ".secretzero-tmp", machine.folder / "..env.secretzero-tmp"]
        left[1].write_text("half a file")
        machine.sync()
        assert not any(path.exists() for path in left)

    def test_a_copy_that_was_interrupted_is_finished(self, machine: Machine):
        """Copies are journalled with the current generation: no new one is made."""
        machine.manifest(PASSWORD)
        machine.sync()
        machine.manifest(
            secret("db", "random_password", file_target("DB"), file_target("DB", "b.env"), file_target("DB", "a.env"))
        )
        crash(machine, "b.env")
        machine.sync()
        assert machine.values("a.env") == machine.values("b.env") == machine.values()
        assert (machine.generation(), journal(machine)) == (1, None)
