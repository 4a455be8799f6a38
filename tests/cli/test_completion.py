"""Completion in real shells, from the manifest alone."""

import shutil
from pathlib import Path

import pytest
from shell import PROGRAM, Project

MANIFEST = """
environments:
  default: dev
  profiles: {dev: {}, production: {}}
secrets:
  - {name: db_password, kind: random_password, targets: [{provider: local, kind: file}]}
  - name: db_user
    kind: static
    targets: [{provider: local, kind: file, config: {path: .env, key: name}}]
  - {kind: uuid, name: "api-id", targets: [{provider: local, kind: file}]}
"""


@pytest.fixture
def project(tmp_path: Path):
    """Make a project with lanes."""
    return Project(tmp_path, MANIFEST)


def proposals(project: Project, *words: str, begin: str = ""):
    """Return what the program proposes to bash for a line."""
    line = " ".join(("secretzero", *words, begin))
    answer = project.process(_SECRETZERO_COMPLETE="bash_complete", COMP_WORDS=line, COMP_CWORD=str(len(words) + 1))
    return [text.partition(",")[2] for text in answer.out.splitlines()]


@pytest.mark.parametrize(
    ("words", "begin", "found"),
    [
        ((), "dri", ["drift"]),
        (("show",), "", ["api-id", "db_password", "db_user"]),
        (("rotate",), "db_", ["db_password", "db_user"]),
        (("plan", "-s"), "api", ["api-id"]),
        (("sync", "-e"), "", ["dev", "production"]),
        (("-e",), "prod", ["production"]),
        (("sync", "--on-drift"), "", ["fail", "adopt", "overwrite"]),
        (("list", "--filter"), "kind:s", ["kind:static"]),
        (("completion",), "", ["bash", "zsh", "fish", "powershell"]),
    ],
)
def test_names_are_completed(project: Project, words: tuple[str, ...], begin: str, found: list[str]):
    """Commands, secrets, lanes, kinds and choices."""
    assert proposals(project, *words, begin=begin) == found


@pytest.mark.parametrize("text", ["secrets: [", "[" * 40_000, "\x00", "secrets: 5", "- a", ""])
def test_a_manifest_that_cannot_be_read_gives_no_names(project: Project, text: str):
    """A broken manifest is no reason to disturb the person who types."""
    project.write("Secretfile.yml", text)
    assert proposals(project, "show") == []


def test_a_real_bash_completes(project: Project):
    """The printed script, sourced by bash, completes a secret."""
    script = project("completion", "bash").out
    project.write("complete.bash", script)
    test = "source ./complete.bash; COMP_WORDS=(secretzero show db_p); COMP_CWORD=2; "
    test += f"_secretzero_completion {PROGRAM}; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    assert project.process(script=f"bash --norc -c {_quoted(test)}").out == "db_password\n"


@pytest.mark.parametrize(("shell", "check"), [("bash", "bash -n"), ("zsh", "zsh -n"), ("fish", "fish --no-execute")])
def test_each_script_is_valid_in_its_shell(project: Project, shell: str, check: str):
    """The shell itself reads it without complaint, where it is installed."""
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    project.write("script", project("completion", shell).out)
    assert project.process(script=f"{check} script") == (0, "", "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_each_shell_has_a_script(project: Project, shell: str):
    """It asks the program by the variable that the program listens to."""
    answer = project("completion", shell)
    assert answer.code == 0
    assert f"{shell}_complete" in answer.out


def test_powershell_gets_kind_word_and_help(project: Project):
    """The form that the PowerShell script splits at tabs."""
    answer = project.process(
        _SECRETZERO_COMPLETE="powershell_complete", COMP_WORDS="secretzero show db_p", COMP_WORD="db_p"
    )
    assert answer.out == "plain\tdb_password\t\n"


def test_completion_loads_neither_the_core_nor_a_provider(project: Project):
    """Names are read without the engine, a provider, or anything that opens secrets."""
    code = "import sys\nfrom secretzero_cli.main import main\ntry: main()\nexcept SystemExit: pass\nprint(*sys.modules)"
    project.write("ask.py", code)
    answer = project.process(
        script="python ask.py",
        _SECRETZERO_COMPLETE="bash_complete", COMP_WORDS="secretzero show ", COMP_CWORD="2",
    )  # fmt: skip
    assert "db_password" in answer.out
    assert not {"cryptography", "rich", "secretzero.engine.engine", "secretzero.providers.local"} & set(
        answer.out.split()
    )


def _quoted(text: str) -> str:
    import shlex

    return shlex.quote(text)
