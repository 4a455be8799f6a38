"""Each exit code, by a command that ends with it."""

import fcntl
import json
import os
import signal
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest
from bounds import PATIENCE
from shell import ONE, PROGRAM, Project

from secretzero import AuthenticationError, Outcome, Plan, Report, Step, TargetOutcome
from secretzero_cli.exits import codes_of, worst

TWO_FILES = """
secrets:
  - name: db
    kind: random_password
    targets:
      - {provider: local, kind: file, config: {path: .env, key: DB}}
      - {provider: local, kind: file, config: {path: other/.env, key: DB}}
  - name: lone
    kind: random_password
    targets: [{provider: local, kind: file, config: {path: .env, key: LONE}}]
"""


@pytest.fixture
def project(tmp_path: Path):
    """Make the project of these tests."""
    return Project(tmp_path, ONE)


def test_success_is_0(project: Project):
    """A sync that did everything, and one that has nothing to do."""
    assert project("sync").code == 0
    before = project.files()
    assert project("sync").code == 0
    assert project.files() == before


def test_a_blocked_target_is_1(project: Project):
    """A value that nobody recorded is not overwritten; the way out is said."""
    project.write(".env", "DB_PASSWORD=theirs\n")
    answer = project("sync")
    assert answer.code == 1
    assert "--on-drift=adopt" in answer.err
    assert "already holds a value" in answer.out
    assert project.read(".env") == "DB_PASSWORD=theirs\n"


def test_a_blocked_plan_is_1(project: Project):
    """What could not be carried out is a failure before anybody tries."""
    project.write(".env", "DB_PASSWORD=theirs\n")
    assert project("plan").code == 1
    assert project("sync", "--dry-run").code == 1


def test_a_warning_under_strict_is_1(project: Project):
    """A doubtful manifest passes, unless --strict is there."""
    project.write("Secretfile.yml", "secrets: [{name: id, kind: uuid, targets: [{provider: local, kind: file}]}]\n")
    assert project("validate").code == 0
    assert project("validate", "--strict").code == 1


def test_a_mistake_is_2(project: Project):
    """An unknown secret, with what may be meant."""
    answer = project("plan", "-s", "db_pasword")
    assert answer.code == 2
    assert "db_password" in answer.err


def test_pending_changes_are_2_when_asked_for(project: Project):
    """With --detailed-exitcode a plan, a dry run and a status with something to do say so."""
    for words in (("plan",), ("sync", "--dry-run"), ("status",), ("rotate", "--force", "--dry-run")):
        assert project(*words).code == 0
        assert project(*words, "--detailed-exitcode").code == 2
    project("sync")
    assert project("plan", "--detailed-exitcode").code == 0
    os.unlink(project.path(".env"))
    assert project("drift", "--detailed-exitcode").code == 2


def test_a_refused_sign_in_is_3():
    """A platform that knows nobody, before anything was written."""
    report = Report(Plan(()), (Outcome(Step("x", "uuid", "create"), error=AuthenticationError("who are you")),))
    assert worst(codes_of(report)) == 3


def test_drift_is_4(project: Project):
    """A changed value, a missing one; a target that cannot be compared only with --strict."""
    project("sync")
    project.write(".env", "DB_PASSWORD=changed\n")
    answer = project("drift", "db_password")
    assert answer.code == 4
    assert answer.out.startswith("modified  db_password  file://.env#DB_PASSWORD")
    assert "secretzero plan" in answer.out
    for folder, _, names in os.walk(f"{project.home}/state/secretzero/keys"):
        for name in names:
            os.unlink(os.path.join(folder, name))
    assert project("drift").code == 0
    assert project("drift", "--strict").code == 4


@pytest.mark.parametrize(
    ("name", "text"),
    [("Secretfile.yml", "secrets: 3"), (".gitsecrets.lock", "{"), (".gitsecrets.lock", "<<<<<<< ours\n")],
)
def test_what_cannot_be_read_is_5(project: Project, name: str, text: str):
    """A broken manifest or lockfile, with its place; nothing is written."""
    project.write(name, text)
    before = project.files()
    answer = project("sync")
    assert answer.code == 5
    assert f"{name}:1:" in answer.err
    assert {k: v for k, v in project.files().items() if "/state/" not in k} == before


def test_no_manifest_is_5(tmp_path: Path):
    """The message names the command that writes one."""
    answer = Project(tmp_path, "")("sync")
    assert answer.code == 5
    assert "secretzero create" in answer.err


def test_no_lockfile_is_5_for_drift(project: Project):
    """There is nothing to compare with."""
    assert project("drift").code == 5


def test_a_bad_user_configuration_is_5(project: Project):
    """It is named, with the settings that there are."""
    project.write("config.yml", "agent: refuse\n")
    answer = project("sync", SECRETZERO_CONFIG=project.path("config.yml"))
    assert answer.code == 5
    assert "agents" in answer.err


def test_a_target_that_is_not_done_is_6_and_the_next_sync_finishes(tmp_path: Path):
    """A file that cannot be written leaves the op open; once it can, the same value gets there."""
    project = Project(tmp_path, TWO_FILES)
    project.write("other/.env", "# a line of a large file\n" * 10_000)
    first = project.process(script=f"ulimit -f 100; {PROGRAM} sync")
    assert (first.code, "Next: secretzero sync" in first.out) == (6, True)
    assert "other/.env" in first.err
    assert project("sync").code == 0
    made = [line for line in project.read(".env").splitlines() if line.startswith("DB=")]
    assert made == [line for line in project.read("other/.env").splitlines() if line.startswith("DB=")]


