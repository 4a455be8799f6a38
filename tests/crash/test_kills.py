"""G1 and G2: a run is killed at each of its system calls, on a real disk, and the next plain sync puts all right."""

import os
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest
from scene import Image, Scene
from sweep import Killed, Sweep, edited_by_hand, fenced, out_of_order, torn
from traced import refused, traced
from victim import Victim, victim

Figure = Callable[[str, object], None]
ACTIONS = ("sync", "rotate")


class Stage:
    """A scene, whom to kill in it, and how it looks before the first sync, after it, and with a torn journal."""

    def __init__(self, scene: Scene, victim: Victim) -> None:
        self.scene, self.victim = scene, victim
        scene.begin()
        self.starts = {"sync": scene.image()}
        scene.engine().sync()
        self.starts["rotate"] = scene.image()

    def sweep(self, action: str, **options: object) -> Sweep:
        """Return the sweep of the first sync, or of a forced rotation."""
        return Sweep(self.victim, self.scene, self.starts[action], action, **options)  # type: ignore[arg-type]

    def torn(self, action: str) -> Image:
        """Return the scene after a run that died in the middle of its first record: a torn record, nothing else."""
        self.scene.become(self.starts[action])
        first = next(
            n
            for n, call in enumerate(self.sweep(action).trace.calls, 1)
            if call.path.endswith("/journal") and call.name == "fsync"
        )
        self.scene.become(self.starts[action])
        self.victim.run(self.scene.root, action, kill_at=first)
        journal = self.scene.journal
        os.truncate(journal, os.path.getsize(journal) - 700)
        return self.scene.image()


