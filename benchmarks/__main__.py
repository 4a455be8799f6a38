"""Every figure of docs/benchmarks.md, one after the other; ``--against CHECKOUT`` compares with another version."""

import subprocess
import sys
from pathlib import Path


def main() -> int:
    """Run the chosen scripts (all, when none is named); exit 1 when one of them missed a limit."""
    folder = Path(__file__).parent
    if sys.argv[1:2] == ["--against"]:
        return subprocess.run([sys.executable, folder / "against.py", *sys.argv[2:]], check=False).returncode
    chosen = sys.argv[1:] or ["start", "looking", "first_sync", "pieces"]
    return max(subprocess.run([sys.executable, folder / f"{name}.py"], check=False).returncode for name in chosen)


if __name__ == "__main__":
    sys.exit(main())
