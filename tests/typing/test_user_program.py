"""Programs of users pass the type checkers in their strictest mode; mypy reads this one in `./dev check`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from secretzero import Engine

HERE = Path(__file__).parent


def test_the_program_uses_every_public_method():
    """No method or property of the engine is left out."""
    text = (HERE / "user_program.py").read_text(encoding="utf-8")
    public = {name for name in vars(Engine) if not name.startswith("_")}
    assert {name for name in public if f"engine.{name}" not in text.lower()} == set()


def pyright(*words: str) -> subprocess.CompletedProcess[str]:
    """Run pyright as `SECRETZERO_TEST_PYRIGHT` names it."""
    program = os.environ.get("SECRETZERO_TEST_PYRIGHT", "")
    if not program:
        if "pyright" in os.environ.get("SECRETZERO_TEST_REQUIRE", ""):
            pytest.fail("pyright is not here: set SECRETZERO_TEST_PYRIGHT to the program")
        pytest.skip("set SECRETZERO_TEST_PYRIGHT to the program")
    return subprocess.run(
        [program, "--pythonpath", sys.executable, *words], capture_output=True, check=False, text=True
    )


def test_the_program_is_typed_for_pyright():
    """`pyright` in strict mode finds nothing."""
    done = pyright("-p", str(HERE))
    assert (done.returncode, done.stdout) == (0, "0 errors, 0 warnings, 0 informations\n")


def test_a_mistake_would_be_found(tmp_path: Path):
    """A wrong type in a call of the engine is an error, so that the check above means something."""
    (tmp_path / "wrong.py").write_text("from secretzero import Engine\n\nEngine.open().resolve(3)\n")
    assert "1 error," in pyright(str(tmp_path / "wrong.py")).stdout
