"""The command `export`: where values may go, which of them, and what GitHub Actions is told."""

import json
import os
import stat
from pathlib import Path

import pytest
from shell import Project

VALUES = """
metadata: {project: "My Shop"}
secrets:
  - name: password
    kind: random_password
    targets: [{provider: local, kind: file, config: {path: .env, key: DB_PASS}}]
  - name: key
    kind: static
    config: {value: "first line %0A\\nsecond line\\n"}
    targets: [{provider: local, kind: file, config: {path: key.json, key: key}}]
  - name: login
    kind: static
    config: {value: {user: administrator, password: "hunter2 hunter2"}}
    targets: [{provider: local, kind: file, config: {path: login.json, key: login}}]
  - name: port
    kind: nonsecret
    config: {value: "5432"}
    targets: [{provider: local, kind: file, config: {path: .env, key: DB_PORT}}]
"""
KEY = "first line %0A\nsecond line\n"
LOGIN = {"user": "administrator", "password": "hunter2 hunter2"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory):
    """Texts, a map and a setting, synced, in a git repository."""
    project = Project(tmp_path_factory.mktemp("export"), VALUES)
    project.process(script="git init -q .; printf '/.env\\n/*.json\\n/out*\\n*.lock\\n' > .gitignore")
    assert project("sync").code == 0
    return project


def password(project: Project) -> str:
    """Return the one value that was made."""
    line = next(line for line in project.read(".env").splitlines() if line.startswith("DB_PASS="))
    return line.removeprefix("DB_PASS=").strip("'")


def exported(project: Project, *words: str) -> dict[str, object]:
    """Return what a JSON export holds."""
    answer = project("export", "--format", "json", "-o", "out.json", *words)
    assert answer.code == 0, answer.err
    found: dict[str, object] = json.loads(project.read("out.json"))
    return found


def test_a_document_has_values_under_the_names_of_their_secrets(project: Project):
    """Maps stay maps; settings are there."""
    assert exported(project) == {"password": password(project), "key": KEY, "login": LOGIN, "port": "5432"}


def test_variables_have_the_names_that_run_gives(project: Project):
    """A map is spread."""
    answer = project("export", "-o", "out.sh", "--format", "shell")
    assert answer.code == 0
    script = '. ./out.sh; printf \'%s|\' "$DB_PASS" "$KEY" "$LOGIN_USER" "$LOGIN_PASSWORD" "$DB_PORT"'
    assert project.process(script=script).out == "|".join([password(project), KEY, *LOGIN.values(), "5432", ""])


def test_secrets_may_be_chosen_and_left_out(project: Project):
    """By name, part or glob."""
    assert exported(project, "-s", "port", "-s", "login.user") == {"port": "5432", "login": {"user": "administrator"}}
    assert exported(project, "-s", "p*") == {"password": password(project), "port": "5432"}
    assert exported(project, "--exclude", "p*", "--exclude", "key") == {"login": LOGIN}
    assert exported(project, "-s", "login.user", "--exclude", "login") == {}
    assert exported(project, "--exclude", "*") == {}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "only with --reveal"),
        (("-s", "pasword", "--reveal"), "did you mean password?"),
        (("--exclude", "x"), ""),
    ],
)
def test_what_cannot_be_meant_is_refused(project: Project, words: tuple[str, ...], said: str):
    """Exit 2, and nothing on stdout."""
    answer = project.process("export", *words)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err


def test_stdout_gets_values_with_reveal_only(project: Project):
    """The bytes of the format and nothing else."""
    answer = project.process("export", "--reveal", "-s", "port")
    assert (answer.code, answer.out, answer.err) == (0, "DB_PORT=5432\n", "")


def test_a_file_is_private_and_replaced_at_once(project: Project):
    """0600 when new; an existing one keeps its own mode, never a wider one, and no temporary file stays."""
    assert project("export", "-o", "out.env").code == 0
    assert stat.S_IMODE(os.stat(project.path("out.env")).st_mode) == 0o600
    assert project("export", "-o", "out.env").code == 0
    assert not [name for name in os.listdir(project.folder) if "out.env" in name and name != "out.env"]
    os.makedirs(project.path("folder"), exist_ok=True)
    assert project("export", "-o", "folder").code == 2
    assert project("export", "-o", "nowhere/file").code == 5


