"""The documentation is true: its links lead somewhere, its examples run, its lists are those of the code."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from shell import Project

from secretzero import Engine, load_manifest
from secretzero.shell import FORMATS
from secretzero.sources.registry import GENERATORS, SOURCES
from secretzero_cli.exits import ORDER
from secretzero_cli.main import COMMANDS, program

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*.md")])
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]


def blocks(language: str) -> Iterator[tuple[str, str]]:
    """Yield the place and text of every block of a language."""
    for page in PAGES:
        for found in re.finditer(
            rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
        ):
            line = page.read_text(encoding="utf-8").count("\n", 0, found.start()) + 1
            yield f"{page.relative_to(ROOT)}:{line}", found[1]


def table(name: str, column: int = 0) -> set[str]:
    """Return the words in code style of one column of every table on a page."""
    found: set[str] = set()
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        cells = line.strip("|").split(" | ")
        if line.startswith("| ") and len(cells) > column:
            found |= set(re.findall(r"`([^`]+)`", cells[column]))
    return found


def anchors(page: Path) -> set[str]:
    """Return the fragments that headings of a page have."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_link_leads_somewhere(page: Path):
    """A link to a file of this repository names one that is there, and a heading that is in it."""
    lost = []
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" not in target:
            path, _, fragment = target.partition("#")
            file = (page.parent / path).resolve() if path else page
            if not file.exists() or (fragment and fragment not in anchors(file)):
                lost.append(target)
    assert lost == []


PROGRAMS = [(place, code) for place, code in blocks("python") if not code.startswith("# secretzero/")]


@pytest.mark.parametrize(("place", "code"), PROGRAMS, ids=lambda text: text.partition("\n")[0])
def test_every_program_of_the_documentation_runs(place: str, code: str, tmp_path: Path):
    """A block of Python runs as it stands, in a project that has what it names."""
    project = Project(tmp_path)
    assert project("sync").code == 0
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=project.folder, env=project.environ, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), place


@pytest.mark.parametrize(("place", "text"), list(blocks("yaml")), ids=lambda text: text.partition("\n")[0])
def test_every_manifest_of_the_documentation_is_valid(place: str, text: str, tmp_path: Path):
    """A block of YAML is a whole manifest without a problem, warnings about shared values apart."""
    (tmp_path / "Secretfile.yml").write_text(text)
    for name in re.findall(r"env/\w+\.szvar", text):
        (tmp_path / "env").mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"env: {Path(name).stem}\n")
    problems = load_manifest(str(tmp_path / "Secretfile.yml"), environ={}).problems
    assert [str(each) for each in problems if "other machines cannot sync" not in each.message] == [], place


@pytest.mark.parametrize(("place", "text"), list(blocks("console")), ids=lambda text: text.partition("\n")[0])
def test_every_command_of_the_documentation_exists(place: str, text: str):
    """Each command line that is shown names a command and options that --help has."""
    for line in text.splitlines():
        words = shlex.split(line.removeprefix("$ "), comments=True)
        if line.startswith("$ ") and words[0] == "secretzero":
            assert not _unknown(words[1:]), f"{place}: {line}"


def _unknown(words: list[str]) -> list[str]:
    """Return the words that are no command, or no option of theirs."""
    ours = words[: words.index("--")] if "--" in words else words
    name = next((word for word in ours if word in COMMANDS), None)
    command: click.Command | None = program
    known = {option for parameter in program.params for option in parameter.opts}
    if name is not None:
        command = program.get_command(click.Context(program), name)
    while command is not None:
        known |= {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        below = [word for word in ours if isinstance(command, click.Group) and word in command.commands]
        command = command.commands[below[0]] if isinstance(command, click.Group) and below else None
    options = [word.partition("=")[0] for word in ours if word.startswith("-")]
    return [option for option in options if option not in known] + ([] if name else ["no command"])


def test_the_pages_list_what_there_is():
    """Commands, exit codes, generators, sources, formats and the engine's methods stand on their pages."""
    assert set(COMMANDS) <= table("docs/cli.md")
    assert {str(code) for code in ORDER} <= set(
        re.findall(r"^\| (\d) \|", (ROOT / "docs/cli.md").read_text(), re.MULTILINE)
    )
    assert {*GENERATORS} <= table("docs/manifest.md") | table("docs/manifest.md", 1)
    assert {*SOURCES} <= table("docs/manifest.md")
    assert set(FORMATS) <= table("docs/formats.md")
    public = {name for name in vars(Engine) if not name.startswith("_") and callable(getattr(Engine, name, None))}
    assert public - {word.partition("(")[0] for word in table("docs/sdk.md")} == set()


def test_the_picture_names_every_package():
    """Each folder and top module of the core stands in the picture of the architecture."""
    drawn = set(re.findall(r">(\w+)</text>", (ROOT / "docs" / "architecture.svg").read_text(encoding="utf-8")))
    there = {entry.removesuffix(".py") for entry in os.listdir(ROOT / "secretzero") if not entry.startswith("_")}
    assert there - {"py.typed"} - drawn == set()


@pytest.mark.parametrize("package", ["secretzero/engine", "secretzero/manifest", "secretzero_cli"])
def test_the_picture_and_the_page_name_every_room(package: str):
    """Each folder inside the larger packages is in the picture and in the tables of the architecture page."""
    rooms = {entry.name for entry in os.scandir(ROOT / package) if os.path.exists(f"{entry.path}/__init__.py")}
    drawn = set(re.findall(r">(\w+)</text>", (ROOT / "docs" / "architecture.svg").read_text(encoding="utf-8")))
    assert rooms - drawn == set()
    assert rooms - {word.rstrip("/") for word in table("docs/architecture.md")} == set()


def test_every_decision_is_listed():
    """The list of decisions names each page in the folder."""
    folder = ROOT / "docs" / "adr"
    listed = set(re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text(encoding="utf-8")))
    assert listed == {page.name for page in folder.glob("0*.md")}


def test_every_check_of_a_guarantee_is_there():
    """The folders and modules that the page of guarantees tells people to run exist."""
    commands = [word for word in table("docs/guarantees.md", 2) if word.startswith("./dev ")]
    paths = {part for command in commands for part in command.split() if part.startswith("tests/")}
    assert len(commands) > 10
    assert {path for path in paths if not (ROOT / path).exists()} == set()
