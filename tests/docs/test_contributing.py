"""What the page for contributors says can be done is done here, to a copy of the code."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCK = r"^```{}\n# (\S+)\n(.*?)^```$"


def blocks(language: str) -> list[tuple[str, str]]:
    """Return the path and text of every block of a language that names a file."""
    return re.findall(BLOCK.format(language), PAGE, re.MULTILINE | re.DOTALL)


def insert(file: Path, change: str) -> None:
    """Put the line with a plus behind the line without one, which must stand in the file exactly once."""
    known, added = (line[1:] + "\n" for line in change.splitlines())
    text = file.read_text(encoding="utf-8")
    assert text.count(known) == 1, f"{known!r} is not in {file} once"
    file.write_text(text.replace(known, known + added), encoding="utf-8")


def test_a_format_and_a_generator_cost_one_file_and_two_lines_each(tmp_path: Path):
    """The examples of the page, applied word for word, pass the contract of formats and of generators."""
    for folder in ("secretzero", "secretzero_cli", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "test_*.py"))
    for name in ("tests/conformance/test_kinds.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    for path, code in blocks("python"):
        assert not (tmp_path / path).exists()
        (tmp_path / path).write_text(code, encoding="utf-8")
    for path, change in blocks("diff"):
        insert(tmp_path / path, change)
    assert (len(blocks("python")), len(blocks("diff"))) == (2, 4)
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "tests/conformance/test_kinds.py"]
    environ = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTEST_ADDOPTS": ""}
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    for made in ("conf", "hex_token"):
        assert f"[{made}] PASSED" in done.stdout
