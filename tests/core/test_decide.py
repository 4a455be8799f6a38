"""Deciding: the protocol's table of actions, row by row, and what stands in the way."""

from datetime import timedelta

import pytest
from attrs import evolve
from lockfiles import AT
from worlds import (
    ABSENT,
    BOX,
    COPY,
    CURRENT,
    ENV,
    FIRST,
    FOREIGN,
    OLD,
    PENDING,
    SECOND,
    THIRD,
    UNKNOWN,
    at_targets,
    entry,
    entry_from,
    planned,
    secret_of,
    step_for,
    target_of,
    template_of,
    world_of,
)

from secretzero.lockfile.model import Entry, TargetRecord
from secretzero.manifest.model import Rotation, Secret
from secretzero.planning.plan import Plan, Step, TargetStep
from secretzero.planning.world import LEGACY, Observation, Obstacle, OpenOp, Seen, SourceSeen, Wishes, World

MONTHLY = Rotation(period=timedelta(hours=12))
TWO = (target_of(), target_of(COPY))
STATIC = secret_of(kind="static")
FORCED = Wishes(only=frozenset("a"), rotate=True, forced=frozenset("a"))
ROTATE = Wishes(rotate=True)
OPEN = OpenOp(THIRD)
MADE_FROM = entry(FIRST, SECOND)

