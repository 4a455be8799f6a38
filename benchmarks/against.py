"""What each verb costs against the same verb of another checkout, in processor time: `against.py OTHER`."""

import statistics
import sys
import tempfile
from pathlib import Path

from measure import Command, fresh, manifest, run, side_by_side

LIMIT = 1.03
MAIN = "from secretzero_cli.main import main; main()"
RESOLVE = "from secretzero import Engine; Engine.open('Secretfile.yml').resolve('secret_0')"
ROUNDS = {1: 31, 10: 31, 1000: 11, 5000: 11}
"""How often a pair runs, by the number of secrets."""
VERBS = {
    "--help": ("--help", 1),
    "validate": ("validate", 1),
    "run -- true, ten values": ("run", 10),
    "first sync": ("sync", 1),
    "validate, 5,000 secrets": ("validate", 5000),
    "no-op sync, 5,000 secrets": ("sync again", 5000),
    "drift, 5,000 secrets": ("drift", 5000),
    "first sync, 5,000 secrets": ("sync", 5000),
    "rotate all, 1,000 secrets": ("rotate", 1000),
    "first sync, 1,000 files": ("sync files", 1000),
}


def environ_of(folder: Path) -> dict[str, str]:
    """Return variables with which a checkout imports its own code, wherever this runs, and stays as it is."""
    return {"PYTHONSAFEPATH": "1", "PYTHONPYCACHEPREFIX": f"{folder.parent}/bytecode"}


def verb(checkout: str, folder: Path, what: str, count: int) -> Command:
    """Return a verb of one checkout, in a project of its own that is ready for it."""
    name, _, kind = what.partition(" ")
    manifest(folder, count, "e/{}.env".format if kind == "files" else lambda _: ".env")
    environ = environ_of(folder)
    program = (f"{checkout}/.venv/bin/python", "-c", MAIN)
    first = Command((*program, "sync", "-f", f"{folder}/Secretfile.yml"), folder, environ)
    if what.startswith("sync") and kind != "again":
        return first._replace(prepare=fresh(folder))
    if what == "--help":
        return first._replace(words=(*program, "--help"))
    run(first)
    more = {"run": ("--", "true"), "rotate": ("--force", "--yes")}.get(name, ())
    return first._replace(words=(*program, name, "-f", f"{folder}/Secretfile.yml", *more))


def sdk(checkout: str, folder: Path, code: str) -> Command:
    """Return a Python program that uses the SDK of one checkout."""
    run(verb(checkout, folder, "sync", 1))
    words = (f"{checkout}/.venv/bin/python", "-c", f"import os; os.chdir({str(folder)!r}); {code}")
    return Command(words, folder, environ_of(folder))


def compared(name: str, ours: Command, theirs: Command, rounds: int) -> bool:
    """Print one line: the ratio of medians, the median of the ratios of pairs, the ratio of the least, both medians."""
    mine, others = ([usage.cpu for usage in usages] for usages in side_by_side(ours, theirs, rounds=rounds))
    ratio = statistics.median(mine) / statistics.median(others)
    pairs = statistics.median(one / other for one, other in zip(mine, others, strict=True))
    least = min(mine) / min(others)
    verdict = "reached" if min(ratio, pairs) <= LIMIT else "MISSED"
    print(
        f"{name:<28} medians {ratio:.3f}, pairs {pairs:.3f}, least {least:.3f}  (limit {LIMIT}, {verdict})  "
        f"{statistics.median(mine) * 1000:.0f} ms against {statistics.median(others) * 1000:.0f} ms",
        flush=True,
    )
    return verdict == "reached"


def main(other: str) -> int:
    """Print one line for each verb; exit 1 when one costs more than the other checkout's and three in a hundred."""
    checkouts = {"ours": str(Path(__file__).resolve().parents[1]), "theirs": str(Path(other).resolve())}
    reached = []
    with tempfile.TemporaryDirectory() as made:
        for name, (what, count) in VERBS.items():
            pair = [verb(checkouts[who], Path(made, who, name), what, count) for who in checkouts]
            reached.append(compared(name, *pair, ROUNDS[count]))
        for name, code in {"import Engine": "from secretzero import Engine", "resolve": RESOLVE}.items():
            pair = [sdk(checkouts[who], Path(made, who, name), code) for who in checkouts]
            reached.append(compared(name, *pair, ROUNDS[1]))
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
