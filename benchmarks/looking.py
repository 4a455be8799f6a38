"""What looking at many secrets costs, against the bare event stream of the same manifest (E)."""

import sys
import tempfile
from pathlib import Path

from measure import PYTHON, SECRETZERO, Command, manifest, report, run, side_by_side

REFERENCE = str(Path(__file__).with_name("reference.py"))
COUNT = 5000


def main() -> int:
    """Print one line for each figure; exit 1 when one missed its limit."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        manifest(folder, COUNT, lambda _: ".env")
        file = ("-f", f"{folder}/Secretfile.yml")
        run(Command((*SECRETZERO, "sync", *file), folder))
        events = Command((PYTHON, REFERENCE, "events", f"{folder}/Secretfile.yml"), folder)
        figures = {"validate": ("validate", 5), "no-op sync": ("sync", 7), "drift, every value compared": ("drift", 7)}
        reached = []
        for name, (verb, limit) in figures.items():
            ours = Command((*SECRETZERO, verb, *file), folder)
            reached.append(report(f"{name}, {COUNT} secrets (E)", *side_by_side(ours, events), limit))
        return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
