"""Values that nobody recorded: who may be overwritten, what is adopted, and what is said of the rest."""

import pytest
from worlds import (
    BOX,
    COPY,
    CURRENT,
    ENV,
    FOREIGN,
    OTHER,
    UNKNOWN,
    entry,
    secret_of,
    target_of,
    template_of,
    world_of,
)

from secretzero.manifest.model import Secret
from secretzero.planning.repair import Conflict, conflict_of
from secretzero.planning.world import Seen, SourceSeen, Wishes

TWO = secret_of("a", target_of(), target_of(COPY))
ADOPT = Wishes(on_drift="adopt")
NOTHING = Wishes()


def found(secret: Secret, seen: dict[str, Seen], wishes: Wishes = NOTHING, **facts: object) -> Conflict:
    """Return what stands in the way of a secret without a generation."""
    return conflict_of(secret, None, world_of(None, seen, wishes=wishes, **facts))  # type: ignore[arg-type]


def test_nothing_strange_is_no_conflict():
    """Known values and empty places do not cause a conflict."""
    assert found(TWO, {ENV: CURRENT, COPY: Seen("absent")}) == Conflict()


def test_the_rule_of_the_target_counts():
    """`on_foreign` says what may happen: the usual is to stop, and the target is named."""
    assert found(TWO, {ENV: UNKNOWN, COPY: Seen("absent")}).blocked == (ENV,)
    kind = secret_of("a", target_of(on_foreign="overwrite"))
    assert found(kind, {ENV: UNKNOWN}) == Conflict()


def test_what_the_person_says_wins():
    """`--on-drift` is stronger than what any target says."""
    kind = secret_of("a", target_of(on_foreign="overwrite"))
    assert found(kind, {ENV: UNKNOWN}, Wishes(on_drift="fail")).blocked == (ENV,)
    assert found(kind, {ENV: UNKNOWN}, ADOPT).adopt_from == ENV


def test_one_target_that_refuses_stops_all():
    """Where one of several may not be touched, none is."""
    kind = secret_of("a", target_of(), target_of(COPY, on_foreign="adopt"))
    assert found(kind, {ENV: UNKNOWN, COPY: UNKNOWN}).blocked == (ENV, COPY)


def test_equal_values_are_adopted_from_the_first():
    """Targets that agree are taken together, and the rest is written."""
    conflict = found(TWO, {ENV: UNKNOWN, COPY: UNKNOWN}, ADOPT)
    assert (conflict.adopt_from, conflict.agreeing) == (ENV, {ENV, COPY})


def test_different_values_are_not_adopted():
    """Which of two values is right cannot be decided."""
    conflict = found(TWO, {ENV: UNKNOWN, COPY: OTHER}, ADOPT)
    assert (conflict.blocked, conflict.adopt_from) == ((ENV, COPY), "")
    assert "overwrite" in conflict.hint


def test_what_cannot_be_read_cannot_be_adopted():
    """A platform that never shows its value has none to take."""
    kind = secret_of("a", target_of(BOX))
    conflict = found(kind, {BOX: Seen("unknown", evidence="no marker")}, ADOPT)
    assert conflict.blocked == (BOX,)


def test_a_piece_is_not_the_whole():
    """A target that holds one part of a value gives no whole one, unless the parts cover a template."""
    assert found(secret_of("a", target_of(ENV, "user")), {ENV: UNKNOWN}, ADOPT).blocked == (ENV,)
    template = template_of("user", "token")
    seen = {target.uri: Seen("unknown", likeness=target.part.encode(), readable=True) for target in template.targets}
    assert found(template, seen, ADOPT).adopt_from == "fields"
    assert found(template, {**seen, template.targets[0].uri: Seen("absent")}, ADOPT).blocked


def test_the_value_that_it_would_get_is_no_stranger():
    """A target that already holds the literal is accepted, and one with another value is not."""
    kind = secret_of(kind="static")
    same = SourceSeen("none", likeness=UNKNOWN.likeness)
    assert found(kind, {ENV: UNKNOWN}, source=same) == Conflict()
    assert found(kind, {ENV: OTHER}, source=same).blocked == (ENV,)


def test_a_former_name_is_suggested():
    """A target that the lockfile records for a secret of another name looks like a rename."""
    world = world_of(None, {ENV: UNKNOWN}, others={"old": entry()})
    assert "formerly: old" in conflict_of(secret_of(), None, world).hint
    assert "formerly" not in found(secret_of(), {ENV: UNKNOWN}).hint


@pytest.mark.parametrize(("seen", "stale"), [(UNKNOWN, False), (FOREIGN, True)])
def test_a_foreign_marker_suggests_a_stale_checkout(seen: Seen, stale: bool):  # noqa: FBT001 - a row of a table
    """On another machine a colleague's rotation looks like this, and pulling is the way out."""
    conflict = conflict_of(secret_of(), entry(), world_of(entry(), {ENV: seen}))
    assert ("pull" in conflict.hint) == stale
    assert conflict.reason == "changed outside of SecretZero"
