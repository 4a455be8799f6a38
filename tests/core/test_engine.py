"""The engine as its users call it: plan, apply, sync, rotate, set, drift, resolve, on real files."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from attrs import evolve
from projects import (
    LOCKFILE,
    PASSWORD,
    CrashingDisk,
    DyingDisk,
    FullDisk,
    Machine,
    Repository,
    actions,
    box_target,
    file_target,
    memory_target,
    problems,
    secret,
)

from secretzero.engine.engine import Engine
from secretzero.engine.options import RunOptions
from secretzero.engine.tools.saved_plans import load_plan, save_plan
from secretzero.errors import DriftedError, NoValueError, RejectedError, StalePlanError, UnavailableError, UsageError
from secretzero.stores.memory import MemoryStore
from secretzero.testing.faults import Crash
from secretzero.values import SecretValue, Written

TWICE = secret("db", "random_password", file_target("DB"), file_target("COPY"))
URL = secret("url", "derived", config={"template": "db://{{ secret.db }}@host"})


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """An empty project."""
    return Machine(tmp_path / "home", tmp_path / "shop")


@pytest.fixture
def synced(machine: Machine) -> Machine:
    """A project with one password in two places, synced."""
    machine.manifest(TWICE)
    machine.sync()
    return machine


class TestSync:
    def test_a_first_sync_makes_what_is_missing(self, machine: Machine):
        """One value for all targets of a secret, another for each secret, nothing of them in the lockfile."""
        machine.manifest(TWICE, secret("mail"))
        report = machine.sync()
        values = machine.values()
        assert actions(report) == {"db": "create", "mail": "create"}
        assert values["DB"] == values["COPY"] != values["MAIL"]
        lockfile = (machine.folder / LOCKFILE).read_text()
        assert not any(str(value) in lockfile for value in values.values())
        assert all(outcome.generated and outcome.stored for outcome in report.outcomes)

    def test_a_second_sync_changes_no_byte(self, machine: Machine):
        """Nothing is written, in the project or in the state folder, however much there is."""
        machine.manifest(
            TWICE, URL, secret("mine", local=True), secret("ssh", "ssh_keypair", file_target("ssh", "ssh.json")),
            secret("region", "nonsecret", config={"value": "eu"}), secret("ci", "random_password", box_target("CI")),
        )  # fmt: skip
        assert machine.sync().failed == ()
        before = machine.bytes()
        report = machine.sync()
        assert set(actions(report).values()) == {"keep"}
        assert machine.bytes() == before
        assert report.notices == ()

    def test_a_dry_run_writes_nothing(self, machine: Machine):
        """Not even a state folder, a key or a lock; its report is what sync would do."""
        machine.manifest(PASSWORD)
        report = machine.engine().sync(dry_run=True)
        assert (actions(report), report.dry_run) == ({"db": "create"}, True)
        assert sorted(os.listdir(machine.folder)) == ["Secretfile.yml"]
        assert not machine.state.exists()

    def test_only_names_what_is_synced(self, machine: Machine):
        """Others are left alone, but for those that are made from a named one."""
        machine.manifest(secret("db"), URL, secret("mail"))
        report = machine.sync(only=("db",))
        assert (set(machine.values()), report.plan.included) == ({"DB", "URL"}, ("url",))

    def test_an_unknown_name_is_an_error_with_the_nearest(self, machine: Machine):
        """A typo does nothing."""
        machine.manifest(secret("database"))
        with pytest.raises(UsageError, match="databse") as refused:
            machine.sync(only=("databse",))
        assert "database" in refused.value.hint

    def test_one_failure_never_stops_the_others(self, machine: Machine):
        """What cannot be written is reported by its secret, and everything else is done."""
        machine.manifest(secret("db"), secret("mail", "random_password", file_target("MAIL", "mail.env")))
        (machine.folder / "mail.env").mkdir()
        report = machine.sync()
        assert list(problems(report)) == ["mail"]
        assert set(machine.values()) == {"DB"}
        (machine.folder / "mail.env").rmdir()
        assert machine.sync().failed == ()
        assert set(machine.values("mail.env")) == {"MAIL"}

    def test_files_keep_what_others_wrote(self, machine: Machine):
        """Comments and unknown keys stay; with `merge: false` only what is declared stays."""
        (machine.folder / ".env").write_text("# mine\nOTHER=1\n")
        (machine.folder / "own.env").write_text("OTHER=1\n")
        strict = file_target("DB", "own.env", config={"merge": False})
        machine.manifest(secret("db", "random_password", file_target("DB"), strict))
        assert machine.sync().failed == ()
        assert (machine.folder / ".env").read_text().startswith("# mine\nOTHER=1\n")
        assert set(machine.values("own.env")) == {"DB"}

    def test_mappings_put_each_part_at_its_key(self, machine: Machine):
        """A map that is spread over keys is put together again when one of them is missing."""
        keys = [{"source_key": "private_key", "target_key": "KEY"}, {"source_key": "public_key", "target_key": "PUB"}]
        machine.manifest(
            secret(
                "ssh", "ssh_keypair", file_target("", ".env", config={"mappings": keys}), file_target("ssh", "s.json")
            )
        )
        machine.sync()
        values, whole = machine.values(), machine.values("s.json")["ssh"]
        assert values == {"KEY": whole["private_key"], "PUB": whole["public_key"]}  # type: ignore[index,call-overload]
        (machine.folder / ".env").unlink()
        assert actions(machine.sync()) == {"ssh": "restore"}
        assert machine.values() == values

    def test_a_moved_target_takes_its_value_along(self, synced: Machine):
        """Another file, or another key, gets the value that stands in the old one, which is never deleted unasked."""
        value = synced.values()["DB"]
        synced.manifest(secret("db", "random_password", file_target("PASSWORD", "new.env")))
        assert synced.sync().failed == ()
        assert (synced.values("new.env"), synced.values()["DB"]) == ({"PASSWORD": value}, value)
        assert synced.generation() == 1
        synced.sync(prune=True)
        assert synced.values() == {}

    def test_a_target_moved_out_of_a_file_outside_of_the_project_is_not_read(self, machine: Machine, tmp_path: Path):
        """What left the manifest and lies outside is not even looked at without trust."""
        machine.manifest(PASSWORD)
        machine.sync()
        value = machine.values()["DB"]
        (tmp_path / "outside.env").write_text(f"DB='{value}'\n")
        (machine.folder / ".env").unlink()
        (machine.folder / ".env").symlink_to(tmp_path / "outside.env")
        machine.manifest(secret("db", "random_password", file_target("DB", "new.env")))
        assert problems(machine.sync()) == {"db": "blocked"}


class TestPrune:
    def test_only_prune_deletes(self, synced: Machine):
        """A secret that left the manifest is remembered; `--prune` removes its keys and its records."""
        synced.manifest(secret("mail"))
        assert actions(synced.sync()) == {"mail": "create", "db": "forget"}
        assert set(synced.values()) == {"DB", "COPY", "MAIL"}
        synced.sync(prune=True)
        assert set(synced.values()) == {"MAIL"}
        assert list(synced.lockfile.secrets) == ["mail"]
        before = synced.bytes()
        assert set(actions(synced.sync(prune=True)).values()) == {"keep"}
        assert synced.bytes() == before

    def test_prune_never_touches_what_another_secret_claims(self, machine: Machine):
        """A key that changed hands stays, and the next prune has nothing left to do."""
        machine.manifest(secret("old", "random_password", file_target("KEY")))
        machine.sync()
        machine.manifest(secret("new", "random_password", file_target("KEY", on_foreign="adopt")))
        value = machine.values()
        machine.sync(prune=True)
        assert machine.values() == value
        machine.sync(prune=True)
        assert list(machine.lockfile.secrets) == ["new"]
        assert set(actions(machine.sync(prune=True)).values()) == {"keep"}

    def test_a_secret_that_becomes_local_is_not_lost(self, machine: Machine):
        """Moving from the shared lockfile to the local one is two steps of one name: neither swallows the other."""
        machine.manifest(secret("db"))
        machine.sync()
        value = machine.values()
        machine.manifest(secret("db", local=True))
        report = machine.sync(on_drift="adopt")
        assert [outcome.step.action for outcome in report.outcomes] == ["adopt", "forget"]
        assert machine.values() == value
        assert list(machine.local_lockfile.secrets) == ["db"]
        assert machine.entry().targets["file://.env#DB"].removed_at
        assert machine.sync(prune=True).failed == ()
        assert machine.values() == value
        assert machine.lockfile.secrets == {}


class TestDrift:
    def test_a_change_from_outside_stops_its_secret(self, synced: Machine):
        """Nothing is overwritten unasked, and both ways on are named."""
        synced.put(DB="mine")
        assert synced.verdicts() == {"DB": "changed", "COPY": "in step"}
        report = synced.sync()
        assert problems(report) == {"db": "blocked"}
        assert "--on-drift=adopt" in report.failed[0].error.hint  # type: ignore[union-attr]
        assert synced.values()["DB"] == "mine"

    def test_overwrite_puts_the_recorded_value_back(self, synced: Machine):
        """From a readable copy, without another generation."""
        value = synced.values()["COPY"]
        synced.put(DB="mine")
        assert actions(synced.sync(on_drift="overwrite")) == {"db": "update"}
        assert (synced.values(), synced.generation()) == ({"DB": value, "COPY": value}, 1)

    def test_overwrite_without_a_copy_is_blocked(self, machine: Machine):
        """There is nothing to write: only a rotation can help."""
        machine.manifest(PASSWORD)
        machine.sync()
        machine.put(DB="mine")
        report = machine.sync(on_drift="overwrite")
        assert problems(report) == {"db": "blocked"}
        assert "rotate db --force" in report.failed[0].error.hint  # type: ignore[union-attr]

    def test_adopt_makes_the_found_value_the_next_generation(self, synced: Machine):
        """It is copied to the other targets, and does not count as a rotation."""
        synced.put(DB="mine")
        assert actions(synced.sync(on_drift="adopt")) == {"db": "adopt"}
        assert synced.values() == {"DB": "mine", "COPY": "mine"}
        entry = synced.entry()
        assert (synced.generation(), entry.rotation_count) == (2, 0)
        assert entry.now is not None
        assert (entry.now.origin, entry.now.reason) == ("target:file://.env#DB", "adopted")
        assert synced.verdicts() == {"DB": "in step", "COPY": "in step"}

    @pytest.mark.parametrize("rule", ["adopt", "overwrite"])
    def test_a_target_has_its_own_rule(self, machine: Machine, rule: str):
        """`on_foreign` says what happens to a value that a target holds before the first sync."""
        machine.put(DB="mine")
        machine.manifest(secret("db", "random_password", file_target("DB", on_foreign=rule)))
        assert machine.sync().failed == ()
        assert (machine.values()["DB"] == "mine") == (rule == "adopt")

    def test_an_equal_literal_is_adopted_silently(self, machine: Machine):
        """The target already holds the value that would be written."""
        machine.put(PIN="1234")
        machine.manifest(secret("pin", "static", config={"value": "1234"}))
        assert machine.sync().failed == ()
        assert machine.verdicts() == {"PIN": "in step"}

    def test_a_restored_backup_is_behind_and_filled_again(self, synced: Machine):
        """An old generation is ours: it is replaced without asking."""
        backup = (synced.folder / ".env").read_bytes()
        synced.rotate("db")
        value = synced.values()["DB"]
        synced.manifest(secret("db", "random_password", file_target("DB"), file_target("DB", "b.env")))
        synced.sync()
        (synced.folder / ".env").write_bytes(backup)
        assert synced.verdicts() == {"DB": "in step"} or synced.engine().drift()[0].verdict == "behind"
        assert actions(synced.sync()) == {"db": "copy"}
        assert synced.values()["DB"] == value

    def test_a_missing_key_is_restored(self, synced: Machine):
        """A line that somebody deleted comes back."""
        value = synced.values()["DB"]
        (synced.folder / ".env").write_text(f"DB='{value}'\n")
        assert synced.verdicts() == {"DB": "in step", "COPY": "missing"}
        assert actions(synced.sync()) == {"db": "restore"}
        assert synced.values()["COPY"] == value

    def test_drift_changes_nothing_and_is_audited(self, synced: Machine):
        """One record names secrets, targets and verdicts."""
        records: list[tuple[str, list[str]]] = []
        before = synced.bytes()
        synced.engine(audit=lambda action, names: records.append((action, list(names)))).drift()
        assert synced.bytes() == before
        assert records == [("drift", ["db file://.env#DB in step", "db file://.env#COPY in step"])]

    def test_a_colleague_on_a_platform_is_not_overwritten_by_force(self, machine: Machine):
        """A value that this lockfile does not know stops even a rotation by name, until the person has decided."""
        machine.manifest(secret("db", "random_password", memory_target("DB")))
        machine.sync()
        machine.platforms.memory.write("memory/main", SecretValue({"DB": "hers"}))  # type: ignore[attr-defined]
        assert problems(machine.rotate("db")) == {"db": "blocked"}
        assert machine.platforms.held() == {"DB": "hers"}
        assert machine.rotate("db", on_drift="overwrite").failed == ()

    @pytest.mark.parametrize(
        "options", [{"rewrite": True}, {"force_targets": ("local/file",)}, {"force_targets": ("*#COPY",)}]
    )
    def test_targets_are_written_again_on_demand(self, synced: Machine, options: dict[str, object]):
        """What holds the value already is written all the same; no generation is made."""
        report = synced.sync(**options)
        stored = [target.status for outcome in report.outcomes for target in outcome.targets]
        assert stored.count("stored") == (1 if options == {"force_targets": ("*#COPY",)} else 2)
        assert (synced.generation(), problems(report)) == (1, {})

    def test_a_forced_target_must_exist(self, synced: Machine):
        """A pattern that matches nothing is a mistake."""
        with pytest.raises(UsageError, match="nowhere"):
            synced.sync(force_targets=("nowhere",))


class TestRotate:
    def test_a_forced_rotation_replaces_the_value_everywhere(self, synced: Machine):
        """Each target gets the new one, which counts as a rotation; the old fingerprint stays known."""
        before = synced.values()
        assert actions(synced.rotate("db")) == {"db": "rotate"}
        entry = synced.entry()
        assert synced.values()["DB"] == synced.values()["COPY"] != before["DB"]
        assert (synced.generation(), entry.rotation_count, entry.previous in entry.generations) == (2, 1, True)

    def test_what_is_due_is_rotated(self, machine: Machine):
        """Only what is due, and only by rotate: sync never replaces a value because of its age."""
        machine.manifest(secret("db", rotation_period="1d"), secret("mail", rotation_period="30d"), secret("old"))
        machine.sync()
        machine.clock.advance(timedelta(days=2))
        assert set(actions(machine.sync()).values()) == {"keep"}
        report = machine.rotate(force=False)
        assert actions(report) == {"db": "rotate", "mail": "keep", "old": "keep"}
        assert [outcome.step.reason for outcome in report.outcomes] == ["due", "not due", "no rotation period"]

    def test_a_window_is_waited_for(self, machine: Machine):
        """Outside of its window a due secret waits; force does not."""
        window = {"days": ["sun"], "from": "02:00", "to": "04:00"}
        machine.manifest(secret("db", rotation={"period": "1d", "window": window}))
        machine.sync()
        machine.clock.advance(timedelta(days=1))
        assert machine.rotate(force=False).outcomes[0].step.reason == "due, outside its window"
        assert actions(machine.rotate("db")) == {"db": "rotate"}
        machine.clock.advance(timedelta(days=1, hours=14))
        assert actions(machine.rotate(force=False)) == {"db": "rotate"}

    def test_one_time_is_made_once(self, machine: Machine):
        """Overdue or not, only its name and force replace it."""
        machine.manifest(secret("root", one_time=True, rotation_period="1d"))
        machine.sync()
        machine.clock.advance(timedelta(days=2))
        report = machine.rotate(force=False)
        assert (actions(report), report.outcomes[0].step.reason) == ({"root": "keep"}, "overdue, but one_time")
        assert "rotate root --force" in report.outcomes[0].step.notice
        assert actions(machine.rotate()) == {"root": "keep"}
        assert actions(machine.rotate("root")) == {"root": "rotate"}

    def test_what_is_made_from_it_follows(self, machine: Machine):
        """A derived URL is rewritten in the same run, which is not a rotation, and never rotates on its own."""
        machine.manifest(secret("db"), URL)
        machine.sync()
        assert actions(machine.rotate("db")) == {"db": "rotate", "url": "update"}
        values = machine.values()
        assert values["URL"] == f"db://{values['DB']}@host"
        assert machine.entry("url").rotation_count == 0
        assert problems(machine.rotate("url")) == {"url": "blocked"}

    def test_a_derived_value_that_was_made_is_not_made_again(self, machine: Machine):
        """When its part only has to be finished elsewhere, the URL that already has the new one stays."""
        machine.manifest(secret("db", "random_password", memory_target("DB"), file_target("DB", "b.env")), URL)
        machine.sync()
        (machine.folder / "b.env").unlink()
        (machine.folder / "b.env").mkdir()
        report = machine.rotate("db", on_drift="overwrite")
        assert report.failed
        (machine.folder / "b.env").rmdir()
        machine.sync()
        machine.sync()
        assert machine.generation("url") <= 2
        values = machine.values()
        assert values["URL"] == f"db://{machine.platforms.held()['DB']}@host"

    def test_weak_values_need_consent(self, machine: Machine):
        """Under 64 bits a value is refused, unless the manifest or this run allows it."""
        weak = secret("db", config={"length": 6})
        machine.manifest(weak)
        assert problems(machine.sync()) == {"db": "blocked"}
        assert machine.sync(allow_weak=True).failed == ()
        assert set(actions(machine.sync()).values()) == {"keep"}
        assert problems(machine.rotate("db")) == {"db": "blocked"}
        machine.manifest(secret("db", config={"length": 6, "allow_weak": True}))
        assert machine.rotate("db").failed == ()

    def test_a_changed_definition_keeps_the_value(self, synced: Machine):
        """An edited option does not replace the value; `on_change: rotate` says otherwise."""
        value = synced.values()["DB"]
        longer = {"config": {"length": 40}}
        targets = (file_target("DB"), file_target("COPY"))
        synced.manifest(secret("db", "random_password", *targets, **longer))
        report = synced.sync()
        assert (actions(report), report.outcomes[0].step.reason) == ({"db": "keep"}, "definition changed")
        assert synced.values()["DB"] == value
        synced.manifest(secret("db", "random_password", *targets, **longer, on_change="rotate"))
        assert actions(synced.sync()) == {"db": "rotate"}
        assert len(str(synced.values()["DB"])) == 40
        assert actions(synced.sync()) == {"db": "keep"}

    def test_a_changed_literal_is_published(self, machine: Machine):
        """The manifest's new literal is the next generation, and no rotation."""
        machine.manifest(secret("pin", "static", config={"value": "1111"}))
        machine.sync()
        machine.manifest(secret("pin", "static", config={"value": "2222"}))
        report = machine.sync()
        assert (actions(report), report.outcomes[0].step.reason) == ({"pin": "update"}, "literal changed")
        assert (machine.values(), machine.entry("pin").rotation_count) == ({"PIN": "2222"}, 0)
        assert machine.generation("pin") == 2


