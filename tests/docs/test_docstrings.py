"""What Python shows of a public name is complete and true: the sections of its docstring, its example, its words."""

import ast
import builtins
import contextlib
import doctest
import inspect
import pydoc
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from shell import Project

import secretzero
from secretzero import Engine, SecretZeroError, shell

ROOT = Path(__file__).resolve().parents[2]
TYPED = """
secrets:
  - name: api_key
    kind: static
    targets: [{provider: local, kind: file, config: {path: .env, key: API_KEY}}]
"""
PUBLIC = {name: getattr(secretzero, name) for name in secretzero.__all__}
FIRST = {name: value for name, value in PUBLIC.items() if inspect.isclass(value) or inspect.isfunction(value)}
ERRORS = {name: value for name, value in FIRST.items() if inspect.isclass(value) and issubclass(value, SecretZeroError)}
OTHERS = {name: value for name, value in FIRST.items() if name not in ERRORS}
ORDINARY = {*dir(builtins), "datetime", "Any", "Callable", "Collection", "Iterator", "Mapping", "Sequence", "Literal"}


def callables() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield every function of the first tier, and every public method of its classes."""
    for name, value in OTHERS.items():
        if inspect.isfunction(value):
            yield name, value
        for each, member in vars(value).items() if inspect.isclass(value) else ():
            function = member.__func__ if isinstance(member, classmethod) else member
            if not each.startswith("_") and inspect.isfunction(function):
                yield f"{name}.{each}", function


CALLABLES = dict(callables())


def sections(thing: object) -> dict[str, str]:
    """Return the sections of a Google-style docstring by their title; what comes before them is ``""``."""
    parts = re.split(r"^(Args|Attributes|Returns|Raises|Example):\n", inspect.getdoc(thing) or "", flags=re.MULTILINE)
    return {"": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}


def entries(section: str) -> list[str]:
    """Return the names that a section describes, each at the first level of indentation."""
    return re.findall(r"^    (\w+): \S", section, re.MULTILINE)


def fields_of(kind: type) -> list[str]:
    """Return what an instance is made of, as far as it is public."""
    if attrs.has(kind):
        return [each.alias or each.name for each in attrs.fields(kind) if not each.name.startswith("_")]
    if issubclass(kind, tuple):
        return list(getattr(kind, "_fields", ()))
    own = kind.__init__ is not object.__init__ and not getattr(kind, "_is_protocol", False)
    return list(inspect.signature(kind).parameters) if own else list(inspect.get_annotations(kind))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """Make the project that examples work in, and its machine."""
    made = Project(tmp_path)
    made.write("typed.yml", TYPED)
    assert made("sync").code == 0
    for name, value in made.environ.items():
        monkeypatch.setenv(name, value)
    with contextlib.chdir(made.folder):
        yield made


@pytest.mark.parametrize("name", FIRST)
def test_every_example_runs(project: Project, name: str):
    """The examples of a name and of its methods, each for itself."""
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    said: list[str] = []
    for test in doctest.DocTestFinder(recurse=True).find(FIRST[name], name, globs={}):
        runner.run(test, out=said.append)
    assert said == []


@pytest.mark.parametrize("name", OTHERS)
def test_each_name_has_an_example_and_describes_what_it_is_made_of(name: str):
    """A class describes every field, in order, and no other."""
    found = sections(OTHERS[name])
    assert ">>> " in found["Example"]
    if inspect.isclass(OTHERS[name]):
        assert entries(found.get("Attributes", "") + found.get("Args", "")) == fields_of(OTHERS[name])


@pytest.mark.parametrize("name", CALLABLES)
def test_each_callable_describes_its_parameters_and_result(name: str):
    """Every parameter in order and no other, and what is returned, if anything is."""
    found, signature = sections(CALLABLES[name]), inspect.signature(CALLABLES[name])
    assert entries(found.get("Args", "")) == [each for each in signature.parameters if each not in {"self", "cls"}]
    assert ("Returns" in found) == (signature.return_annotation not in {None, "None"})


@pytest.mark.parametrize("name", ERRORS)
def test_each_error_says_when_it_is_raised(name: str):
    """An error has a summary, and a paragraph that begins with the occasion."""
    summary, _, rest = sections(ERRORS[name])[""].partition("\n\n")
    assert summary.endswith(".")
    assert rest.startswith("Raised ")


def test_whatever_is_raised_can_be_caught():
    """Each error that a docstring of either tier names is one of Python's, or can be imported from `secretzero`."""
    documented = {**CALLABLES, **OTHERS, **{name: getattr(shell, name) for name in shell.__all__}}
    named = {
        word for each in documented.values() for word in re.findall(r"\b[A-Z]\w+Error\b", inspect.getdoc(each) or "")
    }
    assert len(named) > 10
    assert {word for word in named if word not in PUBLIC and not hasattr(builtins, word)} == set()


