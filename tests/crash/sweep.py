"""Kills a run at one of its calls and says everything that is wrong before, during and after the next plain sync."""

import json
import os
from collections.abc import Callable, Iterable
from random import Random
from typing import NamedTuple

from careless import VARIANTS
from scene import HOLDS, Image, Known, Scene, Values
from traced import Call, Trace
from victim import Victim

from secretzero.engine.engine import Engine
from secretzero.errors import SecretZeroError

EFFECTS = {"write", "rename", "unlink", "fsync", "ftruncate", "mkdir"}
"""Calls that change what is on the disk, or make it stay; the start of another call is not a new state."""


class Killed(NamedTuple):
    """One kill: before which call, and what was wrong afterwards."""

    point: int
    call: Call
    problems: list[str]


class Moment(NamedTuple):
    """What was there between the kill and the recovery."""

    known: Known
    values: Values


class Sweep:
    """One action from one start, killed again and again; `then` happens to the disk between kill and recovery."""

    def __init__(
        self,
        victim: Victim,
        scene: Scene,
        start: Image,
        action: str,
        *,
        variant: str = "",
        recovered_by: str = "",
        then: Callable[[Scene, int], None] | None = None,
    ) -> None:
        self.victim, self.scene, self.start, self.action = victim, scene, start, action
        self.variant, self.recovered_by, self.then = variant, recovered_by, then
        scene.become(start)
        self.old = scene.values()
        self.trace = victim.run(scene.root, action, variant)

    def points(self, *, effects_only: bool = False) -> list[int]:
        """List the calls to be killed at; with `effects_only` one for each state that the disk is in on the way."""
        every = range(1, len(self.trace.calls) + 1)
        return [n for n in every if not effects_only or self.trace.calls[n - 1].name in EFFECTS or n == len(every)]

    def kill_at(self, point: int, judge: Callable[["Sweep"], list[str]] | None = None) -> Killed:
        """Kill before the n-th call and judge what is left."""
        self.scene.become(self.start)
        seen = self.victim.run(self.scene.root, self.action, self.variant, kill_at=point)
        wanted = self.trace.calls[:point]
        problems = [] if seen.ended == "killed" else [f"the run survived: {seen.ended}"]
        if seen.calls != wanted:
            problems.append(f"another way to this point: {_first_difference(seen.calls, wanted)}")
        if self.then:
            self.then(self.scene, point)
        problems += judge(self) if judge else judged(self.scene, self.old, self.recover)
        return Killed(point, wanted[-1], problems)

    def recover(self) -> list[str]:
        """Run a plain sync as a new process would, and say what it could not do."""
        return synced(self.scene, self.recovered_by)

    def violations(
        self,
        points: Iterable[int],
        *,
        judge: Callable[["Sweep"], list[str]] | None = None,
        most: int = 10,
        telling: str = "",
    ) -> list[Killed]:
        """Kill at each of these points; return those after which something was wrong that has a word in it."""
        found: list[Killed] = []
        for point in points:
            killed = self.kill_at(point, judge)
            if any(telling in problem for problem in killed.problems):
                found.append(killed)
                if len(found) >= most:
                    break
        return found


def synced(scene: Scene, variant: str = "") -> list[str]:
    """Run a sync and return every failure."""
    try:
        engine: Engine = VARIANTS[variant](scene.engine()) if variant else scene.engine()
        report = engine.sync()
    except SecretZeroError as error:
        return [f"sync: {error.code}: {error.message}"]
    return [f"sync: {out.step.secret}: {out.error or out.targets}" for out in report.failed]


def judged(scene: Scene, old: Values, recover: Callable[[], list[str]]) -> list[str]:
    """Look at what a dead run left, recover, and look again."""
    try:
        moment = Moment(scene.known(), scene.values())
    except SecretZeroError as error:
        return [f"lockfile or journal cannot be read: {error.message}"]
    problems = unknown_values(moment, old) + recover()
    problems += not_converged(scene) + replaced(moment, old, scene.values()) + went_back(moment, scene.known())
    problems += [f"lost a line of somebody else: {path}" for path in scene.foreign_kept()]
    problems += [f"temporary file left: {path}" for path in scene.temporaries()]
    before = scene.stamps()
    problems += [f"second {failure}" for failure in synced(scene)]
    after = scene.stamps()
    return problems + [
        f"a second sync wrote {path}" for path in sorted(after.keys() | before) if before.get(path) != after.get(path)
    ]


def unknown_values(moment: Moment, old: Values) -> list[str]:
    """Find values at targets that nobody vouches for, and announced values that the journal does not have."""
    found = []
    known = moment.known
    for name, places in moment.values.items():
        entry = known.entries.get(name)
        for path, value in places.items():
            if not known.vouches_for(name, value):
                found.append(f"{name} in {path} is known to nobody")
            elif not known.op_of(name, value):
                found.append(f"{name} in {path} was never announced")
            elif value != old[name].get(path) and known.needs_journal(name, value):
                found.append(f"{name} in {path} is not in the journal")
        if entry and entry.pending and entry.pending not in known.ops:
            found.append(f"{name} is pending and not in the journal")
    return found


