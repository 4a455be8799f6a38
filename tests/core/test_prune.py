"""Pruning: what `--prune` deletes, what it keeps and says so, and what a run leaves that died in it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from projects import PASSWORD, Machine, actions, file_target, memory_target, problems, secret

from secretzero.engine.options import RunOptions
from secretzero.files import LocalDisk, Stamp, temporary
from secretzero.testing.faults import Crash
from secretzero.values import SecretValue

MAIL = secret("mail")
_PRUNE = RunOptions(prune=True)


class HalfwayDisk(LocalDisk):
    """A disk on which the process dies between the temporary file and the rename of `.env`."""

    def replace(self, path: str, content: bytes, **options: object) -> Stamp:  # type: ignore[override]
        if os.path.basename(path) == ".env":
            Path(temporary(path)).write_bytes(content)
            raise Crash("the process died before it renamed")
        return super().replace(path, content, **options)  # type: ignore[arg-type]


class MeanwhileDisk(LocalDisk):
    """A disk on which somebody edits `.env` after it was compared, just before it is locked for writing."""

    def __init__(self, edit: Callable[[], None]) -> None:
        self.edit = edit
        self.armed = False

    def append(self, path: str, content: bytes) -> None:
        super().append(path, content)
        if os.path.basename(path) == "journal" and not self.armed:
            self.armed = True
            self.edit()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A project with two passwords, synced; one of them has left the manifest since."""
    machine = Machine(tmp_path / "home", tmp_path / "shop")
    machine.manifest(PASSWORD, MAIL)
    machine.sync()
    machine.manifest(MAIL)
    return machine


class TestForeignValues:
    def test_a_value_that_nobody_recorded_stays(self, machine: Machine):
        """Who keeps a key by hand after it left the manifest still has it after `--prune`, which says why."""
        machine.put(DB="mine")
        report = machine.sync(prune=True)
        assert machine.values()["DB"] == "mine"
        assert [o.step.reason for o in report.outcomes if o.step.secret == "db"] == ["holds another value"]
        assert machine.entry().targets["file://.env#DB"].removed_at
        before = machine.bytes()
        assert set(actions(machine.sync(prune=True)).values()) == {"keep"}
        assert machine.bytes() == before

    def test_overwrite_gives_it_up(self, machine: Machine):
        """With `--on-drift=overwrite` the person has said that no other value counts."""
        machine.put(DB="mine")
        assert machine.sync(prune=True, on_drift="overwrite").failed == ()
        assert set(machine.values()) == {"MAIL"}
        assert list(machine.lockfile.secrets) == ["mail"]

    def test_what_is_gone_already_is_only_forgotten(self, machine: Machine):
        """A key that somebody took out needs no deletion, and its record goes."""
        (machine.folder / ".env").unlink()
        machine.sync(prune=True)
        assert list(machine.lockfile.secrets) == ["mail"]

    def test_belief_is_not_enough(self, machine: Machine):
        """Even if the lockfile is trusted, the value at the target is compared before it is deleted."""
        machine.put(DB="mine")
        machine._later().engine().sync(refresh=False, options=_PRUNE)
        assert machine.values()["DB"] == "mine"
        assert "db" in machine.lockfile.secrets

    def test_a_value_put_there_meanwhile_stays(self, machine: Machine):
        """The deletion is of what was compared: a change in between stops it, and the record stays."""
        disk = MeanwhileDisk(lambda: machine.put(DB="mine"))
        report = machine.sync(prune=True, engine={"disk": disk})
        assert disk.armed
        assert problems(report) == {"db": "conflict"}
        assert machine.values()["DB"] == "mine"
        assert "db" in machine.lockfile.secrets

    def test_another_key_written_meanwhile_stops_nothing(self, machine: Machine):
        """What others wrote beside it is kept, and the key goes all the same."""
        disk = MeanwhileDisk(lambda: machine.put(OTHER="theirs"))
        assert machine.sync(prune=True, engine={"disk": disk}).failed == ()
        assert disk.armed
        assert set(machine.values()) == {"MAIL", "OTHER"}


