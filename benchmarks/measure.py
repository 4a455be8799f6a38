"""Timing whole processes side by side: medians, and ratios of medians within one run."""

import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

PYTHON = sys.executable
SECRETZERO = (PYTHON, "-c", "from secretzero_cli.main import main; main()")


class Usage(NamedTuple):
    """What one finished process cost: seconds of wall clock and of processor, and its peak memory in MiB."""

    wall: float
    cpu: float
    memory: float


class Command(NamedTuple):
    """A process to time. `prepare` puts the world back before each run and is not timed; `status` is its exit code."""

    words: Sequence[str]
    folder: Path
    environ: Mapping[str, str] = {}
    prepare: Callable[[], None] | None = None
    status: int = 0


def run(command: Command) -> Usage:
    """Run a process once, its output thrown away. Raises SystemExit when it does not end as it should."""
    if command.prepare:
        command.prepare()
    environ = {"PATH": os.environ["PATH"], "HOME": str(command.folder), **command.environ}
    started = time.perf_counter()
    child = os.posix_spawnp(
        command.words[0],
        list(command.words),
        environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, str(command.folder / "stderr.txt"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
        ],
    )
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - started
    if os.waitstatus_to_exitcode(status) != command.status:
        said = (command.folder / "stderr.txt").read_text()
        raise SystemExit(f"{' '.join(command.words)} ended with {os.waitstatus_to_exitcode(status)}:\n{said}")
    return Usage(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def side_by_side(ours: Command, reference: Command, *, rounds: int = 9) -> tuple[list[Usage], list[Usage]]:
    """Run two commands in turn, after one round that does not count (it also compiles bytecode)."""
    run(ours), run(reference)
    pairs = [(run(ours), run(reference)) for _ in range(rounds)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def report(name: str, ours: Sequence[Usage], reference: Sequence[Usage], limit: float, *, by: str = "wall") -> bool:
    """Print one line: the ratio of medians, its limit, both medians, the spread of ours, peak memory.

    The ratio of processor times stands beside it: on a machine that others use it is the steadier one.
    """
    mine, theirs = ([getattr(usage, by) for usage in usages] for usages in (ours, reference))
    ratio = statistics.median(mine) / statistics.median(theirs)
    cpu = statistics.median(usage.cpu for usage in ours) / statistics.median(usage.cpu for usage in reference)
    memory = max(usage.memory for usage in ours)
    verdict = "reached" if ratio <= limit else "MISSED"
    print(
        f"{name:<46} {ratio:6.2f} x  (limit {limit:g}, {verdict})  {statistics.median(mine) * 1000:7.0f} ms "
        f"[{min(mine) * 1000:.0f}-{max(mine) * 1000:.0f}] against {statistics.median(theirs) * 1000:.0f} ms, "
        f"peak {memory:.0f} MiB, CPU {cpu:.2f} x"
    )
    return ratio <= limit


def manifest(folder: Path, count: int, path: Callable[[int], str]) -> None:
    """Write a manifest of passwords, each with one target in a file."""
    lines = ["secrets:"]
    for number in range(count):
        lines += [
            f"  - name: secret_{number}",
            "    kind: random_password",
            "    targets:",
            "      - provider: local",
            "        kind: file",
            f"        config: {{path: {path(number)}, key: SECRET_{number}}}",
        ]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Secretfile.yml").write_text("\n".join(lines) + "\n")


def fresh(folder: Path) -> Callable[[], None]:
    """Return what takes everything away but the manifest, so that the next sync is a first one."""
    from shutil import rmtree

    def prepare() -> None:
        for entry in folder.iterdir():
            if entry.name not in {"Secretfile.yml", "stderr.txt"}:
                rmtree(entry) if entry.is_dir() else entry.unlink()

    return prepare
