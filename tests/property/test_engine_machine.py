"""Random lives of a project: whatever is done to it, in whatever order, these things stay true after every step."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from projects import LOCKFILE, Machine, actions, file_target, memory_target, secret

from secretzero.errors import DriftedError, KeyMissingError, NoValueError
from secretzero.keys import ProjectKey
from secretzero.lockfile.fingerprints import Fingerprints
from secretzero.lockfile.signing import Signer
from secretzero.values import Material, SecretValue

NAMES = ("a", "b", "c")
FILES = (".env", "two.env", "three.json")
PLATFORM = "platform"
PLACES = (*FILES, PLATFORM)
KINDS = ("random_password", "static")
ON_DRIFT = st.sampled_from(["", "adopt", "overwrite"])


class Life(RuleBasedStateMachine):
    """A project of up to three secrets in three files and on a platform; a person and others who touch them."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="life-"))
        self.machine = Machine(self.root / "home", self.root / "shop")
        self.declared: dict[str, set[str]] = {}
        self.outside: set[Material] = set()
        self.old_lockfile: bytes | None = None
        self.backup: dict[str, bytes] = {}
        self.highest: dict[str, int] = {}
        self.rolled_back = False

    def teardown(self) -> None:
        shutil.rmtree(self.root)

    # -- what the person does -----------------------------------------------------------------------------------------

    @initialize()
    def begin(self) -> None:
        self.declared = {"a": {".env", PLATFORM}, "b": {".env", "three.json"}}
        self._declare()
        self.machine.sync()

    @rule(name=st.sampled_from(NAMES), place=st.sampled_from(PLACES))
    def toggle_target(self, name: str, place: str) -> None:
        """Add a target to the manifest, or take one away; a secret without targets leaves."""
        self.declared.setdefault(name, set()).symmetric_difference_update({place})
        if not self.declared[name]:
            del self.declared[name]
        self._declare()

    @rule(on_drift=ON_DRIFT, prune=st.booleans())
    def sync(self, on_drift: str, prune: bool) -> None:  # noqa: FBT001 - drawn
        report = self.machine.sync(on_drift=on_drift, prune=prune)
        self.rolled_back &= on_drift != "overwrite" or bool(report.failed)
        if not report.failed:
            before = self.machine.bytes()
            again = self.machine.sync(on_drift=on_drift, prune=prune)
            assert set(actions(again).values()) <= {"keep"}, again.outcomes
            assert self.machine.bytes() == before

    @rule(name=st.sampled_from(NAMES), on_drift=ON_DRIFT)
    def rotate(self, name: str, on_drift: str) -> None:
        if name in self.declared:
            before = self._current(name)
            files = [path for file in FILES if (path := self.machine.folder / file).exists()]
            self.backup = {path.name: path.read_bytes() for path in files}
            report = self.machine.rotate(name, on_drift=on_drift)
            assert report.failed or self._current(name) != before

    @rule(name=st.sampled_from(NAMES), value=st.sampled_from(["one", "two", "three"]))
    def supply(self, name: str, value: str) -> None:
        if name == "c" and name in self.declared:
            self.outside.add(value)
            self.machine.set(name, value)

    # -- what others do -----------------------------------------------------------------------------------------------

    @rule(number=st.integers(0, 11), value=st.sampled_from(["x", "y"]))
    def edit(self, number: int, value: str) -> None:
        """Somebody writes a value of their own to a target."""
        pairs = [(name, place) for name, places in sorted(self.declared.items()) for place in sorted(places)]
        if not pairs:
            return
        name, place = pairs[number % len(pairs)]
        self.outside.add(value)
        if place == PLATFORM:
            self.machine.platforms.memory.write("memory/main", SecretValue({name: value}))  # type: ignore[attr-defined]
        else:
            self.machine.put(place, **{name: value})

    @rule()
    def restore_the_backup(self) -> None:
        """Old generations come back in all files at once."""
        for name, content in self.backup.items():
            (self.machine.folder / name).write_bytes(content)

    @rule(place=st.sampled_from((*PLACES, PLATFORM)))
    def delete(self, place: str) -> None:
        if place == PLATFORM:
            self.machine.platforms.memory.delete("memory/main")  # type: ignore[attr-defined]
        else:
            (self.machine.folder / place).unlink(missing_ok=True)

    @rule()
    def lose_the_key_for_a_while(self) -> None:
        """Without it nothing is written and nothing is called in step."""
        path = self._key_path()
        key = path.read_bytes()
        path.unlink()
        before = self.machine.bytes()
        with pytest.raises(KeyMissingError):
            self.machine.sync()
        assert {drift.verdict for drift in self.machine.engine().drift()} <= {"cannot tell", "missing"}
        assert self.machine.bytes() == before
        path.write_bytes(key)

    @rule()
    def keep_a_copy_of_the_lockfile(self) -> None:
        self.old_lockfile = (self.machine.folder / LOCKFILE).read_bytes()

    @precondition(lambda self: self.old_lockfile is not None)
    @rule()
    def check_the_old_lockfile_out(self) -> None:
        """What git does when somebody goes back to an earlier commit."""
        content = self.old_lockfile or b""
        self.rolled_back |= content != (self.machine.folder / LOCKFILE).read_bytes()
        (self.machine.folder / LOCKFILE).write_bytes(content)
        self.highest = {}

    # -- what is always true ------------------------------------------------------------------------------------------

    @invariant()
    def every_value_is_known_or_came_from_outside(self) -> None:
        """What stands at a target was made by us and recorded, or somebody else put it there."""
        if self.rolled_back:
            return
        for name in self.declared:
            for place in self.declared[name]:
                value = self._value(name, place)
                if value is not None and value not in self.outside:
                    assert self._matches(name, value), f"nobody knows what stands at {place} for {name}"

    @invariant()
    def generations_never_go_back(self) -> None:
        """The current generation of a secret only ever counts up, as long as nobody goes back in git."""
        for name, entry in self.machine.lockfile.secrets.items():
            now = entry.now.n if entry.now else 0
            assert now >= self.highest.get(entry.id, 0), name
            self.highest[entry.id] = now

    @invariant()
    def in_step_is_exactly_the_current_value(self) -> None:
        """Drift says in step where the recorded value stands, and nowhere else."""
        for drift in self.machine.engine().drift():
            place = PLATFORM if drift.target.startswith("mem:") else drift.target.partition("#")[0][len("file://") :]
            value = self._value(drift.secret, place)
            current = value is not None and self._current(drift.secret) in self._matches(drift.secret, value)
            assert (drift.verdict == "in step") == current, drift
            assert (drift.verdict == "missing") == (value is None)

    @invariant()
    def what_is_resolved_is_the_current_value(self) -> None:
        """An application gets the recorded value or an error, and never something else."""
        for name in self.declared:
            try:
                value = self.machine.engine().resolve(name).reveal()
            except (NoValueError, DriftedError):
                continue
            assert self.machine.lockfile.secrets[name].current in self._matches(name, value)

    # -- how it is looked at ------------------------------------------------------------------------------------------

    def _declare(self) -> None:
        """Write the manifest; `c` is a static secret, the others are made."""
        listed = []
        for name, places in sorted(self.declared.items()):
            targets = [memory_target(name) if p == PLATFORM else file_target(name, p) for p in sorted(places)]
            listed.append(secret(name, KINDS[name == "c"], *targets))
        self.machine.manifest(*listed)
        if not listed:
            self.machine.manifest(rest="secrets: []\n")

    def _value(self, name: str, place: str) -> Material | None:
        if place != PLATFORM:
            return self.machine.values(place).get(name)
        store = self.machine.platforms.memory
        return self.machine.platforms.held().get(name) if store.describe("memory/main") else None  # type: ignore[attr-defined]

    def _matches(self, name: str, value: Material) -> set[str]:
        """Return the ops of a secret whose fingerprint a value has."""
        lockfile = self.machine.lockfile
        key = ProjectKey.from_text(self._key_path().read_text())
        assert Signer(key, lockfile.project).verify(lockfile) == []
        entry = lockfile.secrets.get(name)
        fingerprints = Fingerprints(key, lockfile.project)
        canonical = SecretValue(value).canonical()
        known = entry.generations.items() if entry else ()
        return {op for op, g in known if fingerprints.of(entry.id, "", op, canonical) == g.fingerprints.get("")}  # type: ignore[union-attr]

    def _current(self, name: str) -> str:
        entry = self.machine.lockfile.secrets.get(name)
        return entry.current if entry else ""

    def _key_path(self) -> Path:
        return self.machine.state / "secretzero" / "keys" / self.machine.lockfile.project


TestLife = Life.TestCase
TestLife.settings = settings(deadline=None, max_examples=40, stateful_step_count=12)
