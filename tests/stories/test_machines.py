"""The stories of the sync protocol in which a machine, its disk or its key is another one, or is gone."""

import os
from pathlib import Path

import pytest
from attrs import evolve
from projects import (
    LOCKFILE,
    PASSWORD,
    Machine,
    Repository,
    actions,
    file_target,
    memory_target,
    problems,
    secret,
)

from secretzero.errors import ConfigurationError, KeyMissingError
from secretzero.files import LocalDisk
from secretzero.testing.faults import Crash

BOTH = secret("db", "random_password", file_target("DB"), memory_target("DB"))
ALONE = secret("mail", "random_password", file_target("MAIL"))


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """One secret in `.env` and on a platform that all machines reach, another in `.env` alone, synced and committed."""
    first = Repository(tmp_path / "ann", tmp_path / "ann" / "shop")
    first.begin()
    first.manifest(BOTH, ALONE)
    first.sync()
    first.commit()
    return first


def test_fresh_clone_with_a_committed_lockfile_with_the_key(repository: Repository, tmp_path: Path):
    """What a platform has is copied into the clone's `.env`; what only the other laptop has is named with ways out."""
    clone = repository.clone(tmp_path / "bob")
    repository.share_key(clone)
    before = repository.lockfile
    report = clone.sync()
    assert actions(report) == {"db": "restore", "mail": "block"}
    assert clone.values() == {"DB": repository.values()["DB"]}
    mail = next(outcome for outcome in report.failed if outcome.step.secret == "mail")
    assert mail.error is not None
    assert "no readable copy" in mail.error.message
    assert "secretzero rotate mail --force" in mail.error.hint
    assert clone.lockfile.secrets["mail"] == before.secrets["mail"]
    assert clone.lockfile.secrets["db"].generations == before.secrets["db"].generations


def test_fresh_clone_with_a_committed_lockfile_without_the_key(repository: Repository, tmp_path: Path):
    """Looking works and says that it cannot tell; whatever would write is refused, and no second key is made."""
    clone = repository.clone(tmp_path / "bob")
    clone.put(DB="something")
    before = clone.bytes()
    verdicts = [drift.verdict for drift in clone.engine().drift()]
    assert verdicts == ["cannot tell", "cannot tell", "missing"]
    for write in (clone.sync, lambda: clone.rotate("db"), lambda: clone.engine().rotate()):
        with pytest.raises(KeyMissingError, match="is not on this machine") as refused:
            write()
        assert "secretzero key import" in refused.value.hint
        assert "SECRETZERO_PROJECT_KEY" in refused.value.hint
    assert clone.engine().plan().steps
    reading = clone.engine().read(["db"])["db"]
    assert reading.value.reveal() == "something"
    assert "could not be compared" in reading.notice
    assert clone.bytes() == before


def test_only_env_targets_second_machine(tmp_path: Path):
    """A value that only one laptop's `.env` has is never replaced on the second: it is blocked, or rotated by name."""
    first = Repository(tmp_path / "ann", tmp_path / "ann" / "shop")
    first.begin()
    first.manifest(PASSWORD)
    first.sync()
    first.commit()
    second = first.clone(tmp_path / "bob")
    first.share_key(second)
    assert problems(second.sync()) == {"db": "blocked"}
    assert (second.values(), second.generation()) == ({}, 1)
    assert actions(second.rotate("db")) == {"db": "rotate"}
    second.commit()
    first.git("pull", "-q", str(second.folder), "main")
    assert first.verdicts() == {"DB": "behind"}
    assert problems(first.sync()) == {"db": "blocked"}
    assert first.values() != second.values()


def test_ci_job_whose_disk_vanishes_in_step_6(repository: Repository, tmp_path: Path):
    """A pushed lockfile that says pending: a readable target gives the value back, and the op is finished elsewhere."""
    _die_once_the_platform_has_the_value(repository)
    op = repository.entry().pending
    assert repository.values()["DB"] != repository.platforms.held()["DB"]
    clone = repository.clone(tmp_path / "ci")
    repository.share_key(clone)
    assert actions(clone.sync(only=("db",))) == {"db": "update"}
    assert clone.entry().current == op
    assert clone.values()["DB"] == clone.platforms.held()["DB"]