def need_ptrace() -> None:
    """Skip, and say why, where no process may be traced; fail where that is required."""
    reason = refused()
    if reason and "ptrace" in os.environ.get("SECRETZERO_TEST_REQUIRE", ""):
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Give the stage; without ptrace there is none, which is a failure where it is required."""
    need_ptrace()
    folder = tmp_path_factory.mktemp("crash")
    with victim(str(folder / "warm")) as process:
        yield Stage(Scene(str(folder / "scene")), process)


def described(found: list[Killed]) -> str:
    """Describe where something was wrong, one line for each point."""
    return "\n".join(f"before call {k.point} ({k.call.name} {k.call.path}): {'; '.join(k.problems)}" for k in found)


def test_a_killed_call_never_happens(tmp_path: Path) -> None:
    """The driver kills before the n-th call: that one has no effect, the one before it has."""
    need_ptrace()

    def make_three() -> None:
        for name in "abc":
            os.mkdir(tmp_path / name)

    seen = traced(make_three, below=str(tmp_path), kill_at=2)
    assert ([call.name for call in seen.calls], seen.ended) == (["mkdir", "mkdir"], "killed")
    assert sorted(os.listdir(tmp_path)) == ["a"]


def test_every_thread_is_seen_and_counted(tmp_path: Path) -> None:
    """Calls of a second thread are points, too."""
    need_ptrace()

    def in_two_threads() -> None:
        from threading import Thread

        os.mkdir(tmp_path / "one")
        thread = Thread(target=os.mkdir, args=(tmp_path / "two",))
        thread.start()
        thread.join()

    seen = traced(in_two_threads, below=str(tmp_path))
    assert [call.path.rpartition("/")[2] for call in seen.calls if call.name == "mkdir"] == ["one", "two"]
    assert seen.threads == 2


@pytest.mark.parametrize("action", ACTIONS)
def test_a_run_killed_at_any_call_is_put_right(stage: Stage, action: str, record_property: Figure) -> None:
    """No value is lost, replaced or unknown, managed or not; nothing stays open; a second sync writes nothing."""
    sweep = stage.sweep(action)
    points = sweep.points()
    found = sweep.violations(points)
    record_property("figure", f"G1 {action}: {len(points)} kill points, {len(found)} violations")
    assert (sweep.trace.ended, sweep.trace.threads) == ("exit 0", 1)
    assert len(points) >= 250
    assert found == [], described(found)


@pytest.mark.parametrize("action", ACTIONS)
def test_a_torn_record_behind_the_journal_changes_nothing(stage: Stage, action: str, record_property: Figure) -> None:
    """G2: a partial record, or noise, that a power failure left is cut off, wherever the run was killed."""
    sweep = stage.sweep(action, then=torn(1))
    points = sweep.points(effects_only=True)
    found = sweep.violations(points)
    record_property("figure", f"G2 {action}: {len(points)} torn journals, {len(found)} violations")
    assert len(points) >= 35
    assert found == [], described(found)


def test_a_run_that_finds_a_torn_record_may_be_killed_as_well(stage: Stage, record_property: Figure) -> None:
    """What it appends behind the cut is whole for the run after it."""
    sweep = Sweep(stage.victim, stage.scene, stage.torn("rotate"), "rotate")
    points = sweep.points(effects_only=True)
    found = sweep.violations(points)
    record_property("figure", f"G2 a run after a torn one: {len(points)} kill points, {len(found)} violations")
    assert len(points) >= 35
    assert found == [], described(found)


@pytest.mark.parametrize("action", ACTIONS)
def test_a_target_that_changed_after_the_kill_is_left_alone(stage: Stage, action: str, record_property: Figure) -> None:
    """The fence: whoever edits a target of a dead run is not overwritten by the recovery, and it is said."""
    sweep = stage.sweep(action, then=edited_by_hand)
    points = sweep.points(effects_only=True)
    found = sweep.violations(points, judge=fenced)
    record_property("figure", f"G1 fence after {action}: {len(points)} kill points, {len(found)} violations")
    assert len(points) >= 35
    assert found == [], described(found)


@pytest.mark.parametrize("action", ACTIONS)
def test_each_effect_rests_on_what_is_durable(stage: Stage, action: str) -> None:
    """Every file is written, synced, renamed and its folder synced, before the next step of the protocol."""
    sweep = stage.sweep(action)
    renamed = [call.other.rpartition("/")[2] for call in sweep.trace.calls if call.name == "rename"]
    assert {".env", "app.json", "settings.toml", ".gitsecrets.lock", "seen"} == set(renamed)
    assert renamed.count(".gitsecrets.lock") == 2
    assert out_of_order(sweep.trace, stage.scene) == []


@pytest.mark.parametrize("variant", ["no fsync of folders", "no fsync of files"])
def test_a_missing_fsync_is_seen_in_the_trace(stage: Stage, variant: str, record_property: Figure) -> None:
    """A kill cannot show it, so the order of the calls must."""
    found = out_of_order(stage.sweep("rotate", variant=variant).trace, stage.scene)
    record_property("figure", f"G1 seeded: {variant}: caught, {len(found)} calls out of order")
    assert len(found) >= 5


@pytest.mark.parametrize(
    ("variant", "telling"),
    [
        ("record after effect", "is not in the journal"),
        ("announce after effect", "was never announced"),
        ("erase before commit", "is pending and not in the journal"),
    ],
)
def test_a_run_that_breaks_an_ordering_rule_is_caught(
    stage: Stage, variant: str, telling: str, record_property: Figure
) -> None:
    """Somewhere between the two effects that it swapped, a kill shows it."""
    sweep = stage.sweep("rotate", variant=variant)
    found = sweep.violations(reversed(sweep.points(effects_only=True)), most=1, telling=telling)
    record_property("figure", f"G1 seeded: {variant}: {'caught' if found else 'NOT CAUGHT'}")
    assert found


@pytest.mark.parametrize(
    ("variant", "telling"),
    [
        ("regenerate on retry", "was replaced that was visible"),
        ("committed op withdrawn", "a value was replaced that was visible"),
    ],
)
def test_a_recovery_that_breaks_a_rule_is_caught(
    stage: Stage, variant: str, telling: str, record_property: Figure
) -> None:
    """The kill leaves what a right recovery would have put right."""
    sweep = stage.sweep("sync", recovered_by=variant)
    found = sweep.violations(reversed(sweep.points(effects_only=True)), most=1, telling=telling)
    record_property("figure", f"G1 seeded: {variant}: {'caught' if found else 'NOT CAUGHT'}")
    assert found


def test_a_recovery_without_its_fence_is_caught(stage: Stage, record_property: Figure) -> None:
    """It overwrites what a person wrote while the run was dead."""
    sweep = stage.sweep("rotate", then=edited_by_hand, recovered_by="recovery without fence")
    points = islice(reversed(sweep.points(effects_only=True)), 3, None)
    found = sweep.violations(points, judge=fenced, most=1, telling="was overwritten")
    record_property("figure", f"G1 seeded: recovery without fence: {'caught' if found else 'NOT CAUGHT'}")
    assert found


def test_a_run_that_leaves_the_torn_tail_is_caught(stage: Stage, record_property: Figure) -> None:
    """What it appends behind the torn record is lost when it dies."""
    sweep = Sweep(stage.victim, stage.scene, stage.torn("rotate"), "rotate", variant="no tail cut")
    found = sweep.violations(sweep.points(effects_only=True), most=1)
    record_property("figure", f"G1 seeded: no tail cut: {'caught' if found else 'NOT CAUGHT'}")
    assert found


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("action", ACTIONS)
def test_a_recovery_that_is_killed_as_well_is_put_right(stage: Stage, action: str, record_property: Figure) -> None:
    """Two kills: the run at each of its effects, and the sync after it at each of its effects."""
    first = stage.sweep(action)
    killed = wrong = 0
    for point in first.points(effects_only=True):
        stage.scene.become(first.start)
        stage.victim.run(stage.scene.root, action, kill_at=point)
        again = Sweep(stage.victim, stage.scene, stage.scene.image(), "sync")
        again.old = first.old
        points = again.points(effects_only=True)
        found = again.violations(points)
        killed, wrong = killed + len(points), wrong + len(found)
        assert found == [], f"after a kill before call {point}: {described(found)}"
    record_property("figure", f"G1 {action}, killed twice: {killed} kill points, {wrong} violations")
    assert killed >= 800
