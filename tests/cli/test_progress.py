"""A bar for long work, at a terminal only, gone when done."""

import subprocess
import sys
from pathlib import Path

from shell import Project

from secretzero_cli.output.progress import Progress
from secretzero_cli.preferences import Preferences

SLOW = """
import sys
from secretzero_cli.output.progress import Progress
from secretzero_cli.preferences import Preferences
bar = Progress(Preferences, patience=0)
for done in range(3): bar("writing", done, 3)
bar.close()
print("rich" in sys.modules)
"""


def test_off_a_terminal_there_is_no_bar_and_no_rich():
    """Nothing is drawn, and the library that draws is not even loaded."""
    done = subprocess.run([sys.executable, "-c", SLOW], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("False\n", "")


def test_at_a_terminal_long_work_has_a_bar_that_goes_away(tmp_path: Path):
    """What it is doing is named; when it is over the line is cleared."""
    project = Project(tmp_path)
    project.write("slow.py", SLOW)
    shown = project.terminal([sys.executable, "slow.py"]).out
    assert "writing" in shown
    assert shown.endswith("True\n")


def test_short_work_has_no_bar():
    """Before a second is over nothing is drawn."""
    bar = Progress(Preferences)
    bar("writing", 1, 2)
    assert bar._bar is None
