"""What each option does."""

import os
import subprocess
from pathlib import Path

import pytest
from shell import ONE, Project

LANES = """
variables: {file: .env}
environments:
  default: dev
  profiles: {dev: {}, prod: {var_files: [prod.szvar]}}
secrets:
  - name: db_password
    kind: random_password
    rotation_period: 90d
    targets: [{provider: local, kind: file, config: {path: "{{ var.file }}", key: DB_PASSWORD}}]
  - name: url
    kind: derived
    config: {url: {scheme: pg, password: {secret: db_password}, host: h}}
    targets: [{provider: local, kind: file, config: {path: "{{ var.file }}", key: URL}}]
  - name: api_key
    kind: static
    config: {value: literal-hunter2}
    targets: [{provider: local, kind: file, config: {path: "{{ var.file }}", key: API_KEY}}]
"""


@pytest.fixture
def project(tmp_path: Path):
    """Make a project with two lanes."""
    project = Project(tmp_path, LANES)
    project.write("prod.szvar", "file: prod.env\n")
    return project


def value_of(project: Project, key: str, name: str = ".env"):
    """Return what a dotenv file says of a key."""
    return next(line for line in project.read(name).splitlines() if line.startswith(f"{key}="))


@pytest.mark.parametrize(
    ("words", "environ"),
    [(("sync", "-e", "prod"), {}), (("-e", "prod", "sync"), {}), (("-e", "dev", "sync", "-e", "prod"), {}),
     (("sync",), {"SECRETZERO_ENVIRONMENT": "prod"}), (("sync", "-e", "prod"), {"SECRETZERO_ENVIRONMENT": "dev"})],
)  # fmt: skip
def test_the_lane(project: Project, words: tuple[str, ...], environ: dict[str, str]):
    """The command's word beats the program's, and that the variable."""
    assert project(*words, **environ).code == 0
    assert os.path.exists(project.path("prod.env"))
    assert os.path.exists(project.path(".gitsecrets.prod.lock"))
    assert not os.path.exists(project.path(".env"))


def test_the_manifest(project: Project):
    """Named by option or variable, else found above; another working directory changes nothing."""
    os.makedirs(project.path("deep/er"))
    os.rename(project.path("Secretfile.yml"), project.path("other.yml"))
    assert project("list").code == 5
    assert project("list", "-f", "other.yml").code == 0
    assert project("list", SECRETZERO_FILE="other.yml").code == 0
    assert project("list", "-f", "none.yml").code == 5
    os.rename(project.path("other.yml"), project.path("Secretfile.yml"))
    subprocess.run(["git", "init", "-q", project.folder], check=True)
    assert project.process(script="cd deep/er && secretzero sync").code == 0
    assert os.path.exists(project.path(".env"))


@pytest.mark.parametrize(("words", "environ"), [(("-l", "x/my.lock"), {}), ((), {"SECRETZERO_LOCKFILE": "x/my.lock"})])
def test_the_lockfile(project: Project, words: tuple[str, ...], environ: dict[str, str]):
    """Relative to the working directory; wins over the lane's."""
    os.makedirs(project.path("x"))
    assert project("sync", *words, **environ).code == 0
    assert os.path.exists(project.path("x/my.lock"))
    assert not os.path.exists(project.path(".gitsecrets.lock"))


def test_variables(project: Project):
    """Files in their order, single ones last."""
    project.write("one.szvar", "file: one.env\n")
    assert project("sync", "-v", "one.szvar").code == 0
    assert project("sync", "--var-file", "one.szvar", "--var", "file=two.env").code == 0
    assert {"one.env", "two.env"} <= set(os.listdir(project.folder))
    assert project("sync", "--var", "nothing").code == 2


def test_one_secret_and_what_is_made_from_it(project: Project):
    """The others are left alone, and what is included is said."""
    answer = project("sync", "-s", "db_*")
    assert "also included: url" in answer.err
    assert "API_KEY" not in project.read(".env")
    assert project("sync", "-s", "nothing*").code == 2
    assert project("plan", "-s", "api_key").out.startswith("create  api_key")


def test_a_dry_run_and_every_step(project: Project):
    """Nothing is written; --plan also shows what stays."""
    assert project("sync", "--dry-run").out.startswith("create")
    assert os.listdir(project.home) == []
    project("sync")
    assert project("sync", "--dry-run").out == "3 unchanged.\n"
    assert project("sync", "--plan").out.count("keep") == 3
    assert project("plan", "--verbose").out.count("keep") == 3


