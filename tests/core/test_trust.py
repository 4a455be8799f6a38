"""Trust: paths outside of the project are left alone until a person allows exactly these."""

import re
from pathlib import Path

import pytest
from projects import Machine, actions, file_target, problems, secret

from secretzero.engine.trust import trust_digest


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """An empty project, with a folder beside it."""
    (tmp_path / "outside").mkdir()
    return Machine(tmp_path / "home", tmp_path / "shop")


def asked(machine: Machine) -> str:
    """Return the digest that the refusal shows."""
    report = machine.sync()
    assert "untrusted" in problems(report).values()
    error = next(o.error for o in report.failed if o.error and o.error.code == "untrusted")
    found = re.search(r"SECRETZERO_TRUST=([0-9a-f]{64})", error.hint)
    assert found
    return found[1]


def outside(machine: Machine, way: str) -> str:
    """Return a target that leaves the project in one of the ways there are."""
    folder = machine.folder.parent / "outside"
    if way == "link":
        (machine.folder / "link").symlink_to(folder)
        return file_target("KEY", "link/x.env")
    return file_target("KEY", {"up": "../outside/x.env", "absolute": str(folder / "x.env"), "home": "~/x.env"}[way])


@pytest.mark.parametrize("way", ["up", "absolute", "link", "home"])
def test_a_target_outside_needs_trust(machine: Machine, way: str):
    """Its secret is blocked with the digest that would allow it; others go on, and with the digest it is written."""
    machine.manifest(secret("key", "random_password", outside(machine, way)), secret("db"))
    digest = asked(machine)
    assert set(machine.values()) == {"DB"}
    assert not list((machine.folder.parent / "outside").iterdir())
    assert not (machine.home / "x.env").exists()
    machine.environ["SECRETZERO_TRUST"] = digest
    assert machine.sync().failed == ()
    assert {drift.verdict for drift in machine.engine().drift()} == {"in step"}


def test_another_digest_allows_nothing(machine: Machine):
    """Not one of something else, not an empty one."""
    machine.manifest(secret("key", "random_password", outside(machine, "up")))
    for text in ("", "0" * 64, "yes"):
        machine.environ["SECRETZERO_TRUST"] = text
        assert problems(machine.sync()) == {"key": "untrusted"}


def test_a_change_of_the_paths_withdraws_it(machine: Machine):
    """One path more is another digest, and a comment is not."""
    machine.manifest(secret("key", "random_password", outside(machine, "up")))
    digest = machine.environ["SECRETZERO_TRUST"] = asked(machine)
    assert machine.sync().failed == ()
    path = machine.folder / machine.name
    path.write_text("# a comment\n" + path.read_text())
    assert actions(machine.sync()) == {"key": "keep"}
    other = secret("two", "random_password", file_target("TWO", "../outside/y.env"))
    machine.manifest(secret("key", "random_password", outside(machine, "up")), other)
    assert asked(machine) != digest


def test_a_source_outside_needs_trust(machine: Machine):
    """It is not even read."""
    (machine.folder.parent / "outside" / "given").write_text("theirs")
    machine.manifest(secret("key", "static", source={"kind": "file", "config": {"path": "../outside/given"}}))
    machine.environ["SECRETZERO_TRUST"] = asked(machine)
    assert machine.sync().failed == ()
    assert machine.values() == {"KEY": "theirs"}


def test_a_plan_looks_at_nothing_outside(machine: Machine):
    """The file is not read, and the step says what it needs."""
    (machine.folder.parent / "outside" / "x.env").write_text("KEY=theirs\n")
    machine.manifest(secret("key", "random_password", outside(machine, "up")))
    step = machine.engine().plan().steps[0]
    assert (step.action, step.code) == ("block", "untrusted")
    assert "../outside/x.env" in step.reason


def test_the_digest_is_that_of_the_paths():
    """Whoever asks for them, in whatever order, and how often."""
    one = trust_digest({"a": ["/x", "/y"]})
    assert one == trust_digest({"b": ["/y"], "a": ["/x", "/y"]})
    assert one != trust_digest({"a": ["/x"]})


@pytest.mark.parametrize("path", [".git/hooks/pre-commit", "sub/.GIT/config", "link/hooks/x"])
def test_what_git_keeps_for_itself_is_not_the_projects(machine: Machine, path: str):
    """A hook is code that runs: a manifest may not bring one along without trust."""
    (machine.folder / ".git" / "hooks").mkdir(parents=True)
    (machine.folder / "link").symlink_to(machine.folder / ".git")
    machine.manifest(
        secret(
            "hook", "nonsecret", file_target("", path, config={"format": "raw", "mode": "0755"}), config={"value": "x"}
        )
    )
    assert problems(machine.sync()) == {"hook": "untrusted"}
    assert [str(path.relative_to(machine.folder)) for path in machine.folder.rglob("*") if path.is_file()] == [
        "Secretfile.yml"
    ]