class TestSet:
    @pytest.fixture
    def static(self, machine: Machine) -> Machine:
        machine.manifest(secret("key", "static", file_target("KEY"), file_target("COPY")), secret("db"))
        machine.environ["KEY"] = "first"
        machine.sync()
        del machine.environ["KEY"]
        return machine

    def test_a_value_is_set_everywhere(self, static: Machine):
        """One run, one generation, counted as a rotation by hand."""
        assert static.set("key", "second").failed == ()
        assert (static.values()["KEY"], static.values()["COPY"]) == ("second", "second")
        now = static.entry("key").now
        assert now is not None
        assert (now.origin, now.reason, now.n) == ("stdin", "set", 2)
        assert actions(static.sync()) == {"key": "keep", "db": "keep"}

    def test_the_same_value_is_refused(self, static: Machine):
        """A rotation that keeps the value is a failure and never counted."""
        assert problems(static.set("key", "first")) == {"key": "rejected"}
        assert static.generation("key") == 1

    def test_the_first_value_may_be_set(self, machine: Machine):
        """A secret without a value gets one."""
        machine.manifest(secret("key", "static"))
        assert machine.set("key", "first").failed == ()
        assert machine.values() == {"KEY": "first"}

    def test_a_changed_target_is_left_alone(self, static: Machine):
        """What somebody typed there is taken or overwritten only by name, with --on-drift."""
        static.put(KEY="mine")
        assert [str(outcome.error) for outcome in static.set("key", "second").failed] == [
            "changed outside of SecretZero"
        ]
        assert static.values()["KEY"] == "mine"

    @pytest.mark.parametrize("name", ["db", "key.part", "nothing"])
    def test_only_a_static_secret_can_be_set(self, static: Machine, name: str):
        """A generated one, a part, and an unknown one are refused by name."""
        with pytest.raises(UsageError):
            static.set(name, "second")

    def test_what_breaks_the_rule_is_refused_before_anything_happens(self, machine: Machine):
        """`validation` applies, and the value is not in the message."""
        machine.manifest(secret("key", "static", config={"validation": "^sk_"}))
        with pytest.raises(RejectedError) as refused:
            machine.set("key", "wrong-value")
        assert "wrong-value" not in str(refused.value)
        assert not (machine.folder / LOCKFILE).exists()


