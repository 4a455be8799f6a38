"""Projects for tests: a folder with a manifest, machines that work on it, and platforms that answer from memory."""

import errno
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from textwrap import dedent
from typing import ClassVar

from attrs import define, evolve, field, frozen
from shelves import ShelfTarget

from secretzero.engine.catalog import builtin_catalog
from secretzero.engine.engine import Engine
from secretzero.engine.options import RunOptions
from secretzero.engine.report import Report
from secretzero.files import LocalDisk, Stamp
from secretzero.formats import FORMATS, format_of
from secretzero.lockfile.document import parse_lockfile
from secretzero.lockfile.model import Entry, Lockfile
from secretzero.manifest.catalog import Catalog
from secretzero.manifest.load import load_manifest
from secretzero.protocols import Constraints, Place
from secretzero.refs import Ref
from secretzero.stores.memory import MemoryStore
from secretzero.testing.fakes import SetClock
from secretzero.testing.faults import Crash
from secretzero.values import Description, Material, SecretValue, Written

LOCKFILE = ".gitsecrets.lock"
LOCAL_LOCKFILE = ".gitsecrets.local.lock"
PASSWORD = "{name: db, kind: random_password, targets: [{provider: local, kind: file, config: {path: .env, key: DB}}]}"


class DyingStore(MemoryStore):
    """A platform that takes a value, and then the process that sent it is gone."""

    def write(self, path: str, fields: SecretValue, **options: object) -> Written:  # type: ignore[override]
        super().write(path, fields, **options)  # type: ignore[arg-type]
        raise Crash("the process died after the write")


class CrashingDisk(LocalDisk):
    """A disk on which the process dies just before a file of this name would be replaced."""

    def __init__(self, name: str) -> None:
        self.name = name

    def replace(self, path: str, content: bytes, **options: object) -> Stamp:  # type: ignore[override]
        if os.path.basename(path) == self.name:
            raise Crash(f"the process died before it wrote {self.name}")
        return super().replace(path, content, **options)  # type: ignore[arg-type]


class DyingDisk(LocalDisk):
    """A disk on which the process dies just before a file of this name would be replaced again, so many times later."""

    def __init__(self, name: str, after: int) -> None:
        self.name = name
        self.left = after

    def replace(self, path: str, content: bytes, **options: object) -> Stamp:  # type: ignore[override]
        if os.path.basename(path) == self.name:
            if not self.left:
                raise Crash(f"the process died before it wrote {self.name} once more")
            self.left -= 1
        return super().replace(path, content, **options)  # type: ignore[arg-type]


