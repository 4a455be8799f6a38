"""`lock verify` and `lock merge`: what is wrong is found with its line, and merges leave nothing to do by hand."""

import json
import os
import re
import shutil
from pathlib import Path

import pytest
from shell import PROGRAM, Project

TWO = """
secrets:
  - name: one
    kind: random_password
    targets: [{provider: local, kind: file, config: {path: .env, key: ONE}}]
  - name: two
    kind: random_password
    targets: [{provider: local, kind: file, config: {path: .env, key: TWO}}]
"""
LOCKFILE = ".gitsecrets.lock"


@pytest.fixture
def project(tmp_path: Path):
    """Two secrets, synced."""
    project = Project(tmp_path, TWO)
    assert project("sync").code == 0
    return project


@pytest.fixture
def branches(project: Project):
    """A repository in which two branches have rotated, one both secrets, the other one of them."""
    elsewhere = f"{project.home}/elsewhere"
    shutil.copytree(f"{project.home}/state/secretzero/keys", f"{elsewhere}/secretzero/keys")
    for script in (
        f"git init -q -b main . && printf '*.env\\n' > .gitignore && {GIT} add -A && {GIT} commit -qm base",
        "cp .env old.env",
        f"git checkout -q -b ours && {PROGRAM} rotate one two --force && {GIT} commit -qam ours && cp .env ours.env",
        "git checkout -q -b theirs main && cp old.env .env",
        f"XDG_STATE_HOME={elsewhere} {PROGRAM} rotate one --force && {GIT} commit -qam theirs",
        "git checkout -q ours && cp ours.env .env",
    ):
        done = project.process(script=script)
        assert done.code == 0, done
    return project


GIT = "git -c user.name=t -c user.email=t@example.com -c commit.gpgsign=false"


def generations(text: str) -> set[str]:
    """Return the ops of every generation in a lockfile."""
    return {op for entry in json.loads(text)["secrets"].values() for op in entry["generations"]}


def at(project: Project, revision: str) -> str:
    """Return the lockfile of a branch."""
    return project.process(script=f"git show {revision}:{LOCKFILE}").out


def test_a_lockfile_as_it_should_be(project: Project):
    """Structure, key and every signature are said to be right."""
    answer = project("lock", "verify")
    assert answer.code == 0
    assert answer.out == f"{LOCKFILE}: 2 secrets, all signatures are valid\n"
    told = project("lock", "verify", "--json").document
    assert told["valid"] is True
    assert [(one["secrets"], one["signatures_checked"], one["valid"]) for one in told["lockfiles"]] == [(2, True, True)]


def test_nothing_to_verify_is_an_error(tmp_path: Path):
    """Before the first sync there is no lockfile."""
    answer = Project(tmp_path)("lock", "verify")
    assert answer.code == 5
    assert "secretzero sync" in answer.err


def test_without_the_key_only_the_structure_is_checked_and_that_is_said(project: Project):
    """A signature cannot be proved by who has no key."""
    for name in project.files():
        if "/keys/" in name:
            os.unlink(name)
    answer = project("lock", "verify")
    assert answer.code == 0
    assert "well formed" in answer.out
    assert "only the structure was checked" in answer.err


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (r'"created_at": "20', '"created_at": "21'),
        (r'"confirmed": "readback"', '"confirmed": "ack"'),
        (r'"n": 1', '"n": 7'),
        (r'"mac": "m1:..', '"mac": "m1:00'),
        (r'"kind": "random_password"', '"kind": "static"'),
        (r'"h1:..', '"h1:00'),
    ],
)
def test_an_edited_record_is_found_with_its_line(project: Project, old: str, new: str):
    """One changed value, and the file is refused at the line where it stands."""
    text = project.read(LOCKFILE)
    edited = re.sub(old, new, text, count=1)
    assert edited != text
    project.write(LOCKFILE, edited)
    answer = project("lock", "verify")
    assert answer.code == 5
    assert re.search(rf"{re.escape(LOCKFILE)}:\d+", answer.err), answer.err
    assert project("lock", "verify", "--json").document["valid"] is False


