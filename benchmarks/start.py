"""What a short command costs, against `python -c "import click"` in the same run."""

import sys
import tempfile
from pathlib import Path

from measure import PYTHON, SECRETZERO, Command, manifest, report, run, side_by_side

ROUNDS = 21
ENGINE = "from secretzero import Engine"
STANDARD = "import attrs, pathlib, datetime, re, typing"
RESOLVE = "from secretzero import Engine; Engine.open('Secretfile.yml').resolve('secret_0')"


def main() -> int:
    """Print one line for each figure; exit 1 when one missed its limit."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        ten = folder / "ten"
        manifest(folder, 1, lambda _: ".env")
        manifest(ten, 10, lambda _: ".env")
        for place in (folder, ten):
            run(Command((*SECRETZERO, "sync", "-f", f"{place}/Secretfile.yml"), folder))
        click = Command((PYTHON, "-c", "import click"), folder)
        file, many = (("-f", f"{place}/Secretfile.yml") for place in (folder, ten))

        def again() -> None:
            for name in (".env", ".gitsecrets.lock"):
                (folder / name).unlink(missing_ok=True)

        resolve = f"import os; os.chdir({made!r}); {RESOLVE}"
        ours = {
            "secretzero --help": (Command((*SECRETZERO, "--help"), folder), 1.5),
            "validate of one secret": (Command((*SECRETZERO, "validate", *file), folder), 4),
            "Engine.open().resolve('x')": (Command((PYTHON, "-c", resolve), folder), 4),
            "run -- true, ten values": (Command((*SECRETZERO, "run", *many, "--", "true"), folder), 4.5),
            "first sync of one secret": (Command((*SECRETZERO, "sync", *file), folder, prepare=again), 5),
        }
        reached = [
            report(name, *side_by_side(command, click, rounds=ROUNDS), limit) for name, (command, limit) in ours.items()
        ]
        imports = (Command((PYTHON, "-c", code), folder) for code in (ENGINE, STANDARD))
        used = side_by_side(*imports, rounds=ROUNDS)
        reached.append(report("from secretzero import Engine (CPU)", *used, 1.8, by="cpu"))
        return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
