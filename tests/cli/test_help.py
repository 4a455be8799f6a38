"""Help is there for every command, costs next to nothing, and no message names what it lacks."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from shell import ONE, Project

from secretzero_cli.main import COMMANDS, GONE, program

ROOT = Path(__file__).resolve().parents[2]
WORDS_OF_GIT = re.compile(r"git [a-z][^;,`]*")


def commands(group: click.Group, name: str = "") -> Iterator[tuple[str, click.Command]]:
    """Yield every command with its full name."""
    with click.Context(group) as context:
        for word in group.list_commands(context):
            command = group.get_command(context, word)
            full = f"{name} {word}".strip()
            yield full, command
            if isinstance(command, click.Group):
                yield from commands(command, full)


def options_of(command: click.Command) -> set[str]:
    """Return every long spelling that a command understands."""
    found = {"--help"}
    for parameter in command.params:
        found |= {name for name in (*parameter.opts, *parameter.secondary_opts) if name.startswith("--")}
    return found


TREE = dict(commands(program))
OPTIONS = {name: options_of(command) for name, command in TREE.items()}
EVERY = set().union(*OPTIONS.values(), options_of(program))


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the texts of a module that may reach a person: all but docstrings, with a hole for what is put in."""
    tree = ast.parse(path.read_text("utf-8"))
    skipped = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
            yield node.lineno, "".join(str(part) for part in parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped | inside:
            yield node.lineno, node.value


MESSAGES = [
    (f"{path.relative_to(ROOT)}:{line}", text)
    for package in ("secretzero", "secretzero_cli")
    for path in sorted((ROOT / package).rglob("*.py"))
    for line, text in texts(path)
    if " " in text
]


def wrong_in(text: str) -> list[str]:
    """Return the commands and options that a text names and help does not."""
    wrong = []
    told = WORDS_OF_GIT.sub("", text)
    for name, rest in re.findall(r"\bsecretzero ([a-z][a-z-]*)([^;,.]*)", told):
        second = rest.split()[0] if rest.split() else ""
        full = f"{name} {second}" if f"{name} {second}" in TREE else name
        if full not in TREE:
            wrong.append(f"secretzero {name}")
            continue
        wrong += [option for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", rest) if option not in OPTIONS[full]]
    return wrong + [option for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", told) if option not in EVERY]


def test_no_message_names_a_command_or_option_that_help_lacks():
    """Whatever a message tells a person to type exists."""
    assert len(MESSAGES) > 300
    assert [(place, wrong) for place, text in MESSAGES if (wrong := wrong_in(text))] == []


def test_that_test_would_find_one():
    """A message with a command or an option that does not exist is found."""
    assert wrong_in("run secretzero synk --force") == ["secretzero synk"]
    assert wrong_in("secretzero sync --frobnicate") == ["--frobnicate", "--frobnicate"]
    assert wrong_in("secretzero validate --on-drift=adopt") == ["--on-drift"]


@pytest.mark.parametrize("name", list(TREE))
def test_each_command_has_help(name: str, tmp_path: Path):
    """Each command explains itself, and each of its options has a line."""
    answer = Project(tmp_path)(*name.split(), "--help")
    assert answer.code == 0
    command = TREE[name]
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option) and not parameter.hidden:
            assert parameter.help, parameter.name


@pytest.mark.parametrize("name", [name for name in TREE if " " not in name])
def test_the_line_of_a_command_is_there_without_importing_it(name: str):
    """The list of commands has one sentence for each."""
    assert COMMANDS[name][1].endswith(".")


def test_without_a_command_there_is_help(tmp_path: Path):
    """Nothing to do is no error."""
    answer = Project(tmp_path)()
    assert (answer.code, answer.err) == (0, "")
    assert "Commands:" in answer.out


@pytest.mark.parametrize("words", [["--help"], ["-h"], [], ["--version"]])
def test_help_and_version_import_click_and_nothing_heavy(words: tuple[str, ...]):
    """They load neither the core nor anything that it is made of."""
    code = f"import sys; sys.argv = ['secretzero', *{words}]\nfrom secretzero_cli.main import main\n"
    code += "try: main()\nexcept SystemExit: pass\nprint(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert not loaded & {"attrs", "attr", "yaml", "rich", "cryptography", "secretzero.errors", "secretzero_cli.session"}


@pytest.mark.parametrize(("wrong", "right"), [("snyc", "sync"), ("rotat", "rotate"), ("validat", "validate")])
def test_a_mistyped_command_is_told_what_was_meant(tmp_path: Path, wrong: str, right: str):
    """Exit code 2, with the command that is nearest."""
    answer = Project(tmp_path)(wrong)
    assert answer.code == 2
    assert f"did you mean '{right}'?" in answer.err


def test_a_mistyped_option_is_told_what_was_meant(tmp_path: Path):
    """Exit code 2, with the option that is nearest."""
    answer = Project(tmp_path)("sync", "--dryrun")
    assert answer.code == 2
    assert "--dry-run" in answer.err


@pytest.mark.parametrize("name", list(GONE))
def test_commands_of_the_public_version_name_the_nearest_of_ours(tmp_path: Path, name: str):
    """Exit code 2, with a command that exists where there is a near one."""
    answer = Project(tmp_path)(name, "whatever", "--x")
    assert answer.code == 2
    assert name in answer.err
    assert not GONE[name] or (GONE[name] in answer.err and GONE[name].split()[0] in TREE)


@pytest.mark.parametrize("option", ["-n", "-y", "-q", "--verbose", "--no-color", "--lenient", "--offline"])
def test_options_of_the_program_stand_before_or_after_the_command(tmp_path: Path, option: str):
    """Both places mean the same."""
    project = Project(tmp_path, ONE)
    before, after = project(option, "plan"), project("plan", option)
    assert before == after
    assert before.code == 0
