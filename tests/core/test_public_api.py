"""The public names are those that the documentation lists, in two tiers."""

import ast
import re
from pathlib import Path
from types import ModuleType

import pytest

import secretzero
from secretzero import shell

PAGE = Path(__file__).resolve().parents[2] / "docs" / "sdk.md"
TIERS = [(secretzero, "Public names"), (shell, "Names for shells")]
NAMES = [(module, name) for module, _ in TIERS for name in module.__all__]


@pytest.mark.parametrize(("module", "heading"), TIERS, ids=["secretzero", "shell"])
def test_the_documentation_lists_every_public_name_once(module: ModuleType, heading: str):
    """`__all__` is what the tables below a heading of docs/sdk.md list, no more and no less."""
    section = PAGE.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    assert sorted(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == sorted(module.__all__)


@pytest.mark.parametrize(("module", "name"), NAMES, ids=lambda value: value if isinstance(value, str) else "")
def test_each_public_name_is_there(module: ModuleType, name: str):
    """A name that is listed can be imported."""
    assert getattr(module, name) is not None


def defined(path: Path) -> set[str]:
    """Return the public names that a module defines itself."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", node)]
        found |= {getattr(target, "id", getattr(target, "name", "_")) for target in targets}
    return {name for name in found if not name.startswith("_")}


@pytest.mark.parametrize("module", [module for module, _ in TIERS], ids=["secretzero", "shell"])
def test_type_checkers_see_every_public_name_and_no_other(module: ModuleType):
    """The imports for type checkers are those of the table; `*` stands for all that a module defines in public."""
    seen = set()
    for node in ast.walk(ast.parse(Path(module.__file__).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            home = Path(secretzero.__file__).parent / node.module.replace(".", "/")
            for alias in node.names:
                seen |= defined(home.with_suffix(".py")) if alias.name == "*" else {alias.name}
    assert seen == set(module.__all__) - {"__version__"}


def test_a_name_has_one_tier():
    """No name is in both tiers."""
    assert set(secretzero.__all__) & set(shell.__all__) == set()
