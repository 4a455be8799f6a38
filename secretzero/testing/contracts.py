"""What every store must do, as tests to inherit from (requires pytest: the extra `testing`).

class TestAcme(StoreContract):
    open_store = staticmethod(acme_on_a_server)
    promises = {"describe", "write", "delete"}
"""

# ruff: noqa: S101 - these are tests

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest

from ..errors import ConflictError, NotFoundError, RejectedError, SecretZeroError
from ..refs import Ref
from ..values import Material, SecretValue, Version
from .canary import Canaries
from .counterparts import ALL, CORPUS, METHODS, TOKEN, Calls, Counterpart, needs

__all__ = ["ALL", "Counterpart", "StoreContract", "needs"]


class StoreContract(Calls):
    """The tests that every store must pass.

    `open_store` receives an empty folder and returns a `Counterpart` whose `path` is unused. `promises` is the part of
    `ALL` that the store offers; `fields` are field names that the platform allows. `accepted` are values at the limits
    of what the platform takes, `refused` are values beyond them. `ref` returns the Ref of a field of an object;
    `neighbours` are places that differ in one dimension each, `spellings` are pairs of paths of the same object.
    """

    open_store: ClassVar[Callable[[Path], Counterpart]]
    accepted: ClassVar[Sequence[Material]] = ("a",)
    refused: ClassVar[Sequence[Material]] = ()
    ref: ClassVar[Callable[[str, str], Ref]]
    neighbours: ClassVar[Sequence[tuple[str, str]]] = ()
    spellings: ClassVar[Sequence[tuple[str, str]]] = ()

    @pytest.fixture
    def place(self, request: pytest.FixtureRequest, tmp_path: Path) -> Counterpart:
        """Open a fresh store; skip a test that needs something not promised."""
        if missing := self.missing(request.function):
            pytest.skip(f"not promised: {', '.join(missing)}")
        return type(self).open_store(tmp_path)

    @classmethod
    def missing(cls, test: Callable[..., None]) -> tuple[str, ...]:
        """Return what a test needs and the store does not promise."""
        return tuple(sorted(getattr(test, "needs", frozenset()) - frozenset(cls.promises)))

    # -- shape --------------------------------------------------------------------------------------------------------

    def test_it_has_the_capabilities_it_promises_and_no_others(self, place: Counterpart) -> None:
        """A capability is the presence of a method, and the promises list the methods."""
        offered = {promise for promise, method in METHODS.items() if hasattr(place.store, method)}
        assert offered == set(METHODS) & set(self.promises)

    def test_an_empty_path_is_reported_as_empty(self, place: Counterpart) -> None:
        """At an empty path, describe returns None, read raises NotFoundError, and delete does nothing."""
        assert place.store.describe(place.path) is None
        if "read" in self.promises:
            with pytest.raises(NotFoundError):
                place.store.read(place.path)
        if "delete" in self.promises:
            place.store.delete(place.path)

    @needs("write")
    def test_describe_never_holds_a_value(self, place: Counterpart) -> None:
        """A description contains fields and versions, but no value."""
        canaries = Canaries()
        self._set(place, canaries.make())
        assert not canaries.sightings(repr(place.store.describe(place.path)))

    @needs("write")
    def test_describe_names_the_fields(self, place: Counterpart) -> None:
        """A description lists every field of the object, ours and others'."""
        self._set(place, "one")
        place.put(place.path, {self._other: "theirs"})
        assert set(place.store.describe(place.path).fields) == {self._first, self._other}

    # -- values -------------------------------------------------------------------------------------------------------

    @needs("write")
    def test_what_was_written_is_read_back(self, place: Counterpart) -> None:
        """Every value of the corpus is read back unchanged, or refused."""
        kept = 0
        for value in CORPUS:
            try:
                self._set(place, value)
            except RejectedError:
                continue
            kept += 1
            found = (self._found(place), self._looked(place))
            assert found == (value, value), f"a value of {len(str(value))} characters came back changed"
        assert kept, "no value of the corpus was accepted"

    @needs("write")
    def test_a_value_outside_the_constraints_is_refused_before_any_call(self, place: Counterpart) -> None:
        """A refused value causes no call to the platform and leaves nothing behind."""
        for value in self.refused:
            before = place.calls()
            with pytest.raises(RejectedError):
                self._set(place, value)
            assert (place.calls(), place.look(place.path)) == (before, None)

    @needs("write")
    def test_values_at_the_bounds_are_accepted(self, place: Counterpart) -> None:
        """The constraints are not narrower than the platform."""
        for value in self.accepted:
            self._set(place, value)
            assert self._found(place) == value

    # -- objects ------------------------------------------------------------------------------------------------------

    @needs("write", "fields")
    def test_two_fields_in_one_write_are_one_call(self, place: Counterpart) -> None:
        """An object is written once, however many of its fields change."""
        before = place.calls()
        place.store.write(place.path, SecretValue({self._first: "one", self._other: "two"}))
        assert place.calls() == before + 1
        assert place.look(place.path) == {self._first: "one", self._other: "two"}

    @needs("write", "fields")
    def test_foreign_fields_stay_as_they_are(self, place: Counterpart) -> None:
        """Fields that somebody else wrote are the same after our write."""
        self._set(place, "one")
        place.put(place.path, {self._other: " theirs "})
        self._set(place, "two")
        assert place.look(place.path) == {self._first: "two", self._other: " theirs "}

    @needs("write", "fields")
    def test_removing_our_last_field_keeps_an_object_with_foreign_ones(self, place: Counterpart) -> None:
        """An object is deleted as a whole only when nothing foreign is left in it."""
        self._set(place, "one")
        place.put(place.path, {self._other: "theirs"})
        place.store.write(place.path, SecretValue({}), remove=[self._first])
        assert place.look(place.path) == {self._other: "theirs"}

    @needs("write", "fields")
    def test_replacing_makes_the_fields_the_whole_object(self, place: Counterpart) -> None:
        """With `replace`, no other field remains."""
        place.put(place.path, {self._other: "theirs"})
        place.store.write(place.path, SecretValue({self._first: "one"}), replace=True)
        assert place.look(place.path) == {self._first: "one"}

    # -- concurrency --------------------------------------------------------------------------------------------------

    @needs("write", "compare")
    def test_a_write_that_expects_an_older_version_changes_nothing(self, place: Counterpart) -> None:
        """A lost update is refused."""
        old = self._set(place, "one").version
        place.store.write(place.path, SecretValue({self._other: "two"}))
        self._conflict(place, expected=old)

    @needs("write", "compare")
    def test_a_write_that_expects_nothing_replaces_nothing(self, place: Counterpart) -> None:
        """An empty expected version means that the object must not exist."""
        self._set(place, "one")
        self._conflict(place, expected=Version(""))

    @needs("write", "compare", "fields")
    def test_a_foreign_field_changed_meanwhile_does_not_stop_the_write(self, place: Counterpart) -> None:
        """The write succeeds, at the latest against the current version, and both changes are kept."""
        old = self._set(place, "one").version
        place.put(place.path, {self._other: "theirs"})
        try:
            self._set(place, "two", expected=old)
        except ConflictError:
            self._set(place, "two", expected=place.store.describe(place.path).version)
        assert place.look(place.path) == {self._first: "two", self._other: "theirs"}

    @needs("write", "compare")
    def test_our_own_field_changed_meanwhile_stops_the_write(self, place: Counterpart) -> None:
        """A foreign change of our own field is a conflict, and the foreign value stays."""
        old = self._set(place, "one").version
        place.put(place.path, {self._first: "intruder"})
        self._conflict(place, expected=old)

    @needs("write")
    def test_without_compare_and_set_the_intruder_is_seen(self, place: Counterpart) -> None:
        """A store that cannot refuse the write at least shows a new version after a foreign write."""
        if "compare" in self.promises:
            pytest.skip("it compares")
        self._set(place, "one")
        old = place.store.describe(place.path).version
        place.put(place.path, {self._first: "intruder"})
        assert place.store.describe(place.path).version != old

    @needs("write", "compare", "fields")
    def test_eight_writers_lose_nothing(self, place: Counterpart) -> None:
        """Eight concurrent writers each write their field, and the versions have no gaps."""
        names = [f"WRITER_{number}" for number in range(8)]
        writers = [Thread(target=_write_until_done, args=(place.reopen(), place.path, name)) for name in names]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert place.look(place.path) == dict.fromkeys(names, "mine")
        if "versions" in self.promises:
            assert len(place.store.versions(place.path)) == len(names)

    def _conflict(self, place: Counterpart, **options: Any) -> None:
        """Check that a write is refused as a conflict, and changes nothing."""
        before = place.look(place.path)
        with pytest.raises(ConflictError):
            self._set(place, "two", **options)
        assert place.look(place.path) == before

    # -- repetition ---------------------------------------------------------------------------------------------------

    @needs("write", "token")
    def test_the_same_token_twice_is_one_version(self, place: Counterpart) -> None:
        """A repeated write returns the version that the first one made."""
        first = self._set(place, "one", token=TOKEN)
        assert self._set(place, "one", token=TOKEN).version == first.version
        self._one_version(place)

    @needs("write", "compare", "token")
    def test_a_token_that_was_refused_does_not_block_a_rebase(self, place: Counterpart) -> None:
        """After a conflict the same value can be written against the current version, with a new token."""
        old = self._set(place, "one", token=TOKEN).version
        place.put(place.path, {self._first: "intruder"})
        self._conflict(place, expected=old, token="2")  # noqa: S106 - names a write, opens nothing
        self._set(place, "two", expected=place.store.describe(place.path).version, token="3")  # noqa: S106
        assert self._looked(place) == "two"

    @needs("write", "compare")
    def test_a_repeat_after_a_lost_answer_converges(self, place: Counterpart) -> None:
        """A write whose answer was lost is sent again unchanged: there is one version, with this value."""
        first = self._set(place, "one", expected=Version(""), token=TOKEN)
        self._repeat(place, place.store, first)
        assert self._looked(place) == "one"

    @needs("write", "compare")
    def test_a_new_adapter_finishes_what_the_old_one_began(self, place: Counterpart) -> None:
        """Everything that a retry needs outlives the process."""
        first = self._set(place, "one", expected=Version(""), token=TOKEN)
        self._repeat(place, place.reopen(), first)

    # -- names --------------------------------------------------------------------------------------------------------

    def test_parsing_and_printing_are_inverse(self) -> None:
        """Parsing the printed URI of a place returns that place."""
        for path, field in self.neighbours:
            ref = type(self).ref(path, field)
            assert Ref.parse(str(ref)) == ref

    def test_neighbours_have_different_names(self) -> None:
        """Two places never share a canonical URI."""
        printed = [str(type(self).ref(path, field)) for path, field in self.neighbours]
        assert len(set(printed)) == len(printed)

    def test_two_spellings_of_one_place_have_one_name(self) -> None:
        """A place has one canonical URI, however its path is written."""
        for one, other in self.spellings:
            assert type(self).ref(one, self._first) == type(self).ref(other, self._first)

    @needs("write", "delete")
    def test_a_deleted_name_can_be_made_again(self, place: Counterpart) -> None:
        """A deleted object is gone, and its name is free."""
        self._set(place, "one")
        place.store.delete(place.path)
        assert place.store.describe(place.path) is None
        self._set(place, "two")
        assert place.look(place.path) == {self._first: "two"}

    # -- life ---------------------------------------------------------------------------------------------------------

    @needs("write", "delete", "versions")
    def test_versions_are_newest_first_and_deleted_ones_are_shown(self, place: Counterpart) -> None:
        """The list of versions is the history of the object."""
        made = [self._set(place, value).version for value in ("one", "two", "three")]
        assert list(place.store.versions(place.path)) == made[::-1]
        place.store.delete(place.path)
        assert list(place.store.versions(place.path)) == made[::-1]

    @needs("write", "read", "delete", "undelete")
    def test_undelete_brings_back_the_same_value(self, place: Counterpart) -> None:
        """Where undeleting is offered, deleting loses nothing."""
        self._set(place, "one")
        self._set(place, "two")
        place.store.delete(place.path)
        place.store.undelete(place.path)
        assert self._found(place) == "two"

    @needs("write", "read", "destroy")
    def test_a_destroyed_value_cannot_be_undeleted(self, place: Counterpart) -> None:
        """Destroying is permanent."""
        self._set(place, "one")
        place.store.destroy(place.path)
        if "undelete" in self.promises:
            place.store.undelete(place.path)
        with pytest.raises(NotFoundError):
            place.store.read(place.path)

    @needs("write", "list")
    def test_the_list_is_complete_and_sorted(self, place: Counterpart) -> None:
        """Every object under the prefix is listed once, in order."""
        made = [f"{place.path}{ending}" for ending in ("-b", "-c", "-a")]
        for path in made:
            place.store.write(path, SecretValue({self._first: "one"}))
        assert list(place.store.paths(place.path)) == sorted(made)

    @needs("write", "label")
    def test_labels_merge(self, place: Counterpart) -> None:
        """Setting a label leaves the others unchanged."""
        self._set(place, "one")
        place.store.label(place.path, {"team": "a", "tier": "b"})
        place.store.label(place.path, {"tier": "c"})
        assert place.store.describe(place.path).labels == {"team": "a", "tier": "c"}

    # -- all ----------------------------------------------------------------------------------------------------------

    @needs("write")
    def test_no_value_is_in_an_error_or_a_repr(self, place: Counterpart) -> None:
        """No conflict, refusal or repr contains the value to be written or the stored one."""
        canaries = Canaries()
        written = self._set(place, canaries.make())
        texts = [repr(written), repr(place.store)]
        for value, expected in ((canaries.make(), Version("older")), *((value, None) for value in self.refused)):
            marked = f"{canaries.make()}{value}"
            try:
                self._set(place, marked, expected=expected)
            except SecretZeroError as error:
                texts += [repr(error), str(error), error.hint, repr(error.__context__)]
        assert not canaries.sightings("\n".join(texts))

    @needs("write")
    def test_reading_changes_nothing(self, place: Counterpart) -> None:
        """Describing, reading and listing make no call that changes anything."""
        self._set(place, "one")
        before = place.calls()
        place.store.describe(place.path)
        for promise in {"read", "versions"} & set(self.promises):
            getattr(place.store, promise)(place.path)
        if "list" in self.promises:
            list(place.store.paths())
        assert place.calls() == before


def _write_until_done(store: Any, path: str, name: str) -> None:
    """Write one field against the current version, and retry as long as another writer is faster."""
    for _ in range(500):
        present = store.describe(path)
        try:
            store.write(path, SecretValue({name: "mine"}), expected=present.version if present else Version(""))
        except ConflictError:
            continue
        return
