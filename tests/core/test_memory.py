"""The reference store beyond its contract: its behaviour where the contract leaves a choice."""

import pytest

from secretzero.errors import NotFoundError, RejectedError
from secretzero.protocols.stores import Labelled, Listable, Versioned
from secretzero.stores.memory import MemoryStore, Shelf
from secretzero.values import SecretValue, Version

ONE, TWO = SecretValue({"A": "one"}), SecretValue({"A": "two"})


def test_it_has_every_capability():
    """It can be used to test every rule."""
    assert all(isinstance(MemoryStore(), capability) for capability in (Versioned, Listable, Labelled))


def test_its_marker_is_its_version_as_a_number():
    """The lockfile can keep what it says."""
    store = MemoryStore()
    assert [store.write("a", value).marker for value in (ONE, TWO)] == ["1", "2"]
    assert store.describe("a").marker == store.describe("a").version == "2"


def test_each_version_is_read_by_its_number():
    """And one that never was is not found."""
    store = MemoryStore()
    store.write("a", ONE)
    store.write("a", TWO)
    assert store.read("a", Version("1")) == ONE
    for version in ("0", "3", "-1", "x", ""):
        with pytest.raises(NotFoundError):
            store.read("a", Version(version))


def test_counting_continues_after_a_deletion():
    """A number always names the same version."""
    store = MemoryStore()
    store.write("a", ONE)
    store.delete("a")
    assert store.write("a", TWO, expected=Version("")).version == "2"
    store.undelete("a", ["1"])
    assert store.read("a", Version("1")) == ONE


def test_a_destroyed_version_keeps_its_number_alone():
    """The others are as they were."""
    store = MemoryStore()
    store.write("a", ONE)
    store.write("a", TWO)
    store.destroy("a", ["1"])
    assert store.versions("a") == ["2", "1"]
    assert store.read("a") == TWO
    with pytest.raises(NotFoundError):
        store.read("a", Version("1"))


def test_an_object_that_removals_leave_empty_is_deleted():
    """Its name is free, and its history stays."""
    store = MemoryStore()
    store.write("a", ONE)
    store.write("a", SecretValue({}), remove=["A"])
    assert store.describe("a") is None
    assert store.versions("a") == ["2", "1"]


def test_a_token_is_not_good_for_other_fields():
    """It would return a version that does not hold them."""
    store = MemoryStore()
    store.write("a", ONE, token="t")
    with pytest.raises(RejectedError):
        store.write("a", TWO, token="t")
    assert store.read("a") == ONE


def test_what_was_handed_over_cannot_be_changed_afterwards():
    """Neither the writer nor the reader can change it."""
    store, fields = MemoryStore(), {"A": "one"}
    store.write("a", SecretValue(fields), token="t")
    fields["A"] = "changed"
    assert store.write("a", ONE, token="t").version == "1"
    store.read("a").reveal()["A"] = "changed"
    assert store.read("a") == ONE


def test_no_value_is_in_its_repr():
    """Nor in that of what it holds."""
    shelf = Shelf()
    MemoryStore(shelf).write("a", SecretValue({"A": "hunter2"}), token="t")
    assert "hunter2" not in repr(shelf.objects)
