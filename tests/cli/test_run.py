"""What a process gets that `run` starts: its environment, its arguments, and how it ends."""

import json
import os
import sys
from pathlib import Path

import pytest
from shell import PROGRAM, Project

PROGRAMS = """
secrets:
  - name: db_password
    kind: random_password
    targets: [{provider: local, kind: file, config: {path: .env, key: DB_PASS}}]
  - name: api-key.v2
    kind: random_password
    targets: [{provider: local, kind: file, config: {path: keys.json, key: api}}]
  - name: login
    kind: static
    config: {value: {user: app, pass-word: "hunter2 hunter2"}}
    targets: [{provider: local, kind: file, config: {path: login.json, key: login}}]
  - name: port
    kind: nonsecret
    config: {value: 5432}
    targets: [{provider: local, kind: file, config: {path: .env, key: DB_PORT}}]
"""
SELF = ("PWD", "OLDPWD", "_", "SHLVL")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory):
    """Secrets in several formats, synced."""
    project = Project(tmp_path_factory.mktemp("run"), PROGRAMS)
    assert project("sync").code == 0
    return project


def seen(project: Project, *words: str, **environ: str):
    """Return the environment that a child has, as it says itself."""
    answer = project("run", *words, "--", "sh", "-c", "env -0 > seen", **environ)
    assert answer.code == 0, answer.err
    pairs = [pair.partition("=") for pair in project.read("seen").split("\0") if pair]
    return {name: value for name, _, value in pairs if name not in SELF}


def values(project: Project):
    """Return what the files of the project hold, by the names that the values have for a child."""
    env = dict(line.partition("=")[::2] for line in project.read(".env").splitlines())
    return {
        "DB_PASS": env["DB_PASS"].strip("'"),
        "API_KEY_V2": json.loads(project.read("keys.json"))["api"],
        "LOGIN_USER": "app",
        "LOGIN_PASS_WORD": "hunter2 hunter2",
        "DB_PORT": "5432",
    }


def test_a_child_has_the_parents_environment_and_every_value(project: Project):
    """The name is the key in the first dotenv file, else the name in capitals; a map is spread; settings are there."""
    assert seen(project, COLOUR="blue") == {**project.environ, "COLOUR": "blue", **values(project)}


def test_a_clean_environment_has_what_every_program_needs_and_the_values(project: Project):
    """With --clean-env nothing else passes."""
    extra = {"LC_ALL": "C.UTF-8", "TZ": "UTC", "TERM": "dumb", "COLOUR": "blue", "LD_PRELOAD": ""}
    given = seen(project, "--clean-env", **extra)
    kept = {name: project.environ[name] for name in ("HOME", "PATH")}
    assert given == {**kept, "LC_ALL": "C.UTF-8", "TZ": "UTC", "TERM": "dumb", **values(project)}


def test_declared_secrets_that_were_not_chosen_are_removed(project: Project):
    """What the parent has under such a name does not reach the child, and our own variables never do."""
    inherited = {"API_KEY_V2": "old", "LOGIN_USER": "old", "LOGIN": "{}", "DB_PORT": "1", "DB_PASSWORD": "old"}
    ours = {"SECRETZERO_REASON": "because", "SECRETZERO_SECRET_LOGIN": "{}", "SECRETZERO_OUTPUT": "json"}
    for words in (("-s", "db_password"), ("--only", "db_*"), ("--exclude", "[alp]*")):
        given = seen(project, *words, **inherited, **ours)
        assert given == {**project.environ, "DB_PASS": values(project)["DB_PASS"]}, words


def test_everything_may_be_left_out(project: Project):
    """Without any value left the child has none."""
    assert seen(project, "--exclude", "*") == project.environ


def test_one_part_of_a_map_may_be_chosen(project: Project):
    """NAME.PART is the variable of that part, and no other."""
    assert seen(project, "-s", "login.user") == {**project.environ, "LOGIN_USER": "app"}


