"""What `get` says of one value, when it shows it, and when it refuses."""

import json
import os
from pathlib import Path

import pytest
from shell import PROGRAM, Project

VALUES = """
providers:
  files: {kind: local}
  cloud: {kind: aws}
secrets:
  - name: token
    kind: static
    config: {value: "  odd 'value'\\n é"}
    targets:
      - {provider: local, kind: file, config: {path: one.json, key: token}}
      - {provider: files, kind: file, config: {path: two.json, key: token}}
  - name: login
    kind: static
    config: {value: {user: app, password: "hunter2 hunter2"}}
    targets: [{provider: local, kind: file, config: {path: login.json, key: login}}]
  - name: port
    kind: nonsecret
    config: {value: 5432}
    targets: [{provider: local, kind: file, config: {path: login.json, key: port}}]
"""
TOKEN = "  odd 'value'\n é"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory):
    """A text, a map and a setting, synced."""
    project = Project(tmp_path_factory.mktemp("get"), VALUES)
    assert project("sync", "--lenient").code == 0
    return project


def test_without_reveal_it_says_what_is_known(project: Project):
    """Name, kind and generation, and that the value is the recorded one; never the value."""
    answer = project("get", "token")
    assert answer.code == 0
    assert "the recorded value" in answer.out
    assert "odd" not in answer.out + answer.err
    found = project("get", "login.user", "--json").document
    assert {key: found[key] for key in ("provider", "secret_id", "method", "retrieved", "revealable", "revealed")} == {
        "provider": "local",
        "secret_id": "login.user",
        "method": "retrieve_secret",
        "retrieved": True,
        "revealable": True,
        "revealed": False,
    }
    assert (found["notes"], found["generation"], "value" in found) == ([], 1, False)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("token", TOKEN),
        ("login.password", "hunter2 hunter2"),
        ("login", '{"password":"hunter2 hunter2","user":"app"}'),
        ("port", "5432"),
    ],
)
def test_reveal_prints_the_exact_bytes(project: Project, name: str, shown: str):
    """Nothing is added off a terminal; a map is JSON."""
    assert project.process("get", name, "--reveal").out == shown


def test_a_terminal_gets_a_line_end(project: Project):
    """One, and only there."""
    assert project.at_terminal("get", "login.password", "--reveal").out == "hunter2 hunter2\n"
    code = project.at_terminal("get", "login.password", "--reveal").code
    assert code == 0


def test_a_document_may_hold_the_value(project: Project):
    """A map as a map, a text as a text."""
    assert project("get", "login", "--reveal", "--json").document["value"] == {
        "user": "app",
        "password": "hunter2 hunter2",
    }
    found = project("get", "port", "--reveal", "--json").document
    assert (found["value"], found["revealed"]) == ("5432", True)


@pytest.mark.parametrize("target", ["files/file", "file://two.json#token", "files/file/two.json#token", "file://two*"])
def test_one_target_may_be_named(project: Project, target: str):
    """By alias and kind, by id, by URI or a glob of one."""
    assert project.process("get", "token", "--from", target, "--reveal").out == TOKEN


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("tokem",), 2, "did you mean token?"),
        (("token", "--from", "local/nothing"), 2, "its targets: file://one.json#token, file://two.json#token"),
        (("login.nothing",), 1, "login has no part nothing"),
        ((), 2, "name a secret"),
        (("--provider", "local"), 2, "name a secret"),
        (("token", "--provider", "local", "--secret-id", "one.json"), 2, "not both"),
        (("--provider", "nowhere", "--secret-id", "x"), 2, "known providers: cloud, files, local"),
        (("--provider", "local", "--secret-id", "one.json#none"), 1, "one.json has no key none"),
        (("--provider", "local", "--secret-id", "none.json"), 1, "nothing at none.json"),
        (("--provider", "local", "--secret-id", "aws+sm://x/y"), 2, "aws+sm://x/y does not name a file"),
        (("--provider", "local", "--secret-id", "x", "--method", "list"), 2, "only the method retrieve_secret"),
        (("--provider", "local", "--secret-id", "x", "--arg", "a=b"), 2, "without arguments"),
    ],
)
def test_what_is_not_there_is_refused(project: Project, words: tuple[str, ...], code: int, said: str):
    """Each with the way out."""
    answer = project("get", *words, "--lenient")
    assert answer.code == code, answer.err
    assert said in answer.err