class FullDisk(LocalDisk):
    """A disk that has no room for a file of this name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def replace(self, path: str, content: bytes, **options: object) -> Stamp:  # type: ignore[override]
        if os.path.basename(path) == self.name:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
        return super().replace(path, content, **options)  # type: ignore[arg-type]


class SealedBox:
    """A platform that takes values and never shows one: only that they are there, and a marker that counts writes."""

    def __init__(self, shelf: MemoryStore) -> None:
        self.shelf = shelf

    def describe(self, path: str) -> Description | None:
        found = self.shelf.describe(path)
        return found and Description(None, found.fields, f"count:{found.marker}")

    def write(self, path: str, fields: SecretValue, **options: object) -> Written:
        written = self.shelf.write(path, fields, remove=options.get("remove", ()), token=options.get("token"))  # type: ignore[arg-type]
        return Written(None, f"count:{written.marker}")


@frozen
class BoxTarget:
    """One value of a SealedBox, an object of its own."""

    name: str | None = None
    one_place: ClassVar[bool] = True

    def places(self, name: str) -> tuple[Place, ...]:
        return (Place(Ref("box", self.name or name)),)

    def constraints(self) -> Constraints:
        return Constraints()

    def check(self, name: str, value: SecretValue) -> None:
        """Take everything."""

    def object_options(self) -> Mapping[str, object]:
        return {}

    def open(self, connection: object) -> SealedBox:
        return connection  # type: ignore[return-value]


def catalog() -> Catalog:
    """Return the kinds of this version, and two platforms that answer from memory: one readable, one write-only."""
    built_in = builtin_catalog()
    targets = {"local": built_in.targets["local"], "memory": {"memory": ShelfTarget}, "box": {"box": BoxTarget}}
    return evolve(built_in, targets=targets)


@define
class Platforms:
    """What is the same for all machines."""

    memory: object = field(factory=MemoryStore)
    shelf: MemoryStore = field(factory=MemoryStore)
    box: object = None

    def __attrs_post_init__(self) -> None:
        self.box = self.box or SealedBox(self.shelf)

    def dying(self) -> "Platforms":
        """Return the same platforms, of which the readable one kills whoever writes to it."""
        assert isinstance(self.memory, MemoryStore)
        return evolve(self, memory=DyingStore(self.memory.shelf))

    def connect(self, kind: str, _entry: object) -> object:
        return {"memory": self.memory, "box": self.box}[kind]

    def boxed(self, path: str) -> Material:
        """Return what somebody who may look finds in the box."""
        return self.shelf.read(path).part("value").reveal()

    def held(self, path: str = "memory/main") -> dict[str, Material]:
        """Return what the readable platform holds."""
        assert isinstance(self.memory, MemoryStore)
        return dict(self.memory.read(path).reveal())  # type: ignore[arg-type]


@define
class Machine:
    """A user's account on a machine: a home, an environment, and a project in a folder."""

    home: Path
    folder: Path
    clock: SetClock = field(factory=SetClock)
    platforms: Platforms = field(factory=Platforms)
    environ: dict[str, str] = field(factory=dict)
    options: dict[str, object] = field(factory=dict)
    name: str = "Secretfile.yml"

    def __attrs_post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.home.mkdir(parents=True, exist_ok=True)

    @property
    def state(self) -> Path:
        return self.home / "state"

    @property
    def variables(self) -> dict[str, str]:
        return {"HOME": str(self.home), "XDG_STATE_HOME": str(self.state), **self.environ}

    def manifest(self, *secrets: str, rest: str = "") -> None:
        """Write a manifest of these secrets, each in YAML's flow style."""
        listed = "".join(f"  - {secret}\n" for secret in secrets)
        (self.folder / self.name).write_text(f"secrets:\n{listed}{dedent(rest)}" if listed else dedent(rest))

    def engine(self, **changes: object) -> Engine:
        """Open the project as the SDK does; `changes` are fields of the engine."""
        options = {**self.options, **changes}
        opened = {name: options.pop(name) for name in ("environment", "variables") if name in options}
        path = str(self.folder / self.name)
        if "memory" in Path(path).read_text() or "box" in Path(path).read_text():
            kinds = catalog()
            loaded = load_manifest(path, kinds, environ=self.variables, **opened)  # type: ignore[arg-type]
            engine = evolve(Engine.open(str(self._blank()), environ=self.variables), manifest=loaded, catalog=kinds)
        else:
            engine = Engine.open(path, environ=self.variables, **opened)  # type: ignore[arg-type]
        return evolve(engine, clock=self.clock, connect=self.platforms.connect, **options)

    def sync(self, *, only: tuple[str, ...] = (), engine: Mapping[str, object] = {}, **options: object) -> Report:
        """Sync a minute later than whatever was before."""
        return self._later().engine(**engine).sync(only=only, options=RunOptions(**options))  # type: ignore[arg-type]

    def rotate(self, *only: str, force: bool = True, **options: object) -> Report:
        return self._later().engine().rotate(only=only, force=force, options=RunOptions(**options))  # type: ignore[arg-type]

    def set(self, name: str, value: Material, **options: object) -> Report:
        return self._later().engine().set(name, SecretValue(value), options=RunOptions(**options))  # type: ignore[arg-type]

    def verdicts(self) -> dict[str, str]:
        """Return what drift says of each target, by the end of its URI."""
        return {short(drift.target): drift.verdict for drift in self.engine().drift()}

    def values(self, name: str = ".env") -> dict[str, Material]:
        """Return what a file holds; nothing where there is none."""
        path = self.folder / name
        return dict(FORMATS[format_of(name)].parse(path.read_bytes())) if path.exists() else {}

    def put(self, name: str = ".env", **fields: Material) -> None:
        """Write fields into a file from outside."""
        path = self.folder / name
        before = path.read_bytes() if path.exists() else None
        path.write_bytes(FORMATS[format_of(name)].edit(before, dict(fields)))

    @property
    def lockfile(self) -> Lockfile:
        return parse_lockfile((self.folder / LOCKFILE).read_bytes(), LOCKFILE)

    @property
    def local_lockfile(self) -> Lockfile:
        return parse_lockfile((self.folder / LOCAL_LOCKFILE).read_bytes(), LOCAL_LOCKFILE)

    def entry(self, name: str = "db") -> Entry:
        return self.lockfile.secrets[name]

    def generation(self, name: str = "db") -> int:
        now = self.entry(name).now
        return now.n if now else 0

    def bytes(self) -> dict[str, bytes]:
        """Return every file of the project and of the state folder, lock files and git's own apart."""
        found = {}
        for start in (self.folder, self.state):
            for folder, folders, names in os.walk(start):
                folders[:] = [name for name in folders if name not in {"locks", ".git"}]
                found.update({os.path.join(folder, name): Path(folder, name).read_bytes() for name in names})
        return found

    def share_key(self, other: "Machine") -> None:
        """Give the project key to another machine, as `key export` and `key import` do."""
        project = self.lockfile.project
        target = other.state / "secretzero" / "keys"
        target.mkdir(parents=True, exist_ok=True)
        (target / project).write_bytes((self.state / "secretzero" / "keys" / project).read_bytes())

    def lose_key(self) -> None:
        (self.state / "secretzero" / "keys" / self.lockfile.project).unlink()

    def _later(self) -> "Machine":
        self.clock.advance(timedelta(minutes=1))
        return self

    def _blank(self) -> Path:
        """Return a manifest of nothing: `Engine.open` knows only the kinds of this version."""
        path = self.home / "blank.yml"
        path.write_text("secrets: []\n")
        return path