TABLE = [
    ("no generation, nothing at the targets", world_of(None, {ENV: ABSENT}), secret_of(), "create", "new"),
    (
        "a value at a target, adopting allowed",
        world_of(None, {ENV: UNKNOWN}, wishes=Wishes(on_drift="adopt")),
        secret_of(),
        "adopt",
        "found at its target",
    ),
    (
        "a value at a target whose own rule is to adopt",
        world_of(None, {ENV: UNKNOWN}),
        secret_of("a", target_of(on_foreign="adopt")),
        "adopt",
        "found at its target",
    ),
    ("a value at a target", world_of(None, {ENV: UNKNOWN}), secret_of(), "block", "already holds a value"),
    (
        "a value at a target that may be overwritten",
        world_of(None, {ENV: UNKNOWN}),
        secret_of("a", target_of(on_foreign="overwrite")),
        "create",
        "new",
    ),
    ("due", world_of(entry(), {ENV: CURRENT}, wishes=ROTATE), secret_of(rotation=MONTHLY), "rotate", "due"),
    ("not due", world_of(entry(), {ENV: CURRENT}, wishes=ROTATE), secret_of(), "keep", "no rotation period"),
    ("due, but only sync was asked", world_of(entry(), {ENV: CURRENT}), secret_of(rotation=MONTHLY), "keep", ""),
    ("forced", world_of(entry(), {ENV: CURRENT}, wishes=FORCED), secret_of(), "rotate", "forced"),
    (
        "forced, at a changed target",
        world_of(entry(), {ENV: UNKNOWN}, wishes=FORCED),
        secret_of(one_time=True),
        "block",
        "changed outside of SecretZero",
    ),
    (
        "due, at a changed target",
        world_of(entry(), {ENV: UNKNOWN}, wishes=ROTATE),
        secret_of(rotation=MONTHLY),
        "block",
        "changed outside of SecretZero",
    ),
    (
        "another definition, on_change: rotate",
        world_of(entry_from(definition="d1:old"), {ENV: CURRENT}, definitions={"a": "d1:new"}),
        secret_of(on_change="rotate"),
        "rotate",
        "definition changed",
    ),
    (
        "another definition",
        world_of(entry_from(definition="d1:old"), {ENV: CURRENT}, definitions={"a": "d1:new"}),
        secret_of(),
        "keep",
        "definition changed",
    ),
    (
        "a followed source has another value",
        world_of(entry(), {ENV: CURRENT}, source=SourceSeen("different", "source:0:file")),
        STATIC,
        "update",
        "followed",
    ),
    (
        "another literal in the manifest",
        world_of(entry_from("manifest"), {ENV: CURRENT}, source=SourceSeen("different", "manifest")),
        STATIC,
        "update",
        "literal changed",
    ),
    (
        "another origin has another value",
        world_of(entry(), {ENV: CURRENT}, source=SourceSeen("same", "manifest", rival="A")),
        STATIC,
        "keep",
        "source changed",
    ),
    (
        "a part of a derived value has another op",
        world_of(entry(), {ENV: CURRENT}, others={"b": MADE_FROM}),
        secret_of(kind="derived", needs=("b",)),
        "update",
        "part changed",
    ),
    (
        "a template gained a field",
        world_of(entry(), {}),
        template_of("user", "token"),
        "update",
        "field added",
    ),
    (
        "an open op of the journal",
        world_of(entry(), {ENV: CURRENT}, open_ops={"a": OPEN}),
        secret_of(),
        "update",
        "unfinished",
    ),
    (
        "another machine's open op on a readable target",
        world_of(entry(pending=THIRD), {ENV: PENDING, COPY: CURRENT}),
        secret_of("a", *TWO),
        "update",
        "unfinished",
    ),
    (
        "another machine's open op, its value nowhere",
        world_of(entry(pending=THIRD), {ENV: CURRENT}),
        secret_of(),
        "block",
        "an unfinished op whose value is on no readable target",
    ),
    (
        "the same where a lost value may be replaced",
        world_of(entry(pending=THIRD), {ENV: CURRENT}, wishes=Wishes(take_over=True)),
        secret_of(),
        "rotate",
        "the value of an unfinished op was lost",
    ),
    (
        "a target that is new",
        world_of(entry(), {ENV: CURRENT, COPY: ABSENT}),
        secret_of("a", *TWO),
        "copy",
        "new target",
    ),
    (
        "a target that is behind",
        world_of(entry(), {ENV: CURRENT, COPY: OLD}),
        secret_of("a", *TWO),
        "copy",
        "behind",
    ),
    (
        "behind, and no copy on this machine",
        world_of(entry(), {ENV: OLD}),
        secret_of(),
        "block",
        "no readable copy",
    ),
    (
        "missing",
        world_of(
            entry(targets={uri: TargetRecord(AT, SECOND, "readback") for uri in (ENV, COPY)}),
            {ENV: CURRENT, COPY: ABSENT},
        ),
        secret_of("a", *TWO),
        "restore",
        "missing",
    ),
    (
        "changed",
        world_of(entry(), {ENV: UNKNOWN}),
        secret_of(),
        "block",
        "changed outside of SecretZero",
    ),
    (
        "foreign",
        world_of(entry(), {ENV: CURRENT, BOX: FOREIGN}),
        secret_of("a", target_of(), target_of(BOX)),
        "block",
        "changed by somebody else",
    ),
    (
        "changed, overwriting allowed",
        world_of(entry(), {ENV: CURRENT, COPY: UNKNOWN}, wishes=Wishes(on_drift="overwrite")),
        secret_of("a", *TWO),
        "update",
        "overwritten",
    ),
    (
        "changed, adopting allowed",
        world_of(entry(), {ENV: CURRENT, COPY: UNKNOWN}, wishes=Wishes(on_drift="adopt")),
        secret_of("a", *TWO),
        "adopt",
        "adopted",
    ),
    (
        "a target left the manifest",
        world_of(entry(targets={uri: TargetRecord(AT, SECOND, "readback") for uri in (ENV, COPY)}), {ENV: CURRENT}),
        secret_of(),
        "forget",
        "left the manifest",
    ),
    (
        "nobody offers the kind",
        world_of(),
        secret_of(unsupported="the kind is not offered by this version"),
        "block",
        "the kind is not offered by this version",
    ),
    (
        "no trust",
        world_of(entry(), {ENV: CURRENT}, obstacles={"a": Obstacle("needs trust", code="untrusted")}),
        secret_of(),
        "block",
        "needs trust",
    ),
    (
        "a source that is down",
        world_of(entry(), {ENV: CURRENT}, source=SourceSeen("down", error="no answer")),
        STATIC,
        "block",
        "no answer",
    ),
    (
        "a value that could be guessed",
        world_of(None, {ENV: ABSENT}, weak={"a": 20}),
        secret_of(),
        "block",
        "the value would have only 20 bits",
    ),
    (
        "a target that cannot be looked at",
        world_of(entry(), {ENV: Seen("cannot tell", error="no answer")}, failures={"file://.env": "unavailable"}),
        secret_of(),
        "block",
        "no answer",
    ),
    (
        "an entry of 0.14 that a target proves",
        world_of(Entry("a", "", AT, legacy="sha256:00"), {ENV: Seen("known", LEGACY, readable=True)}),
        secret_of(),
        "adopt",
        "migrated",
    ),
    (
        "an entry of 0.14 that nothing proves",
        world_of(Entry("a", "", AT, legacy="sha256:00"), {ENV: ABSENT}),
        secret_of(),
        "block",
        "recorded by an older version and cannot be verified now",
    ),
    ("everything in step", world_of(entry(), {ENV: CURRENT}), secret_of(), "keep", ""),
]


