"""What a first sync of many secrets costs, against drawing and writing the same values without any record."""

import math
import re
import statistics
import sys
import tempfile
from pathlib import Path

from measure import PYTHON, SECRETZERO, Command, Usage, fresh, manifest, report, run, side_by_side

REFERENCE = str(Path(__file__).with_name("reference.py"))
MOST_MEMORY = 80
EXPONENT = 1.05


def sync(folder: Path, count: int, path: str) -> Command:
    """Return the first sync of so many secrets; `path` names their file, with ``{}`` for one each."""
    manifest(folder, count, path.format)
    return Command((*SECRETZERO, "sync", "-f", f"{folder}/Secretfile.yml"), folder, prepare=fresh(folder))


def fsync_of_reference(folder: Path) -> str:
    """Return what the last reference said of its time in fsync."""
    found = re.search(r"fsync ([\d.]+) s", (folder / "stderr.txt").read_text())
    return f"{float(found[1]) * 1000:.1f} ms" if found else "not measured"


def fsync_of_ours(command: Command) -> str:
    """Return the time that one of our runs spends in fsync, as the kernel tells it."""
    traced = Command(
        ("strace", "-f", "-c", "-e", "trace=fsync", "-o", str(command.folder / "fsync.txt"), *command.words),
        command.folder,
        prepare=command.prepare,
    )
    try:
        run(traced)
    except OSError:
        return "not measured: no strace"
    told = (command.folder / "fsync.txt").read_text().splitlines()
    row = next((line.split() for line in told if "fsync" in line), None)
    return f"{float(row[1]) * 1000:.1f} ms in {row[3]} calls" if row else "none"


def one_file(root: Path, count: int, limit: float) -> tuple[bool, list[Usage]]:
    """Print the figure of one `.env` file."""
    folder = root / f"one{count}"
    ours = sync(folder, count, ".env")
    reference = Command((PYTHON, REFERENCE, "one", str(folder / "w.env"), str(count)), folder)
    mine, theirs = side_by_side(ours, reference)
    reached = report(f"first sync, {count} secrets, one .env (W)", mine, theirs, limit)
    in_reference = fsync_of_reference(folder)
    print(f"    fsync: ours {fsync_of_ours(ours)}, reference {in_reference}")
    return reached, mine


def growth(root: Path) -> bool:
    """Print how the cost grows from 2,000 to 10,000 secrets, the run of one subtracted."""
    walls = {}
    for count in (1, 2000, 10000):
        command = sync(root / f"growth{count}", count, ".env")
        run(command)
        walls[count] = statistics.median(run(command).wall for _ in range(5))
    exponent = math.log((walls[10000] - walls[1]) / (walls[2000] - walls[1]), 5)
    verdict = "reached" if exponent <= EXPONENT else "MISSED"
    print(f"growth from 2,000 to 10,000: exponent {exponent:.3f}  (limit {EXPONENT}, {verdict})")
    return exponent <= EXPONENT


def main() -> int:
    """Print one line for each figure; exit 1 when one missed its limit."""
    with tempfile.TemporaryDirectory() as made:
        root = Path(made)
        reached = [one_file(root, 1000, 5)[0]]
        good, mine = one_file(root, 5000, 4)
        peak = max(usage.memory for usage in mine)
        verdict = "reached" if peak <= MOST_MEMORY else "MISSED"
        print(f"peak memory of 5,000 secrets: {peak:.0f} MiB  (limit {MOST_MEMORY}, {verdict})")
        folder = root / "many"
        ours = sync(folder, 1000, "e/{}.env")
        reference = Command((PYTHON, REFERENCE, "many", str(folder / "w"), "1000"), folder)
        reached += [good, peak <= MOST_MEMORY]
        reached.append(report("first sync, 1000 secrets, a file each", *side_by_side(ours, reference), 3))
        reached.append(growth(root))
        return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
