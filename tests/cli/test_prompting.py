"""What a person at a terminal is asked, and what happens where nobody is."""

import os
from pathlib import Path

import pytest
from shell import ONE, PROGRAM, Project

ASKED = """
secrets:
  - name: api_key
    kind: static
    config: {validation: "^sk_"}
    agent_instructions: {summary: Make a restricted key, steps: [{action: Open, description: the dashboard}]}
    targets: [{provider: local, kind: file, config: {path: .env, key: API_KEY}}]
  - name: other
    kind: random_password
    targets: [{provider: local, kind: file, config: {path: .env, key: OTHER}}]
"""
MAP = """
secrets:
  - name: login
    kind: static
    config: {value: {user: app, password: "", token: null}}
    targets: [{provider: local, kind: file, config: {path: login.json, key: login}}]
"""


@pytest.fixture
def project(tmp_path: Path):
    """Make the project of these tests."""
    return Project(tmp_path, ASKED)


def test_a_missing_value_is_asked_for_hidden_and_with_its_instructions(project: Project):
    """What is typed never shows, and what to do to get the value is said before the question."""
    answer = project.at_terminal("sync", answers=[("Secret: api_key", "sk_hunter2")])
    assert answer.code == 0
    assert "Make a restricted key" in answer.out
    assert "1. Open: the dashboard" in answer.out
    assert "hunter2" not in answer.out
    assert "API_KEY='sk_hunter2'" in project.read(".env") or "API_KEY=sk_hunter2" in project.read(".env")


def test_show_input_shows_what_is_typed(project: Project):
    """With --show-input the terminal echoes."""
    assert "sk_visible" in project.at_terminal("sync", "--show-input", answers=[("Secret: api_key", "sk_visible")]).out


def test_a_value_that_breaks_its_rule_is_asked_for_again_and_refused_in_the_end(project: Project):
    """Three attempts, then the secret fails; the others go on."""
    answer = project.at_terminal("sync", answers=[("Secret: api_key", "wrong")] * 3)
    assert answer.code == 1
    assert "does not match" in answer.out
    assert "OTHER=" in project.read(".env")


def test_a_map_is_asked_for_leaf_by_leaf_in_order(tmp_path: Path):
    """Each missing leaf has a question of its own."""
    project = Project(tmp_path, MAP)
    answer = project.at_terminal(
        "sync", answers=[("Secret: login — password", "one"), ("Secret: login — token", "two")]
    )
    assert answer.code == 0
    assert '"password": "one"' in project.read("login.json")
    assert answer.out.index("password") < answer.out.index("token")


@pytest.mark.parametrize(
    ("words", "environ"),
    [
        (("-n",), {}),
        (("--no-prompt",), {}),
        ((), {"CI": "true"}),
        ((), {"SECRETZERO_NON_INTERACTIVE": "1"}),
        ((), {"SECRETZERO_AGENT": "1"}),
        (("-y",), {"CI": "1"}),
    ],
)
def test_nobody_is_asked_where_nobody_may_be(project: Project, words: tuple[str, ...], environ: dict[str, str]):
    """The missing value is named with the variable that supplies it, the other secrets go on, the exit code is 1."""
    answer = project.at_terminal("sync", *words, **environ)
    assert answer.code == 1
    assert "set API_KEY" in answer.out
    assert "OTHER=" in project.read(".env")


def test_without_a_terminal_nobody_is_asked(project: Project):
    """A process without a terminal names what would supply the value."""
    answer = project.process(script=f"setsid -w {PROGRAM} sync")
    assert answer.code == 1
    assert "hint: set API_KEY" in answer.err


def test_apply_without_a_file_shows_its_plan_and_asks(tmp_path: Path):
    """A yes carries the plan out; anything else leaves everything as it was."""
    project = Project(tmp_path, ONE)
    refused = project.at_terminal("apply", answers=[("Apply this plan?", "n")])
    assert refused.code == 1
    assert "not confirmed" in refused.out
    assert ".env" not in " ".join(project.files())
    done = project.at_terminal("apply", answers=[("Apply this plan?", "y")])
    assert done.code == 0
    assert "create" in done.out
    assert "DB_PASSWORD=" in project.read(".env")


def test_set_asks_at_a_terminal(project: Project):
    """Without anything on stdin the value is typed, hidden."""
    answer = project.at_terminal("set", "api_key", answers=[("Secret: api_key", "sk_typed")])
    assert answer.code == 0
    assert "sk_typed" not in answer.out
    assert "sk_typed" in project.read(".env")


def test_create_asks_whether_git_should_know(tmp_path: Path):
    """In a repository, at a terminal, the question is asked once and a yes is carried out."""
    project = Project(tmp_path, "")
    project.process(script="git init -q .")
    answer = project.at_terminal("create", answers=[(".gitignore", "y")])
    assert answer.code == 0
    assert "/.env\n" in project.read(".gitignore")


def test_a_terminal_gets_a_table_and_colour_unless_it_is_not_wanted(tmp_path: Path):
    """Colour only on a terminal, and never with NO_COLOR or --no-color."""
    project = Project(tmp_path, ONE)
    project("sync")
    os.unlink(project.path(".env"))
    assert "\x1b[31mmissing" in project.at_terminal("drift").out
    assert "status" in project.at_terminal("status").out
    for words, environ in (((), {"NO_COLOR": "1"}), (("--no-color",), {})):
        for command in ("drift", "status"):
            assert "\x1b[3" not in project.at_terminal(command, *words, **environ).out


@pytest.mark.parametrize("where", ["manifest", "user configuration"])
@pytest.mark.parametrize(
    ("said", "coloured"), [("true", True), ("auto", True), ("always", True), ("never", False), ("false", False)]
)
def test_configuration_switches_colour_off(tmp_path: Path, where: str, said: str, coloured: object):
    """In every form that the two files accept; on a terminal colour is used otherwise."""
    section = f"output: {{color: {said}}}\n"
    project = Project(tmp_path, ONE + (f"config: {{{section.rstrip()}}}\n" if where == "manifest" else ""))
    project.write("config.yml", "" if where == "manifest" else section)
    environ = {"SECRETZERO_CONFIG": project.path("config.yml")}
    project("sync", **environ)
    os.unlink(project.path(".env"))
    shown = project.at_terminal("drift", **environ).out
    assert ("missing" in shown, "\x1b[3" in shown) == (True, coloured)
