"""The audit log in the state folder: durable before the action, complete after a crash, and never silently skipped."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random

import pytest

from secretzero.audit.files import FileAudit
from secretzero.clock import SystemClock
from secretzero.errors import ConfigurationError
from secretzero.files import Disk, LocalDisk
from secretzero.places import Places
from secretzero.testing.disk import MemoryDisk
from secretzero.testing.fakes import SetClock
from secretzero.testing.faults import Crash, Points

PLACES = Places("/state/secretzero", "/config/secretzero", "/home/u")


def audit_on(disk: Disk, notices: list[str] | None = None, places: Places = PLACES, **more: object) -> FileAudit:
    """Return an audit log on a disk."""
    say = notices.append if notices is not None else _unexpected
    clock = SetClock(datetime(2026, 11, 21, tzinfo=UTC)) if isinstance(disk, MemoryDisk) else SystemClock()
    return FileAudit(disk, places, clock, os.urandom, say, **more)  # type: ignore[arg-type]


def _unexpected(text: str) -> None:
    raise AssertionError(text)


def test_records_are_one_chain_over_many_runs() -> None:
    """Each run continues where the last one ended, and the log verifies as complete."""
    disk = MemoryDisk()
    for number in range(5):
        audit_on(disk, subject="uid:7", purpose="sync", reason=f"r{number}")("apply", [f"s{number}", "t"])
    records = list(audit_on(disk).records())
    assert [each["seq"] for each in records] == [1, 2, 3, 4, 5]
    assert records[3]["resource"] == ["s3", "t"]
    assert (records[3]["reason"], records[3]["subject"], records[3]["purpose"]) == ("r3", "uid:7", "sync")
    assert audit_on(disk).breaks() == []


def test_a_missing_log_is_complete() -> None:
    """Before the first record there are no breaks, and verifying creates no file."""
    disk = MemoryDisk()
    assert audit_on(disk).breaks() == []
    assert list(audit_on(disk).records()) == []


def test_a_record_is_durable_before_the_call_returns() -> None:
    """A power failure right after the call loses nothing of it."""
    disk = MemoryDisk()
    audit_on(disk)("reveal", ["db"])
    disk.reboot("everything")
    assert [each["action"] for each in audit_on(disk).records()] == ["reveal"]
    assert audit_on(disk).breaks() == []


def test_a_crash_anywhere_leaves_a_log_that_can_be_continued() -> None:
    """After a kill or power failure at any moment the log verifies and has every acknowledged record."""
    tried = 0
    for lost in ("nothing", "everything", Random(3)):
        moment, acknowledged = 0, False
        while not acknowledged:
            moment += 1
            points = Points()
            disk = MemoryDisk(points)
            audit_on(disk)("apply", ["one"])
            points.begin()
            points.crash_at(moment)
            try:
                audit_on(disk)("apply", ["two"])
                acknowledged = True
            except Crash:
                tried += 1
            disk.reboot(lost)
            audit_on(disk)("apply", ["three"])
            assert audit_on(disk).breaks() == []
            records = [each["resource"] for each in audit_on(disk).records()]
            assert (records[0], records[-1]) == (["one"], ["three"])
            assert not acknowledged or len(records) == 3
    assert tried >= 15


def test_an_emptied_log_is_detected(tmp_path: object) -> None:
    """The next record keeps its own number, and the missing ones are reported."""
    disk = MemoryDisk()
    for name in ("a", "b", "c"):
        audit_on(disk)("apply", [name])
    disk.unlink(PLACES.audit_log)
    assert audit_on(disk).breaks() == [(1, "the log ends with record 0, but record 3 was written")]
    audit_on(disk)("apply", ["d"])
    assert audit_on(disk).breaks() == [(1, "records 1 to 3 are missing before this one")]


def test_a_line_cut_in_the_middle_is_not_glued_to_the_next() -> None:
    """A truncated acknowledged record is detected, and the records after it are still valid."""
    disk = MemoryDisk()
    for name in ("a", "b"):
        audit_on(disk)("apply", [name])
    disk.truncate(PLACES.audit_log, len(disk.read(PLACES.audit_log) or b"") - 9)
    audit_on(disk)("apply", ["c"])
    assert [found.line for found in audit_on(disk).breaks()] == [2, 3]
    assert [each["resource"] for each in audit_on(disk).records()] == [["a"], ["c"]]


def test_a_foreign_line_at_the_end_is_found() -> None:
    """A complete foreign line is kept and reported, and the chain continues after it."""
    disk = MemoryDisk()
    audit_on(disk)("apply", ["a"])
    disk.append(PLACES.audit_log, b'{"action":"nothing happened"}\n')
    audit_on(disk)("apply", ["b"])
    assert [found.line for found in audit_on(disk).breaks()] == [2]


def test_a_log_without_its_key_cannot_be_verified() -> None:
    """A removed key is reported, and records with a new key do not vouch for the old ones."""
    disk = MemoryDisk()
    audit_on(disk)("apply", ["a"])
    disk.unlink(PLACES.audit_key)
    assert audit_on(disk).breaks() == [(1, "the key of the log is missing, so its records cannot be verified")]
    audit_on(disk)("apply", ["b"])
    assert [found.line for found in audit_on(disk).breaks()] == [1]


def test_a_damaged_key_stops_what_needs_a_record() -> None:
    """Nothing is guessed about a key file that cannot be read."""
    disk = MemoryDisk()
    audit_on(disk)("apply", ["a"])
    disk.replace(PLACES.audit_key, b"[]")
    with pytest.raises(ConfigurationError, match="damaged"):
        audit_on(disk)("apply", ["b"])


@pytest.fixture
def unwritable(tmp_path: object) -> Places:
    """A state folder below a file, so that not even root can write there."""
    with open(os.path.join(str(tmp_path), "file"), "wb"):
        pass
    return Places(os.path.join(str(tmp_path), "file", "secretzero"), "/config", "/home/u")


def refused(call: Callable[[], None]) -> ConfigurationError:
    """Return the error of a call that must be refused."""
    with pytest.raises(ConfigurationError) as caught:
        call()
    return caught.value


def test_what_cannot_be_recorded_is_refused(unwritable: Places) -> None:
    """If the log cannot be written, revealing and changing values is refused with a hint."""
    for action in ("reveal", "export", "run", "apply", "key export"):
        error = refused(lambda action=action: audit_on(LocalDisk(), [], unwritable)(action, ["db"]))  # type: ignore[misc]
        assert "XDG_STATE_HOME" in error.hint
        assert "audit: best-effort" in error.hint


def test_read_only_actions_continue_with_a_notice(unwritable: Places) -> None:
    """`drift`, and `get` without its value, print that they are not recorded."""
    for action in ("drift", "get"):
        notices: list[str] = []
        audit_on(LocalDisk(), notices, unwritable)(action, ["db"])
        assert len(notices) == 1
        assert "cannot be written" in notices[0]


def test_best_effort_continues_with_a_notice(unwritable: Places) -> None:
    """With `audit: best-effort` the value is returned, together with a notice."""
    notices: list[str] = []
    audit_on(LocalDisk(), notices, unwritable, best_effort=True)("reveal", ["db"])
    assert len(notices) == 1


def test_the_log_and_its_key_are_the_owners(tmp_path: object) -> None:
    """Both are 0600, and the log is plain JSON Lines."""
    places = Places(os.path.join(str(tmp_path), "secretzero"), "/config", "/home/u")
    audit_on(LocalDisk(), None, places)("apply", ["a"])
    for path in (places.audit_log, places.audit_key):
        assert os.stat(path).st_mode & 0o777 == 0o600
    with open(places.audit_log, encoding="utf-8") as log:
        assert json.loads(log.readline())["action"] == "apply"


def test_many_processes_share_one_chain(tmp_path: object) -> None:
    """Ten concurrent writers leave one complete chain with every record."""
    places = Places(os.path.join(str(tmp_path), "secretzero"), "/config", "/home/u")
    children = []
    for number in range(10):
        child = os.fork()
        if child == 0:
            for turn in range(10):
                audit_on(LocalDisk(), None, places)("apply", [f"{number}.{turn}"])
            os._exit(0)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 10
    assert audit_on(LocalDisk(), None, places).breaks() == []
    assert len(list(audit_on(LocalDisk(), None, places).records())) == 100