@pytest.mark.parametrize(("world", "secret", "action", "reason"), [row[1:] for row in TABLE], ids=[r[0] for r in TABLE])
def test_the_table_of_actions(world: World, secret: Secret, action: str, reason: str):
    """Each row of the table answers with its action and says why."""
    step = step_for(world, secret)
    assert (step.action, step.reason) == (action, reason)


@pytest.mark.parametrize(("world", "secret", "action"), [row[1:4] for row in TABLE], ids=[r[0] for r in TABLE])
def test_a_block_names_no_effect(world: World, secret: Secret, action: str):
    """What is blocked changes nothing, has a code, and is counted among the blocked."""
    plan = planned(world, secret)
    step = plan.steps[0]
    assert (step in plan.blocked) == (action == "block") == bool(step.code)
    if action in {"block", "keep"}:
        assert not step.makes_value
        assert not step.changes


def test_nothing_is_announced_that_a_lockfile_already_knows():
    """Going on with an op, copying, restoring and overwriting bring a known value: no further generation."""
    for name, world, secret, *_ in TABLE:
        step = step_for(world, secret)
        known = step.reason in {"unfinished", "overwritten", "new target", "behind", "missing"}
        assert not (known and step.makes_value), name


def test_overwriting_takes_the_recorded_value_from_where_it_stands():
    """The value that is written over a change is the recorded one, from a target that still has it."""
    step = step_for(
        world_of(entry(), {ENV: CURRENT, COPY: UNKNOWN}, wishes=Wishes(on_drift="overwrite")), secret_of("a", *TWO)
    )
    assert (step.take_from, at_targets(step)) == (ENV, {ENV: "keep", COPY: "write"})


@pytest.mark.parametrize("uri", [ENV, "mem://shelf/a#A", BOX])
def test_force_overwrites_nothing_that_nobody_recorded(uri: str):
    """It may be a colleague's rotation, or what somebody typed: a new value by name stops there, too."""
    seen = UNKNOWN if uri != BOX else FOREIGN
    secret = secret_of("a", target_of(uri))
    assert step_for(world_of(entry(), {uri: seen}, wishes=FORCED), secret).action == "block"
    wishes = evolve(FORCED, on_drift="overwrite")
    assert step_for(world_of(entry(), {uri: seen}, wishes=wishes), secret).action == "rotate"


def test_the_strongest_action_of_its_targets_names_a_step():
    """One target is missing, another is new: both are filled, and the step is called after what comes first."""
    recorded = entry(targets={ENV: TargetRecord(AT, SECOND, "readback"), BOX: TargetRecord(AT, SECOND, "ack")})
    secret = secret_of("a", target_of(), target_of(COPY), target_of(BOX))
    step = step_for(world_of(recorded, {ENV: CURRENT, COPY: ABSENT, BOX: ABSENT}), secret)
    assert (step.action, at_targets(step)) == ("restore", {ENV: "keep", COPY: "copy", BOX: "restore"})


def test_a_forced_rotation_withdraws_what_is_open():
    """An open op, announced or only in the journal, is given up by name."""
    announced = step_for(world_of(entry(pending=THIRD), {ENV: CURRENT}, wishes=FORCED))
    journalled = step_for(world_of(entry(), {ENV: CURRENT}, wishes=FORCED, open_ops={"a": OPEN}))
    first = step_for(world_of(None, {ENV: ABSENT}, wishes=FORCED, open_ops={"a": OPEN}))
    assert [step.withdraw for step in (announced, journalled, first)] == [THIRD, THIRD, THIRD]
    assert {step.action for step in (announced, journalled, first)} == {"rotate"}