def not_converged(scene: Scene) -> list[str]:
    """Find secrets that are not the same at all of their targets, and everything that is still open."""
    found = []
    known, values = scene.known(), scene.values()
    for name, places in HOLDS.items():
        entry = known.entries.get(name)
        if entry is None or entry.pending or not entry.current:
            found.append(f"{name} is not committed")
        if set(values[name]) != set(places) or len(set(values[name].values())) != 1:
            found.append(f"{name} is not the same everywhere")
        if entry and any(record.op != entry.current or record.confirmed == "none" for record in entry.targets.values()):
            found.append(f"{name} is not recorded as done")
        found += [
            f"{name} is not what is recorded" for value in values[name].values() if not known.is_current(name, value)
        ]
    if known.ops or os.path.exists(scene.journal):
        found.append("the journal is not empty")
    if values["db_password"].get(".env", "-") not in values["db_url"].get("settings.toml", ""):
        found.append("db_url is made from another db_password")
    return found


def replaced(moment: Moment, old: Values, after: Values) -> list[str]:
    """Find values that somebody could have seen, or the journal had, and that another one replaced."""
    found = []
    for name, places in moment.values.items():
        shown = set(places.values()) - set(old[name].values())
        journalled = {str(value.reveal()) for value in moment.known.journalled.get(name, ())}
        follows = name == "db_url"  # computed again from its part, which `not_converged` checks
        allowed = shown or journalled or (set() if follows else set(old[name].values()))
        if len(shown) > 1:
            found.append(f"{name}: two new values were visible")
        if allowed and not set(after[name].values()) <= allowed:
            found.append(f"{name}: a value was replaced that was {'visible' if shown else 'durable'}")
    return found


def went_back(before: Moment, after: Known) -> list[str]:
    """Find committed ops that were withdrawn, and secrets whose generation went back."""
    found = []
    for name, entry in before.known.entries.items():
        now = after.entries.get(name)
        if now is None or now.highest < entry.highest or (entry.now and now.now and now.now.n < entry.now.n):
            found.append(f"{name} went back")
        elif entry.current and entry.current in now.generations and now.generations[entry.current].withdrawn:
            found.append(f"{name}: a committed op was withdrawn")
    return found


def torn(seed: int) -> Callable[[Scene, int], None]:
    """Return what tears the tail of the journal: the beginning of a record, or noise, behind what is there."""

    def tear(scene: Scene, point: int) -> None:
        if os.path.exists(scene.journal):
            random = Random(seed * 10_000 + point)
            with open(scene.journal, "r+b") as file:
                content = file.read()
                record = content[content.find(b"\n") + 1 :] or b"\0\0\1\0s"
                tail = (
                    record[: random.randrange(1, min(len(record), 200))]
                    if point % 2
                    else random.randbytes(point % 60 + 1)
                )
                file.write(tail)

    return tear


HAND_MADE = "made-by-hand-meanwhile"


def edited_by_hand(scene: Scene, _point: int) -> None:
    """Let a person change one target while the run is dead."""
    path = os.path.join(scene.project, "conf/app.json")
    with open(path, encoding="utf-8") as file:
        content = json.load(file)
    content["db_password"] = HAND_MADE
    with open(path, "w", encoding="utf-8") as file:
        json.dump(content, file)


def fenced(sweep: Sweep) -> list[str]:
    """Judge a recovery that meets a target which a person changed: it must say so and leave it alone."""
    failures = sweep.recover()
    kept = sweep.scene.values()["db_password"]["conf/app.json"] == HAND_MADE
    return ([] if failures else ["nothing was said of the changed target"]) + (
        [] if kept else ["a changed target was overwritten"]
    )


def out_of_order(trace: Trace, scene: Scene) -> list[str]:
    """Find effects that happen before what they rest on is durable: write, fsync, rename, fsync of the folder."""
    found: list[str] = []
    unsynced: dict[str, str] = {}
    names: dict[str, str] = {}
    targets = {os.path.join(scene.project, path) for places in HOLDS.values() for path in places}
    for call in trace.calls:
        effect = call.other if call.name == "rename" else call.path
        among_targets = effect in targets and set(names) | set(unsynced) <= targets | {call.path}
        if call.name == "rename" and call.path in unsynced:
            found.append(f"renamed before fsync: {os.path.basename(effect)}")
        rests_on = {p for p in (*unsynced, *names) if p != call.path or call.name != "write"}
        if call.name in {"rename", "unlink"} and rests_on - {call.path} and not among_targets and not _tidies(call):
            found.append(
                f"{call.name} of {os.path.basename(effect)} before {sorted(map(os.path.basename, rests_on))} is durable"
            )
        if call.name == "write":
            unsynced[call.path] = call.path
        elif call.name in {"fsync", "fdatasync"}:
            unsynced.pop(call.path, None)
            names = {path: folder for path, folder in names.items() if folder != call.path}
        elif call.name == "rename" or (call.name == "unlink" and not _tidies(call)):
            unsynced.pop(call.path, None)
            names[effect] = os.path.dirname(effect)
    return found + [f"never durable: {os.path.basename(path)}" for path in (*unsynced, *names)]


def _tidies(call: Call) -> bool:
    return call.name == "unlink" and call.path.endswith(".secretzero-tmp")


def _first_difference(seen: list[Call], wanted: list[Call]) -> str:
    for number, (one, other) in enumerate(zip(seen, wanted, strict=False), 1):
        if one != other:
            return f"call {number} is {one}, was {other}"
    return f"{len(seen)} calls, not {len(wanted)}"
