"""What every store must do, as tests that it inherits: one sentence each (needs pytest: the extra `testing`).

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
from .counterparts import ALL, CORPUS, METHODS, TOKEN, Counterpart, Words, needs

__all__ = ["ALL", "Counterpart", "StoreContract", "needs"]


class StoreContract(Words):
    """The rows that each store is held to.

    `open_store` gets an empty folder and returns a `Counterpart` whose `path` is free; `promises` is what it has of
    `ALL`; `fields` are names that the platform allows. `accepted` are values at the bounds of what it takes, `refused`
    lie outside. `ref` names a field of an object; `neighbours` are places that differ in one dimension each,
    `spellings` pairs of paths of one object.
    """

    open_store: ClassVar[Callable[[Path], Counterpart]]
    accepted: ClassVar[Sequence[Material]] = ("a",)
    refused: ClassVar[Sequence[Material]] = ()
    ref: ClassVar[Callable[[str, str], Ref]]
    neighbours: ClassVar[Sequence[tuple[str, str]]] = ()
    spellings: ClassVar[Sequence[tuple[str, str]]] = ()

    @pytest.fixture
    def place(self, request: pytest.FixtureRequest, tmp_path: Path) -> Counterpart:
        """Open a fresh store, unless the row needs what is not promised."""
        if missing := self.missing(request.function):
            pytest.skip(f"not promised: {', '.join(missing)}")
        return type(self).open_store(tmp_path)

    @classmethod
    def missing(cls, row: Callable[..., None]) -> tuple[str, ...]:
        """Return what a row needs and the store does not promise."""
        return tuple(sorted(getattr(row, "needs", frozenset()) - frozenset(cls.promises)))

    # -- shape --------------------------------------------------------------------------------------------------------

    def test_it_has_the_capabilities_it_promises_and_no_others(self, place: Counterpart) -> None:
        """A capability is the presence of a method, and the promise says which."""
        offered = {promise for promise, method in METHODS.items() if hasattr(place.store, method)}
        assert offered == set(METHODS) & set(self.promises)

    def test_where_nothing_is_it_says_so(self, place: Counterpart) -> None:
        """An empty path is described as None, read as NotFoundError, deleted without error."""
        assert place.store.describe(place.path) is None
        if "read" in self.promises:
            with pytest.raises(NotFoundError):
                place.store.read(place.path)
        if "delete" in self.promises:
            place.store.delete(place.path)

    @needs("write")
    def test_describe_never_holds_a_value(self, place: Counterpart) -> None:
        """A description names fields and versions; no value is in it."""
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
        """Every value of the corpus is there as it was written, or was refused."""
        kept = 0
        for value in CORPUS:
            try:
                self._set(place, value)
            except RejectedError:
                continue
            kept += 1
            found = (self._found(place), self._looked(place))
            assert found == (value, value), f"a value of {len(str(value))} characters came back changed"
        assert kept, "not one value of the corpus was taken"

    @needs("write")
    def test_a_value_outside_the_constraints_is_refused_before_any_call(self, place: Counterpart) -> None:
        """A refusal costs the platform nothing and leaves nothing."""
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
        """What somebody else put into the object is the same after our write."""
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
        """With `replace` nothing else is left."""
        place.put(place.path, {self._other: "theirs"})
        place.store.write(place.path, SecretValue({self._first: "one"}), replace=True)
        assert place.look(place.path) == {self._first: "one"}

    # -- concurrency --------------------------------------------------------------------------------------------------

    @needs("write", "compare")
    def test_a_write_that_expects_an_older_version_changes_nothing(self, place: Counterpart) -> None:
        """A lost update is refused."""
        old = self._set(place, "one").version
        place.store.write(place.path, SecretValue({self._other: "two"}))
        before = place.look(place.path)
        with pytest.raises(ConflictError):
            self._set(place, "three", expected=old)
        assert place.look(place.path) == before

    @needs("write", "compare")
    def test_a_write_that_expects_nothing_replaces_nothing(self, place: Counterpart) -> None:
        """The empty version means that the object must not exist."""
        self._set(place, "one")
        with pytest.raises(ConflictError):
            self._set(place, "two", expected=Version(""))
        assert self._looked(place) == "one"

    @needs("write", "compare", "fields")
    def test_a_foreign_field_changed_meanwhile_does_not_stop_the_write(self, place: Counterpart) -> None:
        """Against the version just described the write succeeds, and both changes are there."""
        old = self._set(place, "one").version
        place.put(place.path, {self._other: "theirs"})
        try:
            self._set(place, "two", expected=old)
        except ConflictError:
            self._set(place, "two", expected=place.store.describe(place.path).version)
        assert place.look(place.path) == {self._first: "two", self._other: "theirs"}

    @needs("write", "compare")
    def test_our_field_changed_meanwhile_does(self, place: Counterpart) -> None:
        """An intruder in our own field is a conflict, and the intruder's value stays."""
        old = self._set(place, "one").version
        place.put(place.path, {self._first: "intruder"})
        with pytest.raises(ConflictError):
            self._set(place, "two", expected=old)
        assert self._looked(place) == "intruder"

    @needs("write")
    def test_without_compare_and_set_the_intruder_is_seen(self, place: Counterpart) -> None:
        """Where a store cannot refuse, at least its version tells that somebody else wrote."""
        if "compare" in self.promises:
            pytest.skip("it compares")
        self._set(place, "one")
        old = place.store.describe(place.path).version
        place.put(place.path, {self._first: "intruder"})
        assert place.store.describe(place.path).version != old

    @needs("write", "compare", "fields")
    def test_eight_writers_lose_nothing(self, place: Counterpart) -> None:
        """Each of eight writers at once gets its field in, and the versions have no gaps."""
        names = [f"WRITER_{number}" for number in range(8)]
        writers = [Thread(target=_write_until_done, args=(place.reopen(), place.path, name)) for name in names]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert place.look(place.path) == dict.fromkeys(names, "mine")
        if "versions" in self.promises:
            assert len(place.store.versions(place.path)) == len(names)

    # -- repetition ---------------------------------------------------------------------------------------------------

    @needs("write", "token")
    def test_the_same_token_twice_is_one_version(self, place: Counterpart) -> None:
        """A repeated write is answered with the version that the first one made."""
        first = self._set(place, "one", token=TOKEN)
        assert self._set(place, "one", token=TOKEN).version == first.version
        self._one_version(place)

    @needs("write", "compare", "token")
    def test_a_token_that_was_refused_does_not_block_a_rebase(self, place: Counterpart) -> None:
        """After a conflict the same value goes in against the version just read, under its new token."""
        old = self._set(place, "one", token=TOKEN).version
        place.put(place.path, {self._first: "intruder"})
        with pytest.raises(ConflictError):
            self._set(place, "two", expected=old, token="2")  # noqa: S106 - names a write, opens nothing
        self._set(place, "two", expected=place.store.describe(place.path).version, token="3")  # noqa: S106
        assert self._looked(place) == "two"

    @needs("write", "compare")
    def test_a_repeat_after_a_lost_answer_converges(self, place: Counterpart) -> None:
        """The write whose answer was lost is sent again as it was: one version, this value."""
        first = self._set(place, "one", expected=Version(""), token=TOKEN)
        self._repeat(place, place.store)
        assert place.store.describe(place.path).version == first.version
        assert self._looked(place) == "one"
        self._one_version(place)

    @needs("write", "compare")
    def test_a_new_adapter_finishes_what_the_old_one_began(self, place: Counterpart) -> None:
        """Nothing that a repeat needs dies with the process."""
        first = self._set(place, "one", expected=Version(""), token=TOKEN)
        again = place.reopen()
        self._repeat(place, again)
        assert again.describe(place.path).version == first.version
        self._one_version(place)

    # -- names --------------------------------------------------------------------------------------------------------

    def test_parsing_and_printing_are_inverse(self) -> None:
        """The printed name of a place is read as that place."""
        for path, field in self.neighbours:
            ref = type(self).ref(path, field)
            assert Ref.parse(str(ref)) == ref

    def test_neighbours_have_different_names(self) -> None:
        """Two places never share a canonical URI."""
        printed = [str(type(self).ref(path, field)) for path, field in self.neighbours]
        assert len(set(printed)) == len(printed)

    def test_two_spellings_of_one_place_have_one_name(self) -> None:
        """However a place is written, its canonical URI is the same."""
        for one, other in self.spellings:
            assert type(self).ref(one, self._first) == type(self).ref(other, self._first)

    @needs("write", "delete")
    def test_a_deleted_name_can_be_made_again(self, place: Counterpart) -> None:
        """What was deleted is gone, and its name is free."""
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
        """Deleting is no loss where undeleting is offered."""
        self._set(place, "one")
        self._set(place, "two")
        place.store.delete(place.path)
        place.store.undelete(place.path)
        assert self._found(place) == "two"

    @needs("write", "read", "destroy")
    def test_destroy_does_not(self, place: Counterpart) -> None:
        """What was destroyed cannot be undeleted."""
        self._set(place, "one")
        place.store.destroy(place.path)
        if "undelete" in self.promises:
            place.store.undelete(place.path)
        with pytest.raises(NotFoundError):
            place.store.read(place.path)

    @needs("write", "list")
    def test_the_list_is_whole_and_sorted(self, place: Counterpart) -> None:
        """Every object under the prefix is listed once, in order."""
        made = [f"{place.path}{ending}" for ending in ("-b", "-c", "-a")]
        for path in made:
            place.store.write(path, SecretValue({self._first: "one"}))
        assert list(place.store.paths(place.path)) == sorted(made)

    @needs("write", "label")
    def test_labels_merge(self, place: Counterpart) -> None:
        """A label that is set leaves the others where they are."""
        self._set(place, "one")
        place.store.label(place.path, {"team": "a", "tier": "b"})
        place.store.label(place.path, {"tier": "c"})
        assert place.store.describe(place.path).labels == {"team": "a", "tier": "c"}

    # -- all ----------------------------------------------------------------------------------------------------------

    @needs("write")
    def test_no_value_is_in_an_error_or_a_repr(self, place: Counterpart) -> None:
        """Neither a conflict nor a refusal nor a repr says what was to be written or what is there."""
        canaries = Canaries()
        written = self._set(place, canaries.make())
        said = [repr(written), repr(place.store)]
        for value, expected in ((canaries.make(), Version("older")), *((value, None) for value in self.refused)):
            marked = f"{canaries.make()}{value}"
            try:
                self._set(place, marked, expected=expected)
            except SecretZeroError as error:
                said += [repr(error), str(error), error.hint, repr(error.__context__)]
        assert not canaries.sightings("\n".join(said))

    @needs("write")
    def test_reading_changes_nothing(self, place: Counterpart) -> None:
        """Describing, reading and listing send no call that changes something."""
        self._set(place, "one")
        before = place.calls()
        place.store.describe(place.path)
        for promise, ask in (("read", "read"), ("versions", "versions")):
            if promise in self.promises:
                getattr(place.store, ask)(place.path)
        if "list" in self.promises:
            list(place.store.paths())
        assert place.calls() == before


def _write_until_done(store: Any, path: str, name: str) -> None:
    """Write one field against the version just described, until nobody was faster."""
    for _ in range(500):
        present = store.describe(path)
        try:
            store.write(path, SecretValue({name: "mine"}), expected=present.version if present else Version(""))
        except ConflictError:
            continue
        return
