"""The house: how long things are, and what is not done here."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import pytest

import secretzero_api
import secretzero_client
from secretzero import __version__

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("secretzero", "secretzero_cli", "secretzero_api", "secretzero_client")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
CODE = [*MODULES, *sorted((ROOT / "tests").rglob("*.py"))]


def tree(path: Path) -> ast.Module:
    """Parse a module."""
    return ast.parse(path.read_text(encoding="utf-8"))


def functions() -> Iterator[tuple[str, int]]:
    """Yield every function of the project, and how many lines it has."""
    for path in MODULES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", (node.end_lineno or 0) - node.lineno + 1


def modules() -> Iterator[tuple[str, int]]:
    """Yield every module of the project, and how many lines it has."""
    for path in MODULES:
        yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8").count("\n")


@pytest.mark.parametrize(("things", "most", "middle"), [(functions, 40, 8), (modules, 400, 130)])
def test_things_are_short(things: Callable[[], Iterator[tuple[str, int]]], most: int, middle: int):
    """No function is longer than 40 lines and no module than 400; half of them are no longer than 8 and 130."""
    found = dict(things())
    assert {name: lines for name, lines in found.items() if lines > most} == {}
    assert median(found.values()) <= middle


def test_each_module_opens_with_a_sentence():
    """The first thing in a module says in one sentence what it is for."""
    sentences = {
        str(path.relative_to(ROOT)): (ast.get_docstring(tree(path)) or "").partition("\n\n")[0] for path in CODE
    }
    assert [name for name, said in sentences.items() if not said.endswith((".", ":"))] == []


def test_errors_are_never_caught_blindly():
    """Nothing catches every exception, named or not."""
    blind = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler)
        and (
            node.type is None
            or {"Exception", "BaseException"} & {name.id for name in ast.walk(node.type) if isinstance(name, ast.Name)}
        )
    ]
    assert blind == []


def test_nothing_is_mocked_or_patched():
    """Tests work on real parts: no mock library, and nobody replaces an attribute of another module."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in CODE
        for node in ast.walk(tree(path))
        if any("mock" in name.lower() or name in {"patch", "setattr"} for name in _names(node))
    ]
    assert found == []


def _names(node: ast.AST) -> Iterator[str]:
    """Yield what an import brings in, and what is called on a monkeypatch."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from (part for alias in node.names for part in alias.name.split("."))
        yield from (getattr(node, "module", "") or "").split(".")
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "monkeypatch":
        yield node.attr


def test_the_version_has_one_home():
    """The version is written once, and packaging, the command line and the other packages read it from there."""
    files = [*MODULES, ROOT / "pyproject.toml"]
    assert [
        str(path.relative_to(ROOT)) for path in files if f'"{__version__}"' in path.read_text(encoding="utf-8")
    ] == ["secretzero/__init__.py"]
    assert secretzero_api.__version__ == secretzero_client.__version__ == __version__
