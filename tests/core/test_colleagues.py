"""What a run makes of a colleague's work that it can see and that is not finished."""

from lockfiles import entry_of, generation_of, lockfile_of, op_of

from secretzero.lockfile.merge import merge_lockfiles
from secretzero.lockfile.model import Entry, amend
from secretzero.planning.drift import verdict_of
from secretzero.planning.world import Seen

ONE, TWO, THREE = op_of(1), op_of(2), op_of(3)


def opened(entry: Entry, op: str, n: int, *, given_up: bool = False) -> Entry:
    """Return the entry with one more generation, that is not current."""
    return entry.with_generation(op, generation_of(entry.id, op, n, withdrawn=given_up))


def test_a_later_generation_that_nobody_gave_up_is_not_undone():
    """A colleague is bringing it out: the target is changed, never behind; given up, it is behind."""
    entry = entry_of("sec_db", ONE, TWO)
    assert verdict_of(opened(entry, THREE, 3), Seen("known", THREE)) == "changed"
    assert verdict_of(opened(entry, THREE, 3, given_up=True), Seen("known", THREE)) == "behind"
    assert verdict_of(entry, Seen("known", ONE)) == "behind"


def test_what_one_side_committed_is_not_withdrawn_by_a_side_that_gave_it_up():
    """The one who gave it up did not know how it ended; the order of the sides does not matter."""
    committed = entry_of("sec_db", ONE, TWO)
    gave_up = amend(opened(entry_of("sec_db", ONE), TWO, 2, given_up=True), pending="")
    base, ours, theirs = (lockfile_of({"db": entry}) for entry in (entry_of("sec_db", ONE), committed, gave_up))
    for merged in (merge_lockfiles(base, ours, theirs), merge_lockfiles(base, theirs, ours)):
        assert merged.secrets["db"].current == TWO
        assert not merged.secrets["db"].generations[TWO].withdrawn


def test_what_was_open_on_one_side_stays_withdrawn():
    """Only an end counts: a side on which it is still open knows less than the one that gave it up."""
    start = entry_of("sec_db", ONE)
    still_open = amend(opened(start, TWO, 2), pending=TWO)
    ours, theirs = (lockfile_of({"db": entry}) for entry in (still_open, opened(start, TWO, 2, given_up=True)))
    assert merge_lockfiles(lockfile_of({"db": start}), ours, theirs).secrets["db"].generations[TWO].withdrawn
