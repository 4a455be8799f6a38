"""Two machines with a checkout each, one platform between them, and everything that can go wrong at a moment."""

import errno
import hashlib
import json
import os
from collections.abc import Callable, Mapping
from datetime import timedelta
from random import Random
from typing import ClassVar, NamedTuple

from attrs import frozen
from shelves import ShelfTarget

from secretzero.engine.engine import Engine
from secretzero.engine.options import RunOptions
from secretzero.engine.report import Report
from secretzero.engine.state.git import Worktree
from secretzero.errors import SecretZeroError, UnavailableError
from secretzero.keys import ProjectKey
from secretzero.lockfile.document import parse_lockfile
from secretzero.lockfile.merge import merge_lockfiles
from secretzero.lockfile.writing import render_lockfile
from secretzero.manifest.catalog import Catalog
from secretzero.manifest.model import Field, Manifest, Secret, Target
from secretzero.places import Places
from secretzero.protocols import Constraints, Request
from secretzero.providers.local import File
from secretzero.stores.memory import MemoryStore, Shelf, _Object
from secretzero.testing.disk import MemoryDisk, State
from secretzero.testing.fakes import Dice, SetClock
from secretzero.testing.faults import Crash, Points, failing
from secretzero.values import SecretValue

KEY = ProjectKey(bytes(range(32)))
PLACES = Places("/state/secretzero", "/config", "/home")
LOCKFILE = "/project/.gitsecrets.lock"
Careless = Callable[[Engine], Engine]


@frozen
class Drawn:
    """A generator that costs nothing."""

    kind: ClassVar[str] = "random_string"
    nature: ClassVar[str] = "local"
    parts: ClassVar[Mapping[str, bool]] = {"": True}

    def bits(self, constraints: Constraints) -> int:
        """Return enough bits to be strong."""
        return 128

    def needs(self) -> tuple[str, ...]:
        """Need nothing."""
        return ()

    def obtain(self, request: Request) -> SecretValue:
        """Draw sixteen octets."""
        return SecretValue(request.random(16).hex())


def on_platform(name: str, holder: str = "main") -> Target:
    """Return the target of a secret on the platform that both machines share."""
    base = f"mem://memory/{holder}"
    return Target(
        f"{base}#{name}", base, name, "", "memory", "memory", "memory", ShelfTarget(object=holder, field=name)
    )


def in_file(name: str) -> Target:
    """Return the target of a secret in a file of the checkout."""
    return Target(f"file://.env#{name}", "file://.env", name, "", "local", "local", "file", File(key=name))


def secret(name: str, *targets: Target) -> Secret:
    """Declare a secret."""
    return Secret(name, "random_string", (Field("", "random_string", Drawn()),), targets, definition="drawn")


MANIFEST = Manifest(
    "/project/Secretfile.yml",
    "/project",
    "/project",
    LOCKFILE,
    "/project/.gitsecrets.local.lock",
    secrets=(
        secret("db", on_platform("db"), on_platform("db", "other"), in_file("db")),
        secret("token", on_platform("token"), in_file("token")),
    ),
)


class Moments(Points):
    """Points at which the platform can also fall silent for good, or the other machine can come in between."""

    def begin(self) -> None:
        """Forget all faults, too."""
        super().begin()
        self.silent_from = 0
        self.answer_lost_at = 0
        self.garbled_at = 0
        self.full_from, self.refusal = 0, 0
        self.visits: dict[int, Callable[[], None]] = {}

    def reach(self, operation: str, path: str) -> int:
        """Reach a moment; the visitor comes before its effect."""
        moment = super().reach(operation, path)
        if visit := self.visits.pop(moment, None):
            visit()
        if self.silent_from and moment >= self.silent_from and not path.startswith("/"):
            raise UnavailableError("the platform is silent")
        if self.full_from and moment >= self.full_from and path.startswith("/"):
            raise OSError(self.refusal, os.strerror(self.refusal), path)
        return moment

    def passed(self, moment: int) -> None:
        """Lose the answer of one call, and be silent from then on."""
        super().passed(moment)
        if moment == self.answer_lost_at:
            self.silent_from = moment
            raise UnavailableError("no answer came")


class Wrote(NamedTuple):
    """One successful write to the platform: who, where, and what was there before and after."""

    machine: str
    path: str
    before: Mapping[str, object]
    after: Mapping[str, object]


