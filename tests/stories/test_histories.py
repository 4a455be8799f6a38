"""The stories of the sync protocol in which two histories meet, or the manifest says something else than before."""

from pathlib import Path

import pytest
from attrs import evolve
from projects import (
    LOCKFILE,
    Machine,
    Repository,
    actions,
    box_target,
    file_target,
    memory_target,
    problems,
    secret,
)

from secretzero.errors import LockfileError
from secretzero.lockfile.merge import merge_lockfiles
from secretzero.lockfile.merge_driver import resolve_conflicts
from secretzero.lockfile.writing import render_lockfile
from secretzero.testing.faults import Crash

BOTH = secret("db", "random_password", file_target("DB"), memory_target("DB"))


@pytest.fixture
def ann(tmp_path: Path) -> Repository:
    """A repository whose secret is in `.env` and on a platform that all machines reach."""
    first = Repository(tmp_path / "ann", tmp_path / "ann" / "shop")
    first.begin()
    first.manifest(BOTH)
    first.sync()
    first.commit()
    return first


@pytest.fixture
def bob(ann: Repository, tmp_path: Path) -> Repository:
    """A colleague's clone, in step and with the key."""
    clone = ann.clone(tmp_path / "bob")
    ann.share_key(clone)
    clone.sync()
    return clone


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A project without version control."""
    return Machine(tmp_path / "home", tmp_path / "shop")


def test_colleagues_rotation_pulled_while_an_own_op_is_open(ann: Repository, bob: Repository):
    """The own op gives way: it is withdrawn, its value stays known, and the colleague's is copied here."""
    engine = evolve(ann.engine(), connect=ann.platforms.dying().connect)
    with pytest.raises(Crash):
        engine.rotate(only=["db"], force=True)
    own = ann.entry().pending
    ann.git("checkout", "-q", "--", LOCKFILE)
    assert bob.sync(on_drift="overwrite").failed == ()
    bob.rotate("db")
    bob.commit()
    ann.git("pull", "-q", str(bob.folder), "main")
    report = ann.sync()
    assert report.withdrawn == ("db",)
    assert ann.values()["DB"] == ann.platforms.held()["DB"] == bob.values()["DB"]
    assert ann.entry().current == bob.entry().current != own
    assert ann.entry().generations[own].withdrawn
    assert actions(ann.sync()) == {"db": "keep"}


def test_an_own_op_that_a_platform_shows_stops_when_a_colleague_went_on(ann: Repository, bob: Repository):
    """Before an unfinished op goes on, what it had done is looked at again: moved since, it stops and says pull."""
    engine = evolve(ann.engine(), connect=ann.platforms.dying().connect)
    with pytest.raises(Crash):
        engine.rotate(only=["db"], force=True)
    bob.rotate("db", on_drift="overwrite")
    published = ann.platforms.held()["DB"]
    report = ann.sync()
    assert problems(report) == {"db": "stale_plan"}
    assert "pull" in report.failed[0].error.hint  # type: ignore[union-attr]
    assert ann.platforms.held()["DB"] == published == bob.values()["DB"]


def _both_rotate(ann: Repository, bob: Repository) -> None:
    """Let each rotate on a branch of their own, so that the lockfiles conflict; Bob, the later, is on the platform."""
    ann.rotate("db")
    ann.commit()
    bob.rotate("db", on_drift="overwrite")
    bob.commit()


def _settled(ann: Repository, bob: Repository) -> None:
    """Check that the later rotation won, that the loser is known, and that all copies are made equal."""
    entry = ann.entry()
    assert entry.current == bob.entry().current
    assert {ann.generation(), len(entry.generations)} == {2, 3}
    assert entry.pending == ""
    assert actions(ann.sync()) == {"db": "copy"}
    assert ann.values()["DB"] == bob.values()["DB"] == ann.platforms.held()["DB"]
    assert actions(ann.sync()) == {"db": "keep"}
    assert set(ann.verdicts().values()) == {"in step"}


def test_two_branches_rotate_merged_by_the_driver(ann: Repository, bob: Repository):
    """The merge driver takes the later rotation; the earlier value, still in `.env`, is behind and replaced."""
    _both_rotate(ann, bob)
    ann.use_driver()
    ann.git("pull", "-q", "--no-rebase", str(bob.folder), "main")
    _settled(ann, bob)


def test_two_branches_rotate_merged_by_hand(ann: Repository, bob: Repository):
    """Conflict markers are refused with their line, and resolved in place to what the driver would have made."""
    _both_rotate(ann, bob)
    ann.git("pull", "-q", "--no-rebase", str(bob.folder), "main", fails=True)
    before = (ann.folder / LOCKFILE).read_bytes()
    with pytest.raises(LockfileError, match="conflict") as refused:
        ann.sync()
    assert before.splitlines()[refused.value.line - 1].startswith(b"<<<<<<<")
    assert (ann.folder / LOCKFILE).read_bytes() == before
    merged = merge_lockfiles(*resolve_conflicts(before, LOCKFILE))
    (ann.folder / LOCKFILE).write_bytes(render_lockfile(merged, None)[0])
    ann.commit()
    _settled(ann, bob)


