"""The invariants of the sync protocol, asked of the whole world after every run."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

from world import LOCKFILE, MANIFEST, PLACES, Machine, World

from secretzero.engine.report import Report
from secretzero.engine.state.journal import Ids, Journal, Keyring, Record, peek
from secretzero.engine.state.lockfile import Ledger
from secretzero.engine.state.project_key import ProjectKeys
from secretzero.errors import SecretZeroError
from secretzero.formats import FORMATS
from secretzero.keys import Sealer
from secretzero.lockfile.model import Entry
from secretzero.values import SecretValue

NAMES = tuple(secret.name for secret in MANIFEST.secrets)
JOURNAL = f"{PLACES.run_of(LOCKFILE)}/journal"


class Facts(NamedTuple):
    """What must always stay true: values of ops, ops that were committed, how far each machine had come."""

    values: frozenset[tuple[str, str, str]] = frozenset()
    committed: frozenset[tuple[str, str, str]] = frozenset()
    reached: frozenset[tuple[str, str, int]] = frozenset()
    judged: int = 0


class View(NamedTuple):
    """What one machine knows: its lockfile, its journal."""

    machine: Machine
    ledger: Ledger
    intents: list[Record]

    def entry(self, name: str) -> Entry | None:
        """Return what its lockfile says of a secret."""
        return self.ledger.lockfile.secrets.get(name)

    def op_of(self, name: str, value: object) -> str:
        """Return the op of a value that its lockfile knows."""
        entry = self.entry(name)
        return self.ledger.match(entry, "", SecretValue(value)) if entry else ""  # type: ignore[arg-type]

    def journalled(self, name: str) -> Mapping[str, object]:
        """Return the values of a secret that its journal has, by op."""
        return {record.op: record.body["value"] for record in self.intents if record.body["secret"] == name}

    def knows(self, name: str, value: object) -> bool:
        """Whether lockfile or journal knows a value."""
        return bool(self.op_of(name, value)) or value in self.journalled(name).values()


def view(machine: Machine) -> View:
    """Read what a machine knows, as its next process would, changing nothing."""
    disk, secrecy = machine.disk, ProjectKeys(machine.disk, PLACES, machine.environ)
    content = disk.read(JOURNAL)
    key = machine.name, disk.read(LOCKFILE), content
    if key not in machine.world.views:
        machine.world.views[key] = _viewed(machine, secrecy, content)
    found = machine.world.views[key]
    assert isinstance(found, View)
    return found


def _viewed(machine: Machine, secrecy: ProjectKeys, content: bytes | None) -> View:
    ledger = Ledger(machine.disk, LOCKFILE)
    ledger.unlock(secrecy)
    ledger.refuse_edits()
    if content is None:
        return View(machine, ledger, [])
    ids = peek(content)
    if ids.project and not ledger.lockfile.project:
        key = secrecy.find(ids.project, None)
        assert key
        ledger.found(ids.project, key)
    sealers = {False: Sealer(ledger.key.journal, bytes)} if ledger.key else {}
    journal = Journal(machine.disk, JOURNAL, lambda: Keyring(Ids(key=ids.key, project=ids.project), sealers))
    journal.load()
    return View(machine, ledger, [record for record in journal.records if record.kind == "intent"])


def broken(world: World) -> list[str]:
    """Return every invariant that does not hold, and remember what must hold from now on."""
    facts = world.facts if isinstance(world.facts, Facts) else Facts()
    try:
        views = [view(machine) for machine in world.machines]
    except SecretZeroError as error:
        return [f"cannot be read: {error.message}"]
    found = [*_unknown(world, views), *_unsaved(world, views), *_two_values(views, facts), *_gone_back(views, facts)]
    found += [*_lost_updates(world, views, facts), *_backwards(world, views), *_claims(world, views)]
    found += _written_twice(world, facts)
    world.facts = _remembered(views, facts, len(world.log))
    return found


def _standing(world: World) -> Iterator[tuple[str, str, object, Machine | None]]:
    """Yield the value of each target: secret, place, value, and the only machine that could have written it."""
    for path, found in world.shelf.objects.items():
        for name, value in (found.now.fields if found.now else {}).items():
            yield name, path, value, None
    for machine in world.machines:
        content = machine.disk.read("/project/.env")
        for name, value in FORMATS["dotenv"].parse(content, dialect="portable").items() if content else ():
            yield name, f"{machine.name}'s .env", value, machine


def _unknown(world: World, views: list[View]) -> Iterator[str]:
    """Every value on a target is known to a lockfile, and to a journal until it is committed."""
    for name, place, value, owner in _standing(world):
        mine = [each for each in views if owner in {None, each.machine}]
        if not any(each.op_of(name, value) for each in mine):
            journalled = any(each.knows(name, value) for each in mine)
            yield f"{name} at {place} {'was never announced' if journalled else 'is known to nobody'}"


def _unsaved(world: World, views: list[View]) -> Iterator[str]:
    """While an op is open its value is in the journal of the machine that began it."""
    saved = {(name, op) for each in views for name in NAMES for op in each.journalled(name)}
    for each in views:
        for name in NAMES:
            entry = each.entry(name)
            if (
                entry
                and entry.pending
                and (name, entry.pending) not in saved
                and not _settled(name, entry.pending, views)
            ):
                yield f"{name} is pending at {each.machine.name} and in no journal"


def _settled(name: str, op: str, views: list[View]) -> bool:
    """Whether a lockfile has this op as committed or withdrawn."""
    entries = [entry for each in views if (entry := each.entry(name))]
    return any(e.current == op or (op in e.generations and e.generations[op].withdrawn) for e in entries)


def _two_values(views: list[View], facts: Facts) -> Iterator[str]:
    """An op always has the same value."""
    values = {(name, op): value for name, op, value in facts.values}
    for each in views:
        for name in NAMES:
            for op, value in each.journalled(name).items():
                if values.get((name, op), value) != value:
                    yield f"{name}: one op has two values"
            entry = each.entry(name)
            for op, generation in (entry.generations if entry else {}).items():
                fingerprint = generation.fingerprints.get("")
                if values.get((name, "#" + op), fingerprint) != fingerprint:
                    yield f"{name}: one op has two fingerprints"


def _gone_back(views: list[View], facts: Facts) -> Iterator[str]:
    """A committed op is never withdrawn, and no machine's generation goes back."""
    before = {(machine, name): n for machine, name, n in facts.reached}
    for each in views:
        for name in NAMES:
            entry = each.entry(name)
            if entry is None:
                continue
            for op, generation in entry.generations.items():
                if generation.withdrawn and (op == entry.current or (each.machine.name, name, op) in facts.committed):
                    yield f"{name}: a committed op was withdrawn"
            reached = entry.now.n if entry.now else 0
            if reached < before.get((each.machine.name, name), 0):
                yield f"{name}: the generation of {each.machine.name} went back"


