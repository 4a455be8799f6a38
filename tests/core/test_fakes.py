"""The fakes: a clock set by hand, scripted answers, seeded randomness, faults and canaries."""

import base64
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from secretzero.errors import ConflictError, NoValueError, UnavailableError
from secretzero.protocols import Question
from secretzero.protocols.stores import Deletable, Listable, Readable, Synced, Versioned, Writable
from secretzero.stores.file import FileStore, Folder
from secretzero.stores.memory import MemoryStore
from secretzero.testing.canary import Canaries, forms
from secretzero.testing.fakes import Dice, MemoryDisk, Person, SetClock
from secretzero.testing.faults import Crash, Points, failing, failing_at
from secretzero.values import SecretValue

ONE = SecretValue({"A": "one"})


def test_a_set_clock_moves_only_when_somebody_moves_it():
    """Sleeping takes no time, and is remembered."""
    clock = SetClock(datetime(2026, 5, 1, tzinfo=UTC))
    clock.sleep(90)
    clock.advance(timedelta(hours=1))
    assert clock.now() == datetime(2026, 5, 1, 1, 1, 30, tzinfo=UTC)
    assert (clock.monotonic(), clock.slept) == (3690.0, [90])


def test_a_person_answers_by_label_or_in_order():
    """At the end of the script it has no answer."""
    by_label, in_order = Person({"API key": "x"}), Person(["first", "second"])
    assert by_label(Question("API key")) == SecretValue("x")
    assert [in_order(Question("?")).reveal(), in_order(Question("?")).reveal()] == ["first", "second"]
    for person in (by_label, in_order):
        with pytest.raises(NoValueError, match="other"):
            person(Question("other"))
    assert [question.label for question in by_label.asked] == ["API key", "other"]


def test_dice_with_one_seed_throw_the_same():
    """And with another seed they do not."""
    assert Dice(1)(32) == Dice(1)(32) != Dice(2)(32)


def test_a_failing_store_has_the_capabilities_of_the_store():
    """No more and no fewer, so that what is tested is the fault."""
    folder = Folder(MemoryDisk(), "/p", "/p", "/locks", SetClock())
    for store in (MemoryStore(), FileStore(folder)):
        faulty = failing(store, Points())
        for capability in (Readable, Writable, Deletable, Listable, Versioned, Synced):
            assert isinstance(faulty, capability) == isinstance(store, capability)


def test_the_nth_call_fails_and_the_others_do_not():
    """Refused before any effect."""
    store = MemoryStore()
    faulty = failing_at(store, 2, ConflictError("moved"))
    faulty.write("a", ONE)
    with pytest.raises(ConflictError):
        faulty.write("a", ONE)
    assert store.versions("a") == ["1"]
    assert list(faulty.paths()) == ["a"]


def test_an_answer_can_be_lost_after_the_effect():
    """The platform has done it, but the answer does not arrive."""
    store = MemoryStore()
    with pytest.raises(UnavailableError):
        failing_at(store, 1, after=True).write("a", ONE)
    assert store.read("a") == ONE


def test_one_count_runs_over_disk_and_stores():
    """A crash at a store kills the process for the disk, too."""
    points = Points()
    disk, store = MemoryDisk(points, ["/p"]), failing(MemoryStore(), points)
    points.crash_at(5, after=True)
    disk.replace("/p/a", b"1")
    with pytest.raises(Crash):
        store.write("a", ONE)
    with pytest.raises(Crash):
        disk.replace("/p/b", b"1")
    assert [operation for operation, _ in points.trace] == ["create", "write", "fsync", "rename", "write"]


def test_a_crash_is_nothing_that_code_may_catch():
    """It is not an Exception."""
    assert not issubclass(Crash, Exception)


ENCODINGS = {
    "raw": lambda value: value,
    "base64": lambda value: base64.b64encode(value.encode()).decode(),
    "base64 +1": lambda value: base64.b64encode(f"x{value}".encode()).decode(),
    "base64 +2": lambda value: base64.b64encode(f"xy{value}".encode()).decode(),
    "base64url": lambda value: base64.urlsafe_b64encode(f"user:{value}:".encode()).decode(),
    "hex": lambda value: value.encode().hex().upper(),
    "URL": quote,
    "JSON": lambda value: json.dumps({"a": value}),
    "reversed": lambda value: value[::-1],
    "first 12": lambda value: value[:12],
    "last 12": lambda value: value[-12:],
    "shell": lambda value: "'" + value.replace("'", "'\\''") + "'",
    "repr": repr,
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("awkward", [False, True])
def test_a_canary_is_seen_in_every_form(encoding: str, *, awkward: bool):
    """Whatever was done to it on the way."""
    canaries = Canaries()
    canaries.make()
    value = canaries.make(awkward=awkward)
    seen = canaries.sightings(f"before {ENCODINGS[encoding](value)} after".encode())
    assert {sighting.number for sighting in seen} == {1}


def test_each_escape_is_a_form_of_its_own():
    """An awkward value without its plain ends is still seen, escaped as a whole."""
    value = Canaries().make(awkward=True)
    for name in ("URL", "JSON", "XML", "shell", "hex", "base64 +0", "base64 +2"):
        assert name in forms(value)


def test_what_holds_no_canary_shows_none():
    """No false alarm on a megabyte of noise."""
    canaries = Canaries()
    for _ in range(100):
        canaries.make(awkward=True)
    assert canaries.sightings(Dice(7)(1 << 20)) == ()
    assert canaries.sightings(base64.b64encode(Dice(8)(1 << 16))) == ()


def test_a_sighting_does_not_repeat_the_value():
    """A report of a leak does not leak."""
    canaries = Canaries()
    value = canaries.make()
    assert value not in repr(canaries.sightings(value))
    with pytest.raises(ValueError, match="24"):
        canaries.watch("short")


ALONE = """
import sys
import secretzero.testing.fakes, secretzero.testing.faults, secretzero.testing.canary, secretzero.testing.counterparts
assert "pytest" not in sys.modules
import secretzero.testing.contracts
assert "pytest" in sys.modules
"""


def test_only_the_contracts_need_pytest():
    """The fakes serve a program that has no tests."""
    subprocess.run([sys.executable, "-c", ALONE], check=True)