def test_map_says_what_a_value_is_called(project: Project):
    """--map renames a secret, a part of one, or gives one value two names."""
    given = seen(project, "--map", "A=db_password", "--map", "B=db_password", "--map", "WHO=login.user")
    found = values(project)
    assert (given["A"], given["B"], given["WHO"]) == (found["DB_PASS"], found["DB_PASS"], "app")
    assert {"DB_PASS", "LOGIN_USER"} & set(given) == set()
    assert given["LOGIN_PASS_WORD"] == found["LOGIN_PASS_WORD"]
    only = seen(project, "-s", "port", "--map", "A=db_password")
    assert only == {**project.environ, "DB_PORT": "5432", "A": found["DB_PASS"]}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-s", "db_passwort"), "did you mean db_password?"),
        (("-s", "x*"), "no secret matches x*"),
        (("--exclude", "x*"), "--exclude x* matches no secret"),
        (("--map", "A"), "invalid --map A; write ENV=SECRET"),
        (("--map", "A-B=port"), "invalid --map A-B=port; write ENV=SECRET"),
        (("--map", "A=port", "--map", "A=login"), "--map names A twice"),
        (("--map", "A=nothing"), "--map names nothing"),
        (("--map", "DB_PASS=port"), "would have the same name: DB_PASS"),
        (("--map", "SECRETZERO_X=port"), "SECRETZERO_* variables are never passed"),
        (("--replace", "--redact"), "--replace and --redact cannot be combined"),
        (("--bad",), "No such option"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_the_start(project: Project, words: tuple[str, ...], said: str):
    """Exit 2, and a line that begins with our name, so that it is not taken for the child's."""
    answer = project("run", *words, "--", "touch", "started")
    assert answer.code == 2
    assert answer.out == ""
    assert answer.err.startswith("secretzero: error: ")
    assert said in answer.err
    assert not os.path.exists(project.path("started"))


def test_a_command_is_needed(project: Project):
    """Nothing to run is a mistake in the command line."""
    assert project("run").code == 2


def test_two_secrets_of_one_name_are_refused(tmp_path: Path):
    """The keys in two files may be the same; one process can have only one of them under it."""
    secret = (
        "  - {name: %s, kind: random_password, targets: [{provider: local, kind: file, config: {path: %s, key: K}}]}\n"
    )
    project = Project(tmp_path, "secrets:\n" + secret % ("one", "one.env") + secret % ("two", "two.env"))
    assert project("sync").code == 0
    answer = project("run", "--", "true")
    assert answer.code == 2
    assert "one and two would have the same name: K" in answer.err
    assert project("run", "--map", "OTHER=one", "--", "true").code == 0


def test_one_value_that_cannot_be_read_stops_everything(tmp_path: Path):
    """Nothing is started with only some values; a value that is not the recorded one is drift."""
    project = Project(tmp_path, PROGRAMS)
    assert project("run", "--", "touch", "started").code == 1
    project("sync")
    project.write("keys.json", '{"api": "of somebody else"}')
    changed = project("run", "--", "touch", "started")
    assert changed.code == 4
    assert changed.err.startswith("secretzero: error: ")
    assert "of somebody else" not in changed.err
    os.unlink(project.path(".env"))
    assert project("run", "-s", "db_password", "--", "touch", "started").code == 1
    assert not os.path.exists(project.path("started"))


def test_without_the_key_values_are_passed_and_that_is_said(tmp_path: Path):
    """They could not be compared, and a notice says so on stderr."""
    project = Project(tmp_path, PROGRAMS)
    project("sync")
    for name in project.files():
        if "/keys/" in name:
            os.unlink(name)
    answer = project("run", "-s", "db_password", "--", "sh", "-c", 'printf %s "$DB_PASS" > seen')
    assert answer.code == 0
    assert "could not be compared" in answer.err
    assert project.read("seen") == values(project)["DB_PASS"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("true",), 0),
        (("sh", "-c", "exit 3"), 3),
        (("sh", "-c", "exit 255"), 255),
        (("sh", "-c", "kill -KILL $$"), 137),
        (("sh", "-c", "kill -TERM $$"), 143),
        (("sh", "-c", "kill -SEGV $$"), 139),
        (("no-such-program",), 127),
        (("./nothing/here",), 127),
        (("/",), 126),
        (("./Secretfile.yml",), 126),
    ],
)
@pytest.mark.parametrize("options", [(), ("--redact",)])
def test_the_exit_code_is_the_childs(project: Project, words: tuple[str, ...], code: int, options: tuple[str, ...]):
    """128 and the signal if one ended it; 127 for no such command, 126 for one that cannot be executed."""
    answer = project("run", *options, "--", *words)
    assert answer.code == code
    assert answer.err.startswith("secretzero: ") == (code in {126, 127})


def test_what_stands_behind_the_dashes_is_untouched(project: Project):
    """No shell, no globbing, no option of ours: the child gets the words as they are."""
    odd = ["--map", "*", "$HOME", "a  b", "", "--", "-s", "\udcff\n", "--version"]
    code = "import os, sys; open('seen', 'wb').write(b'\\0'.join(map(os.fsencode, sys.argv[1:])))"
    assert project("run", "--", sys.executable, "-c", code, *odd).code == 0
    with open(project.path("seen"), "rb") as file:
        assert file.read() == b"\0".join(map(os.fsencode, odd))


