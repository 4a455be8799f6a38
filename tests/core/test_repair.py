"""Bringing targets back to the value that there is: from where it is taken, and what cannot be repaired."""

import pytest
from attrs import evolve
from lockfiles import AT
from worlds import (
    ABSENT,
    BOX,
    COPY,
    CURRENT,
    ENV,
    OLD,
    OTHER,
    SECOND,
    UNKNOWN,
    UNSURE,
    at_targets,
    entry,
    entry_from,
    secret_of,
    target_of,
    template_of,
    world_of,
)

from secretzero.lockfile.model import Entry, TargetRecord
from secretzero.manifest.model import Secret
from secretzero.planning.plan import Step
from secretzero.planning.repair import repair
from secretzero.planning.world import Seen, SourceSeen, Wishes, World

TWO = secret_of("a", target_of(), target_of(COPY))
BLIND = Seen("known", SECOND, "marker")


def repaired(secret: Secret, seen: dict[str, Seen], recorded: Entry | None = None, **facts: object) -> Step:
    """Return the step of a secret whose value stays."""
    recorded = recorded or entry()
    return repair(secret, world_of(recorded, seen, **facts), recorded)  # type: ignore[arg-type]


class TestSources:
    def source(self, secret: Secret, world: World, recorded: Entry | None = None) -> str:
        return repair(secret, world, recorded or entry()).take_from

    def test_a_target_that_has_it(self):
        """The first that can be read and holds the current value."""
        assert self.source(TWO, world_of(entry(), {ENV: OLD, COPY: CURRENT})) == COPY

    def test_a_platform_that_shows_nothing_is_no_copy(self):
        """To know that it is there is not to have it."""
        assert self.source(secret_of("a", target_of(BOX)), world_of(entry(), {BOX: BLIND})) == ""

    def test_a_place_that_left_the_manifest(self):
        """A file that a target moved away from still has it."""
        world = world_of(entry(), {ENV: ABSENT})
        world = evolve(world, observation=evolve(world.observation, left={"a": {"": COPY}}))
        assert self.source(secret_of(), world) == COPY

    def test_the_journal(self):
        """An unfinished copy has the value."""
        assert self.source(secret_of(), world_of(entry(), {ENV: ABSENT}, journalled=frozenset([SECOND]))) == "journal"

    @pytest.mark.parametrize(
        ("secret", "recorded", "source"),
        [
            (secret_of(kind="derived"), entry(), None),
            (secret_of(kind="nonsecret"), entry_from(has_value=True, value="eu"), None),
            (secret_of(kind="static"), entry(), SourceSeen("same", "manifest")),
        ],
    )
    def test_the_origin_where_it_gives_the_same(self, secret: Secret, recorded: Entry, source: SourceSeen | None):
        """A derived value, a setting in clear, a literal: they can be had again."""
        assert self.source(secret, world_of(recorded, {ENV: ABSENT}, source=source), recorded) == "origin"

    def test_the_pieces_where_they_are_complete(self):
        """The fields of a template at their own targets are the whole."""
        template = template_of("user", "token")
        seen = {target.uri: CURRENT for target in template.targets}
        assert self.source(template, world_of(entry(), seen)) == "fields"
        assert repaired(template, {**seen, template.targets[0].uri: ABSENT}).action == "block"


