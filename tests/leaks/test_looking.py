"""Commands that look change, start and connect to nothing and make no value; what they may not read, they say."""

import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from everything import Planted, planted
from shell import PROGRAM, Answer, Project
from watching import need_strace, watched

Recorder = Callable[[str, object], None]
LOOKING = [
    ("validate",),
    ("list",),
    ("show",),
    ("show", "db_password"),
    ("status",),
    ("plan",),
    ("plan", "--out", "saved.plan"),
    ("sync", "--dry-run"),
    ("rotate", "--dry-run", "--force"),
    ("set", "stripe", "--dry-run"),
    ("drift",),
]
SITUATIONS = ("fresh", "synced", "unfinished", "keyless")
QUIET = {"PYTHONDONTWRITEBYTECODE": "1"}
"""Bytecode is the interpreter's: it writes none, whether there was any beforehand or not."""

MOST_DRAWN = 96
"""Bytes of chance that looking may take: a key to compare with, one for an audit log, and what OpenSSL begins with."""


def synced(project: Project, environ: dict[str, str]) -> None:
    """Bring every secret to its targets."""
    done = project.process("sync", **environ)
    assert done.code == 0, done


def interrupted(project: Project, environ: dict[str, str]) -> None:
    """Kill a rotation when its lockfile is in place and no target is."""
    done = watched(project, "rotate", "--force", options="-e inject=rename:signal=KILL:when=3", **environ)
    assert done.answer.code == -9
    assert any(path.endswith("/journal") for path in project.files())


@pytest.fixture(scope="module", params=SITUATIONS)
def situation(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Planted]:
    """Return a project of everything in one of the situations that a command may meet."""
    need_strace()
    found = planted(tmp_path_factory.mktemp(request.param))
    if request.param != "fresh":
        synced(found.project, found.environ)
    if request.param == "unfinished":
        interrupted(found.project, found.environ)
    if request.param == "keyless":
        shutil.rmtree(f"{found.project.home}/state/secretzero/keys")
    return request.param, found


def allowed(project: Project, words: tuple[str, ...]) -> set[str]:
    """Return the only names that a command may change."""
    if "--out" in words:
        return {project.path("saved.plan"), project.path(".saved.plan.secretzero-tmp")}
    state = f"{project.home}/state/secretzero"
    names = ("audit.log", "audit.key", ".audit.key.secretzero-tmp")
    return {f"{state}/{name}" for name in names} if "drift" in words else set()


def is_lock(path: str) -> bool:
    """Whether a file exists only to be locked."""
    return os.path.basename(os.path.dirname(path)) == "locks" and os.path.getsize(path) == 0


@pytest.mark.parametrize("words", LOOKING, ids=" ".join)
def test_looking_only_looks(situation: tuple[str, Planted], words: tuple[str, ...]):
    """No write but the file that the user names, or drift's audit record; no process, no connection, no new value."""
    name, (project, _, environ) = situation
    before = project.files()
    seen = watched(project, *words, stdin=b"sk_from_stdin", **environ, **QUIET)
    after = project.files()
    may = allowed(project, words)
    assert seen.answer.code == (5 if (name, words[0]) == ("fresh", "drift") else 0), seen.answer
    assert {path for path in seen.changed - may if not ("drift" in words and is_lock(path))} == set()
    assert {path for path in before.keys() | after if before.get(path) != after.get(path)} <= may
    assert len(seen.starts) == 1
    assert seen.forks == []
    assert seen.talks == []
    assert seen.drawn <= MOST_DRAWN


def test_the_trace_sees_what_a_sync_does(tmp_path: Path, record_property: Recorder):
    """The same watch finds the writes, the chance and the git of a command that does change something."""
    need_strace()
    project, _, environ = planted(tmp_path)
    seen = watched(project, "sync", **environ, **QUIET)
    assert project.path(".env") in seen.changed
    assert project.path(".gitsecrets.lock") in seen.changed
    assert seen.drawn > 4 * MOST_DRAWN
    connecting = "import socket, subprocess; subprocess.run(['true']); socket.socket().connect_ex(('127.0.0.1', 9))"
    program = watched(project, "-c", connecting, program=f"{os.path.dirname(PROGRAM)}/python")
    assert len(program.starts) > 1
    assert len(program.talks) > 1
    record_property(
        "figure", f"G11: {len(LOOKING)} commands that look, in {len(SITUATIONS)} situations, under strace: 0 effects"
    )


# -- what the file system refuses; root would be refused nothing


@pytest.fixture
def refusing(request: pytest.FixtureRequest) -> Planted:
    """Return a synced project that belongs to a user without rights, and runs as that user."""
    folder = Path(tempfile.mkdtemp(prefix="secretzero-unprivileged-"))
    folder.chmod(0o755)
    request.addfinalizer(lambda: shutil.rmtree(folder))  # noqa: PT021 - one line is enough
    found = planted(folder)
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root ignores modes, and there is no setpriv")
        for place, folders, files in os.walk(folder):
            for name in (*folders, *files):
                os.chown(os.path.join(place, name), 65534, 65534)
    return found


