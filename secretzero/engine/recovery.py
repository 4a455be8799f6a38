"""Recover an earlier run: find its journal, and decide which of its ops are continued, finished or withdrawn."""

import os
from collections.abc import Iterable, Mapping
from typing import Protocol

from attrs import evolve, field, frozen

from ..errors import LockfileError, SecretZeroError
from ..files import refusals_of
from ..lockfile.model import Entry, ObjectRecord, amend
from ..planning.world import Obstacle, OpenOp
from ..protocols import offers
from ..protocols.stores import OnDisk
from .context import Run, no_state_folder
from .state.journal import Ids, Journal, Record, peek
from .state.lockfile import Ledger


@frozen(eq=False, repr=False)
class Recovered:
    """What is open: ops to go on with by secret, ops whose values the journal still has, and obstacles by secret."""

    open_ops: dict[str, OpenOp] = field(factory=dict)
    journalled: dict[str, Record] = field(factory=dict)
    obstacles: dict[str, Obstacle] = field(factory=dict)
    withdrawn: tuple[str, ...] = ()


class Recovery(Protocol):
    """Looks at what an earlier run left open; `recover` is the one that the protocol describes."""

    def __call__(self, run: Run, journal: Journal, *, act: bool) -> Recovered:
        """Return what is to be continued; with `act`, close what is not."""


ROLLBACK = "restore the lockfile or pull it from git; --on-drift=overwrite continues without the missing records"


def read_journal(run: Run, *, act: bool, recovery: Recovery | None = None) -> Recovered:
    """Compare what an earlier run left open with the lockfile; without the key only that there is something.

    With `act` what is over is put to an end; `recovery` stands in for `recover`.
    """
    try:
        path = journal_to_read(run, act=act)
        if not path:
            return Recovered()
        if not act and any(ledger.lockfile.key and ledger.key is None for ledger in (run.shared, run.local)):
            found = peek(run.disk.read(path))
            run.notices.append(f"an earlier run is unfinished (open operations: {len(found.ops)})")
            return Recovered()
        adopt_projects(run, path)
        journal = run.journal(path)
        journal.load()
        return (recovery or recover)(run, journal, act=act)
    except PermissionError as error:
        raise no_state_folder(run.places, error, "read") from error


def adopt_projects(run: Run, path: str) -> None:
    """Take the projects that a journal names for lockfiles that were never written."""
    ids = peek(run.disk.read(path))
    run.founder.adopt(run.shared, ids.project)
    run.founder.adopt(run.local, ids.local_project)


def recover(run: Run, journal: Journal, *, act: bool) -> Recovered:
    """Look at every op of the journal and compare it with the lockfile, by op and never by number.

    With `act`, a torn tail is cut, withdrawn ops are recorded as such and erased, finished ones are erased; without,
    nothing changes and only what is open is reported.
    """
    if act:
        journal.cut_tail()
        tidy(run, journal)
    _note_markers(run, journal.records, act=act)
    done = _done(journal.records)
    found = Recovered()
    over: dict[str, list[Record]] = {"finished": [], "withdraw": []}
    for record in journal.records:
        if record.kind == "intent":
            _sort(run, record, done.get(record.op, frozenset()), found, over)
    if act:
        _withdraw(run, over["withdraw"])
        for ledger in (run.shared, run.local) if over["finished"] else ():
            if ledger.exists:
                run.mark_seen(ledger)  # A run committed this and died before it could write it down.
        journal.erase({record.op for records in over.values() for record in records})
    return evolve(found, withdrawn=tuple(record.text("secret") for record in over["withdraw"]))


def _sort(run: Run, record: Record, done: frozenset[str], found: Recovered, over: Mapping[str, list[Record]]) -> None:
    """Put one op where it belongs: to go on with, to read from, in the way, finished, withdrawn."""
    name, entry = _entry_of(run.ledger(record), record)
    fate = _fate(run, name, entry, record)
    if fate == "current" and (record.body.get("partial") or _all_recorded(run, entry, record)):
        fate = "finished"
    if fate in over:
        over[fate].append(record)
        return
    name = _present_name(run, name, local=record.local)
    if fate == "resume":
        earlier = found.open_ops.get(name)
        if earlier is not None and earlier.op != record.op:
            # A forced rotation began to replace it when it died: neither was announced, and the later counts.
            over["withdraw"].append(found.journalled.pop(earlier.op))
        found.open_ops[name] = OpenOp(record.op, done)
    elif fate == "rollback":
        found.obstacles[name] = Obstacle("the lockfile is older than an unfinished run", ROLLBACK, "rollback")
    found.journalled[record.op] = record


