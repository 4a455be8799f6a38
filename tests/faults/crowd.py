"""A process that lets many others work on one project at once, round by round."""

import json
import os
import sys

from secretzero.engine.engine import Engine
from secretzero.errors import SecretZeroError


def work(root: str, action: str, gate: int) -> int:
    """Wait for the gate, do it, return the exit code."""
    os.read(gate, 1)
    environ = {"HOME": root, "XDG_STATE_HOME": os.path.join(root, "state")}
    try:
        engine = Engine.open(os.path.join(root, "project", "Secretfile.yml"), environ=environ)
        report = engine.sync() if action == "sync" else engine.rotate(force=True)
    except SecretZeroError as error:
        sys.stderr.write(f"{error.code}: {error.message}\n")
        return 2
    return 1 if report.failed else 0


def crowd(root: str, actions: list[str]) -> list[int]:
    """Fork one process for each action, open the gate for all of them, return their exit codes."""
    gate, opener = os.pipe()
    children = []
    for action in actions:
        child = os.fork()
        if child == 0:
            os.close(opener)
            os._exit(work(root, action, gate))
        children.append(child)
    os.close(gate)
    os.close(opener)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(json.dumps(crowd(*json.loads(line))) + "\n")
        sys.stdout.flush()