class TestSavedPlans:
    def plan(self, machine: Machine, **options: object) -> tuple[Engine, object]:
        machine.clock.advance(timedelta(minutes=1))
        engine = machine.engine()
        text = save_plan(engine, engine.plan(**options))  # type: ignore[arg-type]
        return machine.engine(), load_plan(engine, text.encode(), "plan.json")

    def test_what_was_looked_at_is_what_is_done(self, synced: Machine):
        """A plan survives its file, and is carried out."""
        value = synced.values()["DB"]
        engine, plan = self.plan(synced, rotate=True, only=["db"], force=True)
        assert engine.apply(plan).failed == ()  # type: ignore[arg-type]
        assert synced.values()["DB"] != value

    def test_the_first_plan_of_a_project_can_be_applied(self, machine: Machine):
        """Although there is no key yet that could sign it."""
        machine.manifest(PASSWORD)
        engine, plan = self.plan(machine)
        assert engine.apply(plan).failed == ()  # type: ignore[arg-type]
        assert set(machine.values()) == {"DB"}

    def moves(self, machine: Machine) -> Iterator[tuple[str, object]]:
        """Return what may move under a plan, each with a way to do it."""
        yield "manifest", lambda: machine.manifest(secret("db", "random_password", file_target("DB")))
        yield "lockfile", lambda: machine.rotate("db")
        yield "target", lambda: machine.put(OTHER="1")
        yield "target", lambda: machine.put(DB="mine")

    @pytest.mark.parametrize("number", range(4))
    def test_a_plan_is_stale_once_anything_moved(self, synced: Machine, number: int):
        """The manifest, the lockfile, or a byte of a target: the plan is refused and nothing is done."""
        _, plan = self.plan(synced, rotate=True, only=["db"], force=True)
        named, move = list(self.moves(synced))[number]
        move()  # type: ignore[operator]
        before = synced.bytes()
        with pytest.raises(StalePlanError, match=named):
            synced.engine().apply(plan)  # type: ignore[arg-type]
        assert synced.bytes() == before

    def test_a_plan_asks_nobody_and_writes_nothing(self, machine: Machine):
        """Not even where a value would have to be asked for."""
        machine.manifest(secret("key", "static"), PASSWORD)
        machine.engine().plan()
        assert sorted(os.listdir(machine.folder)) == ["Secretfile.yml"]
        assert not machine.state.exists()

    def test_without_refresh_the_lockfile_is_believed(self, synced: Machine):
        """No store is asked: a deleted file is not noticed."""
        (synced.folder / ".env").unlink()
        assert synced.engine().plan(refresh=False).steps[0].action == "keep"
        assert synced.engine().plan().steps[0].action == "block"


