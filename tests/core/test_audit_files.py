"""The audit log in the state folder: durable before the act, whole after a crash, honest when it cannot be written."""

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
    """Each run goes on where the last one ended, and the log proves itself whole."""
    disk = MemoryDisk()
    for number in range(5):
        audit_on(disk, subject="uid:7", purpose="sync", reason=f"r{number}")("apply", [f"s{number}", "t"])
    told = list(audit_on(disk).records())
    assert [each["seq"] for each in told] == [1, 2, 3, 4, 5]
    assert told[3]["resource"] == ["s3", "t"]
    assert (told[3]["reason"], told[3]["subject"], told[3]["purpose"]) == ("r3", "uid:7", "sync")
    assert audit_on(disk).breaks() == []


def test_no_log_is_a_whole_log() -> None:
    """Before the first record there is nothing to find, and looking makes nothing."""
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


def test_a_crash_anywhere_leaves_a_log_that_goes_on() -> None:
    """Killed or without power at any moment, the log stays provable and every acknowledged record is there."""
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
            told = [each["resource"] for each in audit_on(disk).records()]
            assert (told[0], told[-1]) == (["one"], ["three"])
            assert not acknowledged or len(told) == 3
    assert tried >= 15


def test_a_log_that_somebody_emptied_says_so(tmp_path: object) -> None:
    """The next record begins with its own number, and those that are gone are named."""
    disk = MemoryDisk()
    for name in ("a", "b", "c"):
        audit_on(disk)("apply", [name])
    disk.unlink(PLACES.audit_log)
    assert audit_on(disk).breaks() == [(1, "the log ends with record 0, but record 3 was written")]
    audit_on(disk)("apply", ["d"])
    assert audit_on(disk).breaks() == [(1, "records 1 to 3 are missing before this one")]


def test_a_line_cut_in_the_middle_is_not_glued_to_the_next() -> None:
    """What was acknowledged and then cut is found, and the records behind it still count."""
    disk = MemoryDisk()
    for name in ("a", "b"):
        audit_on(disk)("apply", [name])
    disk.truncate(PLACES.audit_log, len(disk.read(PLACES.audit_log) or b"") - 9)
    audit_on(disk)("apply", ["c"])
    assert [found.line for found in audit_on(disk).breaks()] == [2, 3]
    assert [each["resource"] for each in audit_on(disk).records()] == [["a"], ["c"]]


def test_a_foreign_line_at_the_end_is_found() -> None:
    """A whole line that is not ours stays, is found, and the chain goes on behind it."""
    disk = MemoryDisk()
    audit_on(disk)("apply", ["a"])
    disk.append(PLACES.audit_log, b'{"action":"nothing happened"}\n')
    audit_on(disk)("apply", ["b"])
    assert [found.line for found in audit_on(disk).breaks()] == [2]


def test_without_its_key_no_log_is_proved() -> None:
    """A key that was removed is a finding, and the records of a new key do not vouch for the old ones."""
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
    """A state folder that stands where a file is, so that not even root can write there."""
    with open(os.path.join(str(tmp_path), "file"), "wb"):
        pass
    return Places(os.path.join(str(tmp_path), "file", "secretzero"), "/config", "/home/u")


def refused(call: Callable[[], None]) -> ConfigurationError:
    """Return the error of a call that must be refused."""
    with pytest.raises(ConfigurationError) as caught:
        call()
    return caught.value


def test_what_cannot_be_recorded_is_refused(unwritable: Places) -> None:
    """Values and changes stop where the log cannot be written, and the way out is named."""
    for action in ("reveal", "export", "run", "apply", "key export"):
        error = refused(lambda action=action: audit_on(LocalDisk(), [], unwritable)(action, ["db"]))  # type: ignore[misc]
        assert "XDG_STATE_HOME" in error.hint
        assert "audit: best-effort" in error.hint


def test_looking_goes_on_with_a_notice(unwritable: Places) -> None:
    """`drift`, and `get` without its value, say that they are not on record."""
    for action in ("drift", "get"):
        notices: list[str] = []
        audit_on(LocalDisk(), notices, unwritable)(action, ["db"])
        assert len(notices) == 1
        assert "cannot be written" in notices[0]


def test_best_effort_goes_on_with_a_notice(unwritable: Places) -> None:
    """Who set `audit: best-effort` gets the value, and the notice."""
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
    """Ten writers at once leave one whole chain with every record."""
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
