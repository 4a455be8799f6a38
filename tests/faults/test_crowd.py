"""G8: many processes work on one project at once, the first sync included."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import dotenv
import pytest

from secretzero.engine.engine import Engine
from secretzero.lockfile.document import parse_lockfile

Figure = Callable[[str, object], None]
Crowd = Callable[[Path, list[str]], list[int]]
SECRETS, PROCESSES, ROUNDS = 100, 10, 20


@pytest.fixture(scope="module")
def crowd() -> Iterator[Crowd]:
    """Give what starts the processes; it has loaded everything and has one thread."""
    path = os.pathsep.join(sys.path)
    script = str(Path(__file__).with_name("crowd.py"))
    with subprocess.Popen(
        [sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": path},
    ) as process:  # fmt: skip
        stdin, stdout = process.stdin, process.stdout
        assert stdin
        assert stdout

        def go(root: Path, actions: list[str]) -> list[int]:
            stdin.write(json.dumps([str(root), actions]) + "\n")
            stdin.flush()
            return list(json.loads(stdout.readline()))

        yield go
        stdin.close()


def manifest() -> str:
    """Declare a hundred secrets, half of them in one file and half in another."""
    lines = ["secrets:"]
    for number in range(SECRETS):
        place = "path: .env" if number % 2 else "path: conf/app.json"
        target = f"{{provider: local, kind: file, config: {{{place}, key: KEY_{number}}}}}"
        lines += [f"  - name: key_{number}", "    kind: random_string", f"    targets: [{target}]"]
    return "\n".join(lines) + "\n"


def engine(root: Path) -> Engine:
    """Open the project as one more process would."""
    environ = {"HOME": str(root), "XDG_STATE_HOME": str(root / "state")}
    return Engine.open(str(root / "project" / "Secretfile.yml"), environ=environ)


def begin(root: Path) -> None:
    """Create the project again."""
    shutil.rmtree(root, ignore_errors=True)
    (root / "project").mkdir(parents=True)
    (root / "project" / "Secretfile.yml").write_text(manifest())
    (root / "project" / ".env").write_text("NEIGHBOUR=kept\n")


def wrong(root: Path, generations: int) -> list[str]:
    """Return what is lost, unknown or left over."""
    project = root / "project"
    env = dotenv.dotenv_values(stream=StringIO((project / ".env").read_text()), interpolate=False)
    held = {**env, **json.loads((project / "conf" / "app.json").read_text())}
    found = [f"{n} is lost" for n in ("NEIGHBOUR", *(f"KEY_{i}" for i in range(SECRETS))) if not held.get(n)]
    found += [f"{drift.secret}: {drift.verdict}" for drift in engine(root).drift() if drift.verdict != "in step"]
    lockfile = parse_lockfile((project / ".gitsecrets.lock").read_bytes(), "lockfile")
    found += [f"{name} is open" for name, entry in lockfile.secrets.items() if entry.pending]
    counts = {entry.now.n for entry in lockfile.secrets.values() if entry.now}
    found += [] if counts == {generations} and len(lockfile.secrets) == SECRETS else [f"generations {counts}"]
    keys = os.listdir(root / "state" / "secretzero" / "keys")
    found += [] if keys == [lockfile.project] else [f"projects {keys}"]
    left = [path.name for path in root.rglob("*") if "secretzero-tmp" in path.name or path.name == "journal"]
    return found + [f"{name} is left" for name in left]


def test_processes_at_once_lose_nothing(crowd: Crowd, tmp_path: Path, record_property: Figure) -> None:
    """Ten at once: one project id, every key, every value known; rotations queue up, each a generation of its own."""
    root = tmp_path / "crowd"
    for number in range(ROUNDS):
        begin(root)
        assert crowd(root, ["sync"] * PROCESSES) == [0] * PROCESSES
        assert wrong(root, 1) == [], f"round {number}"
        if number % 4 == 0:
            assert crowd(root, ["sync", "rotate"] * (PROCESSES // 2)) == [0] * PROCESSES
            assert wrong(root, 1 + PROCESSES // 2) == [], f"round {number}, rotations"
    record_property("figure", f"G8: {ROUNDS} rounds of {PROCESSES} processes, {SECRETS} secrets, 0 lost")