def test_strange_values(project: Project):
    """Adopted, overwritten after a confirmation, or refused."""
    project.write(".env", "DB_PASSWORD=theirs\n")
    assert project("sync", "--on-drift", "fail").code == 1
    refused = project("sync", "--on-drift", "overwrite", "-n")
    assert (refused.code, "-y answers yes" in refused.err) == (1, True)
    assert "file://.env#DB_PASSWORD" in refused.err
    assert project("sync", "--on-drift", "adopt").code == 0
    assert value_of(project, "DB_PASSWORD") == "DB_PASSWORD=theirs"
    project.write(".env", project.read(".env").replace("theirs", "others"))
    project.write("Secretfile.yml", LANES)
    answer = project("sync", "--on-drift", "overwrite", "-y", "-s", "api_key")
    assert answer.code == 0
    assert value_of(project, "DB_PASSWORD") == "DB_PASSWORD=others"


def test_present_values_are_written_again(project: Project):
    """--force writes all targets, --force-target one; no value is made anew."""
    project("sync")
    before = project.read(".env")
    assert "restore" in project("sync", "--force").out
    one = project("sync", "--force-target", "file://.env#URL").out
    assert ("url" in one, "db_password" in one) == (True, False)
    assert "3 restored" in project("sync", "--force-target", "local/file").out
    assert project.read(".env") == before
    assert project("sync", "--force-target", "nothing").code == 2


def test_what_left_the_manifest_is_deleted_only_on_request(project: Project):
    """--prune asks, and deletes the key."""
    project("sync")
    project.write("Secretfile.yml", LANES.replace("key: API_KEY", "key: NEW_KEY"))
    assert project("sync").code == 0
    assert "\nAPI_KEY=" in project.read(".env")
    assert project("sync", "--prune", "-n").code == 1
    assert project("sync", "--prune", "-y").code == 0
    assert "\nAPI_KEY=" not in project.read(".env")
    assert "NEW_KEY=" in project.read(".env")


def test_believing_the_lockfile(project: Project):
    """--no-refresh asks no target: a deleted file goes unnoticed."""
    project("sync")
    os.unlink(project.path(".env"))
    assert project("plan", "--no-refresh").out == "3 unchanged.\n"
    assert project("sync", "--no-refresh").out == "3 unchanged.\n"
    assert "missing" in project("plan").out


def test_weak_values_need_consent(project: Project):
    """Under 64 bits nothing is made without --allow-weak."""
    project.write("Secretfile.yml", ONE.replace("random_password", "random_string\n    config: {length: 4}"))
    refused = project("sync")
    assert (refused.code, "--allow-weak" in refused.err) == (1, True)
    assert project("sync", "--allow-weak").code == 0
    assert "bits" in project("validate").err


def test_tracked_files_need_consent(project: Project):
    """A file that git tracks gets no value without --allow-tracked; one it does not ignore is named."""
    project.write(".env", "A=1\n")
    project.process(script="git init -q . && git add .env")
    assert project("sync").code == 1
    assert project("sync", "--allow-tracked").code == 0
    project.process(script="git rm -q --cached .env")
    project("rotate", "db_password", "--force")
    assert "/.env" in project("rotate", "db_password", "--force").err


def test_rotation(project: Project):
    """Nothing is due; --force takes those that are named, a dry run none."""
    project("sync")
    before = project.read(".env")
    assert project("rotate").out == "3 unchanged.\n"
    assert project("rotate", "db_password", "--force", "--dry-run").out.startswith("rotate  db_password")
    assert project.read(".env") == before
    answer = project("rotate", "db_password", "--force", "--json").document
    assert answer["secrets_rotated"] == 2
    assert value_of(project, "API_KEY") in before
    assert value_of(project, "DB_PASSWORD") not in before
    assert project("rotate", "--trigger-reindex").code == 0
    given = {"DB_PASSWORD": "given-by-environment"}
    project("rotate", "db_password", "--force", **given)
    assert "given" not in project.read(".env")
    project("rotate", "db_password", "--force", "--from-env", **given)
    assert value_of(project, "DB_PASSWORD") == "DB_PASSWORD=given-by-environment"


def test_setting_a_value(project: Project):
    """From stdin, without exactly one line end; a dry run, an empty value and a generated secret change nothing."""
    project("sync")
    assert project.process("set", "api_key", "--dry-run", stdin=b"new\n").code == 0
    assert value_of(project, "API_KEY") == "API_KEY=literal-hunter2"
    assert project.process("set", "api_key", stdin=b"new-value\n").code == 0
    assert value_of(project, "API_KEY") == "API_KEY=new-value"
    assert project.process("set", "api_key", stdin=b"\n").code == 1
    assert project.process("set", "db_password", stdin=b"x\n").code == 2
    assert project.process("set", "nobody", stdin=b"x\n").code == 2
    assert project("sync").out == "3 unchanged.\n"


def test_a_plan_is_saved_and_carried_out(project: Project):
    """No question, no value in the file; a second time it is stale; an edited one is refused."""
    assert "Next: secretzero apply p.plan" in project("plan", "--out", "p.plan").out
    assert "hunter2" not in project.read("p.plan")
    assert project("apply", "p.plan").code == 0
    assert "API_KEY=literal-hunter2" in project.read(".env")
    assert project("apply", "p.plan").code == 7
    os.unlink(project.path("p.plan"))
    assert project("apply", "p.plan").code == 5
    project.write("p.plan", "{")
    assert project("apply", "p.plan").code == 5