def test_the_provider_form_reads_any_place_of_files(project: Project):
    """A key that no secret declares, a whole file, and by URI; it says that nothing was compared."""
    project.write("other.env", "A=b c\nB='$x'\n")
    for place, shown in (
        ("other.env#B", "$x"),
        ("other.env", '{"A":"b c","B":"$x"}'),
        ("file://one.json#token", TOKEN),
    ):
        answer = project.process("get", "--lenient", "--provider", "files", "--secret-id", place, "--reveal")
        assert (answer.code, answer.out) == (0, shown)
        assert "was not compared" in answer.err
    found = project("get", "--lenient", "--provider", "files", "--secret-id", "other.env#A", "--json").document
    assert (found["provider"], found["secret_id"], found["revealed"]) == ("files", "other.env#A", False)


def test_a_provider_that_is_no_folder_is_refused(project: Project):
    """This version reads files; it says so and asks nobody."""
    answer = project("get", "--lenient", "--provider", "cloud", "--secret-id", "x")
    assert answer.code == 1
    assert "cannot read from provider cloud of kind aws" in answer.err


def test_another_value_is_drift_and_is_not_shown(tmp_path: Path):
    """A value that stands at no target as recorded is exit 4; one good copy is enough."""
    targets = "".join(
        f"{{provider: local, kind: file, config: {{path: {name}.json, key: token}}}}, " for name in ("one", "two")
    )
    project = Project(tmp_path, f"secrets: [{{name: token, kind: random_password, targets: [{targets}]}}]\n")
    assert project("sync").code == 0
    made = json.loads(project.read("two.json"))["token"]
    project.write("one.json", '{"token": "somebody else\'s"}')
    good = project.process("get", "token", "--reveal")
    assert (good.code, good.out) == (0, made)
    strange = project.process("get", "token", "--reveal", "--from", "file://one*")
    assert (strange.code, strange.out) == (4, "")
    assert "somebody" not in strange.err
    os.unlink(project.path("two.json"))
    assert project("get", "token").code == 4
    os.unlink(project.path("one.json"))
    assert project("get", "token").code == 1


@pytest.mark.parametrize("variable", ["SECRETZERO_AGENT", "SZ_AGENT", "SZ_AGENT_MODE"])
def test_agents_see_no_value(project: Project, variable: str):
    """In agent mode --reveal is exit 3; what is known of the value may be seen."""
    refused = project.process("get", "login", "--reveal", **{variable: "1"})
    assert (refused.code, refused.out) == (3, "")
    assert project("get", "--provider", "local", "--secret-id", "one.json", "--reveal", **{variable: "1"}).code == 3
    assert project("get", "login", "--json", **{variable: "1"}).document["revealable"] is False


def test_a_value_is_on_record_before_it_is_shown(project: Project):
    """With the reason and the coding agent that asks; where the log cannot be written, nothing is shown."""
    project.process("get", "token", "--reveal", "--reason", "ticket 12", CLAUDECODE="1")
    record = json.loads(project.read(f"{project.home}/state/secretzero/audit.log").splitlines()[-1])
    told = json.dumps(record)
    assert all(word in told for word in ("reveal", "token", "ticket 12", "claude-code for "))
    assert "odd" not in told
    refused = project.process("get", "token", "--reveal", XDG_STATE_HOME="/proc/nowhere")
    assert (refused.code, refused.out) == (5, "")
    assert "audit: best-effort" in refused.err


def test_looking_goes_on_without_the_log(project: Project):
    """Without --reveal a log that cannot be written is a notice."""
    looked = project("get", "token", XDG_STATE_HOME="/proc/nowhere")
    assert looked.code == 0
    assert "not recorded" in looked.err


def test_best_effort_shows_without_a_log(project: Project):
    """The user's own configuration may lift the rule."""
    project.write("config.yml", "audit: best-effort\n")
    answer = project.process(
        "get", "token", "--reveal", XDG_STATE_HOME="/proc/nowhere", SECRETZERO_CONFIG=project.path("config.yml")
    )
    assert (answer.code, answer.out) == (0, TOKEN)
    assert "not recorded" in answer.err


def test_a_reader_that_left_is_no_error(project: Project):
    """A closed pipe is not the failure of this command."""
    assert project.process(script=f"{{ {PROGRAM} get token --reveal; echo $? >&2; }} | true").err.endswith("0\n")