def tidy(run: Run, journal: Journal) -> None:
    """Remove the temporary files that a run which died may have left beside what it was writing."""
    with refusals_of("temporary files of an earlier run"):
        for path in (run.shared.path, run.local.path, run.journal_path, *map(run.seen_path, (run.shared, run.local))):
            run.disk.tidy(path)
    for uri in sorted({record.text("object") for record in journal.records if record.kind == "write"}):
        try:
            store, path = run.stores.store_of(uri)
            if offers(store, OnDisk):
                run.disk.tidy(store.local_path(path))
        except (SecretZeroError, OSError):
            continue


def _entry_of(ledger: Ledger, record: Record) -> tuple[str, Entry | None]:
    """Find the entry of an op by its secret's id; the name may have changed since."""
    named = ((name, entry) for name, entry in ledger.lockfile.secrets.items() if entry.id == record.body["id"])
    return next(named, (record.text("secret"), None))


def _fate(run: Run, name: str, entry: Entry | None, record: Record) -> str:
    """Return the fate of an op: ``resume``, ``current``, ``finished``, ``rollback`` or ``withdraw``."""
    op, base, base_n = record.op, record.text("base"), int(record.text("base_n"))
    secret = run.manifest.secret_named.get(_present_name(run, name, local=record.local))
    go_on = "resume" if secret is not None and secret.local == record.local else "withdraw"
    if entry is None:
        return "rollback" if base_n else go_on
    generation, known = entry.generations.get(op), entry.now.n if entry.now else 0
    untouched = generation is None and entry.current == base and not entry.pending
    answers = (
        (op == entry.current, "current"),
        (op == entry.pending or untouched, go_on),
        (generation is not None and (generation.withdrawn or generation.n < known), "finished"),
        (known < base_n, "rollback"),
    )
    return next((fate for holds, fate in answers if holds), "withdraw")


def _present_name(run: Run, name: str, *, local: bool) -> str:
    """Return the name that the manifest has for a secret which the lockfile may still have under its former one."""
    if name in run.manifest.secret_named:
        return name
    renamed = (secret.name for secret in run.manifest.secrets if secret.formerly == name and secret.local == local)
    return next(renamed, name)


def _all_recorded(run: Run, entry: Entry | None, record: Record) -> bool:
    """Return whether the lockfile has every target of a committed op as done that the manifest still has."""
    targets = record.body["targets"]
    if entry is None or not isinstance(targets, list):
        return True
    records = (entry.targets.get(uri) for uri in targets if uri in run.target_at)
    return all(r is not None and (r.removed_at or (r.op == record.op and r.confirmed != "none")) for r in records)


def _done(records: Iterable[Record]) -> dict[str, frozenset[str]]:
    """Collect the targets that acknowledged each op."""
    found: dict[str, set[str]] = {}
    for record in records:
        for uri, op in record.ops.items() if record.kind == "done" else ():
            found.setdefault(op, set()).add(uri)
    return {op: frozenset(uris) for op, uris in found.items()}


def _withdraw(run: Run, records: list[Record]) -> None:
    """Record these ops as withdrawn in the lockfile; their fingerprints are kept forever."""
    for ledger in (run.shared, run.local):
        entries = {}
        for record in records:
            if record.local != ledger.local:
                continue
            name, entry = _entry_of(ledger, record)
            if entry is None:
                continue
            pending = "" if entry.pending == record.op else entry.pending
            entries[name] = amend(entry.withdraw(record.op, record.generation), pending=pending)
        if entries:
            ledger.save(ledger.with_entries(entries))