class TestResolve:
    def test_the_current_value_for_an_application(self, machine: Machine):
        """The whole value, or a part of it."""
        machine.manifest(PASSWORD, secret("ssh", "ssh_keypair", file_target("ssh", "s.json")))
        machine.sync()
        engine = machine.engine()
        assert engine.resolve("db").reveal() == machine.values()["DB"]
        assert str(engine.resolve("ssh.public_key").reveal()).startswith("ssh-ed25519 ")

    def test_a_changed_target_is_skipped_where_another_has_the_value(self, synced: Machine):
        """Only a value with the recorded fingerprint is handed out."""
        value = synced.values()["COPY"]
        synced.put(DB="mine")
        assert synced.engine().resolve("db").reveal() == value
        synced.put(COPY="mine")
        with pytest.raises(DriftedError) as refused:
            synced.engine().resolve("db")
        assert "mine" not in str(refused.value)

    def test_nothing_there_is_an_error(self, machine: Machine):
        """Before the first sync, and for a name that is not declared."""
        machine.manifest(PASSWORD)
        with pytest.raises(NoValueError, match="db"):
            machine.engine().resolve("db")
        with pytest.raises(UsageError):
            machine.engine().resolve("dbb")

    def test_a_piece_is_never_handed_out_as_the_whole(self, machine: Machine):
        """Where one field of a template is gone, its parts can be had and the whole cannot."""
        field = "{{generator: {{kind: random_bytes}}, targets: [{target}]}}"
        fields = {name: field.format(target=file_target(name.upper())) for name in ("user", "token")}
        machine.manifest(
            rest=f"""
            secrets: [{{name: site, kind: templates.site}}]
            templates:
              site: {{fields: {{user: {fields["user"]}, token: {fields["token"]}}}}}
            """
        )
        machine.sync()
        values = machine.values()
        assert machine.engine().resolve("site").reveal() == {"user": values["USER"], "token": values["TOKEN"]}
        (machine.folder / ".env").write_text(f"USER='{values['USER']}'\n")
        assert machine.engine().resolve("site.user").reveal() == values["USER"]
        with pytest.raises(NoValueError):
            machine.engine().resolve("site")
        with pytest.raises(NoValueError):
            machine.engine().resolve("site.token")


