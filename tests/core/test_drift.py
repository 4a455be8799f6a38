"""Verdicts: what a target that was seen means, given what the lockfile says."""

import pytest
from worlds import ABSENT, CURRENT, ENV, FOREIGN, OLD, PENDING, SECOND, THIRD, UNKNOWN, UNSURE, entry

from secretzero.lockfile.model import Entry
from secretzero.planning.drift import DRIFTED, MESSAGES, drift_of, verdict_of
from secretzero.planning.world import Seen

VERDICTS = [
    ("the current generation", entry(), CURRENT, "in step"),
    ("the value of the pending op", entry(pending=THIRD), PENDING, "in step"),
    ("the current one while another is pending", entry(pending=THIRD), CURRENT, "in step"),
    ("an earlier generation", entry(), OLD, "behind"),
    ("a withdrawn generation", entry(), Seen("known", THIRD, readable=True), "behind"),
    ("a value that no generation had", entry(), UNKNOWN, "changed"),
    ("a value of a secret without records", None, UNKNOWN, "changed"),
    ("a known value without records", None, CURRENT, "changed"),
    ("nothing", entry(), ABSENT, "missing"),
    ("nothing, and no records", None, ABSENT, "missing"),
    ("a marker that moved", entry(), FOREIGN, "foreign"),
    ("no way to compare", entry(), UNSURE, "cannot tell"),
    ("no way to compare, and no records", None, UNSURE, "cannot tell"),
]


@pytest.mark.parametrize(("recorded", "seen", "verdict"), [r[1:] for r in VERDICTS], ids=[r[0] for r in VERDICTS])
def test_the_table_of_verdicts(recorded: Entry | None, seen: Seen, verdict: str):
    """Each thing that can be seen has one verdict, and a sentence for people."""
    found = drift_of("a", ENV, recorded, seen)
    assert verdict_of(recorded, seen) == found.verdict == verdict
    assert found.message == MESSAGES[verdict]
    assert found.drifted == (verdict in DRIFTED) == (verdict not in {"in step", "cannot tell"})


def test_an_error_is_the_message():
    """Why something could not be compared is said in the words of whoever refused."""
    seen = Seen("cannot tell", evidence="forbidden", error="not allowed to read")
    assert drift_of("a", ENV, entry(), seen).message == "not allowed to read"


def test_the_value_of_a_pending_op_is_evidence():
    """The evidence distinguishes a target in sync by an unfinished op from one in sync by the current generation."""
    assert drift_of("a", ENV, entry(pending=THIRD), PENDING).evidence == "pending"
    assert drift_of("a", ENV, entry(pending=THIRD), CURRENT).evidence == "value"
    assert drift_of("a", ENV, entry(), Seen("known", SECOND, "marker")).evidence == "marker"


def test_every_verdict_has_a_sentence():
    """Nothing is ever shown without words."""
    assert set(MESSAGES) == {row[3] for row in VERDICTS}
