"""The house: how long things are, and what is not done here."""

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from statistics import median

import pytest

import secretzero_api
import secretzero_client
from secretzero import __version__

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("secretzero", "secretzero_cli", "secretzero_api", "secretzero_client")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
CLOCKS = set("time time_ns perf_counter perf_counter_ns process_time process_time_ns monotonic monotonic_ns".split())
CLOCKS |= {"thread_time", "clock_gettime", "ru_utime", "ru_stime"}
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")])
CODE = [*MODULES, *sorted((ROOT / "tests").rglob("*.py"))]


@cache
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


def test_a_folder_can_be_overlooked():
    """No folder has more than fifteen modules, that of the commands apart, which has one for each."""
    held = Counter(path.parent for path in MODULES if path.name != "__init__.py" and path.parent.name != "commands")
    assert {str(folder.relative_to(ROOT)): count for folder, count in held.items() if count > 15} == {}


def test_no_bag_crosses_modules():
    """What one module hands to another is a class with fields and never a `dict[str, Any]`."""
    found = {f"{path.relative_to(ROOT)} {name}" for path in MODULES for name in _bags(tree(path))}
    assert found == set()


def _bags(node: ast.AST, inside: str = "") -> Iterator[str]:
    """Yield what other modules can see and whose annotations hold a bag: functions, and fields of classes."""
    for child in ast.iter_child_nodes(node):
        name = getattr(child, "name", "") or getattr(getattr(child, "target", None), "id", "")
        if isinstance(child, ast.ClassDef) and not name.startswith("_"):
            yield from _bags(child, f"{name}.")
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            every = [
                child.returns,
                *(argument.annotation for argument in ast.walk(child.args) if isinstance(argument, ast.arg)),
            ]
            if (not name.startswith("_") or name == "__init__") and any(map(_is_bag, every)):
                yield f"{inside}{name}"
        elif isinstance(child, ast.AnnAssign) and not name.startswith("_") and _is_bag(child.annotation):
            yield f"{inside}{name}"


def _is_bag(annotation: ast.expr | None) -> bool:
    return annotation is not None and "dict[str, Any]" in ast.unparse(annotation)


def test_tests_have_one_clock():
    """Nothing but `bounds` asks for the time, so nothing can assert a ratio of times, nor a duration but its bounds."""
    found = {
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in CODE
        if "tests" in path.parts and path.name != "bounds.py"
        for node in ast.walk(tree(path))
        if CLOCKS & set(_asked(node))
    }
    assert found == set()


def _asked(node: ast.AST) -> Iterator[str]:
    """Yield what an expression takes from the module `time`, or from the usage of a process."""
    if isinstance(node, ast.ImportFrom) and node.module == "time":
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.Attribute) and (node.attr.startswith("ru_") or getattr(node.value, "id", "") == "time"):
        yield node.attr


@pytest.mark.parametrize(("words", "files"), [("words.txt", [*MODULES, *PAGES]), ("words-md.txt", PAGES)])
def test_words_that_went_do_not_come_back(words: str, files: list[Path]):
    """Pages, docstrings and messages are plain English: none of the listed words and phrases is in them."""
    lines = Path(__file__).with_name(words).read_text(encoding="utf-8").splitlines()
    odd = [re.compile(line, re.IGNORECASE) for line in lines if line and not line.startswith("#")]
    found = [
        f"{path.relative_to(ROOT)}:{number} {match[0]}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for each in odd
        if (match := each.search(line))
    ]
    assert found == []