class TestOpenOps:
    def test_a_target_that_has_the_value_is_only_recorded(self):
        """What the op had done is not written again, what it had not is."""
        opened = evolve(OPEN, done=frozenset([ENV]))
        step = step_for(world_of(entry(), {ENV: PENDING, COPY: CURRENT}, open_ops={"a": opened}), secret_of("a", *TWO))
        assert at_targets(step) == {ENV: "record", COPY: "write"}

    @pytest.mark.parametrize("seen", [UNKNOWN, OLD, CURRENT, FOREIGN])
    def test_a_done_target_that_moved_stops_it(self, seen: Seen):
        """Any other value there now is not what the op had written."""
        opened = evolve(OPEN, done=frozenset([ENV]))
        step = step_for(world_of(entry(), {ENV: seen}, open_ops={"a": opened}))
        assert (step.action, step.code, step.op) == ("block", "conflict", THIRD)

    def test_a_strange_value_at_a_target_that_was_not_done_stops_it(self):
        """It came between the look of the first run and this one."""
        step = step_for(world_of(entry(), {ENV: UNKNOWN}, open_ops={"a": OPEN}))
        assert (step.action, step.code) == ("block", "conflict")

    def test_a_moved_marker_without_an_answer_is_sent_again(self):
        """At a write-only target that was not done, it may have been this op: the same value is sent."""
        step = step_for(world_of(entry(), {BOX: FOREIGN}, open_ops={"a": OPEN}), secret_of("a", target_of(BOX)))
        assert at_targets(step) == {BOX: "write"}

    def test_overwriting_goes_on_all_the_same(self):
        """The person has seen it and wants the op's value."""
        world = world_of(entry(), {ENV: UNKNOWN}, open_ops={"a": OPEN}, wishes=Wishes(on_drift="overwrite"))
        step = step_for(world)
        assert (step.action, step.op, at_targets(step)) == ("update", THIRD, {ENV: "write"})

    def test_a_committed_op_is_not_resumed(self):
        """An op that is current is over; its targets are repaired like any others."""
        opened = evolve(OPEN, op=SECOND)
        assert step_for(world_of(entry(), {ENV: CURRENT}, open_ops={"a": opened})).action == "keep"


class TestOrder:
    def test_what_is_needed_comes_first(self):
        """Steps stand in the order in which they can be carried out."""
        url = secret_of("url", target_of("file://.env#URL"), kind="derived", needs=("a",))
        plan = planned(world_of(None, {ENV: ABSENT, "file://.env#URL": ABSENT}), url, secret_of())
        assert [step.secret for step in plan.steps] == ["a", "url"]

    def test_what_is_made_from_a_blocked_secret_is_blocked(self):
        """Without a generation of its own it cannot be made."""
        url = secret_of("url", target_of("file://.env#URL"), kind="derived", needs=("a",))
        plan = planned(world_of(None, {ENV: UNKNOWN, "file://.env#URL": ABSENT}), url, secret_of())
        assert [(step.action, step.reason) for step in plan.steps][1] == ("block", "needs a, which is blocked")

    def test_chosen_secrets_bring_those_made_from_them(self):
        """Rotating one by name includes what follows it, and says so."""
        url = secret_of("url", target_of("file://.env#URL"), kind="derived", needs=("a",))
        world = world_of(None, {ENV: ABSENT}, wishes=Wishes(only=frozenset("a")))
        plan = planned(world, url, secret_of(), secret_of("b"))
        assert ([step.secret for step in plan.steps], plan.included) == (["a", "url"], ("url",))