def test_literals_in_the_manifest(project: Project):
    """They are named, and a failure under --strict-manifest-plaintext."""
    assert project("validate").code == 0
    answer = project("validate", "--strict-manifest-plaintext")
    assert answer.code == 1
    assert "api_key" in answer.err
    assert "hunter2" not in answer.err


def test_what_means_something_else_than_in_014(project: Project):
    """Said on request only."""
    assert "own" not in project("validate").err
    assert "each environment has its own lockfile" in project("validate", "--from-0.14").err


def test_lenient(project: Project):
    """Unknown keys are warnings."""
    project.write("Secretfile.yml", ONE.replace("kind: random_password", "kind: random_password\n    kynd: x"))
    assert project("validate").code == 5
    assert project("validate", "--lenient").code == 0
    assert project("--lenient", "sync").code == 0


def test_quiet(project: Project):
    """Notices go, the answer and errors stay."""
    assert project("sync", "-s", "db_password", "-q").err == ""
    assert project("-q", "plan", "-s", "nobody").err != ""


@pytest.mark.parametrize(
    ("wanted", "found"),
    [("db", ["db_password"]), ("kind:static", ["api_key"]), ("provider:local", ["db_password", "url", "api_key"]),
     ("tag:x", []), ("", ["db_password", "url", "api_key"])],
)  # fmt: skip
def test_filters(project: Project, wanted: str, found: list[str]):
    """A part of the name, or a kind, provider or tag."""
    answer = project("list", "--filter", wanted, "--json").document
    assert [secret["name"] for secret in answer["secrets"]] == found
    assert project("list", "--filter", "colour:red").code == 2


def test_showing(project: Project):
    """Metadata of one or all, with generations when asked; never a value."""
    project("sync")
    assert "generation" in project("show", "db_password").out
    assert "generation 1" in project("show", "-d", "db_password").out
    assert project("show").out.count("random_password") == 1
    assert project("show", "db_pasword").code == 2
    assert "did you mean db_password" in project("show", "db_pasword").err


def test_status_says_what_is_pending_and_asks_no_target(project: Project):
    """From the lockfile alone."""
    assert "0 of 3 synced." in project("status").out
    project("sync")
    os.unlink(project.path(".env"))
    assert "3 of 3 synced." in project("status").out
    assert "file://.env#URL" in project("status", "-v").out


def test_options_that_have_no_effect_say_so(project: Project):
    """Accepted for the sake of the public version."""
    project("sync")
    for words in (("drift", "--check"), ("drift", "--check-all"), ("rotate", "--trigger-reindex")):
        answer = project(*words)
        assert (answer.code, "no effect" in answer.err) == (0, True)


def test_nonsecrets_are_asked_for_only_on_request(tmp_path: Path):
    """Without --prompt-nonsecrets a setting without a source is a failure that names the option."""
    project = Project(tmp_path, ONE.replace("random_password", "nonsecret"))
    assert "--prompt-nonsecrets" in project("sync").err
    asked = project.at_terminal("sync", "--prompt-nonsecrets", answers=[("Secret: db_password", "eu")])
    assert asked.code == 0
    assert "DB_PASSWORD=eu" in project.read(".env")


def test_reasons_reach_the_audit_log(project: Project):
    """By option or variable."""
    project("sync", "--reason", "first light")
    project("rotate", "db_password", "--force", SECRETZERO_REASON="second thought")
    log = project.read(f"{project.home}/state/secretzero/audit.log")
    assert "first light" in log
    assert "second thought" in log


def test_how_many_at_once(project: Project):
    """A number of providers, at least one."""
    assert project("sync", "--parallelism", "1").code == 0
    assert project("sync", "--parallelism", "0").code == 2
    assert project("sync", "--lock-timeout", "soon").code == 2


@pytest.mark.parametrize(
    ("name", "wrong", "right"),
    [
        ("SECRETZERO_OUTPUT", ("xml", "JSON ", "hunter2"), ("", "text", "json", "yaml")),
        ("SECRETZERO_NON_INTERACTIVE", ("maybe", "2"), ("", "1", "0", "true", "FALSE", "yes", "no", "on", "off")),
    ],
)
def test_a_variable_may_say_what_its_option_may(project: Project, name: str, wrong: list[str], right: list[str]):
    """Anything else is exit 2, as it would be after the option."""
    for text in wrong:
        answer = project("list", **{name: text})
        assert answer.code == 2
        assert name in answer.err
        assert "hunter2" not in answer.err
    for text in right:
        assert project("list", **{name: text}).code == 0