class Refusing(MemoryStore):
    """A shared platform that takes nothing today."""

    def write(self, path: str, fields: SecretValue, **options: object) -> Written:  # type: ignore[override]
        raise RejectedError("not today")


class Racing(MemoryStore):
    """A shared platform to which a colleague writes just before this machine does."""

    def write(self, path: str, fields: SecretValue, **options: object) -> Written:  # type: ignore[override]
        super().write(path, SecretValue({"DB": "hers"}))
        return super().write(path, fields, **options)  # type: ignore[arg-type]


class Unheard(MemoryStore):
    """A shared platform that keeps no tokens, and whose first answer to a write is lost."""

    heard = False

    def write(self, path: str, fields: SecretValue, **options: object) -> Written:  # type: ignore[override]
        written = super().write(path, fields, **{**options, "token": None})  # type: ignore[arg-type]
        if not self.heard:
            self.heard = True
            raise UnavailableError("no answer came")
        return written


class Truncating(MemoryStore):
    """A shared platform that stores the first eight characters, and says that all is well."""

    def write(self, path: str, fields: SecretValue, **options: object) -> Written:  # type: ignore[override]
        cut = {name: str(value)[:8] for name, value in fields.reveal().items()}  # type: ignore[union-attr]
        return super().write(path, SecretValue(cut), **options)  # type: ignore[arg-type]