class TestForgetting:
    GONE = world_of(None, {}, others={"gone": entry()})

    @staticmethod
    def steps(plan: Plan) -> dict[str, Step]:
        return {step.secret: step for step in plan.steps}

    def test_a_secret_that_left_is_remembered(self):
        """Its targets are marked as removed, and nothing is deleted."""
        step = self.steps(planned(self.GONE))["gone"]
        assert (step.action, at_targets(step)) == ("forget", {ENV: "forget"})

    @pytest.mark.parametrize(
        ("there", "on_drift", "action", "reason"),
        [
            ("known", "", "delete", "left the manifest"),
            ("absent", "", "delete", "left the manifest"),
            ("taken", "", "delete", "left the manifest"),
            ("unknown", "", "forget", "holds another value"),
            ("foreign", "", "forget", "holds another value"),
            ("unknown", "overwrite", "delete", "left the manifest"),
            ("claimed", "overwrite", "forget", "the manifest has its place for another target"),
            ("cannot tell", "overwrite", "forget", "could not be compared"),
            ("", "overwrite", "forget", "not compared"),
        ],
    )
    def test_prune_deletes_what_was_seen_to_be_ours(self, there: str, on_drift: str, action: str, reason: str):
        """Only --prune takes values away, and only those that the lockfile knows; nothing is deleted on a guess."""
        observation = Observation(gone={(entry().id, ENV): there} if there else {})
        wishes = Wishes(prune=True, on_drift=on_drift)
        step = self.steps(planned(self.GONE, wishes=wishes, observation=observation))["gone"]
        assert [(t.action, t.reason) for t in step.targets] == [(action, reason)]

    def test_what_prune_may_not_delete_is_told_without_being_a_change(self):
        """A second --prune says again why something stays, and changes nothing."""
        marked = entry(targets={ENV: TargetRecord(AT, SECOND, "readback", removed_at=AT)})
        world = evolve(self.GONE, shared=evolve(self.GONE.shared, secrets={"gone": marked}))
        observation = Observation(gone={(marked.id, ENV): "unknown"})
        step = self.steps(planned(world, wishes=Wishes(prune=True), observation=observation))["gone"]
        assert (step.action, step.reason, step.changes) == ("keep", "holds another value", False)

    def test_what_is_remembered_is_not_told_twice(self):
        """A target that is already marked as removed does not need a step."""
        marked = entry(targets={ENV: TargetRecord(AT, SECOND, "readback", removed_at=AT)})
        assert "gone" not in self.steps(planned(world_of(None, {}, others={"gone": marked})))

    def test_a_choice_of_secrets_forgets_no_other(self):
        """Who names secrets means those."""
        assert "gone" not in self.steps(planned(self.GONE, wishes=Wishes(only=frozenset("a"))))

    def test_a_blocked_secret_forgets_nothing(self):
        """Where something must be decided first, the rest waits too."""
        recorded = entry(
            targets={ENV: TargetRecord(AT, SECOND, "readback"), COPY: TargetRecord(AT, SECOND, "readback")}
        )
        assert at_targets(step_for(world_of(recorded, {ENV: UNKNOWN}))) == {ENV: "block"}


class TestRenames:
    def test_the_former_name_is_found_and_told(self):
        """The entry is under its old name until the run renames it; that alone is a change."""
        world = world_of(None, {ENV: CURRENT}, others={"old": entry()})
        step = step_for(world, secret_of("a", formerly="old"))
        assert (step.action, step.renamed_from, step.changes) == ("keep", "old", True)

    @pytest.mark.parametrize("facts", [{"open_ops": {"a": OPEN}}, {}])
    def test_an_open_op_moves_along(self, facts: dict[str, object]):
        """The op of a secret that was renamed meanwhile leaves no entry under the old name."""
        recorded = entry(pending=THIRD)
        world = world_of(None, {ENV: PENDING}, others={"old": recorded}, **facts)
        step = step_for(world, secret_of("a", formerly="old"))
        assert (step.op, step.renamed_from) == (THIRD, "old")

    def test_a_name_that_is_recorded_wins(self):
        """After the rename the old name may belong to somebody else."""
        world = world_of(entry(), {ENV: CURRENT}, others={"old": entry(FIRST)})
        step = step_for(world, secret_of("a", formerly="old"))
        assert (step.action, step.renamed_from) == ("keep", "")


def test_a_target_step_holds_no_value():
    """What is shown, saved and printed is made of names."""
    assert TargetStep(ENV, "write") == TargetStep(ENV, "write", "", "")
    assert FIRST not in repr(step_for(world_of(entry(), {ENV: CURRENT})))