def test_every_error_is_public():
    """Each class in the tree of errors can be imported from `secretzero`, so that whoever calls can catch it."""
    declared = [value for value in vars(secretzero.errors).values() if inspect.isclass(value)]
    assert {kind.__name__ for kind in declared if issubclass(kind, SecretZeroError)} == set(ERRORS)


def test_whatever_is_returned_can_be_named():
    """Each class in the annotation of what a callable of either tier returns is in one of the tiers."""
    functions = {name: value for name in shell.__all__ if inspect.isfunction(value := getattr(shell, name))}
    properties = {
        f"{name}.{each}": member.fget
        for name, kind in OTHERS.items()
        if inspect.isclass(kind)
        for each, member in vars(kind).items()
        if isinstance(member, property) and not each.startswith("_")
    }
    lost = {}
    for name, function in {**CALLABLES, **functions, **properties}.items():
        annotation = inspect.signature(function).return_annotation
        words = _words(annotation if isinstance(annotation, str) else inspect.formatannotation(annotation))
        if unknown := words - ORDINARY - PUBLIC.keys() - set(shell.__all__) - {"T", "None"}:
            lost[name] = unknown
    assert lost == {}


def _words(annotation: str) -> set[str]:
    """Return the last names of the classes in an annotation."""
    tree = ast.walk(ast.parse(annotation, mode="eval"))
    found = [node for node in tree if isinstance(node, ast.Name | ast.Attribute | ast.Constant)]
    inner = {id(node.value) for node in found if isinstance(node, ast.Attribute)}
    named = [
        node.id if isinstance(node, ast.Name) else node.attr
        for node in found
        if id(node) not in inner
        if not isinstance(node, ast.Constant)
    ]
    quoted = [node.value for node in found if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return {*named, *(word for text in quoted for word in _words(text))}


def test_the_page_says_what_python_says():
    """The text of a name on the page of the SDK is the first sentence of its docstring."""
    page = (ROOT / "docs" / "sdk.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", page, re.MULTILINE))
    tiers = {**PUBLIC, **{name: getattr(shell, name) for name in shell.__all__}}
    described = {name: value for name, value in tiers.items() if inspect.isclass(value) or inspect.isfunction(value)}
    assert {name: rows[name] for name in described} == {name: summary(value) for name, value in described.items()}


def summary(thing: object) -> str:
    """Return the first paragraph of a docstring in one line, as Markdown."""
    return " ".join((inspect.getdoc(thing) or "").partition("\n\n")[0].split()).replace("``", "`")


def test_help_of_the_engine_is_readable():
    """No line of it shows an address, a default of many fields, or a private method."""
    shown = pydoc.render_doc(Engine, renderer=pydoc.plaintext)
    assert not re.findall(r" at 0x|RunOptions\([a-z]|^ \|  _[a-z]\w*\(", shown, re.MULTILINE)


def test_the_text_of_an_engine_is_short(project: Project):
    """It names the manifest and the environment."""
    assert repr(Engine.open("Secretfile.yml")) == f"Engine(manifest={project.path('Secretfile.yml')!r}, environment='')"


def test_docstrings_name_nothing_that_is_gone():
    """Each name in single backquotes in a docstring of the product is a name in its code."""
    modules = [path for package in ("secretzero", "secretzero_cli") for path in (ROOT / package).rglob("*.py")]
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in modules]
    known = {word for tree in trees for node in ast.walk(tree) for word in _identifiers(node)}
    said = {
        (path.name, word)
        for path, tree in zip(modules, trees, strict=True)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        for word in re.findall(r"(?<!`)`([a-z]\w*)`(?!`)", ast.get_docstring(node) or "")
    }
    assert len(said) > 100
    assert {(name, word) for name, word in said if word not in known} == set()


def _identifiers(node: ast.AST) -> Iterator[str]:
    """Yield every name that a piece of code defines or uses, and each word of its texts, docstrings apart."""
    for attribute in ("id", "attr", "arg", "name"):
        if isinstance(word := getattr(node, attribute, None), str):
            yield word
    if isinstance(node, ast.alias):
        yield from node.name.split(".")
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" not in node.value:
        yield from re.findall(r"\w+", node.value)