class TestSharedTargets:
    @pytest.fixture
    def shared(self, machine: Machine) -> Machine:
        machine.manifest(secret("db", "random_password", file_target("DB"), memory_target("DB")))
        machine.sync()
        return machine

    @staticmethod
    def over(machine: Machine, kind: type[MemoryStore]) -> Machine:
        """Return the machine, to which the shared platform behaves otherwise."""
        shelf = machine.platforms.memory.shelf  # type: ignore[attr-defined]
        return evolve(machine, platforms=evolve(machine.platforms, memory=kind(shelf)))

    def test_nothing_is_shown_elsewhere_until_the_shared_one_is_done(self, shared: Machine):
        """The file keeps the old value while the platform refuses; the next run finishes the same op."""
        before = shared.values()
        report = self.over(shared, Refusing).rotate("db")
        assert (problems(report), report.partial) == ({"db": "rejected"}, True)
        assert (shared.values(), shared.generation()) == (before, 1)
        op = shared.entry().pending
        assert shared.sync().failed == ()
        assert (shared.entry().current, shared.values()["DB"]) == (op, shared.platforms.held()["DB"])

    def test_a_write_whose_answer_was_lost_is_not_sent_again(self, shared: Machine):
        """The platform is looked at first: it has the value, in one new version."""
        before = len(shared.platforms.memory.versions("memory/main"))  # type: ignore[attr-defined]
        assert self.over(shared, Unheard).rotate("db").failed == ()
        assert len(shared.platforms.memory.versions("memory/main")) == before + 1  # type: ignore[attr-defined]
        assert shared.platforms.held() == shared.values()

    def test_what_a_platform_stored_otherwise_is_not_called_written(self, shared: Machine):
        """The object is read back: the rotation fails, the file keeps the old value, and a good platform gets it."""
        before = shared.values()
        report = self.over(shared, Truncating).rotate("db")
        assert (problems(report), shared.values(), shared.generation()) == ({"db": "provider"}, before, 1)
        shared.sync(on_drift="overwrite")
        assert shared.platforms.held() == shared.values() != before

    def test_the_first_writer_wins(self, shared: Machine):
        """Who comes second has shown nothing: the op is withdrawn, reported, and the colleague's value stays."""
        before = shared.values()
        report = self.over(shared, Racing).rotate("db")
        assert problems(report) == {"db": "conflict"}
        assert (shared.values(), shared.platforms.held()) == (before, {"DB": "hers"})
        entry = shared.entry()
        assert (entry.pending, shared.generation(), report.partial) == ("", 1, False)
        assert [generation.withdrawn for generation in entry.generations.values()].count(True) == 1
        assert problems(shared.sync()) == {"db": "blocked"}