@define
class Repository(Machine):
    """A machine whose project is a git clone."""

    def git(self, *words: str, fails: bool = False) -> str:
        environ = {**self.variables, "PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1"}
        identity = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
        done = subprocess.run(
            ["git", *identity, *words], cwd=self.folder, env=environ, capture_output=True, text=True, check=False
        )
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stdout

    def begin(self) -> None:
        self.git("init", "-q", "-b", "main")
        (self.folder / ".gitignore").write_text(f".env*\n{LOCAL_LOCKFILE}\n")

    def commit(self) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "a change", "--allow-empty")

    def clone(self, home: Path) -> "Repository":
        """Return a fresh clone on another machine, without the key."""
        other = Repository(home, home / "clone", self.clock, self.platforms)
        other.git("clone", "-q", str(self.folder), ".")
        return other

    def use_driver(self) -> None:
        """Configure the merge driver of the lockfile, as `create --git` does."""
        script = self.home / "driver.py"
        script.write_text(_DRIVER)
        self.git("config", "merge.secretzero.driver", f"'{sys.executable}' '{script}' %O %A %B")
        (self.folder / ".git" / "info" / "attributes").write_text(f"{LOCKFILE} merge=secretzero\n")


_DRIVER = """
import sys
from pathlib import Path
from secretzero.lockfile.document import parse_lockfile
from secretzero.lockfile.writing import render_lockfile
from secretzero.lockfile.merge import merge_lockfiles
base, ours, theirs = [parse_lockfile(Path(p).read_bytes(), p) if Path(p).read_bytes() else None for p in sys.argv[1:]]
Path(sys.argv[2]).write_bytes(render_lockfile(merge_lockfiles(base, ours, theirs), None)[0])
"""


def short(uri: str) -> str:
    """Return the end of a URI: the key of a file, or the object."""
    return uri.partition("#")[2] or uri.partition("://")[2]


def file_target(key: str = "", path: str = ".env", **options: object) -> str:
    """Return a target in a file, in YAML's flow style."""
    config = {"path": path, **({"key": key} if key else {}), **options.pop("config", {})}  # type: ignore[dict-item]
    return json.dumps({"provider": "local", "kind": "file", "config": config, **options})


def box_target(name: str, **options: object) -> str:
    """Return a target on the platform that never shows a value."""
    return json.dumps({"provider": "box", "kind": "box", "config": {"name": name}, **options})


def memory_target(key: str, **options: object) -> str:
    """Return a target on the platform that all machines can read."""
    return json.dumps({"provider": "memory", "kind": "memory", "config": {"field": key}, **options})


def secret(name: str, kind: str = "random_password", *targets: str, **options: object) -> str:
    """Return a secret in YAML's flow style."""
    told = "".join(f", {key}: {json.dumps(value)}" for key, value in options.items())
    listed = ", ".join(targets) or file_target(name.upper())
    return f"{{name: {name}, kind: {kind}, targets: [{listed}]{told}}}"


def actions(report: Report) -> dict[str, str]:
    """Return the action of each secret."""
    return {outcome.step.secret: outcome.step.action for outcome in report.outcomes}


def problems(report: Report) -> dict[str, str]:
    """Return the code of each secret's error, or of its first target's."""
    found = {}
    for outcome in report.failed:
        errors = [outcome.error, *(target.error for target in outcome.targets)]
        found[outcome.step.secret] = next((error.code for error in errors if error), "pending")
    return found
