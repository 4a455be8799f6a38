"""The disk in memory behaves like a real one, and fails like one."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secretzero.clock import SystemClock
from secretzero.errors import BusyError, ConflictError
from secretzero.files import ABSENT, Disk, LocalDisk, temporary
from secretzero.testing.fakes import MemoryDisk, SetClock
from secretzero.testing.faults import Crash, Points


def disk_with(**files: bytes) -> MemoryDisk:
    """Return a disk with durable files in /p."""
    disk = MemoryDisk(folders=["/p"])
    for name, content in files.items():
        disk.put(f"/p/{name}", content)
    return disk


NAMES = st.sampled_from(["a", "b", "sub/c", "absent/d"])
CALLS = st.lists(
    st.one_of(
        st.tuples(st.just("replace"), NAMES, st.binary(max_size=3)),
        st.tuples(st.just("append"), NAMES, st.binary(max_size=3)),
        st.tuples(st.just("truncate"), NAMES, st.integers(0, 2)),
        st.tuples(st.just("unlink"), NAMES),
        st.tuples(st.just("sync"), st.sampled_from(["", "sub", "absent"])),
        st.tuples(st.just("tidy"), NAMES),
        st.tuples(st.just("read"), NAMES),
        st.tuples(st.just("size"), NAMES),
    ),
    max_size=12,
)


def answer(disk: Disk, root: str, call: tuple) -> object:
    """Return the result of an operation, or the error it raises."""
    name, path, *rest = call
    full = os.path.join(root, path).rstrip("/")
    try:
        if name == "size":
            stamp = disk.stamp(full)
            return stamp and (stamp.size, stamp.mode)
        found = getattr(disk, name)(full, *rest)
    except OSError as error:
        return error.errno
    return found if name == "read" else None


@settings(deadline=None, max_examples=300)
@given(CALLS)
def test_it_answers_as_a_real_disk_does(tmp_path_factory: pytest.TempPathFactory, calls: list[tuple]):
    """Any operations in any order give the same bytes, sizes and errors."""
    root = str(tmp_path_factory.mktemp("disk"))
    real, memory = LocalDisk(), MemoryDisk(folders=[root])
    for disk in (real, memory):
        disk.make_folder(os.path.join(root, "sub"))
    assert [answer(real, root, call) for call in calls] == [answer(memory, root, call) for call in calls]


def test_a_new_file_has_its_mode_and_an_old_one_keeps_it():
    """As on a real disk."""
    disk = disk_with(old=b"1")
    assert disk.replace("/p/new", b"2", mode=0o640).mode == 0o640
    disk.put("/p/old", b"1", mode=0o644)
    assert disk.replace("/p/old", b"2", mode=0o600).mode == 0o644


def test_a_file_that_changed_since_its_stamp_is_not_replaced():
    """And no temporary file is left."""
    disk = disk_with(a=b"1")
    stamp = disk.stamp("/p/a")
    disk.put("/p/a", b"2")
    with pytest.raises(ConflictError):
        disk.replace("/p/a", b"3", expected=stamp)
    with pytest.raises(ConflictError):
        disk.replace("/p/a", b"3", expected=ABSENT)
    assert disk.files() == {"/p/a": b"2"}


def test_replacing_is_create_write_fsync_rename_in_this_order():
    """The trace shows what a system-call trace would."""
    disk = disk_with()
    disk.replace("/p/a", b"1")
    disk.sync("/p")
    temp = temporary("/p/a")
    steps = [("create", temp), ("write", temp), ("fsync", temp), ("rename", "/p/a"), ("sync", "/p")]
    assert disk.points.trace == steps


def test_a_name_that_was_not_synced_is_lost_with_the_power():
    """A rename is durable only after its folder was synced."""
    disk = disk_with(a=b"old")
    disk.replace("/p/a", b"new")
    disk.reboot(lost="everything")
    assert disk.files() == {"/p/a": b"old"}
    disk.replace("/p/a", b"new")
    disk.sync("/p")
    disk.reboot(lost="everything")
    assert disk.files() == {"/p/a": b"new"}


def test_a_removed_name_comes_back_when_its_folder_was_not_synced():
    """An unlink changes the folder too."""
    disk = disk_with(a=b"1")
    disk.unlink("/p/a")
    disk.reboot(lost="everything")
    assert disk.files() == {"/p/a": b"1"}
    disk.unlink("/p/a")
    disk.sync("/p")
    disk.reboot(lost="everything")
    assert disk.files() == {}


def test_a_killed_process_loses_nothing_that_it_did():
    """Without a power failure the kernel keeps what was written."""
    disk = disk_with()
    disk.crash_at(3)
    with pytest.raises(Crash):
        disk.replace("/p/a", b"new")
    disk.reboot()
    assert disk.files() == {temporary("/p/a"): b"new"}


def test_dice_lose_bytes_and_names_piece_by_piece():
    """Over many seeds a torn append is cut everywhere, and never below what was synced."""
    left = set()
    for seed in range(200):
        disk = disk_with()
        disk.append("/p/j", b"one")
        disk.crash_at(2)
        with pytest.raises(Crash):
            disk.append("/p/j", b"two")
        disk.reboot(lost=Random(seed))
        left.add(disk.files()["/p/j"])
    assert left == {b"one", b"onet", b"onetw", b"onetwo"}
    kept = set()
    for seed in range(50):
        disk = disk_with(a=b"old")
        disk.replace("/p/a", b"new")
        disk.reboot(lost=Random(seed))
        kept.add(disk.files()["/p/a"])
    assert kept == {b"old", b"new"}


def test_an_append_is_durable_when_it_returns():
    """Both its bytes and its name are."""
    disk = disk_with()
    disk.append("/p/j", b"one")
    disk.append("/p/j", b"two")
    disk.reboot(lost="everything")
    assert disk.files() == {"/p/j": b"onetwo"}


@pytest.mark.parametrize("after", [False, True])
def test_a_crash_comes_before_the_effect_or_after_it(*, after: bool):
    """The same moment from both sides."""
    disk = disk_with()
    disk.crash_at(4, after=after)
    with pytest.raises(Crash):
        disk.replace("/p/a", b"1")
    disk.reboot()
    assert ("/p/a" in disk.files()) is after


def test_a_dead_process_does_nothing_more():
    """Clean-up code that runs on after a crash has no effect, until the next process starts."""
    disk = disk_with(a=b"1")
    disk.crash_at(1)
    with pytest.raises(Crash):
        disk.unlink("/p/a")
    for _ in range(2):
        with pytest.raises(Crash):
            disk.unlink("/p/a")
    assert disk.files() == {"/p/a": b"1"}
    disk.reboot()
    disk.unlink("/p/a")
    assert disk.files() == {}


def test_a_refused_replace_leaves_no_temporary_file():
    """Each of its four moments can be refused, and the next try succeeds."""
    for moment in range(1, 5):
        disk = disk_with(a=b"old")
        disk.refuse_at(moment, errno.ENOSPC)
        with pytest.raises(OSError, match="No space") as caught:
            disk.replace("/p/a", b"new")
        assert caught.value.errno == errno.ENOSPC
        assert disk.files() == {"/p/a": b"old"}
        disk.replace("/p/a", b"new")


def test_a_folder_can_refuse_everything():
    """Until it is allowed again."""
    disk = disk_with(a=b"1")
    disk.refuse("/p", errno.EROFS)
    with pytest.raises(OSError, match="Read-only"):
        disk.unlink("/p/a")
    disk.refuse("/p", 0)
    disk.unlink("/p/a")


def test_a_snapshot_can_be_restored():
    """It includes what was durable, and later changes do not affect it."""
    disk = disk_with(a=b"1")
    disk.replace("/p/a", b"2")
    world = disk.snapshot()
    disk.sync("/p")
    disk.unlink("/p/a")
    disk.restore(world)
    assert disk.files() == {"/p/a": b"2"}
    disk.reboot(lost="everything")
    assert disk.files() == {"/p/a": b"1"}


def test_links_are_followed_as_on_a_real_disk():
    """Relative and absolute ones, also in the middle of a path; a loop is an error."""
    disk = disk_with(a=b"1")
    disk.link("/p/l", "../q")
    disk.link("/q/b", "/p/a")
    assert disk.real("/p/l/b") == "/p/a"
    assert disk.read("/p/l/b") == b"1"
    disk.link("/p/x", "y")
    disk.link("/p/y", "x")
    with pytest.raises(OSError, match="symbolic links"):
        disk.real("/p/x")


@pytest.mark.parametrize("make", [lambda: MemoryDisk(folders=["/p"]), LocalDisk])
def test_a_lock_is_held_once_and_given_back(make: Callable[[], Disk], tmp_path: Path):
    """A waiting caller is notified once, and gives up when the time is up."""
    disk, clock, notices = make(), SetClock(), []
    path = "/p/lock" if isinstance(disk, MemoryDisk) else str(tmp_path / "lock")
    with disk.lock(path, wait=1, clock=clock), pytest.raises(BusyError, match="1 s"):
        disk.lock(path, wait=1, clock=clock, waiting=lambda: notices.append("waiting")).__enter__()
    assert notices == ["waiting"]
    with disk.lock(path, wait=0, clock=clock):
        assert clock.monotonic() >= 1


def test_a_restart_frees_every_lock():
    """As the kernel does when a process dies."""
    disk = disk_with()
    disk.lock("/p/lock", wait=0, clock=SystemClock()).__enter__()
    disk.reboot()
    with disk.lock("/p/lock", wait=0, clock=SystemClock()):
        pass


def test_two_disks_may_share_their_moments():
    """So that one number names one moment of the whole run."""
    points = Points()
    one, other = MemoryDisk(points, ["/p"]), MemoryDisk(points, ["/p"])
    points.crash_at(6)
    one.replace("/p/a", b"1")
    with pytest.raises(Crash):
        other.replace("/p/a", b"1")
    assert points.trace[3:] == [("rename", "/p/a"), ("create", temporary("/p/a")), ("write", temporary("/p/a"))]


@pytest.mark.parametrize(
    "use",
    [
        lambda disk, path: disk.read(path),
        lambda disk, path: disk.append(path, b"x"),
        lambda disk, path: disk.truncate(path, 0),
        lambda disk, path: disk.replace(path, b"x"),
    ],
)
def test_a_pipe_is_neither_waited_for_nor_replaced(use: Callable[[Disk, str], object], tmp_path: Path):
    """A special file makes each operation fail at once and is kept; a folder has an error of its own."""
    pipe = str(tmp_path / "pipe")
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="not a regular file"):
        use(LocalDisk(), pipe)
    assert os.listdir(tmp_path) == ["pipe"]
    with pytest.raises(IsADirectoryError):
        LocalDisk().read(str(tmp_path))