class TestWriteOnlyTargets:
    CI = secret("ci", "random_password", file_target("CI"), box_target("CI", required=False))

    def test_an_optional_one_that_refused_is_sent_again(self, machine: Machine):
        """The generation is current without it, the run says so, and the next one sends the value again."""
        machine.manifest(self.CI)
        machine.sync()

        class Refusing:
            describe = machine.platforms.box.describe  # type: ignore[attr-defined]

            def write(self, path: str, fields: SecretValue, **options: object) -> None:
                raise RejectedError("not today")

        refusing = evolve(machine.platforms, box=Refusing())
        report = evolve(machine, platforms=refusing).rotate("ci")
        assert (len(report.failed), machine.generation("ci")) == (1, 2)
        assert machine.entry("ci").targets["box://CI"].confirmed == "none"
        assert machine.platforms.boxed("CI") != machine.values()["CI"]
        assert machine.verdicts()["CI"] in {"behind", "in step"}
        assert machine.sync().failed == ()
        assert machine.platforms.boxed("CI") == machine.values()["CI"]
        assert set(actions(machine.sync()).values()) == {"keep"}

    def test_a_marker_that_moved_is_foreign(self, machine: Machine):
        """Somebody else wrote there: it is not overwritten unasked, and pulling is suggested."""
        machine.manifest(self.CI)
        machine.sync()
        machine.platforms.box.write("CI", SecretValue({"value": "hers"}))  # type: ignore[attr-defined]
        assert {drift.verdict for drift in machine.engine().drift()} == {"in step", "foreign"}
        assert problems(machine.sync()) == {"ci": "blocked"}
        assert machine.platforms.boxed("CI") == "hers"
        assert machine.sync(on_drift="overwrite").failed == ()
        assert machine.platforms.boxed("CI") == machine.values()["CI"]

    def test_a_deleted_one_is_restored(self, machine: Machine):
        """Nothing there is something that can be seen."""
        machine.manifest(self.CI)
        machine.sync()
        machine.platforms.shelf.delete("CI")
        assert actions(machine.sync()) == {"ci": "restore"}
        assert machine.platforms.boxed("CI") == machine.values()["CI"]


def test_a_report_names_everything_and_holds_no_value(synced: Machine):
    """What is printed, logged or returned never has a value in it."""
    records: list[str] = []
    report = synced.engine(audit=lambda action, names: records.extend([action, *names])).rotate(
        only=["db"], force=True, options=RunOptions()
    )
    values = {str(value) for value in synced.values().values()}
    assert not any(value in repr(report) for value in values)
    assert not any(value in word for value in values for word in records)
    assert records[:2] == ["apply", "db"]


