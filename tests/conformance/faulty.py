"""For each test of the contract a store that fails that test and no other, which proves the contract."""

# ruff: noqa: ANN001, ANN003, ANN204 - the signatures are those of MemoryStore

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Barrier, BrokenBarrierError

from places import MemoryPlace

from secretzero.errors import ConflictError, NotFoundError, RejectedError
from secretzero.refs import Ref
from secretzero.stores.memory import LARGEST, MemoryStore
from secretzero.testing.counterparts import ALL
from secretzero.values import Description, SecretValue, Version, Written

FAULTY: dict[str, type[MemoryStore]] = {}
"""Each faulty store, by the test that it must fail."""

PROMISES: dict[str, frozenset[str]] = {}
"""The promises of a faulty store, unless it promises everything."""


def breaks(test: str, promises: frozenset[str] = ALL) -> Callable[[type[MemoryStore]], type[MemoryStore]]:
    """Register a store under the test that it fails."""

    def entered(store: type[MemoryStore]) -> type[MemoryStore]:
        FAULTY[f"test_{test}"] = store
        PROMISES[f"test_{test}"] = promises
        return store

    return entered


class Remembering(MemoryStore):
    """A store that remembers what this adapter last wrote."""

    def __init__(self, shelf=None):
        super().__init__(shelf)
        self.last: dict[str, Version] = {}

    def write(self, path, fields, **options):
        written = super().write(path, fields, **options)
        self.last[path] = written.version
        return written


@breaks("it_has_the_capabilities_it_promises_and_no_others", ALL - {"label"})
class MoreThanPromised(MemoryStore):
    """It has labels and does not say so."""


@breaks("an_empty_path_is_reported_as_empty")
class DeletesNothingLoudly(MemoryStore):
    def delete(self, path):
        if self.describe(path) is None:
            raise NotFoundError(f"nothing at {path}")
        super().delete(path)


@breaks("describe_never_holds_a_value")
class Talkative(MemoryStore):
    def describe(self, path):
        found = super().describe(path)
        if found is None:
            return None
        return Description(found.version, found.fields, found.marker, str(self.read(path).reveal()), found.labels)


@breaks("describe_names_the_fields")
class OnlyTheFirst(MemoryStore):
    def describe(self, path):
        found = super().describe(path)
        return found and Description(found.version, found.fields[:1], found.marker, labels=found.labels)


@breaks("what_was_written_is_read_back")
class Tidy(MemoryStore):
    """It takes off white space at the ends of what it is given."""

    def write(self, path, fields, **options):
        given = {name: value.strip() if isinstance(value, str) else value for name, value in fields.reveal().items()}
        return super().write(path, SecretValue(given), **options)


@breaks("a_value_outside_the_constraints_is_refused_before_any_call")
class RefusesLate(MemoryStore):
    def write(self, path, fields, **options):
        try:
            return super().write(path, fields, **options)
        except RejectedError:
            super().write(path, SecretValue({"FIRST": "draft"}))
            raise


@breaks("values_at_the_bounds_are_accepted")
class OneTooNarrow(MemoryStore):
    def write(self, path, fields, **options):
        if any(len(str(value)) >= LARGEST for value in fields.reveal().values()):
            raise RejectedError("too long")
        return super().write(path, fields, **options)


@breaks("two_fields_in_one_write_are_one_call")
class OneByOne(MemoryStore):
    def write(self, path, fields, **options):
        if len(fields.reveal()) < 2:
            return super().write(path, fields, **options)
        return [super(OneByOne, self).write(path, SecretValue({n: v}), **options) for n, v in fields.reveal().items()][
            -1
        ]


@breaks("foreign_fields_stay_as_they_are")
class TidiesOthers(MemoryStore):
    """It takes off white space from what others wrote."""

    def write(self, path, fields, **options):
        if self.describe(path) is not None and not options.get("replace"):
            kept = self.read(path).reveal()
            tidied = {
                n: v.strip()
                for n, v in kept.items()
                if n not in fields.reveal() and isinstance(v, str) and v != v.strip()
            }
            fields = SecretValue({**tidied, **fields.reveal()})
        return super().write(path, fields, **options)