def test_broken_text_is_found_with_its_line(project: Project):
    """Half a file, or no JSON at all."""
    text = project.read(LOCKFILE)
    for broken in (text[: len(text) // 2], "nonsense\n", text.replace('"schema": 2', '"schema": 99')):
        project.write(LOCKFILE, broken)
        assert project("lock", "verify").code == 5


def test_a_lockfile_that_went_back_in_time_is_found(project: Project):
    """This machine has seen more than the file knows."""
    old = project.read(LOCKFILE)
    assert project("rotate", "one", "--force").code == 0
    project.write(LOCKFILE, old)
    answer = project("lock", "verify")
    assert answer.code == 5
    assert "was rolled back" in answer.err
    assert "one" in answer.err


def test_verify_changes_nothing(project: Project):
    """Not one byte anywhere."""
    before = project.files()
    project("lock", "verify")
    assert project.files() == before


def test_the_driver_merges_as_git_calls_it(branches: Project):
    """With the driver of `create --git` the merge is clean; nothing is lost, and the next sync has one value each."""
    branches.process(script=f"git config merge.secretzero.driver '{PROGRAM} lock merge %O %A %B %P'")
    branches.write(".git/info/attributes", f"{LOCKFILE} merge=secretzero\n")
    done = branches.process(script=f"{GIT} merge -q --no-edit theirs")
    assert done.code == 0, done
    merged = branches.read(LOCKFILE)
    assert generations(merged) == generations(at(branches, "ours")) | generations(at(branches, "theirs"))
    assert branches("lock", "verify").code == 0
    assert not [name for name in os.listdir(branches.folder) if "merge" in name]


def test_without_the_driver_conflicts_are_resolved_in_place(branches: Project):
    """Each command names the line and what to do; `lock merge` without arguments does it, to the same bytes."""
    assert branches.process(script=f"{GIT} merge -q --no-edit theirs").code == 1
    refused = branches("status")
    assert refused.code == 5
    assert f"{LOCKFILE}:" in refused.err
    assert "lock merge" in refused.err
    resolved = branches("lock", "merge")
    assert resolved.code == 0
    assert "git add" in resolved.out
    assert branches("lock", "verify").code == 0
    merged = branches.read(LOCKFILE)
    for name in ("ours", "theirs"):
        branches.write(f"{name}.lock", at(branches, name))
    branches.write("base.lock", at(branches, "main"))
    assert branches("lock", "merge", "base.lock", "theirs.lock", "ours.lock").code == 0
    assert branches.read("theirs.lock") == merged
    again = branches("lock", "merge", "--json").document
    assert (again["merged"], again["changed"]) == (True, False)


def test_a_driver_that_could_not_run_loses_nothing(branches: Project):
    """Our side is then there without markers; `lock merge` takes the other side from git, and only once."""
    branches.process(script="git config merge.secretzero.driver 'no-such-program %O %A %B'")
    branches.write(".git/info/attributes", f"{LOCKFILE} merge=secretzero\n")
    assert branches.process(script=f"{GIT} merge -q --no-edit theirs").code == 1
    assert branches("lock", "merge").code == 0
    merged = branches.read(LOCKFILE)
    assert generations(merged) == generations(at(branches, "ours")) | generations(at(branches, "theirs"))
    assert branches("rotate", "two", "--force").code == 0
    later = branches.read(LOCKFILE)
    assert branches("lock", "merge", "--json").document["changed"] is False
    assert branches.read(LOCKFILE) == later


def test_markers_that_git_has_forgotten_are_resolved_with_a_warning(branches: Project):
    """What was committed with its markers has no sides any more but those that the markers tell."""
    branches.process(script=f"{GIT} merge -q --no-edit theirs; {GIT} commit -qam 'with markers'")
    answer = branches("lock", "merge")
    assert answer.code == 0
    assert "git no longer has the two sides" in answer.err
    assert branches("lock", "verify").code == 0


@pytest.mark.parametrize("origin", ["nothing", "ours", "theirs"])
def test_two_projects_are_not_merged(project: Project, tmp_path: Path, origin: str):
    """Exit 1, and OURS stays as it was, for a person to choose; also where one of them is the base."""
    other = Project(tmp_path / "other", TWO)
    other("sync")
    shutil.copy(other.path(LOCKFILE), project.path("theirs"))
    shutil.copy(project.path(LOCKFILE), project.path("ours"))
    project.write("base", "" if origin == "nothing" else project.read(origin))
    before = project.read("ours")
    answer = project("lock", "merge", "base", "ours", "theirs", LOCKFILE)
    assert answer.code == 1
    assert "different projects" in answer.err
    assert project.read("ours") == before


def test_no_base_is_no_difficulty(project: Project):
    """Two branches that both added the lockfile have an empty base."""
    before = project.read(LOCKFILE)
    project("rotate", "one", "--force")
    project.write("ours", before)
    project.write("base", "")
    assert project("lock", "merge", "base", "ours", LOCKFILE).code == 0
    assert project.read("ours") == project.read(LOCKFILE)


@pytest.mark.parametrize(
    ("words", "code"),
    [(("a", "b"), 2), (("a", "b", "c", "d", "e"), 2), (("none", "none", "none"), 2), (("bad", "bad2", LOCKFILE), 5)],
)
def test_what_cannot_be_merged_is_refused(project: Project, words: tuple[str, ...], code: int):
    """Too few files, files that are not there, files that are no lockfiles."""
    project.write("bad", "{}")
    project.write("bad2", "<<<<<<<\n")
    assert project("lock", "merge", *words).code == code
    assert project.read("bad2") == "<<<<<<<\n"


def test_the_driver_needs_no_manifest(project: Project):
    """Git may merge a lockfile whose manifest it has not put there yet."""
    for name in ("base", "ours", "theirs"):
        shutil.copy(project.path(LOCKFILE), project.path(name))
    os.unlink(project.path("Secretfile.yml"))
    assert project("lock", "merge", "base", "ours", "theirs").code == 0