def _lost_updates(world: World, views: list[View], facts: Facts) -> Iterator[str]:
    """Nobody overwrites on the platform what he does not know."""
    by_name = {each.machine.name: each for each in views}
    for wrote in world.log[facts.judged :]:
        for name, before in wrote.before.items():
            if wrote.after.get(name) != before and not by_name[wrote.machine].knows(name, before):
                yield f"{name}: {wrote.machine} overwrote a value that it did not know"


def _written_twice(world: World, facts: Facts) -> Iterator[str]:
    """A platform without tokens is looked at after a lost answer, before anything is sent to it again."""
    for wrote in world.log[facts.judged :] if world.forgets else ():
        if wrote.before == wrote.after:
            yield f"{wrote.machine} wrote to {wrote.path} what stood there already"


def _backwards(world: World, views: list[View]) -> Iterator[str]:
    """On the platform a lower generation never comes after a higher one."""
    for path, found in world.shelf.objects.items():
        for name in NAMES:
            counts = [_count(name, r.fields[name], views) for r in found.revisions if name in r.fields]
            if any(later < earlier for earlier, later in pairwise(counts) if later and earlier):
                yield f"{name} at {path}: an earlier generation came after a later one"


def _count(name: str, value: object, views: list[View]) -> int:
    """Count the generation of a value; 0 for one that was given up."""
    known = [(entry, op) for each in views if (entry := each.entry(name)) and (op := each.op_of(name, value))]
    if any(entry.generations[op].withdrawn for entry, op in known):
        return 0
    return max((entry.generations[op].n for entry, op in known), default=0)


def _claims(world: World, views: list[View]) -> Iterator[str]:
    """A lockfile calls only that done which was once at its target."""
    for each in views:
        for name in NAMES:
            entry = each.entry(name)
            for uri, record in (entry.targets if entry else {}).items():
                if record.confirmed == "none" or not uri.startswith("mem://"):
                    continue
                path = uri.removeprefix("mem://").partition("#")[0]
                shown = world.shelf.objects[path].revisions if path in world.shelf.objects else []
                if record.op not in {each.op_of(name, r.fields.get(name, "")) for r in shown}:
                    yield f"{name}: {each.machine.name} claims {uri}, which never had it"


def _remembered(views: list[View], facts: Facts, judged: int) -> Facts:
    values, committed, reached = set(facts.values), set(facts.committed), set()
    for each in views:
        for name in NAMES:
            values |= {(name, op, str(value)) for op, value in each.journalled(name).items()}
            entry = each.entry(name)
            if entry is None:
                continue
            values |= {(name, "#" + op, g.fingerprints.get("", "")) for op, g in entry.generations.items()}
            if entry.current:
                committed.add((each.machine.name, name, entry.current))
            reached.add((each.machine.name, name, entry.now.n if entry.now else 0))
    return Facts(frozenset(values), frozenset(committed), frozenset(reached), judged)


def not_closed(world: World) -> list[str]:
    """After runs without a fault: every target holds the current generation, nothing is open."""
    found = []
    views = [view(machine) for machine in world.machines if machine.disk.read(LOCKFILE) is not None]
    for name, place, value, owner in _standing(world):
        for each in views:
            entry = each.entry(name)
            if owner in {None, each.machine} and (entry is None or each.op_of(name, value) != entry.current):
                found.append(f"{name} at {place} is not current for {each.machine.name}")
    for each in views:
        found += [f"{each.machine.name}'s journal is not empty"] if each.intents else []
        for name in NAMES:
            entry = each.entry(name)
            if entry is None or entry.pending or not entry.current:
                found.append(f"{name} is not committed at {each.machine.name}")
    places = {(name, place) for name, place, _, _ in _standing(world)}
    wanted = {("db", "memory/main"), ("db", "memory/other"), ("token", "memory/main")}
    wanted |= {(name, f"{each.machine.name}'s .env") for each in views for name in NAMES}
    return found + [f"{name} is missing at {place}" for name, place in sorted(wanted - places)]


def failures(ended: Report | str) -> list[str]:
    """Return what a run could not do."""
    if isinstance(ended, str):
        return [ended]
    return [
        f"{out.step.secret}: {out.error.message if out.error else [t.status for t in out.targets]}"
        for out in ended.failed
    ]