def test_a_lockfile_behind_a_link_stays_there(machine: Machine):
    """The file at the end of the link is written, and the journal of a run that died is found again."""
    (machine.folder / "kept").mkdir()
    (machine.folder / ".gitsecrets.lock").symlink_to("kept/l.lock")
    machine.manifest(secret("db"))
    assert machine.sync().failed == ()
    assert (machine.folder / ".gitsecrets.lock").is_symlink()
    assert (machine.folder / "kept/l.lock").exists()
    died = {"disk": CrashingDisk(".env")}
    with pytest.raises(Crash):
        machine.engine(**died).rotate(only=["db"], force=True)
    assert machine.sync().failed == ()
    assert machine.sync().plan.changes is False
    assert set(machine.verdicts().values()) == {"in step"}


def test_a_derived_value_is_not_promised_without_its_parts(machine: Machine):
    """Where what it is made from cannot be had, the plan says so and does not promise to restore it."""
    url = secret("url", "derived", file_target("URL"), config={"template": "x:{{ secret.db }}"})
    machine.manifest(secret("db"), url)
    machine.sync()
    (machine.folder / ".env").unlink()
    steps = {step.secret: step for step in machine.engine().plan().steps}
    assert {name: step.action for name, step in steps.items()} == {"db": "block", "url": "block"}
    assert "db" in steps["url"].reason


def test_what_refers_to_another_secret_is_filled_from_it(machine: Machine):
    """A secret that takes another's value is restored from there when its own target is gone."""
    source = {"kind": "secret_ref", "config": {"secret": "db"}}
    machine.manifest(secret("db"), secret("copy", "static", file_target("COPY", "copy.env"), source=source))
    machine.sync()
    (machine.folder / "copy.env").unlink()
    assert actions(machine.sync()) == {"db": "keep", "copy": "restore"}
    assert machine.values("copy.env")["COPY"] == machine.values()["DB"]


class TestUnfinished:
    """What a run that died began, and what a person wants now."""

    def test_what_is_made_from_a_refused_value_is_not_published(self, tmp_path: Path):
        """A derived value never holds a password that nobody keeps."""
        machine = Repository(tmp_path / "home", tmp_path / "shop")
        machine.begin()
        machine.manifest(secret("db", "random_password", file_target("DB", "app.json")), URL)
        machine.sync(allow_tracked=True)
        machine.commit()
        machine.git("add", "-f", "app.json")
        before = machine.values(), machine.values("app.json")
        assert problems(machine.rotate("db")) == {"db": "blocked", "url": "blocked"}
        assert (machine.values(), machine.values("app.json")) == before
        assert set(machine.verdicts().values()) == {"in step"}

    def test_what_is_made_from_a_value_that_could_not_be_put_waits(self, machine: Machine):
        """The new password is at no required target yet, so no URL with it is shown either."""
        machine.manifest(secret("db", "random_password", file_target("DB", "a.env")), URL)
        machine.sync()
        before = machine.values()
        report = machine.engine(disk=FullDisk("a.env")).rotate(only=["db"], force=True)
        assert report.partial
        assert machine.values() == before
        assert machine.sync().failed == ()
        assert machine.values("a.env")["DB"] in str(machine.values()["URL"])

    def test_a_supplied_value_replaces_the_one_of_an_unfinished_run(self, machine: Machine):
        """What a person brings now counts, and not what they brought before it was interrupted."""
        machine.manifest(secret("key", "static"))
        with pytest.raises(Crash):
            machine.engine(disk=CrashingDisk(".env")).set("key", SecretValue("typo"))
        assert machine.set("key", "correct").failed == ()
        assert machine.values()["KEY"] == "correct"
        assert machine.sync().plan.changes is False

    def test_a_changed_target_stops_who_takes_over(self, machine: Machine):
        """An op that only the lockfile knows is finished, but never over a value that nobody recorded."""
        machine.manifest(secret("db", "random_password", file_target("DB", "a.env"), file_target("DB", "b.env")))
        machine.sync()
        with pytest.raises(Crash):
            machine.engine(disk=CrashingDisk("b.env")).rotate(only=["db"], force=True)
        for journal in machine.state.rglob("journal"):
            journal.unlink()
        machine.put("b.env", DB="mine")
        assert problems(machine.sync()) == {"db": "stale_plan"}
        assert machine.values("b.env")["DB"] == "mine"

    def test_an_application_starts_while_a_rotation_is_unfinished(self, machine: Machine):
        """Lockfile and journal know the value at the target."""
        machine.manifest(secret("db"))
        machine.sync()
        with pytest.raises(Crash):
            machine.engine(disk=DyingDisk(LOCKFILE, after=1)).rotate(only=["db"], force=True)
        assert machine.engine().resolve("db").reveal() == machine.values()["DB"]

    def test_believing_the_lockfile_overwrites_nothing(self, machine: Machine):
        """Where something is to be done, everything is looked at all the same."""
        machine.manifest(secret("db"))
        machine.put(DB="precious")
        assert problems(machine.engine().sync(refresh=False)) == {"db": "blocked"}
        assert machine.values()["DB"] == "precious"