def test_a_run_that_is_partly_done_is_6():
    """A target refused once writing had begun."""
    outcome = Outcome(
        Step("x", "uuid", "create"), (TargetOutcome("file://.env#X", "failed", error=AuthenticationError("no")),)
    )
    assert worst(codes_of(Report(Plan(()), (outcome,), partial=True))) == 6


def test_a_lock_that_is_held_is_7(project: Project):
    """After --lock-timeout, with the word that somebody else holds it."""
    locks = f"{project.home}/state/secretzero/locks"
    os.makedirs(locks)
    name = sha256(os.fsencode(os.path.realpath(project.path(".gitsecrets.lock")))).hexdigest()
    with open(os.path.join(locks, name), "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        answer = project("sync", "--lock-timeout", "0s")
    assert answer.code == 7
    assert "another run" in answer.err


def test_a_stale_plan_is_7_and_writes_nothing(tmp_path: Path):
    """A plan of yesterday is not carried out on the world of today, be it older than the first sync or than a value."""
    project = Project(tmp_path, TWO_FILES)
    os.makedirs(project.path("other"))
    assert project("plan", "--out", "first.plan").code == 0
    project("sync")
    os.unlink(project.path("other/.env"))
    assert project("plan", "--out", "second.plan").code == 0
    project.write("other/.env", "DB=x\n")
    before = project.files()
    for name in ("first.plan", "second.plan"):
        answer = project("apply", name)
        assert answer.code == 7
        assert "a new plan" in answer.err
    assert project.files() == before


def test_a_path_outside_of_the_project_is_8_until_it_is_trusted(project: Project):
    """The message shows the digest that would allow it."""
    project.write("Secretfile.yml", ONE.replace("path: .env", "path: ../outside.env"))
    answer = project("sync")
    assert answer.code == 8
    digest = answer.err.partition("SECRETZERO_TRUST=")[2].split()[0]
    assert project("sync", SECRETZERO_TRUST=digest).code == 0


def test_of_several_codes_the_first_of_the_order_wins():
    """5, 8, 7, 6, 3, 1, 4."""
    order = [5, 8, 7, 6, 3, 1, 4]
    assert [worst(order[at:]) for at in range(len(order))] == order
    assert worst([]) == 0


def test_a_closed_stdout_is_no_error(project: Project):
    """The reader may leave; the work is finished and its code is told."""
    answer = project.process(
        script=f"{{ {PROGRAM} sync -y; echo $? >code; }} | true; {PROGRAM} plan >&-; {PROGRAM} plan 2>&-"
    )
    assert project.read("code") == "0\n"
    assert "DB_PASSWORD=" in project.read(".env")
    assert "Error" not in answer.err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_a_run_that_waits(project: Project, number: int, code: int):
    """Before anything was written the first signal is enough: 128 and its number, and nothing is said but that."""
    locks = f"{project.home}/state/secretzero/locks"
    os.makedirs(locks)
    name = sha256(os.fsencode(os.path.realpath(project.path(".gitsecrets.lock")))).hexdigest()
    with open(os.path.join(locks, name), "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        child = subprocess.Popen([PROGRAM, "sync"], cwd=project.folder, env=project.environ, stderr=subprocess.PIPE)
        assert b"waiting" in child.stderr.readline()
        child.send_signal(number)
        assert child.wait(PATIENCE) == code
        assert b"Traceback" not in child.stderr.read()
        child.stderr.close()


def test_a_signal_during_writing_lets_the_step_in_hand_finish(tmp_path: Path):
    """What was written is recorded, the rest is in the journal, and a plain sync finishes it without a new value."""
    names = [f"s{number}" for number in range(300)]
    place = "targets: [{{provider: local, kind: file, config: {{path: out/{0}.env, key: X}}}}]"
    lines = [f"  - {{name: {name}, kind: random_password, {place.format(name)}}}" for name in names]
    project = Project(tmp_path, "secrets:\n" + "\n".join(lines))
    os.makedirs(project.path("out"))
    child = subprocess.Popen(
        [PROGRAM, "sync", "-q"], cwd=project.folder, env=project.environ, stdout=subprocess.DEVNULL
    )
    while not os.listdir(project.path("out")):
        os.sched_yield()
    child.send_signal(signal.SIGINT)
    assert child.wait(PATIENCE) == 130
    written = {name: project.read(f"out/{name}") for name in os.listdir(project.path("out"))}
    assert 0 < len(written) < len(names)
    assert project("sync").code == 0
    assert {name: project.read(f"out/{name}") for name in written} == written
    assert len(os.listdir(project.path("out"))) == len(names)


def test_an_internal_error_says_so_and_nothing_else(project: Project):
    """Its kind and place, never its text, which may hold a value; with --json as the one object."""
    code = "import sys; sys.argv = ['secretzero', 'list', '--json']\nimport secretzero_cli.session as s\n"
    code += "class Odd(s.Session):\n  def run(self, *a): raise KeyError('hunter' + '2')\ns.Session = Odd\n"
    code += "from secretzero_cli.main import main; main()"
    for shown in ("0", "1"):
        environ = {**project.environ, "SECRETZERO_TRACEBACK": shown}
        command = [os.path.join(os.path.dirname(PROGRAM), "python"), "-c", code]
        done = subprocess.run(command, cwd=project.folder, env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert json.loads(done.stdout)["errors"][0]["code"] == "internal"
        assert "hunter2" not in done.stdout + done.stderr
        assert ("File" in done.stderr) == (shown == "1")