def test_git_is_asked_before_a_file_is_written(project: Project):
    """A tracked file is refused without --allow-tracked; one that is not ignored is named with its line."""
    project.write("tracked", "mine")
    project.process(script="git add -f tracked")
    refused = project("export", "-o", "tracked")
    assert refused.code == 1
    assert project.read("tracked") == "mine"
    assert project("export", "-o", "tracked", "--allow-tracked").code == 0
    assert "DB_PORT" in project.read("tracked")
    assert "add this line to .gitignore: /new.env" in project("export", "-o", "new.env").err
    assert project("export", "-o", "out.env").err == ""


def test_agents_get_no_values(project: Project):
    """Neither on stdout nor in a file."""
    for words in (("--reveal",), ("-o", "out.agent"), ("--format", "gha")):
        answer = project.process("export", *words, SECRETZERO_AGENT="1", GITHUB_ACTIONS="true")
        assert (answer.code, answer.out) == (3, "")
    assert not os.path.exists(project.path("out.agent"))


def test_values_are_on_record_before_they_leave(project: Project):
    """Where the log cannot be written, nothing is shown and no file is touched."""
    assert project("export", "-o", "out.logged", "-s", "port", "--reason", "handed over").code == 0
    last = project.read(f"{project.home}/state/secretzero/audit.log").splitlines()[-1]
    assert '"export"' in last
    assert "handed over" in last
    refused = project.process("export", "--reveal", XDG_STATE_HOME="/proc/nowhere")
    assert (refused.code, refused.out) == (5, "")
    assert project("export", "-o", "out.never", XDG_STATE_HOME="/proc/nowhere").code == 5
    assert not os.path.exists(project.path("out.never"))


def test_what_a_format_cannot_carry_is_refused_by_name(tmp_path: Path):
    """Exit 1, everything named at once, nothing written."""
    manifest = "secrets:\n" + "".join(
        f'  - {{name: {name}, kind: static, config: {{value: "a\\u0001b\\u0001{name}"}}, '
        f"targets: [{{provider: local, kind: file, config: {{path: x.json, key: {name}}}}}]}}\n"
        for name in ("one", "two")
    )
    project = Project(tmp_path, manifest)
    assert project("sync").code == 0
    answer = project("export", "--format", "systemd", "-o", "out")
    assert answer.code == 1
    assert "ONE" in answer.err
    assert "TWO" in answer.err
    assert "--exclude" in answer.err
    assert "\x01" not in answer.err
    assert not os.path.exists(project.path("out"))


def test_github_actions_masks_first_and_then_sets_variables(project: Project):
    """Every line of every secret part is masked; settings are not; the variables go to the file of the next steps."""
    project.write("github_env", "BEFORE=1\n")
    environ = {"GITHUB_ACTIONS": "true", "GITHUB_ENV": project.path("github_env"), "CI": "true"}
    answer = project.process("export", "--format", "gha", **environ)
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert set(lines) == {
        f"::add-mask::{text.replace('%', '%25')}"
        for text in (password(project), "first line %0A", "second line", *LOGIN.values())
    }
    written = project.read("github_env")
    assert written.startswith("BEFORE=1\n")
    assert f"\n{password(project)}\n" in written
    assert f"\n{KEY}\n" in written


def test_outside_of_actions_the_format_is_as_any_other(project: Project):
    """Without GITHUB_ACTIONS stdout needs --reveal; in Actions a file that is not there is said."""
    assert project.process("export", "--format", "gha").code == 2
    assert "DB_PORT<<" in project.process("export", "--format", "gha", "--reveal", "-s", "port").out
    missing = project.process("export", "--format", "gha", GITHUB_ACTIONS="true")
    assert (missing.code, missing.out) == (5, "")
    assert "GITHUB_ENV" in missing.err


def test_a_kubernetes_secret_is_named_after_the_project(project: Project):
    """In letters that Kubernetes takes."""
    assert '"name": "my-shop"' in project.process("export", "--format", "k8s", "--reveal").out