GARBLED = "not what was sent"
"""What a platform that is not to be trusted stores in place of a value."""


class LoggingStore(MemoryStore):
    """The platform as one machine reaches it; every write that has an effect is noted for the judge."""

    def __init__(self, machine: "Machine") -> None:
        super().__init__(machine.world.shelf)
        self.machine = machine

    def write(self, path: str, fields: SecretValue, **options: object) -> object:  # type: ignore[override]
        """Write and note it; a platform that forgets tokens takes a repeated write for a new one."""
        points, world = self.machine.points, self.machine.world
        for name in world.forgets:
            options.pop(name, None)
        if points.garbled_at == points.count:
            fields = SecretValue(dict.fromkeys(fields.reveal(), GARBLED))  # type: ignore[arg-type]
        before, count = self._fields(path), len(self.shelf.calls)
        written = super().write(path, fields, **options)  # type: ignore[arg-type]
        if len(self.shelf.calls) > count:
            world.log.append(Wrote(self.machine.name, path, before, self._fields(path)))
        return written

    def _fields(self, path: str) -> Mapping[str, object]:
        found = self.shelf.objects.get(path)
        return dict(found.now.fields) if found and found.now else {}


class Saved(NamedTuple):
    """A world as it was."""

    disks: tuple[State, ...]
    turns: tuple[int, ...]
    bases: tuple[bytes | None, ...]
    objects: dict[str, _Object]
    log: list[Wrote]
    facts: object


class Machine:
    """One computer: its disk with state folder and checkout, and how many runs it has had."""

    def __init__(self, name: str, world: "World") -> None:
        self.name, self.world = name, world
        self.disk = MemoryDisk(Moments(), folders=("/project", "/state"))
        self.turn = 0
        self.base: bytes | None = None

    @property
    def points(self) -> Moments:
        """The moments of its present process."""
        assert isinstance(self.disk.points, Moments)
        return self.disk.points

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment of its processes: the project key, where the world offers it."""
        return {"SECRETZERO_PROJECT_KEY": KEY.to_text()} if self.world.offered else {}

    def engine(self) -> Engine:
        """Open the engine of a new process; its chance and time depend only on how many there were."""
        clock = SetClock()
        clock.advance(timedelta(minutes=self.turn * 2 + (self.name == "B")))
        store = failing(LoggingStore(self), self.points)
        seed = self.turn * 2 + (self.name == "B")
        engine = Engine(
            MANIFEST, Catalog(), self.disk, clock, PLACES, Dice(seed), self.environ,
            worktree=Worktree("/no/repository"), connect=lambda _kind, _entry: store,
        )  # fmt: skip
        careless = self.world.careless if self.name == "A" else None
        return careless(engine) if careless else engine

    def run(self, action: str) -> Report | str:
        """Let a process do ``sync``, ``rotate`` (by force) or either for ``:one``; say how it ended."""
        self.turn += 1
        verb, _, only = action.partition(":")
        try:
            engine = self.engine()
            if verb == "rotate":
                return engine.rotate(force=True, only=(only,) if only else ())
            return engine.sync(only=(only,) if only else (), options=RunOptions())
        except SecretZeroError as error:
            return error.code
        except Crash:
            return "crash"

    def pull(self) -> None:
        """Merge what the other machine's checkout has, as the merge driver would."""
        theirs = self.world.other(self).disk.read(LOCKFILE)
        ours = self.disk.read(LOCKFILE)
        if theirs is not None and theirs != ours:
            base = self.base
            merged = theirs if ours is None else _merged(base, ours, theirs)
            self.disk.put(LOCKFILE, merged)
        self.base = theirs if theirs is not None else self.base


def _merged(base: bytes | None, ours: bytes, theirs: bytes) -> bytes:
    from secretzero.lockfile.signing import Signer

    sides = [parse_lockfile(content, "lockfile") if content else None for content in (base, ours, theirs)]
    assert sides[1]
    assert sides[2]
    merged = merge_lockfiles(sides[0], sides[1], sides[2])
    return render_lockfile(merged, Signer(KEY, merged.project))[0]