def test_two_branches_rotate_merged_by_a_hosted_merge_without_driver(ann: Repository, bob: Repository):
    """A site that takes one side whole loses a generation: here it is a rollback, and the value is not overwritten."""
    _both_rotate(ann, bob)
    ann.git("pull", "-q", "--no-rebase", "-X", "theirs", str(bob.folder), "main")
    own = ann.values()["DB"]
    report = ann.sync()
    assert problems(report) == {"db": "stale_plan"}
    assert "restore the lockfile or pull it" in report.failed[0].error.hint  # type: ignore[union-attr]
    assert (ann.values()["DB"], ann.platforms.held()["DB"]) == (own, bob.values()["DB"])
    decided = ann.sync(on_drift="overwrite")
    assert decided.failed == ()
    assert ann.values()["DB"] == ann.platforms.held()["DB"] == bob.values()["DB"]
    assert actions(ann.sync()) == {"db": "keep"}


def test_rename_with_formerly(machine: Machine):
    """A renamed secret keeps id, history and value; its key in the file moves, and `--prune` takes the old one away."""
    machine.manifest(secret("db"))
    machine.sync()
    before, value = machine.entry(), machine.values()["DB"]
    machine.manifest(secret("database", formerly="db"))
    assert actions(machine.sync()) == {"database": "copy"}
    after = machine.lockfile.secrets
    assert list(after) == ["database"]
    assert (after["database"].id, after["database"].current) == (before.id, before.current)
    assert machine.values() == {"DB": value, "DATABASE": value}
    assert machine.sync(prune=True).failed == ()
    assert machine.values() == {"DATABASE": value}
    assert actions(machine.sync()) == {"database": "keep"}


def test_rename_without_formerly(machine: Machine):
    """Without `formerly` a rename is a new secret whose target is taken: nothing is lost, and the way out is named."""
    target = file_target("DB")
    machine.manifest(secret("db", "random_password", target))
    machine.sync()
    value = machine.values()
    machine.manifest(secret("database", "random_password", target))
    report = machine.sync()
    assert problems(report) == {"database": "blocked"}
    assert "formerly: db" in str(report.failed[0].error.hint)  # type: ignore[union-attr]
    assert machine.values() == value
    machine.manifest(secret("database", "random_password", target, formerly="db"))
    assert actions(machine.sync()) == {"database": "keep"}
    assert machine.values() == value


def test_target_removed_re_added_pruned(machine: Machine):
    """A target that leaves is remembered, one that comes back is compared with history, and only `--prune` deletes."""
    both = secret("db", "random_password", file_target("DB"), file_target("COPY"))
    one = secret("db", "random_password", file_target("DB"))
    machine.manifest(both)
    machine.sync()
    machine.manifest(one)
    assert actions(machine.sync()) == {"db": "forget"}
    assert machine.entry().targets["file://.env#COPY"].removed_at
    assert machine.values()["COPY"] == machine.values()["DB"]
    assert actions(machine.sync()) == {"db": "keep"}
    machine.rotate("db")
    machine.manifest(both)
    assert machine.verdicts() == {"DB": "in step", "COPY": "behind"}
    assert actions(machine.sync()) == {"db": "copy"}
    assert machine.values()["COPY"] == machine.values()["DB"]
    assert not machine.entry().targets["file://.env#COPY"].removed_at
    machine.manifest(one)
    machine.sync(prune=True)
    assert list(machine.values()) == ["DB"]
    assert list(machine.entry().targets) == ["file://.env#DB"]
    assert actions(machine.sync(prune=True)) == {"db": "keep"}


TEMPLATE = """\
secrets:
  - {{name: site, kind: templates.site, rotation_period: 30d}}
templates:
  site:
    fields:
      token:
        generator: {{kind: random_bytes}}
        targets: [{{provider: local, kind: file, config: {{path: .env, key: TOKEN}}}}]
      {extra}
    targets: [{{provider: local, kind: file, config: {{path: site.json, key: site}}}}]
"""
PIN = "pin: {generator: {kind: pin}, targets: [{provider: local, kind: file, config: {path: .env, key: PIN}}]}"