def _note_markers(run: Run, records: Iterable[Record], *, act: bool) -> None:
    """Take the versions of objects that the journal saw done into the lockfile, where only this run has fields in them.

    Without this a platform that never shows a value would look changed by somebody else after our own write.
    """
    for ledger in (run.shared, run.local):
        noted = {}
        for record in records:
            if record.kind == "done" and record.local == ledger.local and record.body.get("marker"):
                noted[record.text("object")] = record
        if not noted:
            continue
        changed = ledger.with_entries({}, objects=_markers(ledger, noted))
        if act:
            ledger.save(changed)
        else:
            ledger.lockfile = changed


def _markers(ledger: Ledger, noted: Mapping[str, Record]) -> dict[str, ObjectRecord]:
    """Return the records of objects whose every known field this journal wrote, with ops that the lockfile knows."""
    known: dict[str, set[str]] = {uri: set() for uri in noted}
    for entry in ledger.lockfile.secrets.values():
        for uri, record in entry.targets.items():
            if not record.removed_at and (base := uri.partition("#")[0]) in known:
                known[base].add(uri)
    objects = ledger.lockfile.objects
    announced = {op for entry in ledger.lockfile.secrets.values() for op in entry.generations}
    found = {}
    for uri, done in noted.items():
        made = ObjectRecord(done.text("at"), tuple(sorted(set(done.ops.values()))), done.text("marker"))
        newer = uri in objects and objects[uri].at > made.at
        if known[uri] <= done.ops.keys() and announced.issuperset(made.ops) and not newer:
            found[uri] = made
    return found


def journal_to_read(run: Run, *, act: bool) -> str:
    """Return the path of the journal that this run is to compare with its lockfiles, or ``""`` for none.

    One of another project or key is not read. With `act` it is moved to a path with that id, and one of this project
    that was moved is brought back; without, nothing moves. Either way a notice says so.

    Raises LockfileError when another file is in the way, ProviderError when the file system refuses.
    """
    path = run.journal_path
    content = run.disk.read(path)
    if content is not None:
        foreign = _foreign_id(run, peek(content))
        if not foreign:
            return path
        if not foreign.replace("_", "").isalnum():
            raise LockfileError("the journal was altered", hint=f"move {path} to another folder")
        moved = f"{path}.{foreign}"
        if act:
            _move(run, path, moved)
        kept = moved if act else path
        run.notices.append(f"found the journal of an unfinished run of another project; kept as {kept}")
    return _brought_back(run, act=act)


def _foreign_id(run: Run, ids: Ids) -> str:
    """Return the first id of a journal that is not this run's, or ``""``."""
    shared, local = run.shared.lockfile, run.local.lockfile
    lost = ids.local_project and not local.project and not run.founder.keys.find(ids.local_project, None, local=True)
    pairs = (
        (ids.project, shared.project),
        (ids.local_project, "another" if lost else local.project),
        (ids.key, shared.key.id if shared.key else ""),
        (ids.local_key, local.key.id if local.key else ""),
    )
    return next((theirs for theirs, mine in pairs if theirs and mine and theirs != mine), "")


def _brought_back(run: Run, *, act: bool) -> str:
    """Return the journal of this project that was moved away, back in its place with `act`."""
    for ledger in (run.shared, run.local):
        key = ledger.lockfile.key
        for identity in (ledger.lockfile.project, key.id if key else ""):
            moved = f"{run.journal_path}.{identity}"
            content = run.disk.read(moved) if identity else None
            if content is None or _foreign_id(run, peek(content)):
                continue
            if act:
                _move(run, moved, run.journal_path)
            return run.journal_path if act else moved
    return ""


def _move(run: Run, path: str, to: str) -> None:
    """Give a journal another name; at each moment one of the two names has all of it, durably."""
    content, there = run.disk.read(path) or b"", run.disk.read(to)
    if there is not None and there != content:
        raise LockfileError(
            "two unfinished runs of another project left journals here", hint=f"move {to} to another folder"
        )
    with refusals_of("the journal"):
        if there is None:
            run.disk.replace(to, content)
        run.disk.sync(os.path.dirname(to))
        run.disk.unlink(path)
        run.disk.sync(os.path.dirname(path))
