"""Why a secret that has a value gets another one, and which reason counts first."""

import pytest
from attrs import evolve
from worlds import ABSENT, CURRENT, ENV, FIRST, SECOND, THIRD, entry, entry_from, secret_of, template_of, world_of

from secretzero.lockfile.model import Entry
from secretzero.manifest.model import Secret
from secretzero.planning.plan import Step, TargetStep
from secretzero.planning.reasons import Answer, reason_for_new_value
from secretzero.planning.world import SourceSeen, Wishes, World

URL = secret_of(kind="derived", needs=("b",))
SEEN = {ENV: CURRENT}


def answer(secret: Secret, recorded: Entry, changing: dict[str, Step] | None = None, **facts: object) -> Answer:
    """Return the reason for one secret."""
    world: World = world_of(recorded, SEEN, **facts)  # type: ignore[arg-type]
    return reason_for_new_value(secret, world, recorded, changing or {})


def step(action: str, **facts: object) -> Step:
    """Return a step of the secret that the other one is made from."""
    return Step("b", "random_password", action, targets=(TargetStep(ENV, "write"),), **facts)  # type: ignore[arg-type]


def test_nothing_to_do_is_no_reason():
    """What has a value and is as declared stays as it is."""
    assert answer(secret_of(), entry()) == Answer()


def test_a_supplied_value_counts_first():
    """It wins over a force."""
    wishes = Wishes(supplied=frozenset("a"), forced=frozenset("a"), rotate=True)
    found = answer(secret_of(kind="static"), entry(), wishes=wishes)
    assert (found.action, found.reason) == ("update", "set")


@pytest.mark.parametrize("secret", [URL, secret_of(kind="nonsecret")])
def test_what_follows_something_is_not_forced(secret: Secret):
    """A derived value and a setting never rotate by themselves."""
    found = answer(secret, entry(), wishes=Wishes(forced=frozenset("a"), rotate=True))
    assert found.action == "block"
    assert found.hint


class TestDerived:
    MADE = entry_from("derived", parts={"b": SECOND})

    def test_a_part_that_is_as_it_was(self):
        """The op that it was made from is the current one."""
        assert answer(URL, self.MADE, others={"b": entry()}).action == ""

    def test_a_part_that_has_another_op(self):
        """A colleague's rotation of the part was pulled."""
        found = answer(URL, self.MADE, others={"b": entry(FIRST, SECOND, THIRD)})
        assert (found.action, found.reason) == ("update", "part changed")

    @pytest.mark.parametrize(
        ("action", "follows"), [("rotate", True), ("update", True), ("adopt", True), ("copy", False)]
    )
    def test_a_part_that_is_about_to_change(self, action: str, follows: bool):  # noqa: FBT001 - a row of a table
        """A new value in this run is followed in this run; a copy is not a new value."""
        found = answer(URL, self.MADE, {"b": step(action)}, others={"b": entry()})
        assert (found.action == "update") == follows

    def test_a_part_that_is_written_over_keeps_its_value(self):
        """Overwriting a change brings the recorded value back, so nothing follows."""
        found = answer(URL, self.MADE, {"b": step("update", take_from=ENV)}, others={"b": entry()})
        assert found.action == ""

    @pytest.mark.parametrize(("made_from", "follows"), [(SECOND, True), (THIRD, False)])
    def test_a_part_that_is_unfinished(self, made_from: str, follows: bool):  # noqa: FBT001 - a row of a table
        """What was already made from the op that goes on is not made from it again."""
        made = entry_from("derived", parts={"b": made_from})
        going_on = step("update", op=THIRD, take_from="journal")
        found = answer(URL, made, {"b": going_on}, others={"b": entry(pending=THIRD)})
        assert (found.action == "update") == follows

    @pytest.mark.parametrize("made_from", [SECOND, THIRD])
    def test_a_part_whose_op_is_stopped(self, made_from: str):
        """It stays as it is, whichever of the two it was made from."""
        made = entry_from("derived", parts={"b": made_from})
        found = answer(URL, made, {"b": step("block", op=THIRD)}, others={"b": entry(pending=THIRD)})
        assert found.action == ""

    def test_a_part_that_is_blocked_blocks_what_must_change(self):
        """Another definition needs the part, which cannot be had now."""
        made = entry_from("derived", parts={"b": SECOND}, definition="d1:old")
        found = answer(URL, made, {"b": step("block")}, others={"b": entry()}, definitions={"a": "d1:new"})
        assert (found.action, found.reason) == ("block", "needs b, which is blocked")

    def test_another_definition_is_followed(self):
        """What a URL is made of is its value: it is made again, and not because somebody asked."""
        made = entry_from("derived", parts={"b": SECOND}, definition="d1:old")
        assert answer(URL, made, others={"b": entry()}, definitions={"a": "d1:new"}).reason == "part changed"


class TestElsewhere:
    STATIC = secret_of(kind="static")

    def test_a_source_that_is_down_stops(self):
        """Falling through would publish a stale value."""
        found = answer(self.STATIC, entry(), source=SourceSeen("down", error="no answer"))
        assert (found.action, found.code) == ("block", "no_value")

    @pytest.mark.parametrize("state", ["same", "absent", "none"])
    def test_what_says_nothing_new_is_no_reason(self, state: str):
        """Only a different value is one."""
        assert answer(self.STATIC, entry(), source=SourceSeen(state)).action == ""

    def test_a_new_value_counts_before_another_definition(self):
        """The value is what matters."""
        recorded = entry_from("manifest", definition="d1:old")
        found = answer(self.STATIC, recorded, source=SourceSeen("different"), definitions={"a": "d1:new"})
        assert (found.action, found.reason) == ("update", "literal changed")

    def test_a_rotation_asks_only_whether_it_is_due(self):
        """`rotate` does not publish what a source says."""
        found = answer(self.STATIC, entry(), source=SourceSeen("different"), wishes=Wishes(rotate=True))
        assert found.action == ""


@pytest.mark.parametrize(
    ("recorded", "declared", "reason"),
    [
        (("user",), ("user", "token"), "field added"),
        (("user", "token"), ("user",), "field removed"),
        (("user",), ("token",), "field added"),
        (("user", "token"), ("token", "user"), ""),
    ],
)
def test_fields_of_a_template(recorded: tuple[str, ...], declared: tuple[str, ...], reason: str):
    """More, fewer, or others are another generation; their order is nothing."""
    found = answer(template_of(*declared), entry_from(fields=recorded))
    assert (found.reason, found.action) == (reason, "update" if reason else "")


def test_a_missing_target_is_no_reason():
    """It is repaired with the value that there is."""
    recorded = entry()
    world = world_of(recorded, {ENV: ABSENT})
    assert reason_for_new_value(secret_of(), evolve(world, definitions={"a": ""}), recorded, {}) == Answer()