@breaks("removing_our_last_field_keeps_an_object_with_foreign_ones")
class DeletesWhatItEmptied(MemoryStore):
    def write(self, path, fields, *, remove=(), **options):
        if remove and not fields.reveal():
            self.delete(path)
            return Written(Version(""))
        return super().write(path, fields, remove=remove, **options)


@breaks("replacing_makes_the_fields_the_whole_object")
class AlwaysMerges(MemoryStore):
    def write(self, path, fields, *, replace=False, **options):
        return super().write(path, fields, **options)


@breaks("a_write_that_expects_an_older_version_changes_nothing")
class ComparesOurFieldsAlone(MemoryStore):
    """It takes an older version as long as the fields to be written still hold what they held then."""

    def write(self, path, fields, *, expected=None, **options):
        present = self.describe(path)
        if expected and present and expected.isdecimal() and expected != present.version:
            then, now = self.read(path, expected).reveal(), self.read(path).reveal()
            if all(then.get(name) == now.get(name) for name in fields.reveal()):
                expected = present.version
        return super().write(path, fields, expected=expected, **options)


@breaks("a_write_that_expects_nothing_replaces_nothing")
class TakesNothingForAnything(MemoryStore):
    def write(self, path, fields, *, expected=None, **options):
        return super().write(path, fields, expected=expected or None, **options)


@breaks("a_foreign_field_changed_meanwhile_does_not_stop_the_write")
class StubbornConflict(Remembering):
    """Once somebody else wrote, no version that a caller reads is good enough: only our own last one is."""

    def write(self, path, fields, *, expected=None, token=None, **options):
        if expected and token is None and expected != self.last.get(path, expected):
            raise ConflictError("not what we wrote last")
        return super().write(path, fields, expected=expected, token=token, **options)


@breaks("our_own_field_changed_meanwhile_stops_the_write")
class BelievesItself(Remembering):
    """It compares with the version that it made last, and never asks the platform."""

    def write(self, path, fields, *, expected=None, token=None, **options):
        if expected and token is None and expected == self.last.get(path):
            expected = None
        return super().write(path, fields, expected=expected, token=token, **options)


@breaks("without_compare_and_set_the_intruder_is_seen", ALL - {"compare", "token"})
class Blind(Remembering):
    """It neither compares nor looks: its version is the one that it made last."""

    def describe(self, path):
        found = super().describe(path)
        version = self.last.get(path)
        return found and Description(version, found.fields, version, labels=found.labels)

    def write(self, path, fields, *, remove=(), replace=False, expected=None, token=None):
        return super().write(path, fields, remove=remove, replace=replace)


@breaks("eight_writers_lose_nothing")
class ChecksThenActs(MemoryStore):
    """It compares, waits once until a second writer has compared as well, and writes what it read before."""

    def write(self, path, fields, *, expected=None, **options):
        if not next(iter(fields.reveal()), "").startswith("WRITER"):
            return super().write(path, fields, expected=expected, **options)
        found = self.describe(path)
        if (found.version if found else "") != expected:
            raise ConflictError("not what you expected")
        kept = self.read(path).reveal() if found else {}
        meeting = vars(self.shelf).setdefault("meeting", Barrier(2))
        if not vars(self.shelf).get("met"):
            with suppress(BrokenBarrierError):
                meeting.wait(30)
            self.shelf.met = True
        return super().write(path, SecretValue({**kept, **fields.reveal()}), replace=True)


@breaks("the_same_token_twice_is_one_version")
class TokensOnlyWithVersions(MemoryStore):
    def write(self, path, fields, *, expected=None, token=None, **options):
        return super().write(path, fields, expected=expected, token=None if expected is None else token, **options)


@breaks("a_token_that_was_refused_does_not_block_a_rebase")
class RemembersRefusals(MemoryStore):
    """It holds a conflict against every later write with a token."""

    def __init__(self, shelf=None):
        super().__init__(shelf)
        self.refused: set[str] = set()

    def write(self, path, fields, *, token=None, **options):
        if token is not None and path in self.refused:
            raise ConflictError("refused before")
        try:
            return super().write(path, fields, token=token, **options)
        except ConflictError:
            self.refused.add(path)
            raise