class TestTargets:
    def test_what_is_in_step_is_left_alone(self):
        """Recorded and there."""
        recorded = entry(targets={uri: TargetRecord(AT, SECOND, "readback") for uri in (ENV, COPY)})
        step = repaired(TWO, {ENV: CURRENT, COPY: CURRENT}, recorded)
        assert (step.action, at_targets(step), step.changes) == ("keep", {ENV: "keep", COPY: "keep"}, False)

    @pytest.mark.parametrize(
        "record",
        [
            None,
            TargetRecord(AT, SECOND, "none", error="unavailable"),
            TargetRecord(AT, SECOND, "readback", removed_at=AT),
            TargetRecord(AT, "01JDX000000000000000000001", "readback"),
        ],
    )
    def test_what_is_there_and_not_recorded_is_recorded(self, record: TargetRecord | None):
        """A lost answer, a target that came back, a copy made by hand: nothing is written but the lockfile."""
        recorded = entry(targets={ENV: TargetRecord(AT, SECOND, "readback"), **({COPY: record} if record else {})})
        step = repaired(TWO, {ENV: CURRENT, COPY: CURRENT}, recorded)
        assert (step.action, at_targets(step), step.changes) == ("keep", {ENV: "keep", COPY: "record"}, True)

    def test_what_cannot_be_compared_is_left_alone(self):
        """Never called in step, and never overwritten."""
        step = repaired(TWO, {ENV: CURRENT, COPY: UNSURE})
        assert [target.verdict for target in step.targets] == ["in step", "cannot tell"]
        assert at_targets(step)[COPY] == "keep"

    def test_one_that_cannot_be_filled_stops_the_secret(self):
        """Its ways out are named."""
        step = repaired(secret_of(), {ENV: ABSENT})
        assert (step.action, step.reason, step.code) == ("block", "no readable copy", "blocked")
        assert "secretzero rotate a --force" in step.hint

    def test_a_part_is_filled_from_its_own_copy(self):
        """Where the whole is nowhere, a target of one field can still be filled from another of the same field."""
        user, again = target_of(ENV, "user"), target_of(COPY, "user")
        template = template_of("user", "token")._replace(targets=(user, again))
        step = repaired(template, {ENV: CURRENT, COPY: ABSENT})
        assert (at_targets(step), step.take_from, step.makes_value) == ({ENV: "keep", COPY: "copy"}, "fields", False)

    def test_rewriting_writes_what_is_in_step(self):
        """A target that was named is written whatever it holds."""
        step = repaired(TWO, {ENV: CURRENT, COPY: CURRENT}, wishes=Wishes(rewrite=frozenset([COPY])))
        assert at_targets(step)[COPY] == "restore"


class TestChanges:
    ADOPT = Wishes(on_drift="adopt")

    def test_equal_changes_are_adopted_from_the_first(self):
        """What agrees is recorded, and everything else gets it."""
        three = secret_of("a", target_of(), target_of(COPY), target_of("file://c.env#A"))
        seen = {ENV: CURRENT, COPY: UNKNOWN, "file://c.env#A": UNKNOWN}
        step = repaired(three, seen, wishes=self.ADOPT)
        assert (step.action, step.take_from) == ("adopt", COPY)
        assert at_targets(step) == {ENV: "write", COPY: "record", "file://c.env#A": "record"}
        assert step.makes_value

    def test_different_changes_are_not_adopted(self):
        """Somebody must choose."""
        step = repaired(TWO, {ENV: UNKNOWN, COPY: OTHER}, wishes=self.ADOPT)
        assert (step.action, step.reason) == ("block", "its targets hold different values")

    def test_a_changed_piece_is_not_adopted(self):
        """One field alone gives no whole value."""
        secret = secret_of("a", target_of(), target_of(COPY, "user"))
        step = repaired(secret, {ENV: CURRENT, COPY: UNKNOWN}, wishes=self.ADOPT)
        assert (step.action, step.reason) == ("block", "no target holds a whole value to adopt")

    def test_overwriting_needs_a_copy(self):
        """Without one there is nothing to write."""
        step = repaired(secret_of(), {ENV: UNKNOWN}, wishes=Wishes(on_drift="overwrite"))
        assert (step.action, step.reason) == ("block", "no readable copy")

    def test_the_rule_of_the_target(self):
        """`on_foreign: overwrite` needs no option of the run."""
        secret = secret_of("a", target_of(), target_of(COPY, on_foreign="overwrite"))
        step = repaired(secret, {ENV: CURRENT, COPY: UNKNOWN})
        assert (step.action, at_targets(step), step.makes_value) == ("update", {ENV: "keep", COPY: "write"}, False)
