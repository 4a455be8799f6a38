"""Lockfiles for tests: one written out by hand, and as many random ones as a test wants."""

from random import Random

from secretzero.clock import parse_stamp, stamp
from secretzero.keys import ProjectKey
from secretzero.lockfile.fingerprints import Fingerprints
from secretzero.lockfile.model import Entry, Generation, KeyRecord, Lockfile, ObjectRecord, TargetRecord
from secretzero.lockfile.signing import Signer
from secretzero.lockfile.writing import render_lockfile

KEY = ProjectKey(bytes(range(32)))
PROJECT = "prj_01JD2V9M5X"
SIGNER = Signer(KEY, PROJECT)
FINGERPRINTS = Fingerprints(KEY, PROJECT)
AT = "2026-11-21T09:28:24Z"


def op_of(number: int) -> str:
    """Return an op; a higher number is a later one."""
    return f"01JDX{number:021d}"


def later(seconds: int) -> str:
    """Return a moment after `AT`."""
    start = parse_stamp(AT)
    return stamp(start.fromtimestamp(start.timestamp() + seconds, start.tzinfo))


def generation_of(identity: str, op: str, n: int = 1, at: str = AT, **options: object) -> Generation:
    """Return a generation whose value is its op."""
    return Generation(at, n, {"": FINGERPRINTS.of(identity, "", op, op.encode())}, **options)  # type: ignore[arg-type]


def entry_of(identity: str, *ops: str, at: str = AT, **options: object) -> Entry:
    """Return a secret with these generations, of which the last is current and at one target."""
    generations = {op: generation_of(identity, op, n, at) for n, op in enumerate(ops, 1)}
    targets = {f"file://.env#{identity.upper()}": TargetRecord(at, ops[-1], "readback")} if ops else {}
    current = ops[-1] if ops else ""
    fields = {"current": current, "generations": generations, "targets": targets, **options}
    return Entry(identity, "random_password", AT, **fields)  # type: ignore[arg-type]


def lockfile_of(secrets: dict[str, Entry], objects: dict[str, ObjectRecord] | None = None) -> Lockfile:
    """Return a signed lockfile of schema 2."""
    return signed(Lockfile(PROJECT, KeyRecord(KEY.id, KEY.check), secrets, objects or {}))


def signed(lockfile: Lockfile) -> Lockfile:
    """Sign what has no signature."""
    return render_lockfile(lockfile, SIGNER)[1]


def small() -> Lockfile:
    """Return a lockfile in which every key of every record is used somewhere."""
    rich = Generation(
        AT,
        2,
        {"": "h1:" + "9f" * 16, "user": "h1:" + "0a" * 16},
        origin="issued",
        reason="due",
        definition="d1:" + "11" * 16,
        bits=150,
        shape="map",
        parts={"base": op_of(1)},
        fields=("password", "user"),
        issued={"provider": "aws", "id": "AKIA", "kind": "key"},
        retired_at=later(60),
        withdrawn=True,
        value={"port": 5432, "hosts": ["a", None, 1.5]},
        has_value=True,
        extra={"note": "a later version", "colour": 3, "ma": 1, "mad": 2},
    )
    db = Entry(
        "sec_db",
        "random_password",
        AT,
        current=op_of(3),
        pending=op_of(2),
        previous=op_of(1),
        rotated_at=later(5),
        rotation_count=3,
        generations={
            op_of(1): generation_of("sec_db", op_of(1)),
            op_of(2): rich,
            op_of(3): generation_of("x", op_of(3), 3),
        },
        targets={
            "file://.env#DB": TargetRecord(AT, op_of(3), "readback"),
            "file://old.env#DB": TargetRecord(AT, op_of(1), "none", "unavailable", later(9), {"slot": "a"}),
        },
        extra={"owner_team": "core", "zone": {"a": [1]}},
    )
    old = Entry("sec_old", "static", AT, legacy="sha256:" + "ab" * 32)
    objects = {"file://.env": ObjectRecord(AT, (op_of(1), op_of(3)), "17", {"kind": "env"})}
    whole = Lockfile(
        PROJECT,
        KeyRecord(KEY.id, KEY.check),
        {"db": db, "old": old},
        objects,
        ({"provider": "aws", "kind": "key", "what": "AKIA", "since": AT},),
        {"later": True},
    )
    return signed(whole)


class Branch:
    """Edits a lockfile as runs on one branch would, with seeded randomness."""

    def __init__(self, random: Random, start: Lockfile, clock: int = 0) -> None:
        self.random = random
        self.lockfile = start
        self.clock = clock

    def live(self, steps: int) -> Lockfile:
        """Do some steps and return the lockfile, signed."""
        for _ in range(steps):
            self.clock += self.random.choice((0, 0, 1, 30))
            self.random.choice(
                (self._create, self._rotate, self._rotate, self._open, self._withdraw, self._drop, self._copy)
            )()
        return self.lockfile

    def _put(self, name: str, **changes: object) -> None:
        from attrs import evolve

        entry = self.lockfile.secrets[name]._replace(mac="", **changes)
        self.lockfile = signed(evolve(self.lockfile, secrets={**self.lockfile.secrets, name: entry}))

    def _op(self) -> str:
        return f"01JDX{self.clock:011d}{self.random.randrange(10**10):010d}"

    def _pick(self) -> str | None:
        return self.random.choice(sorted(self.lockfile.secrets)) if self.lockfile.secrets else None

    def _create(self) -> None:
        from attrs import evolve

        name = self.random.choice("abcdef")
        if name not in self.lockfile.secrets:
            entry = entry_of(f"sec_{name}", self._op(), at=later(self.clock))
            self.lockfile = signed(evolve(self.lockfile, secrets={**self.lockfile.secrets, name: entry}))

    def _begin(self, name: str) -> str:
        entry, op = self.lockfile.secrets[name], self._op()
        made = generation_of(entry.id, op, entry.highest + 1, later(self.clock))
        self._put(name, pending=op, generations={**entry.generations, op: made})
        return op

    def _open(self) -> None:
        name = self._pick()
        if name and not self.lockfile.secrets[name].pending:
            self._begin(name)

    def _rotate(self) -> None:
        name = self._pick()
        if name is None:
            return
        op = self.lockfile.secrets[name].pending or self._begin(name)
        entry = self.lockfile.secrets[name]
        records = {uri: TargetRecord(later(self.clock), op, "readback") for uri in entry.targets}
        self._put(
            name,
            current=op,
            pending="",
            previous=entry.current,
            targets=records,
            rotation_count=entry.rotation_count + 1,
        )

    def _withdraw(self) -> None:

        name = self._pick()
        entry = self.lockfile.secrets[name] if name else None
        if name and entry and entry.pending:
            gone = entry.generations[entry.pending]._replace(withdrawn=True, mac="")
            self._put(name, pending="", generations={**entry.generations, entry.pending: gone})

    def _drop(self) -> None:
        from attrs import evolve

        name = self._pick()
        if name and self.random.random() < 0.2:
            secrets = {key: entry for key, entry in self.lockfile.secrets.items() if key != name}
            self.lockfile = evolve(self.lockfile, secrets=secrets)

    def _copy(self) -> None:
        name = self._pick()
        entry = self.lockfile.secrets[name] if name else None
        if name and entry and entry.current:
            uri = f"file://{self.random.choice('xyz')}.env#{name.upper()}"
            record = TargetRecord(later(self.clock), entry.current, self.random.choice(("ack", "readback", "none")))
            self._put(name, targets={**entry.targets, uri: record})
