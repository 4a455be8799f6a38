"""The project key in people's hands: shown by name only, taken along, brought in."""

import json
import os
import shutil
import stat
from pathlib import Path

import pytest
from shell import PROGRAM, Project

from secretzero.keys import ProjectKey


@pytest.fixture
def project(tmp_path: Path):
    """One secret, synced."""
    project = Project(tmp_path)
    assert project("sync").code == 0
    return project


def held(project: Project) -> str:
    """Return the one key file of the machine."""
    [path] = [path for path in project.files() if "/keys/" in path]
    return path


def lockfile(project: Project) -> dict[str, object]:
    """Return what the lockfile says."""
    found: dict[str, object] = json.loads(project.read(".gitsecrets.lock"))
    return found


def test_show_names_the_key_and_never_shows_it(project: Project):
    """Id and check, as the lockfile has them, and whether this machine has the key."""
    secret = project.read(held(project)).strip()
    answer = project("key", "show")
    assert answer.code == 0
    assert "on this machine" in answer.out
    assert secret not in answer.out + answer.err
    told = project("key", "show", "--json").document
    key = lockfile(project)["key"]
    assert (told["project"], {"id": told["id"], "check": told["check"]}) == (lockfile(project)["project"], key)
    assert told["present"] is True
    os.unlink(held(project))
    assert project("key", "show", "--json").document["present"] is False


def test_before_the_first_sync_there_is_no_key(tmp_path: Path):
    """Each command says so and names what makes one."""
    project = Project(tmp_path)
    for words in (("show",), ("export", "--reveal"), ("import",)):
        answer = project.process("key", *words, stdin=ProjectKey(bytes(32)).to_text().encode())
        assert answer.code == 5
        assert "secretzero sync" in answer.err


def test_the_key_travels_from_machine_to_machine(project: Project, tmp_path: Path):
    """What one machine exports another imports, and then reads what only the key can prove."""
    exported = project.process("key", "export", "--reveal")
    assert exported.code == 0
    assert not exported.out.endswith("\n")
    assert ProjectKey.from_text(exported.out).id == lockfile(project)["key"]["id"]
    other = Project(tmp_path / "other")
    for name in (".gitsecrets.lock", ".env"):
        other.write(name, project.read(name))
    assert other("rotate", "db_password", "--force").code == 5
    taken = other.process("key", "import", stdin=exported.out.encode() + b"\n")
    assert taken.code == 0
    assert exported.out not in taken.out + taken.err
    assert stat.S_IMODE(os.stat(held(other)).st_mode) == 0o600
    assert other("rotate", "db_password", "--force").code == 0


def test_the_same_key_may_be_imported_again(project: Project):
    """Nothing changes."""
    before = project.read(held(project))
    assert project.process("key", "import", stdin=before.encode()).code == 0
    assert project.read(held(project)) == before


@pytest.mark.parametrize(
    ("stdin", "code", "said"),
    [
        (b"", 1, "no key on stdin"),
        (b"  \n", 1, "no key on stdin"),
        (b"not a key", 2, "invalid project key"),
        (b"\xff\xfe", 2, "invalid project key"),
        (ProjectKey(bytes(32)).to_text().encode(), 5, "not the key of project"),
    ],
)
def test_an_invalid_project_key_is_refused(project: Project, stdin: bytes, code: int, said: str):
    """The key that is here stays, and what was given is not repeated."""
    before = project.read(held(project))
    answer = project.process("key", "import", stdin=stdin)
    assert answer.code == code
    assert said in answer.err
    assert not stdin.strip() or stdin.decode("latin-1") not in answer.err
    assert project.read(held(project)) == before


def test_force_keeps_another_key(project: Project):
    """A person may insist; then the lockfile says that it is not its key."""
    other = ProjectKey(bytes(32)).to_text()
    assert project.process("key", "import", "--force", stdin=other.encode()).code == 0
    assert project.read(held(project)) == other + "\n"
    assert project("sync").code == 5


def test_export_needs_a_word_or_a_file(project: Project):
    """The key is not printed unasked; a file is 0600 and named when git does not ignore it."""
    refused = project.process("key", "export")
    assert (refused.code, refused.out) == (2, "")
    project.process(script="git init -q . && echo /ignored >> .gitignore")
    named = project("key", "export", "-o", "key.txt")
    assert named.code == 0
    assert "add this line to .gitignore: /key.txt" in named.err
    assert stat.S_IMODE(os.stat(project.path("key.txt")).st_mode) == 0o600
    assert project.read("key.txt") == project.read(held(project))
    assert project("key", "export", "-o", "ignored").err == ""


def test_a_file_that_git_tracks_is_refused(project: Project):
    """Before anything is written or on record."""
    project.write("tracked", "mine")
    project.process(script="git init -q . && git add tracked")
    assert project("key", "export", "-o", "tracked").code == 1
    assert project.read("tracked") == "mine"
    assert project("key", "export", "-o", "tracked", "--allow-tracked").code == 0
    os.mkdir(project.path("folder"))
    assert project("key", "export", "-o", "folder").code == 2


def test_agents_get_no_key_and_every_export_is_on_record(project: Project):
    """In agent mode it is exit 3; otherwise the log has it first, with the reason."""
    for words in (("--reveal",), ("-o", "key.txt")):
        assert project("key", "export", *words, SECRETZERO_AGENT="1").code == 3
    assert not os.path.exists(project.path("key.txt"))
    assert project.process("key", "export", "--reveal", "--reason", "a new laptop").code == 0
    log = project.read(f"{project.home}/state/secretzero/audit.log")
    assert '"key export"' in log
    assert "a new laptop" in log
    state = f"{project.home}/closed"
    os.makedirs(f"{state}/secretzero")
    shutil.copytree(os.path.dirname(held(project)), f"{state}/secretzero/keys")
    project.write(f"{state}/secretzero/locks", "in the way")
    refused = project.process("key", "export", "--reveal", XDG_STATE_HOME=state)
    assert (refused.code, refused.out) == (5, "")


def test_the_variable_is_a_key_as_well(project: Project):
    """CI has it in SECRETZERO_PROJECT_KEY; a child of `run` never sees it."""
    text = project.read(held(project)).strip()
    os.unlink(held(project))
    assert project("key", "show", "--json", SECRETZERO_PROJECT_KEY=text).document["present"] is True
    seen = project.process(script=f"{PROGRAM} run -- env", SECRETZERO_PROJECT_KEY=text)
    assert seen.code == 0
    assert text not in seen.out
    assert "DB_PASSWORD=" in seen.out
