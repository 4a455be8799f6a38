"""Where secret values are revealed: few places, each published."""

import ast
import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "guarantees.md"
PACKAGES = ("secretzero", "secretzero_cli", "secretzero_api", "secretzero_client")


def call_sites() -> Counter[str]:
    """Count the calls of `reveal()` in each module, on whatever they are called."""
    found: Counter[str] = Counter()
    for path in (each for package in PACKAGES for each in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr == "reveal":
                found[str(path.relative_to(ROOT))] += 1
    return found


def published() -> Counter[str]:
    """Read the table of call sites from the page of guarantees."""
    section = (
        PAGE.read_text(encoding="utf-8").partition("\n## Where secret values are revealed\n")[2].partition("\n## ")[0]
    )
    return Counter(
        {name: int(count) for name, count in re.findall(r"^\| `([\w/.]+)` \| (\d+) \|", section, re.MULTILINE)}
    )


def test_every_call_site_is_published():
    """The page of guarantees lists every module that calls `reveal()`, with the number of calls."""
    assert published() == call_sites()


def test_the_list_fits_on_a_screen():
    """Secret values are revealed in few enough modules to review at a glance."""
    assert len(call_sites()) <= 40