def test_template_gains_and_loses_a_field(machine: Machine):
    """A field more or less is the next generation of the same unit: the others and the time of rotation stay."""
    machine.manifest(rest=TEMPLATE.format(extra=""))
    machine.sync()
    token, rotated = machine.values()["TOKEN"], machine.entry("site").rotated_at
    machine.manifest(rest=TEMPLATE.format(extra=PIN))
    gained = machine.sync()
    assert (actions(gained), gained.outcomes[0].step.reason) == ({"site": "update"}, "field added")
    assert machine.values()["TOKEN"] == token
    assert machine.values("site.json")["site"] == {"token": token, "pin": machine.values()["PIN"]}
    machine.manifest(rest=TEMPLATE.format(extra=""))
    lost = machine.sync()
    assert (actions(lost), lost.outcomes[0].step.reason) == ({"site": "update"}, "field removed")
    assert machine.values("site.json")["site"] == {"token": token}
    entry = machine.entry("site")
    assert (entry.rotated_at, entry.rotation_count, machine.generation("site")) == (rotated, 0, 3)
    assert actions(machine.sync()) == {"site": "keep"}


def test_template_gains_a_field_where_the_others_cannot_be_read(machine: Machine):
    """Where a kept field is on no readable copy, the whole map cannot be made: that is said, with the way out."""
    machine.manifest(rest=TEMPLATE.format(extra=""))
    machine.sync()
    (machine.folder / "site.json").unlink()
    (machine.folder / ".env").unlink()
    machine.manifest(rest=TEMPLATE.format(extra=PIN))
    report = machine.sync()
    assert "no readable copy" in str(report.failed[0].error)
    assert "secretzero rotate site --force" in report.failed[0].error.hint  # type: ignore[union-attr]
    assert machine.values("site.json") == {}


def test_write_only_target_whose_value_is_lost(machine: Machine):
    """What only a platform that never shows it has cannot fill a new target: blocked, until it is rotated."""
    machine.manifest(secret("ci", "random_password", box_target("CI")))
    machine.sync()
    sent = machine.platforms.boxed("CI")
    assert machine.verdicts() == {"CI": "in step"}
    machine.manifest(secret("ci", "random_password", box_target("CI"), file_target("CI")))
    report = machine.sync()
    assert problems(report) == {"ci": "blocked"}
    assert "no readable copy" in str(report.failed[0].error)
    assert (machine.platforms.boxed("CI"), machine.values()) == (sent, {})
    assert actions(machine.rotate("ci")) == {"ci": "rotate"}
    assert machine.platforms.boxed("CI") == machine.values()["CI"] != sent


FOLLOWED = secret(
    "partner", "static", source={"kind": "file", "follow": True, "config": {"path": "partner.json", "key": "token"}}
)


@pytest.fixture
def following(machine: Machine) -> Machine:
    """A project with a secret that follows a file, synced once."""
    (machine.folder / "partner.json").write_text('{"token": "first"}')
    machine.manifest(FOLLOWED)
    machine.sync()
    assert machine.values() == {"PARTNER": "first"}
    return machine


def test_followed_source_that_is_down(following: Machine):
    """A source that cannot be read stops its secret once it has a value: nothing else is published in its place."""
    (following.folder / "partner.json").write_text('{"token": ')
    report = following.sync()
    assert problems(report) == {"partner": "no_value"}
    assert (following.values(), following.generation("partner")) == ({"PARTNER": "first"}, 1)


def test_followed_source_that_changes(following: Machine):
    """A new value of the source is the next generation with the next sync, and does not count as a rotation."""
    (following.folder / "partner.json").write_text('{"token": "second"}')
    report = following.sync()
    assert (actions(report), report.outcomes[0].step.reason) == ({"partner": "update"}, "followed")
    assert following.values() == {"PARTNER": "second"}
    entry = following.entry("partner")
    assert (entry.rotation_count, following.generation("partner")) == (0, 2)
    assert actions(following.sync()) == {"partner": "keep"}


def test_followed_source_that_vanishes(following: Machine):
    """A source that is gone stops its secret by name, and the value that is out there stays."""
    (following.folder / "partner.json").unlink()
    report = following.sync()
    assert problems(report) == {"partner": "no_value"}
    assert "partner.json" in str(report.failed[0].error)
    assert following.values() == {"PARTNER": "first"}


def test_two_manifests_one_env(machine: Machine):
    """Two manifests of one folder fill one `.env`: each writes its own keys, and neither touches the other's."""
    other = evolve(machine, name="other.yml")
    machine.manifest(secret("db"))
    other.manifest(secret("mail"))
    machine.sync()
    other.sync()
    values = machine.values()
    assert set(values) == {"DB", "MAIL"}
    assert actions(machine.sync(prune=True)) == {"db": "keep"}
    machine.rotate("db")
    assert actions(other.sync()) == {"mail": "keep"}
    assert machine.values()["MAIL"] == values["MAIL"]
    assert machine.values()["DB"] != values["DB"]
    assert (machine.folder / "other.lock").exists()
    other.manifest(secret("db"))
    assert problems(other.sync()) == {"db": "blocked"}
    assert other.values() == machine.values()
