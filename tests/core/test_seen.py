"""Lockfiles that went back: what this machine has seen, and what is not withdrawn or written then."""

from pathlib import Path

import pytest
from lockfiles import op_of
from projects import LOCKFILE, PASSWORD, Machine, Repository, actions, file_target, problems, secret
from worlds import FIRST, SECOND, THIRD, entry

from secretzero.engine.state.rollback import Mark, rolled_back
from secretzero.lockfile.model import Entry, Lockfile

NAME = "sec_a"


def judged(recorded: Entry | None, mark: Mark) -> bool:
    """Whether a lockfile with this entry is taken for an older one."""
    secrets = {"a": recorded} if recorded else {}
    return "a" in rolled_back(Lockfile("prj", secrets=secrets), {"a": mark})


@pytest.mark.parametrize(
    ("recorded", "mark", "older"),
    [
        (entry(FIRST, SECOND), Mark(2, SECOND, "a"), False),
        (entry(FIRST, SECOND, THIRD), Mark(2, SECOND, "a"), False),
        (entry(FIRST), Mark(2, SECOND, "a"), True),
        (None, Mark(2, SECOND, "a"), True),
        (entry(FIRST, THIRD), Mark(2, SECOND, "a"), True),
        (entry(FIRST, THIRD, op_of(4)), Mark(2, SECOND, "a"), False),
        (entry(FIRST, SECOND), Mark(3, SECOND, "a"), False),
        (entry(THIRD), Mark(2, SECOND, "a"), False),
    ],
    ids=[
        "the same",
        "further on",
        "one generation less",
        "no longer there",
        "as far, on another branch",
        "further on another branch",
        "known, whatever the count",
        "begun again since then",
    ],
)
def test_what_knows_less_is_older(recorded: Entry | None, mark: Mark, older: bool):  # noqa: FBT001 - a row of a table
    """A lockfile is older if it does not have what was seen, unless it continued from there or began again."""
    assert judged(recorded, mark) == older


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A project whose secret was rotated once, with its first lockfile kept aside."""
    made = Machine(tmp_path / "home", tmp_path / "shop")
    made.manifest(PASSWORD)
    made.sync()
    (made.folder / "old").write_bytes((made.folder / LOCKFILE).read_bytes())
    made.rotate("db")
    return made


def go_back(machine: Machine) -> None:
    """Check the first lockfile out."""
    (machine.folder / LOCKFILE).write_bytes((machine.folder / "old").read_bytes())


def test_a_lockfile_that_went_back_stops_its_secrets(machine: Machine):
    """Nothing is written, and the way out is to restore or pull."""
    go_back(machine)
    before = machine.bytes()
    report = machine.sync()
    assert problems(report) == {"db": "stale_plan"}
    assert "restore the lockfile or pull it" in report.failed[0].error.hint  # type: ignore[union-attr]
    assert "generation 2" in str(report.failed[0].error)
    assert machine.bytes() == before
    assert machine.engine().plan().steps[0].code == "rollback"


def test_a_restored_lockfile_goes_on(machine: Machine):
    """The newest one back in place, everything is in step."""
    newest = (machine.folder / LOCKFILE).read_bytes()
    go_back(machine)
    machine.sync()
    (machine.folder / LOCKFILE).write_bytes(newest)
    assert actions(machine.sync()) == {"db": "keep"}


def test_the_person_may_decide_otherwise(machine: Machine):
    """`--on-drift overwrite` goes on without what the lockfile misses; afterwards nothing is older any more."""
    machine.manifest(secret("db", "random_password", file_target("DB", on_foreign="fail")))
    go_back(machine)
    machine.rotate("db", on_drift="overwrite")
    assert machine.sync().failed == ()
    assert machine.generation() == 2


def test_a_pruned_secret_is_not_missed(machine: Machine):
    """An entry that this machine removed on purpose may come back without being a rollback."""
    machine.manifest(secret("mail"))
    machine.sync(prune=True)
    machine.manifest(secret("mail"), PASSWORD)
    assert actions(machine.sync()) == {"mail": "keep", "db": "create"}


def test_a_colleague_may_prune_and_begin_anew(tmp_path: Path):
    """A secret that was taken out elsewhere and made again is another one, not an older one."""
    ann = Repository(tmp_path / "ann", tmp_path / "ann" / "shop")
    ann.begin()
    ann.manifest(PASSWORD)
    ann.sync()
    ann.rotate("db")
    ann.commit()
    bob = ann.clone(tmp_path / "bob")
    ann.share_key(bob)
    bob.put(DB=ann.values()["DB"])
    bob.sync()
    bob.manifest(secret("mail"))
    bob.sync(prune=True)
    bob.manifest(PASSWORD)
    bob.sync(prune=True)
    bob.commit()
    ann.git("pull", "-q", str(bob.folder), "main")
    assert problems(ann.sync()) == {"db": "blocked"}
    assert ann.sync(on_drift="adopt").failed == ()


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"project": 1}', b'{"project":"x","secrets":{"a":[1]}}', b"\xff"]
)
def test_a_damaged_note_says_nothing(machine: Machine, content: bytes):
    """It is a warning that is lost, and not the project."""
    note = next(machine.state.glob("secretzero/runs/*/seen"))
    note.write_bytes(content)
    go_back(machine)
    assert problems(machine.sync()) == {"db": "blocked"}