def run(found: Planted, *words: str, **environ: str) -> Answer:
    """Run a command as a user whom modes bind."""
    as_nobody = "setpriv --reuid=65534 --regid=65534 --clear-groups" if os.geteuid() == 0 else ""
    command = f"exec {as_nobody} {PROGRAM} {' '.join(words)}"
    return found.project.process(script=command, stdin=b"sk_from_stdin", **{**found.environ, **QUIET, **environ})


def unreadable(*paths: str) -> Callable[[Planted], None]:
    """Return what takes away every right to files of the project or its home."""

    def take(found: Planted) -> None:
        for path in paths:
            os.chmod(found.project.path(path) if "state" not in path else f"{found.project.home}/{path}", 0)

    return take


def without_key(found: Planted) -> None:
    """Make the project keys unreadable."""
    keys = f"{found.project.home}/state/secretzero/keys"
    for name in os.listdir(keys):
        os.chmod(f"{keys}/{name}", 0)


LOOKS = (("plan",), ("status",), ("drift",), ("sync", "--dry-run"))
REFUSED = [
    ("manifest", unreadable("Secretfile.yml"), 5, "Secretfile.yml: cannot be read: Permission denied"),
    ("lockfile", unreadable(".gitsecrets.lock"), 5, ".gitsecrets.lock: it cannot be read: Permission denied"),
    ("key", without_key, 5, "cannot be read: Permission denied"),
    ("state", unreadable("state/secretzero"), 5, "state/secretzero"),
    ("followed file", unreadable("partner.json"), 1, "cannot read partner.json: Permission denied"),
    ("target", unreadable(".env"), 1, "cannot read .env: Permission denied"),
]


@pytest.mark.parametrize(("take", "code", "said"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_may_not_be_read_is_named(refusing: Planted, take: Callable[[Planted], None], code: int, said: str):
    """An unreadable file is an error that names it; nothing is overwritten, and it is not an internal error."""
    assert run(refusing, "sync").code == 0
    take(refusing)
    before = {path: content for path, content in refusing.project.files().items() if "audit" not in path}
    for words in (*LOOKS, ("sync",)):
        answer = run(refusing, *words)
        expected = {("status", 1): 0, ("drift", 1): 0}.get((words[0], code), code)
        assert answer.code == expected, (words, answer)
        assert "internal" not in answer.err
        assert expected == 0 or said in answer.err, (words, answer)
    after = {path: content for path, content in refusing.project.files().items() if "audit" not in path}
    assert after == before


def test_a_project_that_may_not_be_written_is_left_as_it_is(refusing: Planted):
    """Looking works; a rotation fails before any target sees a value, and goes through once the folder is writable."""
    assert run(refusing, "sync").code == 0
    before = {
        path: content for path, content in refusing.project.files().items() if path.startswith(refusing.project.folder)
    }
    os.chmod(refusing.project.folder, stat.S_IRUSR | stat.S_IXUSR)
    assert [run(refusing, *words).code for words in LOOKS] == [0, 0, 0, 0]
    answer = run(refusing, "rotate", "token", "--force")
    after = {
        path: content for path, content in refusing.project.files().items() if path.startswith(refusing.project.folder)
    }
    os.chmod(refusing.project.folder, stat.S_IRWXU)
    assert answer.code in {1, 6}
    assert "Permission denied" in answer.err
    assert after == before
    assert run(refusing, "sync").code == 0
    assert run(refusing, "drift").code == 0


@pytest.mark.parametrize("began", [True, False], ids=["after a sync", "before the first sync"])
def test_a_home_that_may_not_be_written_stops_only_what_writes(refusing: Planted, *, began: bool):
    """Without a writable state folder looking works; commands that write name XDG_STATE_HOME and change nothing."""
    state = f"{refusing.project.home}/state/secretzero"
    if began:
        assert run(refusing, "sync").code == 0
        for folder, _, _ in os.walk(state):
            os.chmod(folder, stat.S_IRUSR | stat.S_IXUSR)
    else:
        os.chmod(refusing.project.home, stat.S_IRUSR | stat.S_IXUSR)
    before = {path: content for path, content in refusing.project.files().items() if "audit" not in path}
    looked = [run(refusing, *words) for words in LOOKS]
    wrote = [run(refusing, *words) for words in (("rotate", "--force") if began else ("sync",), ("set", "stripe"))]
    after = {path: content for path, content in refusing.project.files().items() if "audit" not in path}
    os.chmod(refusing.project.home, stat.S_IRWXU)
    for folder, _, _ in os.walk(refusing.project.home):
        os.chmod(folder, stat.S_IRWXU)
    assert [answer.code for answer in looked] == [0, 0, 0 if began else 5, 0], looked
    assert [answer.code for answer in wrote] == [5, 5], wrote
    assert all("XDG_STATE_HOME" in answer.err for answer in wrote)
    assert after == before
