"""The project key as a run finds and makes it: where it comes from, and when nothing may be written."""

from pathlib import Path

import pytest
from attrs import evolve
from projects import LOCKFILE, PASSWORD, Machine, actions, secret

from secretzero.engine.state.project_key import VARIABLE
from secretzero.errors import KeyMissingError, LockfileError
from secretzero.keys import ProjectKey


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A project with one secret."""
    made = Machine(tmp_path / "home", tmp_path / "shop")
    made.manifest(PASSWORD)
    return made


def keys(machine: Machine) -> list[Path]:
    """Return the keys in the state folder."""
    return sorted(machine.state.glob("secretzero/keys/*"))


def test_the_first_sync_makes_one(machine: Machine):
    """For nobody else to read, and never in the lockfile."""
    machine.sync()
    (key,) = keys(machine)
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.name == machine.lockfile.project
    assert key.read_text().strip() not in (machine.folder / LOCKFILE).read_text()


def test_the_environment_may_hand_one_in(machine: Machine):
    """CI brings the key along: it is used and not kept."""
    text = ProjectKey(bytes(range(32))).to_text()
    machine.environ[VARIABLE] = text
    assert actions(machine.sync()) == {"db": "create"}
    assert keys(machine) == []
    assert actions(machine.sync()) == {"db": "keep"}
    del machine.environ[VARIABLE]
    with pytest.raises(KeyMissingError):
        machine.sync()


def test_a_wrong_key_is_found_at_once(machine: Machine):
    """Another key is never written with, and the message names where it came from."""
    machine.sync()
    keys(machine)[0].write_text(ProjectKey(bytes(32)).to_text())
    before = machine.bytes()
    with pytest.raises(KeyMissingError, match="state folder"):
        machine.sync()
    assert machine.bytes() == before


def test_a_wrong_variable_does_not_hide_the_right_key(machine: Machine):
    """The first that matches counts."""
    machine.sync()
    machine.environ[VARIABLE] = ProjectKey(bytes(32)).to_text()
    assert actions(machine.sync()) == {"db": "keep"}


def test_what_is_no_key_is_refused_without_its_text(machine: Machine):
    """A variable that holds something else."""
    machine.environ[VARIABLE] = "not-a-key-at-all"
    with pytest.raises(LockfileError) as refused:
        machine.sync()
    assert "not-a-key-at-all" not in f"{refused.value} {refused.value.hint}"


def test_local_secrets_have_a_key_of_their_own(machine: Machine):
    """It never leaves the machine, so no variable stands for it."""
    machine.environ[VARIABLE] = ProjectKey(bytes(range(32))).to_text()
    machine.manifest(PASSWORD, secret("mine", local=True))
    machine.sync()
    (local,) = keys(machine)
    assert local.name == machine.local_lockfile.project != machine.lockfile.project
    assert machine.local_lockfile.key != machine.lockfile.key
    local.unlink()
    with pytest.raises(KeyMissingError):
        machine.sync()


def test_lanes_share_project_and_key(machine: Machine):
    """A second lane takes the id of the first; each has a lockfile of its own."""
    path = machine.folder / machine.name
    path.write_text(path.read_text() + "environments: {default: dev, profiles: {dev: {}, prod: {}}}\n")
    assert actions(machine.sync()) == {"db": "create"}
    (machine.folder / ".env").unlink()
    assert actions(machine.sync(engine={"environment": "prod"})) == {"db": "create"}
    assert len(keys(machine)) == 1
    assert machine.lockfile.project in (machine.folder / ".gitsecrets.prod.lock").read_text()


def test_two_projects_among_the_lanes_are_refused(machine: Machine, tmp_path: Path):
    """It is unclear to which project the secrets belong."""
    path = machine.folder / machine.name
    path.write_text(path.read_text() + "environments: {default: dev, profiles: {dev: {}, prod: {}}}\n")
    machine.sync()
    other_project = evolve(machine, home=tmp_path / "else", folder=tmp_path / "other")
    other_project.manifest(PASSWORD)
    other_project.sync()
    (machine.folder / ".gitsecrets.prod.lock").write_bytes((other_project.folder / LOCKFILE).read_bytes())
    with pytest.raises(LockfileError, match="two projects"):
        machine.sync()


def test_an_edited_record_is_refused_with_its_line(machine: Machine):
    """A count that somebody changed by hand: found, said, never overwritten."""
    machine.sync()
    path = machine.folder / LOCKFILE
    path.write_text(path.read_text().replace('"n": 1', '"n": 7'))
    before = path.read_bytes()
    with pytest.raises(LockfileError, match="edited") as refused:
        machine.sync()
    assert b'"n": 7' in before.splitlines()[refused.value.line - 1]
    assert path.read_bytes() == before