class World:
    """Machines A and B, the platform, and what the judge remembers."""

    def __init__(self, *, offered: bool = True) -> None:
        self.offered = offered
        self.forgets: tuple[str, ...] = ()
        self.shelf = Shelf()
        self.log: list[Wrote] = []
        self.a, self.b = Machine("A", self), Machine("B", self)
        self.facts: object = None
        self.views: dict[object, object] = {}
        self.careless: Careless | None = None

    @property
    def machines(self) -> tuple[Machine, Machine]:
        """Both."""
        return self.a, self.b

    def other(self, machine: Machine) -> Machine:
        """Return the one that this is not."""
        return self.b if machine is self.a else self.a

    def save(self) -> Saved:
        """Remember everything."""
        return Saved(
            tuple(m.disk.snapshot() for m in self.machines),
            tuple(m.turn for m in self.machines),
            tuple(m.base for m in self.machines),
            _copied(self.shelf.objects),
            list(self.log),
            self.facts,
        )

    def become(self, saved: Saved) -> None:
        """Go back."""
        for machine, disk, turn, base in zip(self.machines, saved.disks, saved.turns, saved.bases, strict=True):
            machine.disk.restore(disk)
            machine.points.begin()
            machine.disk.read_paths.clear()
            machine.turn, machine.base = turn, base
        self.shelf.objects = _copied(saved.objects)
        self.shelf.calls.clear()
        self.log[:] = saved.log
        self.facts = saved.facts

    def state(self) -> bytes:
        """Return a digest of everything that a later run could see."""
        digest = hashlib.blake2b(digest_size=16)
        for machine in self.machines:
            digest.update(b"%d;" % machine.turn)
            for path, content in sorted(machine.disk.files().items()):
                digest.update(b"%b %d " % (path.encode(), len(content)))
                digest.update(content)
        for path, found in sorted(self.shelf.objects.items()):
            digest.update(
                json.dumps([path, [(r.state, r.fields) for r in found.revisions], sorted(found.written)]).encode()
            )
        return digest.digest()


def _copied(objects: Mapping[str, _Object]) -> dict[str, _Object]:
    return {path: _Object(list(o.revisions), dict(o.labels), dict(o.written)) for path, o in objects.items()}


class Fault(NamedTuple):
    """What goes wrong at a moment of a run."""

    moment: int
    kind: str


AFTERMATH = {"kill": "nothing", "power": "everything"}


def strike(machine: Machine, fault: Fault) -> None:
    """Arrange for a fault in the next run of a machine."""
    points, kind = machine.points, fault.kind
    if kind in {"kill", "power", "dice"}:
        points.crash_at(fault.moment)
    elif kind == "refuse":
        points.fail_at(fault.moment, OSError(errno.ENOSPC, "no space"))
    elif kind == "time-out":
        points.fail_at(fault.moment, UnavailableError("the platform did not answer"))
    elif kind == "lost answer":
        points.fail_at(fault.moment, UnavailableError("no answer came"), after=True)
    elif kind == "silence":
        points.silent_from = fault.moment
    elif kind == "last answer lost":
        points.answer_lost_at = fault.moment
    elif kind == "stored otherwise":
        points.garbled_at = fault.moment
    else:
        raise ValueError(kind)


def restart(machine: Machine, fault: Fault) -> None:
    """Start the next process after a fault; a power failure loses what was not synced.

    What a platform stored in place of a value is taken back by the people who run it.
    """
    for found in machine.world.shelf.objects.values():
        found.revisions[:] = [one for one in found.revisions if GARBLED not in one.fields.values()]
    lost = Random(fault.moment) if fault.kind == "dice" else AFTERMATH.get(fault.kind, "nothing")
    machine.disk.reboot(lost)  # type: ignore[arg-type]


def kinds_at(
    operation: str, path: str, crashes: tuple[str, ...] = ("kill", "power"), *, careless: bool = False
) -> tuple[str, ...]:
    """List what can go wrong at a moment: a disk refuses, a platform is silent or lies, a machine dies anywhere."""
    if path.startswith("/"):
        return (*crashes, "refuse")
    silent = ("time-out", "silence") if operation == "write" else ("silence",)
    lost = ("lost answer", "last answer lost") if operation == "write" else ()
    lied = ("stored otherwise",) if operation == "write" and careless else ()
    return (*crashes[:1], *silent, *lost, *lied)
