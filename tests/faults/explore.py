"""Every history within a fault budget: runs that are hit at each moment in each way, and what comes after them."""

from collections.abc import Iterator
from typing import NamedTuple

from judge import broken, failures, not_closed
from world import LOCKFILE, Fault, Machine, Saved, World, kinds_at, restart, strike

from secretzero.engine.report import Report


class History(NamedTuple):
    """What happened, in words, and what was wrong."""

    steps: tuple[str, ...]
    problems: list[str]


class Worlds(dict[object, tuple[tuple[str, ...], Saved]]):
    """Worlds that differ, each with the first history that led to it."""


class Explorer:
    """Counts executions: each is one run under a fault, or without one, from a world that no other run began in."""

    def __init__(self, world: World, *, stop_at: int = 10, telling: str = "") -> None:
        self.world = world
        self.telling = telling
        self.executions = 0
        self.violations: list[History] = []
        self.stop_at = stop_at
        self._judged: dict[object, tuple[list[str], object]] = {}
        self._healed: dict[bytes, list[str]] = {}

    @property
    def enough(self) -> bool:
        """Whether so much is wrong that continuing is pointless."""
        return len(self.violations) >= self.stop_at

    def run(self, machine: Machine, action: str) -> Report | str:
        """Let a machine run."""
        self.executions += 1
        return machine.run(action)

    def faults(self, machine: Machine, action: str, start: Saved, crashes: tuple[str, ...]) -> Iterator[Fault]:
        """Yield everything that can go wrong in one run, each once."""
        self.world.become(start)
        self.run(machine, action)
        for moment, (operation, path) in enumerate(list(machine.points.trace), 1):
            for kind in kinds_at(operation, path, crashes, careless=bool(self.world.forgets)):
                yield Fault(moment, kind)

    def hit(self, machine: Machine, action: str, start: Saved, fault: Fault) -> list[str]:
        """Run from a start, be hit, restart; return the invariants that do not hold."""
        self.world.become(start)
        strike(machine, fault)
        self.run(machine, action)
        restart(machine, fault)
        return self.judge()

    def judge(self) -> list[str]:
        """Return the invariants that do not hold; the same world with the same past is judged once."""
        key = self.world.state(), self.world.facts, len(self.world.log)
        if key not in self._judged:
            self._judged[key] = broken(self.world), self.world.facts
        problems, self.world.facts = self._judged[key]
        return problems

    def end(self, steps: tuple[str, ...], problems: list[str], keep: Worlds | None = None) -> None:
        """End a history: heal the world and judge it; worlds that are the same are healed once.

        `keep` is where the world is kept as it was before that, for who wants to go on from it.
        """
        state = self.world.state()
        if keep is not None:
            keep.setdefault((state, self.world.facts), (steps, self.world.save()))
        if state not in self._healed:
            self._healed[state] = self._heal()
        wrong = problems + self._healed[state]
        if any(self.telling in problem for problem in wrong):
            self.violations.append(History(steps, wrong))

    def _heal(self) -> list[str]:
        """Let everybody pull and sync without a fault until nothing moves; say what is still not right."""
        world, problems = self.world, []
        live = [machine for machine in world.machines if machine.turn] or [world.a]
        for _ in range(3):
            said = []
            for machine in live:
                machine.pull()
                said += failures(self.run(machine, "sync"))
                machine.disk.reboot()
                problems += broken(world)
        problems += [f"at the end: {failure}" for failure in said] + not_closed(world)
        before = [machine.disk.files() for machine in live]
        for machine in live:
            self.run(machine, "sync")
        if before != [machine.disk.files() for machine in live]:
            problems.append("a sync of a whole world wrote something")
        return problems


def one_machine(explorer: Explorer, action: str, start: Saved, *faults: tuple[str, ...]) -> None:
    """Hit a run at each moment in each way, then the sync after it, and so on: `faults` are the crashes of each time.

    Worlds that are the same after so many faults go on once.
    """
    machine = explorer.world.a
    front: list[tuple[tuple[str, ...], Saved]] = [((), start)]
    for crashes in faults:
        after = Worlds()
        for steps, begin in front:
            for fault in explorer.faults(machine, action, begin, crashes):
                problems = explorer.hit(machine, action, begin, fault)
                explorer.end((*steps, f"{action} {fault}"), problems, keep=after)
                if explorer.enough:
                    return
        front, action = list(after.values()), "sync"


def two_machines(
    explorer: Explorer, action: str, start: Saved, visits: tuple[str, ...], *, crashes: tuple[str, ...] | None
) -> None:
    """Let the other machine come in before each moment, with and without a fault of either (None: without)."""
    for moment in range(1, len(_trace(explorer, action, start)) + 2):
        for visit in visits:
            for fault in _visited_faults(explorer, action, start, moment, visit, crashes):
                steps = (f"{action}, at {moment} the other one: {visit}", str(fault))
                explorer.end(steps, _visited(explorer, action, start, moment, visit, fault))
            if explorer.enough:
                return