@breaks("a_repeat_after_a_lost_answer_converges")
class ComparesBeforeItRemembers(MemoryStore):
    """Its own first write makes the repeat a conflict; only a new process asks what the token did."""

    def __init__(self, shelf=None):
        super().__init__(shelf)
        self.ours: set[str] = set()

    def write(self, path, fields, *, expected=None, token=None, **options):
        if expected == "" and token is not None and path in self.ours:
            raise ConflictError("it exists")
        self.ours.add(path)
        return super().write(path, fields, expected=expected, token=token, **options)


@breaks("a_new_adapter_finishes_what_the_old_one_began")
class ForgetsTokens(MemoryStore):
    """It keeps tokens in the adapter, where they die with the process."""

    def __init__(self, shelf=None):
        super().__init__(shelf)
        self.tokens: dict[str, Written] = {}

    def write(self, path, fields, *, token=None, **options):
        if token in self.tokens:
            return self.tokens[token]
        written = super().write(path, fields, **options)
        if token is not None:
            self.tokens[token] = written
        return written


@breaks("parsing_and_printing_are_inverse")
class PrintsAsItIs(MemoryStore):
    """Its names are printed without escapes."""

    @staticmethod
    def ref(path: str, field: str) -> Ref:
        class Plain(Ref):
            def __str__(self) -> str:
                return f"{self.scheme}://{self.path}#{self.field}"

        return Plain("mem", path.lower(), field)


@breaks("neighbours_have_different_names")
class OneNameForAll(MemoryStore):
    """Upper and lower case are one to it in a field's name, and two to the platform."""

    @staticmethod
    def ref(path: str, field: str) -> Ref:
        return Ref("mem", path.lower(), field.lower())


@breaks("two_spellings_of_one_place_have_one_name")
class TwoNamesForOne(MemoryStore):
    @staticmethod
    def ref(path: str, field: str) -> Ref:
        return Ref("mem", path, field)


@breaks("a_deleted_name_can_be_made_again")
class NamesAreSpent(MemoryStore):
    def write(self, path, fields, **options):
        if self.describe(path) is None and path in self.shelf.objects:
            raise ConflictError("this name was used before")
        return super().write(path, fields, **options)


@breaks("versions_are_newest_first_and_deleted_ones_are_shown")
class OldestFirst(MemoryStore):
    def versions(self, path):
        return super().versions(path)[::-1]


@breaks("undelete_brings_back_the_same_value")
class UndeletesTheFirst(MemoryStore):
    def undelete(self, path, versions=()):
        super().undelete(path, ["1"])
        if self.describe(path) is None and self._object(path).revisions[0].state == "live":
            self.write(path, self.read(path, Version("1")))


@breaks("a_destroyed_value_cannot_be_undeleted")
class OnlyDeletes(MemoryStore):
    def destroy(self, path, versions=()):
        self.delete(path)


@breaks("the_list_is_complete_and_sorted")
class OnePage(MemoryStore):
    def paths(self, prefix=""):
        return iter(list(super().paths(prefix))[:2])


@breaks("labels_merge")
class ReplacesLabels(MemoryStore):
    def label(self, path, labels):
        self._object(path).labels.clear()
        super().label(path, labels)


@breaks("no_value_is_in_an_error_or_a_repr")
class SaysWhatItWasGiven(MemoryStore):
    def write(self, path, fields, **options):
        try:
            return super().write(path, fields, **options)
        except ConflictError:
            raise ConflictError(f"could not write {fields.reveal()}") from None


@breaks("reading_changes_nothing")
class CountsReaders(MemoryStore):
    """It notes on the platform who read."""

    def read(self, path, version=None):
        found = super().read(path, version)
        self.shelf.calls.append(("touch", path))
        return found


def place_of(test: str) -> Callable[[Path], MemoryPlace]:
    """Open the faulty store of a test as the contract requires."""
    return lambda _: MemoryPlace(FAULTY[test])
