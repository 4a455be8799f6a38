"""G4: a disk that refuses, once or for good, at each moment of a run: nothing is torn, and the next run heals."""

import errno
from collections.abc import Callable

import pytest
from explore import begun, synced
from judge import broken, failures, not_closed
from world import World

from secretzero.engine.report import Report

Figure = Callable[[str, object], None]
REFUSALS = (errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS)


ENV = "/project/.env"


class Refused:
    """A run of machine A, again and again from one start, on a disk that refuses."""

    def __init__(self, action: str) -> None:
        self.action = action
        self.world = World(offered=action == "rotate")
        self.start = synced(self.world) if action == "rotate" else begun(self.world)
        self.world.become(self.start)
        self.before = self.world.a.disk.read(ENV)
        self.world.a.run(action)
        self.after = self.world.a.disk.read(ENV)
        self.moments = [n for n, (_, path) in enumerate(self.world.a.points.trace, 1) if path.startswith("/")]

    def at(self, moment: int, number: int, *, for_good: bool) -> list[str]:
        """Run, be refused at a moment or from it on, run again; return what was wrong."""
        world, machine = self.world, self.world.a
        world.become(self.start)
        if for_good:
            machine.points.full_from, machine.points.refusal = moment, number
        else:
            machine.disk.refuse_at(moment, number)
        ended = machine.run(self.action)
        problems = [] if failures(ended) or (isinstance(ended, Report) and ended.notices) else ["nothing was said"]
        problems += [] if machine.disk.read(ENV) in {self.before, self.after} else ["the file is neither old nor new"]
        machine.disk.reboot()
        problems += broken(world)
        problems += failures(machine.run("sync"))
        machine.disk.reboot()
        written = machine.disk.files()
        problems += failures(machine.run("sync"))
        problems += [] if machine.disk.files() == written else ["a second sync wrote something"]
        return problems + [problem for problem in not_closed(world) if "for B" not in problem]


@pytest.mark.parametrize("for_good", [False, True], ids=["once", "for good"])
@pytest.mark.parametrize("action", ["sync", "rotate"])
def test_a_disk_that_refuses_tears_nothing(action: str, for_good: bool, record_property: Figure) -> None:  # noqa: FBT001
    """Every file is what it was or what it was to become, the run says so, and a plain sync puts all right."""
    run = Refused(action)
    tried = [(moment, number) for moment in run.moments for number in REFUSALS]
    found = {
        f"{errno.errorcode[number]} at {moment}": problems
        for moment, number in tried
        if (problems := run.at(moment, number, for_good=for_good))
    }
    record_property(
        "figure", f"G4 {action}, {'for good' if for_good else 'once'}: {len(tried)} refusals, {len(found)} violations"
    )
    assert len(tried) >= 100
    assert found == {}