class TestPlaces:
    def test_two_paths_of_one_file_are_one_place(self, tmp_path: Path):
        """A target that moves from a link to the file behind it keeps its value, and the old path is forgotten."""
        machine = Machine(tmp_path / "home", tmp_path / "shop")
        (machine.folder / "config").mkdir()
        (machine.folder / "config" / ".env").write_text("# mine\n")
        (machine.folder / ".env").symlink_to("config/.env")
        machine.manifest(PASSWORD)
        machine.sync()
        value = machine.values()
        machine.manifest(secret("db", "random_password", file_target("DB", "config/.env")))
        for _ in range(2):
            assert machine.sync(prune=True).failed == ()
            assert machine.values() == value
        assert list(machine.entry().targets) == ["file://config/.env#DB"]
        assert actions(machine.sync(prune=True)) == {"db": "keep"}

    def test_a_rename_without_formerly_loses_no_generation(self, machine: Machine):
        """While the new name waits at the old one's place, the old entry stays; `formerly` then finds it."""
        value, known = machine.values(), machine.entry()
        target = file_target("DB")
        machine.manifest(secret("database", "random_password", target), MAIL)
        for _ in range(2):
            assert problems(machine.sync(prune=True)) == {"database": "blocked"}
            assert machine.entry().generations == known.generations
        machine.manifest(secret("database", "random_password", target, formerly="db"), MAIL)
        assert machine.sync(prune=True).failed == ()
        assert (machine.values(), machine.lockfile.secrets["database"].id) == (value, known.id)

    def test_none_of_its_keys_goes_while_one_is_waited_for(self, tmp_path: Path):
        """Of a secret whose place another one waits for, every copy stays."""
        machine = Machine(tmp_path / "home", tmp_path / "shop")
        machine.manifest(secret("db", "random_password", file_target("DB"), file_target("COPY")))
        machine.sync()
        value = machine.values()
        machine.manifest(secret("database", "random_password", file_target("DB")))
        machine.sync(prune=True)
        assert machine.values() == value

    def test_a_secret_that_becomes_local_keeps_its_history(self, machine: Machine):
        """Until the local lockfile has its value, the shared entry stays with all its generations."""
        known = machine.entry()
        machine.manifest(secret("db", local=True), MAIL)
        machine.sync(prune=True)
        machine.sync(prune=True)
        assert machine.entry().generations == known.generations
        assert machine.sync(on_drift="adopt").failed == ()
        machine.sync(prune=True)
        assert list(machine.lockfile.secrets) == ["mail"]


class TestInterruptedPrune:
    def test_a_plain_sync_takes_away_what_it_left(self, machine: Machine):
        """A temporary file with values in it does not outlive the next run, nor does the journal that names it."""
        with pytest.raises(Crash):
            machine.sync(prune=True, engine={"disk": HalfwayDisk()})
        left = Path(temporary(str(machine.folder / ".env")))
        assert left.exists()
        assert machine.sync().failed == ()
        assert not left.exists()
        assert not list(machine.state.glob("secretzero/runs/*/journal"))

    def test_a_prune_leaves_no_journal(self, machine: Machine):
        """There is nothing to go on with once it is done."""
        assert machine.sync(prune=True).failed == ()
        assert set(machine.values()) == {"MAIL"}
        assert not list(machine.state.glob("secretzero/runs/*/journal"))


class TestElsewhere:
    """What is at a platform is removed, kept and copied as what is in a file."""

    @pytest.fixture
    def machine(self, tmp_path: Path) -> Machine:
        """A project with two passwords on a platform."""
        machine = Machine(tmp_path / "home", tmp_path / "shop")
        machine.manifest(secret("db", "random_password", memory_target("DB")), self.MAIL)
        machine.sync()
        return machine

    MAIL = secret("mail", "random_password", memory_target("MAIL"))

    def test_its_field_is_removed(self, machine: Machine):
        """A prune takes the field of a secret that left the manifest, and no other."""
        machine.manifest(self.MAIL)
        report = machine.sync(prune=True)
        assert not report.failed
        assert set(machine.platforms.held()) == {"MAIL"}
        assert "db" not in machine.lockfile.secrets

    def test_a_value_that_nobody_recorded_stays(self, machine: Machine):
        """Somebody else's value survives the prune."""
        machine.manifest(self.MAIL)
        machine.platforms.memory.write("memory/main", SecretValue({"DB": "mine"}))
        machine.sync(prune=True)
        assert machine.platforms.held()["DB"] == "mine"

    def test_a_new_target_gets_the_value_from_it(self, machine: Machine):
        """A secret that moves from a platform into a file keeps its value."""
        before = machine.platforms.held()["DB"]
        machine.manifest(PASSWORD, self.MAIL)
        assert not machine.sync().failed
        assert (machine.values()["DB"], machine.generation()) == (before, 1)
