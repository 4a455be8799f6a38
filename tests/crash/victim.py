"""A process that has loaded everything and runs the engine in traced children, one for each line that it reads."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from careless import VARIANTS
from scene import Scene
from traced import Call, Trace, traced


class Victim:
    """The other end of the pipe: asks for runs and gets their traces."""

    def __init__(self, commands: IO[str], said: IO[str]) -> None:
        self._commands, self._said = commands, said

    def run(self, root: str, action: str, variant: str = "", *, kill_at: int = 0) -> Trace:
        """Let a fresh process do ``sync`` or ``rotate`` in a scene; kill it before its n-th call."""
        self._commands.write(json.dumps([root, action, variant, kill_at]) + "\n")
        self._commands.flush()
        calls, ended, threads = json.loads(self._said.readline())
        return Trace([Call(*call) for call in calls], ended, threads)


@contextmanager
def victim(warm_in: str) -> Iterator[Victim]:
    """Start the process; it ends with the context. `warm_in` is a folder where it may run once to load everything."""
    command = [sys.executable, __file__, warm_in]
    path = os.pathsep.join([os.path.dirname(__file__), *sys.path])
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path}
    ) as process:
        assert process.stdin
        assert process.stdout
        yield Victim(process.stdin, process.stdout)
        process.stdin.close()


def act(root: str, action: str, variant: str) -> None:
    """Do in this process what a person would have started."""
    engine = Scene(root).engine()
    if variant:
        engine = VARIANTS[variant](engine)
    if action == "sync":
        engine.sync()
    else:
        engine.rotate(force=True)


def _warm(root: str) -> None:
    """Load every module and fill every cache, so that a child touches nothing but its project."""
    Scene(root).begin()
    for action in ("sync", "rotate", "sync"):
        act(root, action, "")


def _serve() -> None:
    _warm(sys.argv[1])
    for line in sys.stdin:
        root, action, variant, kill_at = json.loads(line)
        trace = traced(lambda: act(root, action, variant), below=root, kill_at=kill_at)  # noqa: B023 - runs at once
        sys.stdout.write(json.dumps(trace) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