def test_standard_streams_are_the_parents(project: Project):
    """Bytes pass in both directions as they are, into pipes and into files."""
    every = bytes(range(256)) * 300
    with open(project.path("every"), "wb") as file:
        file.write(every)
    for options in ("", "--redact"):
        script = f"{PROGRAM} run {options} -- cat < every | cat > out; {PROGRAM} run {options} -- cat < every > out2"
        assert project.process(script=script, CI="1").code == 0
        for name in ("out", "out2"):
            with open(project.path(name), "rb") as file:
                assert file.read() == every


def test_exec_is_another_name(project: Project):
    """`exec` is `run`."""
    assert project("exec", "--", "sh", "-c", "exit 7").code == 7


def test_replace_becomes_the_child(project: Project):
    """The process is the child's from then on, with the signals that any program has; a failure is told as ever."""
    child = "echo $$ $DB_PORT; grep SigIgn /proc/$$/status"
    answer = project.process(script=f"echo $$; exec {PROGRAM} run -s port --replace -- sh -c '{child}'")
    own, *lines = answer.out.splitlines()
    assert lines == [f"{own} 5432", "SigIgn:\t0000000000000000"]
    assert project.process("run", "--replace", "--", "no-such-program").code == 127


def test_a_child_has_no_signal_ignored_or_blocked_that_the_parent_had_not(project: Project):
    """What Python ignores for itself, as SIGPIPE, is as usual in the child; what the parent ignored stays ignored."""
    look = "sed -n 's/^Sig\\(Ign\\|Blk\\):\\t//p' /proc/self/status"
    script = f"{PROGRAM} run -- {look}; trap '' HUP USR1; {PROGRAM} run -- {look}"
    masks = [int(line, 16) & 0x7FFFFFFF for line in project.process(script=script).out.split()]
    assert masks == [0, 0, 0, 1 << 0 | 1 << 9]


def test_values_are_on_record_before_the_child_starts(project: Project):
    """The audit log has the names and the reason; where it cannot be written nothing starts."""
    project("run", "-s", "port", "--reason", "to try it", "--", "true")
    record = json.loads(project.read(f"{project.home}/state/secretzero/audit.log").splitlines()[-1])
    assert "port" in json.dumps(record)
    assert "to try it" in json.dumps(record)
    refused = project("run", "--", "touch", "started", XDG_STATE_HOME="/proc/nowhere")
    assert refused.code == 5
    assert "XDG_STATE_HOME" in refused.err
    assert not os.path.exists(project.path("started"))


def test_no_value_is_in_an_argument(project: Project):
    """The child's environment has the values; the command line of no process has one."""
    script = "tr '\\0' ' ' < /proc/$$/cmdline > seen; tr '\\0' ' ' < /proc/$PPID/cmdline >> seen"
    project.process("run", "--", "sh", "-c", script)
    assert not [value for value in values(project).values() if len(value) > 8 and value in project.read("seen")]


@pytest.mark.parametrize(
    "key",
    ["LD_PRELOAD", "DYLD_INSERT_LIBRARIES", "PATH", "PYTHONPATH", "NODE_OPTIONS", "NODE_PATH", "BASH_ENV", "ENV", "IFS",
     "PERL5OPT", "RUBYOPT", "GIT_SSH_COMMAND", "HOME", "SHELL"],
)  # fmt: skip
def test_a_manifest_does_not_choose_what_programs_load_or_run(tmp_path: Path, key: str):
    """A value gets such a name by the word of the person who starts the program, and not else."""
    place = f"targets: [{{provider: local, kind: file, config: {{path: .env, key: {key}}}}}]"
    text = f"secrets:\n  - {{name: innocent, kind: static, config: {{value: /mine}}, {place}}}\n"
    project = Project(tmp_path, text)
    assert project("sync").code == 0
    refused = project("run", "--", "/bin/true")
    assert refused.code == 2
    assert f"cannot pass innocent as {key}" in refused.err
    assert "--map" in refused.err
    meant = project.process("run", "--map", f"{key}=innocent", "--", "/usr/bin/env")
    assert f"{key}=/mine\n" in meant.out
    assert project.process("run", "--map", "OTHER=innocent", "--", "/bin/true").code == 0


@pytest.mark.parametrize("key", ["GIT_TOKEN", "GITHUB_TOKEN", "PYTHON_INDEX_TOKEN", "RUBYGEMS_KEY_1", "ENVIRONMENT"])
def test_an_ordinary_name_is_nobodys_concern(tmp_path: Path, key: str):
    """A token for git steers no program."""
    place = f"targets: [{{provider: local, kind: file, config: {{path: .env, key: {key}}}}}]"
    project = Project(tmp_path, f"secrets:\n  - {{name: innocent, kind: static, config: {{value: mine}}, {place}}}\n")
    project("sync")
    assert f"{key}=mine\n" in project.process("run", "--", "/usr/bin/env").out
