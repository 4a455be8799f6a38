"""G6: the real engine under every interleaving of crash, refusal, lost answer, time-out and a second machine."""

from collections.abc import Callable

import pytest
from careless import VARIANTS
from explore import Explorer, begun, left_behind, one_machine, recovery_visited, synced, two_machines
from world import World

Figure = Callable[[str, object], None]
Scenario = Callable[[Explorer], None]
KILL, DEATHS, EVERY = ("kill",), ("kill", "power"), ("kill", "power", "dice")


def a_rotation_hit_twice(explorer: Explorer) -> None:
    """Hit a rotation, then the sync after it."""
    one_machine(explorer, "rotate", synced(explorer.world), EVERY, DEATHS)


def a_first_sync_hit_twice(explorer: Explorer) -> None:
    """Hit a first sync, then the sync after it; the project has no key yet."""
    explorer.world.offered = False
    one_machine(explorer, "sync", begun(explorer.world), EVERY, DEATHS)


def a_rotation_on_a_platform_without_tokens(explorer: Explorer) -> None:
    """Hit a rotation, then the sync after it; the platform knows no repeated write, and may store something else."""
    explorer.world.forgets = ("token",)
    one_machine(explorer, "rotate", synced(explorer.world), EVERY, KILL)


def a_rotation_on_a_platform_that_compares_nothing(explorer: Explorer) -> None:
    """The same, and it takes every write, whatever stands there."""
    explorer.world.forgets = ("token", "expected")
    one_machine(explorer, "rotate", synced(explorer.world), EVERY, KILL)


def a_rotation_hit_three_times(explorer: Explorer) -> None:
    """Hit a rotation, the sync after it, and the sync after that."""
    one_machine(explorer, "rotate", synced(explorer.world), DEATHS, DEATHS, KILL)


def a_first_sync_hit_three_times(explorer: Explorer) -> None:
    """Hit a first sync, the sync after it, and the sync after that."""
    explorer.world.offered = False
    one_machine(explorer, "sync", begun(explorer.world), DEATHS, DEATHS, DEATHS)


def a_rotation_visited(explorer: Explorer) -> None:
    """Let a colleague rotate or sync at each moment of a rotation, with or without pulling, and one of both be hit."""
    visits = ("rotate:db", "pull, rotate:db", "pull, sync")
    two_machines(explorer, "rotate", synced(explorer.world), visits, crashes=KILL)


def a_first_sync_visited(explorer: Explorer) -> None:
    """Let a colleague who pulled come in at each moment of a first sync."""
    two_machines(explorer, "sync", begun(explorer.world), ("pull, sync", "pull, rotate:db"), crashes=KILL)


def a_rotation_left_behind(explorer: Explorer) -> None:
    """Hit a rotation, let a colleague rotate, then sync without having pulled, and be hit again."""
    left_behind(
        explorer, "rotate", synced(explorer.world), ("rotate:db", "pull, rotate:db", "pull, sync"), crashes=KILL
    )


def a_recovery_visited(explorer: Explorer) -> None:
    """Hit a rotation, and let a colleague come in at each moment of the sync after it."""
    recovery_visited(explorer, "rotate", synced(explorer.world), ("rotate:db", "pull, rotate:db"), crashes=KILL)


def a_recovery_visited_and_hit(explorer: Explorer) -> None:
    """The same, and one of both is hit."""
    visits = ("rotate:db", "pull, rotate:db")
    recovery_visited(explorer, "rotate", synced(explorer.world), visits, crashes=KILL, deep=True)


def a_rotation_visited_by_anybody(explorer: Explorer) -> None:
    """A colleague does anything, and machines also lose their power."""
    visits = ("rotate:db", "rotate", "sync", "pull, rotate:db", "pull, rotate", "pull, sync")
    two_machines(explorer, "rotate", synced(explorer.world), visits, crashes=EVERY)


SHORT: dict[Scenario, int] = {
    a_rotation_hit_twice: 4_000,
    a_first_sync_hit_twice: 4_000,
    a_rotation_visited: 20_000,
    a_first_sync_visited: 12_000,
    a_rotation_left_behind: 9_000,
    a_recovery_visited: 3_000,
    a_rotation_on_a_platform_without_tokens: 4_000,
    a_rotation_on_a_platform_that_compares_nothing: 4_000,
}
LONG: dict[Scenario, int] = {
    a_rotation_hit_three_times: 25_000,
    a_first_sync_hit_three_times: 25_000,
    a_rotation_visited_by_anybody: 60_000,
    a_recovery_visited_and_hit: 200_000,
}
"""Each scenario with the least number of executions by which it counts as explored."""


LATER = (pytest.mark.long, pytest.mark.timeout(3600))


def named(scenario: Scenario) -> str:
    """Name a scenario as its function."""
    return scenario.__name__


def described(explorer: Explorer) -> str:
    """Describe what was wrong, one history a line."""
    return "\n".join(f"{' / '.join(h.steps)}: {'; '.join(dict.fromkeys(h.problems))}" for h in explorer.violations)


@pytest.mark.parametrize("scenario", [*SHORT, *(pytest.param(each, marks=LATER) for each in LONG)], ids=named)
def test_no_interleaving_breaks_an_invariant(scenario: Scenario, record_property: Figure) -> None:
    """Whatever hits whom at which moment: values stay known, single and saved, and the world becomes whole again."""
    explorer = Explorer(World())
    scenario(explorer)
    name = scenario.__name__.replace("_", " ")
    record_property("figure", f"G6 {name}: {explorer.executions} executions, {len(explorer.violations)} violations")
    assert explorer.executions >= {**SHORT, **LONG}[scenario]
    assert not explorer.violations, described(explorer)


@pytest.mark.parametrize(
    ("rule", "variant", "scenario", "telling"),
    [
        ("R1", "record after effect", a_rotation_hit_twice, "in no journal"),
        ("R2", "announce after effect", a_rotation_hit_twice, "was never announced"),
        ("R3", "regenerate on retry", a_rotation_hit_twice, ""),
        ("R4", "compare with just read", a_rotation_visited, "overwrote a value that it did not know"),
        ("R5", "erase before commit", a_rotation_hit_twice, "in no journal"),
        ("", "committed op withdrawn", a_rotation_hit_twice, "a committed op was withdrawn"),
        ("", "no look after a lost answer", a_rotation_on_a_platform_that_compares_nothing, "stood there already"),
        ("", "no comparison after a write", a_rotation_on_a_platform_without_tokens, "which never had it"),
        ("", "recovery without fence", a_rotation_left_behind, "overwrote a value that it did not know"),
    ],
)
def test_a_broken_rule_is_caught(
    rule: str, variant: str, scenario: Scenario, telling: str, record_property: Figure
) -> None:
    """Each ordering rule, broken on purpose in the machine that is hit, shows."""
    world = World()
    explorer = Explorer(world, stop_at=1, telling=telling)
    world.careless = VARIANTS[variant]
    scenario(explorer)
    caught = "caught" if explorer.violations else "NOT CAUGHT"
    record_property("figure", f"G6 seeded {rule}: {variant}: {caught} after {explorer.executions} executions")
    assert explorer.violations