def left_behind(
    explorer: Explorer, action: str, start: Saved, visits: tuple[str, ...], *, crashes: tuple[str, ...]
) -> None:
    """Hit a run, let the other machine go on, then let the first one sync without having pulled, and be hit again."""
    world = explorer.world
    left = Worlds()
    for fault in explorer.faults(world.a, action, start, crashes):
        problems = explorer.hit(world.a, action, start, fault)
        after = world.save()
        for visit in visits:
            world.become(after)
            if visit.startswith("pull, "):
                world.b.pull()
            explorer.run(world.b, visit.removeprefix("pull, "))
            world.b.disk.reboot()
            said = (f"{action} {fault}", f"the other one: {visit}")
            explorer.end(said, problems + explorer.judge(), keep=left)
    for steps, begin in left.values():
        for fault in explorer.faults(world.a, "sync", begin, crashes):
            explorer.end((*steps, f"sync {fault}"), explorer.hit(world.a, "sync", begin, fault))
            if explorer.enough:
                return


def recovery_visited(
    explorer: Explorer,
    action: str,
    start: Saved,
    visits: tuple[str, ...],
    *,
    crashes: tuple[str, ...],
    deep: bool = False,
) -> None:
    """Hit a run, and let the other machine come in before each moment of the sync after it; `deep`: hit that, too."""
    world, left = explorer.world, Worlds()
    for fault in explorer.faults(world.a, action, start, crashes):
        explorer.end((f"{action} {fault}",), explorer.hit(world.a, action, start, fault), keep=left)
    for _, begin in left.values():
        two_machines(explorer, "sync", begin, visits, crashes=crashes if deep else None)


class Hit(NamedTuple):
    """Whom a fault hits: the machine that runs, or the one that comes in between."""

    who: str
    fault: Fault | None


def _visited_faults(
    explorer: Explorer, action: str, start: Saved, moment: int, visit: str, crashes: tuple[str, ...] | None
) -> Iterator[Hit]:
    """Yield no fault, each of the visitor, and each of the host after the visit."""
    _visited(explorer, action, start, moment, visit, Hit("", None))
    host, guest = list(explorer.world.a.points.trace), list(explorer.world.b.points.trace)
    yield Hit("", None)
    if crashes is None:
        return
    for number, (operation, path) in enumerate(guest, 1):
        for kind in kinds_at(operation, path, crashes):
            yield Hit("guest", Fault(number, kind))
    for number, (operation, path) in list(enumerate(host, 1))[moment - 1 :]:
        for kind in kinds_at(operation, path, crashes):
            yield Hit("host", Fault(number, kind))


def _visited(explorer: Explorer, action: str, start: Saved, moment: int, visit: str, hit: Hit) -> list[str]:
    """Run with a visit before a moment, or after the run; return the invariants that do not hold."""
    world = explorer.world
    world.become(start)
    problems: list[str] = []

    def come() -> None:
        if visit.startswith("pull, "):
            world.b.pull()
        if world.b.disk.read(LOCKFILE) is None:
            return
        if hit.who == "guest" and hit.fault:
            strike(world.b, hit.fault)
        explorer.run(world.b, visit.removeprefix("pull, "))

    world.a.points.visits[moment] = come
    if hit.who == "host" and hit.fault:
        strike(world.a, hit.fault)
    explorer.run(world.a, action)
    trace = list(world.a.points.trace), list(world.b.points.trace)
    if moment in world.a.points.visits:
        come()
        trace = trace[0], list(world.b.points.trace)
    for machine, who in ((world.a, "host"), (world.b, "guest")):
        restart(machine, hit.fault if hit.fault and hit.who == who else Fault(0, "kill"))
    problems += explorer.judge()
    world.a.points.trace, world.b.points.trace = trace
    return problems


def _trace(explorer: Explorer, action: str, start: Saved) -> list[tuple[str, str]]:
    explorer.world.become(start)
    explorer.run(explorer.world.a, action)
    return list(explorer.world.a.points.trace)


def begun(world: World) -> Saved:
    """Return the world before anything."""
    return world.save()


def synced(world: World) -> Saved:
    """Return the world after a first sync on A that B has pulled and put into its own checkout."""
    world.a.run("sync")
    world.a.disk.reboot()
    world.b.pull()
    world.b.run("sync")
    world.b.disk.reboot()
    world.a.pull()
    assert broken(world) == []
    assert not_closed(world) == []
    return world.save()
