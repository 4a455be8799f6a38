"""Lockfiles of the public 0.14: verified against the targets and rewritten, while every value stays."""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import pytest
from projects import LOCKFILE, Machine, actions, file_target, problems, secret


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A project with an old lockfile and a `.env` that goes with it."""
    made = Machine(tmp_path / "home", tmp_path / "shop")
    made.put(DB="hunter2-hunter2-hunter2", MAIL="postman-postman-postman")
    old(made, {"db": "hunter2-hunter2-hunter2", "mail": "postman-postman-postman"})
    made.manifest(secret("db"), secret("mail"))
    return made


def old(machine: Machine, values: Mapping[str, str], **more: object) -> None:
    """Write a lockfile as 0.14 did."""
    secrets = {
        name: {
            "hash": sha256(value.encode()).hexdigest(),
            "created_at": "2025-03-01T10:00:00+00:00",
            "last_rotated": "2025-06-01T10:00:00+00:00",
            "rotation_count": 2,
            **more,
        }
        for name, value in values.items()
    }
    (machine.folder / LOCKFILE).write_text(json.dumps({"version": "1.0", "secrets": secrets}))


def test_what_a_target_proves_is_rewritten(machine: Machine):
    """The values stay, with their dates and counts, and the plain digests are gone."""
    values = machine.values()
    report = machine.sync()
    assert set(actions(report).values()) == {"adopt"}
    assert {outcome.step.reason for outcome in report.outcomes} == {"migrated"}
    assert machine.values() == values
    entry = machine.entry()
    assert (machine.generation(), entry.rotation_count, entry.legacy) == (1, 2, "")
    assert (entry.created_at, entry.rotated_at) == ("2025-03-01T10:00:00Z", "2025-06-01T10:00:00Z")
    digest = sha256(str(values["DB"]).encode()).hexdigest()
    assert digest not in (machine.folder / LOCKFILE).read_text()
    before = machine.bytes()
    assert set(actions(machine.sync()).values()) == {"keep"}
    assert machine.bytes() == before


def test_what_nothing_proves_stays_as_it_was(machine: Machine):
    """An entry that cannot be verified keeps its digest until it can, and its value is never replaced."""
    (machine.folder / ".env").write_text("DB='hunter2-hunter2-hunter2'\n")
    report = machine.sync()
    assert (actions(report), problems(report)) == ({"db": "adopt", "mail": "block"}, {"mail": "blocked"})
    assert "rotate mail --force" in report.failed[0].error.hint  # type: ignore[union-attr]
    assert machine.entry("mail").legacy.startswith("sha256:")
    before = machine.bytes()
    assert problems(machine.sync()) == {"mail": "blocked"}
    assert machine.bytes() == before
    machine.put(MAIL="postman-postman-postman")
    assert actions(machine.sync()) == {"db": "keep", "mail": "adopt"}


def test_another_value_is_no_proof(machine: Machine):
    """What somebody changed since is a conflict like any other."""
    machine.put(MAIL="changed")
    report = machine.sync()
    assert problems(report) == {"mail": "blocked"}
    assert machine.values()["MAIL"] == "changed"


def test_a_target_that_lacks_it_is_filled(machine: Machine):
    """Proved at one target, the value goes to the others."""
    machine.manifest(secret("db", "random_password", file_target("DB"), file_target("DB", "b.env")), secret("mail"))
    assert machine.sync().failed == ()
    assert machine.values("b.env")["DB"] == machine.values()["DB"]


def test_fields_of_a_template_become_one_unit(machine: Machine):
    """Generation 1 of the whole, with the oldest date."""
    machine.put(USER="u" * 20, TOKEN="t" * 20)
    old(machine, {"site.user": "u" * 20, "site.token": "t" * 20})
    field = "{{generator: {{kind: random_bytes}}, targets: [{}]}}".format
    fields = f"{{user: {field(file_target('USER'))}, token: {field(file_target('TOKEN'))}}}"
    machine.manifest(rest=f"secrets: [{{name: site, kind: templates.t}}]\ntemplates: {{t: {{fields: {fields}}}}}\n")
    values = machine.values()
    assert actions(machine.sync()) == {"site": "adopt"}
    assert machine.values() == values
    assert machine.generation("site") == 1
    assert actions(machine.sync()) == {"site": "keep"}


def test_a_forced_rotation_is_the_way_out(machine: Machine):
    """A value that is lost is replaced by name."""
    (machine.folder / ".env").unlink()
    assert machine.rotate("mail").failed == ()
    assert machine.entry("mail").legacy == ""
    assert set(machine.values()) == {"MAIL"}
    assert problems(machine.sync()) == {"db": "blocked"}


def test_looking_changes_nothing(machine: Machine):
    """`plan` and `drift` read the old form and leave it alone."""
    before = machine.bytes()
    assert {step.reason for step in machine.engine().plan().steps} == {"migrated"}
    machine.engine().drift()
    assert machine.bytes() == before
