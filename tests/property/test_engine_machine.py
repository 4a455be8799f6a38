"""Random lives of a project: whatever is done to it, in whatever order, these things stay true after every step."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from projects import LOCKFILE, Machine, actions, file_target, memory_target, secret

from secretzero.errors import DriftedError, KeyMissingError, NoValueError
from secretzero.keys import ProjectKey
from secretzero.lockfile.document import Signer
from secretzero.lockfile.fingerprints import Fingerprints
from secretzero.values import Material, SecretValue

NAMES = ("a", "b", "c")
FILES = (".env", "two.env", "three.json")
PLATFORM = "platform"
PLACES = (*FILES, PLATFORM)
KINDS = ("random_password", "static")
ON_DRIFT = st.sampled_from(["", "fail", "adopt", "overwrite"])


class Life(RuleBasedStateMachine):
    """A project of up to three secrets in three files and on a platform; a person and others who touch them."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="life-"))
        self.machine = Machine(self.root / "home", self.root / "shop")
        self.declared: dict[str, set[str]] = {}
        self.outside: set[Material] = set()
        self.key: bytes | None = None
        self.old_lockfile: bytes | None = None
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
        if not self._has_key():
            return
        report = self.machine.sync(on_drift=on_drift, prune=prune)
        self.rolled_back &= on_drift != "overwrite" or bool(report.failed)
        if not report.failed:
            before = self.machine.bytes()
            again = self.machine.sync(on_drift=on_drift, prune=prune)
            assert set(actions(again).values()) <= {"keep"}, again.outcomes
            assert self.machine.bytes() == before

    @rule(name=st.sampled_from(NAMES), on_drift=ON_DRIFT)
    def rotate(self, name: str, on_drift: str) -> None:
        if name in self.declared and self._has_key():
            before = self._current(name)
            report = self.machine.rotate(name, on_drift=on_drift)
            assert report.failed or self._current(name) != before

    @rule(name=st.sampled_from(NAMES), value=st.sampled_from(["one", "two", "three"]))
    def supply(self, name: str, value: str) -> None:
        if name == "c" and name in self.declared and self._has_key():
            self.outside.add(value)
            self.machine.set(name, value)

    # -- what others do -----------------------------------------------------------------------------------------------

    @rule(name=st.sampled_from(NAMES), place=st.sampled_from(PLACES), value=st.sampled_from(["x", "y"]))
    def edit(self, name: str, place: str, value: str) -> None:
        """Somebody writes a value of their own."""
        self.outside.add(value)
        if place == PLATFORM:
            self.machine.platforms.memory.write("memory/main", SecretValue({name: value}))  # type: ignore[attr-defined]
        else:
            self.machine.put(place, **{name: value})

    @rule(place=st.sampled_from(PLACES))
    def delete(self, place: str) -> None:
        if place == PLATFORM:
            self.machine.platforms.memory.delete("memory/main")  # type: ignore[attr-defined]
        else:
            (self.machine.folder / place).unlink(missing_ok=True)

    @rule()
    def lose_or_find_the_key(self) -> None:
        path = self.machine.state / "secretzero" / "keys" / self.machine.lockfile.project
        if self.key is None:
            self.key = path.read_bytes()
            path.unlink()
        else:
            path.write_bytes(self.key)
            self.key = None

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
            if self.key is not None:
                assert drift.verdict in {"cannot tell", "missing"}
            else:
                entry = self.machine.lockfile.secrets.get(drift.secret)
                current = bool(entry) and value is not None and entry.current in self._matches(drift.secret, value)  # type: ignore[union-attr]
                assert (drift.verdict == "in step") == current, drift
            assert (drift.verdict == "missing") == (value is None)

    @invariant()
    def what_is_resolved_is_the_current_value(self) -> None:
        """An application gets the recorded value or an error, and never something else."""
        if self.key is not None:
            return
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
        path = self.machine.state / "secretzero" / "keys" / lockfile.project
        key = ProjectKey.from_text((self.key or path.read_bytes()).decode())
        assert Signer(key, lockfile.project).verify(lockfile) == []
        entry = lockfile.secrets.get(name)
        fingerprints = Fingerprints(key, lockfile.project)
        canonical = SecretValue(value).canonical()
        known = entry.generations.items() if entry else ()
        return {op for op, g in known if fingerprints.of(entry.id, "", op, canonical) == g.fingerprints.get("")}  # type: ignore[union-attr]

    def _current(self, name: str) -> str:
        entry = self.machine.lockfile.secrets.get(name)
        return entry.current if entry else ""

    def _has_key(self) -> bool:
        """Tell whether the key is here; without it a sync is refused and changes nothing."""
        if self.key is None:
            return True
        before = self.machine.bytes()
        try:
            self.machine.sync()
        except KeyMissingError:
            assert self.machine.bytes() == before
            return False
        raise AssertionError("wrote without the key")


TestLife = Life.TestCase
TestLife.settings = settings(deadline=None, max_examples=25, stateful_step_count=12)