def test_ci_job_whose_disk_vanishes_before_any_target_was_written(repository: Repository, tmp_path: Path):
    """A pending op that no target shows is blocked with its way out; a forced rotation, or CI, makes one further."""
    _die_once_the_platform_has_the_value(repository)
    lost = repository.entry().pending
    repository.platforms.memory.delete("memory/main")  # type: ignore[attr-defined]
    clone = repository.clone(tmp_path / "ci")
    repository.share_key(clone)
    report = clone.sync(only=("db",))
    assert problems(report) == {"db": "blocked"}
    assert "secretzero rotate db --force" in report.failed[0].error.hint  # type: ignore[union-attr]
    taken = clone.sync(only=("db",), take_over=True)
    assert actions(taken) == {"db": "rotate"}
    assert "lost" in taken.outcomes[0].step.reason
    entry = clone.entry()
    assert entry.generations[lost].withdrawn
    assert (entry.pending, entry.now.n if entry.now else 0) == ("", 3)
    assert clone.values()["DB"] == clone.platforms.held()["DB"]


def _die_once_the_platform_has_the_value(machine: Repository) -> None:
    """Rotate `db`, die between the platform and `.env`, and push what is there."""
    engine = evolve(machine.engine(), connect=machine.platforms.dying().connect)
    with pytest.raises(Crash):
        engine.rotate(only=["db"], force=True)
    machine.commit()


def test_two_worktrees_one_crash(repository: Repository, tmp_path: Path):
    """What died in one worktree is finished there and nowhere else; the other neither sees nor loses its journal."""
    other = evolve(repository, folder=tmp_path / "ann" / "second")
    repository.git("worktree", "add", "-q", str(other.folder), "-b", "second")
    other.put(**{name: str(value) for name, value in repository.values().items()})
    assert actions(other.sync()) == {"db": "keep", "mail": "keep"}
    engine = evolve(repository.engine(), connect=repository.platforms.dying().connect)
    with pytest.raises(Crash):
        engine.rotate(only=["db"], force=True)
    published = repository.platforms.held()["DB"]
    stopped = other.sync()
    assert problems(stopped) == {"db": "blocked"}
    assert repository.platforms.held()["DB"] == published
    report = repository.sync()
    assert report.recovered == ("db",)
    assert repository.values()["DB"] == published
    repository.commit()
    other.git("merge", "-q", "main")
    assert actions(other.sync()) == {"db": "copy", "mail": "keep"}
    assert other.values()["DB"] == published


class UnwritableDisk(LocalDisk):
    """A disk on which the home is mounted read-only."""

    def __init__(self, below: Path) -> None:
        self.below = str(below)

    def make_folder(self, path: str, mode: int = 0o700) -> None:
        if path.startswith(self.below):
            raise PermissionError(13, os.strerror(13), path)
        super().make_folder(path, mode)


def test_read_only_home(tmp_path: Path):
    """Looking works without a state folder; whatever writes is refused and names the variable that moves it."""
    machine = Machine(tmp_path / "home", tmp_path / "shop")
    machine.manifest(PASSWORD)
    machine.options["disk"] = UnwritableDisk(machine.home)
    assert machine.engine().plan().steps[0].action == "create"
    assert machine.verdicts() == {"DB": "missing"}
    with pytest.raises(ConfigurationError, match="cannot be written") as refused:
        machine.sync()
    assert "XDG_STATE_HOME" in refused.value.hint
    assert sorted(os.listdir(machine.folder)) == ["Secretfile.yml"]
    moved = evolve(machine, environ={"XDG_STATE_HOME": str(tmp_path / "elsewhere")})
    assert actions(moved.sync()) == {"db": "create"}


def test_key_lost_by_everybody(repository: Repository):
    """Without any copy of the key values can still be read, nothing is written, and a new beginning adopts them."""
    repository.lose_key()
    values = repository.values()
    with pytest.raises(KeyMissingError):
        repository.sync()
    assert repository.engine().resolve("db").reveal() == values["DB"]
    (repository.folder / LOCKFILE).unlink()
    assert set(problems(repository.sync()).values()) == {"blocked"}
    assert set(actions(repository.sync(on_drift="adopt")).values()) == {"adopt"}
    assert (repository.values(), repository.platforms.held()["DB"]) == (values, values["DB"])
    assert set(repository.verdicts().values()) == {"in step"}
