"""A starter manifest, in an empty folder and in a repository."""

import os
from pathlib import Path

import pytest
from shell import Project

STARTERS = ["basic", "aws", "azure", "vault", "kubernetes"]


@pytest.fixture
def project(tmp_path: Path):
    """Make an empty folder."""
    return Project(tmp_path, "")


def test_what_is_created_can_be_synced_and_sourced(project: Project):
    """In an empty folder: create, sync, and a shell reads what was made; a second sync changes nothing."""
    assert project("create").code == 0
    answer = project("sync")
    assert (answer.code, answer.err) == (0, "")
    read = project.process(script='. ./.env && printf %s "$DB_PASSWORD" | wc -c && printf %s "$DATABASE_URL"')
    assert read.out.split()[0] == "32"
    assert read.out.split()[1].startswith("postgresql://app:")
    assert os.path.exists(project.path(".gitsecrets.local.lock"))
    assert os.stat(project.path(".env")).st_mode & 0o777 == 0o600
    before = project.files()
    assert project("sync").code == 0
    assert project.files() == before


@pytest.mark.parametrize("kind", STARTERS)
def test_each_starter_is_valid(project: Project, kind: str):
    """Five different ones; kinds that come later are notices."""
    assert project("create", "--template-type", kind).code == 0
    answer = project("validate", "--json")
    assert answer.code == 0
    assert {warning["code"] for warning in answer.document["warnings"]} <= {"manifest"}


def test_starters_differ(project: Project):
    """No two of them are the same."""
    for kind in STARTERS:
        project("create", "--template-type", kind, "-o", f"{kind}.yml")
    assert len({project.read(f"{kind}.yml") for kind in STARTERS}) == len(STARTERS)


def test_a_file_that_is_there_stays_unless_forced(project: Project):
    """Exit code 1, and not a byte is changed."""
    project.write("Secretfile.yml", "mine")
    assert project("create").code == 1
    assert project.read("Secretfile.yml") == "mine"
    assert project("create", "--force").code == 0
    assert "db_password" in project.read("Secretfile.yml")


def test_git_learns_what_to_ignore_and_how_to_merge(project: Project):
    """Once and only once: files with values, the local lockfile, the merge driver of this clone."""
    project.process(script="git init -q . && printf 'build' > .gitignore")
    assert project("create", "--git").code == 0
    assert project.read(".gitignore").splitlines() == ["build", "/.env", "/.gitsecrets.local.lock"]
    assert project.read(".gitattributes") == "/.gitsecrets.lock merge=secretzero\n"
    driver = project.process(script="git config merge.secretzero.driver").out
    assert driver == "secretzero lock merge %O %A %B %P\n"
    project("create", "--git", "--force")
    assert project.read(".gitignore").count("/.env") == 1
    project("sync")
    assert project.process(script="git status --porcelain").out.split() == [
        "??", ".gitattributes", "??", ".gitignore", "??", "Secretfile.yml",
    ]  # fmt: skip


def test_git_is_left_alone_when_nobody_asked(project: Project):
    """Off a terminal, and with --no-git, nothing but the manifest is written."""
    project.process(script="git init -q .")
    for words in ((), ("--no-git", "--force")):
        assert project("create", *words).code == 0
        assert not os.path.exists(project.path(".gitignore"))


def test_git_without_a_repository_is_an_error(project: Project):
    """It says how to get one, and writes nothing."""
    answer = project("create", "--git")
    assert answer.code == 5
    assert "git init" in answer.err
    assert os.listdir(project.folder) == []


def test_the_next_command_names_a_manifest_of_another_name(project: Project):
    """What is printed can be typed."""
    answer = project("create", "-o", "other.yml")
    assert "Next: secretzero sync -f other.yml" in answer.out
    assert project("sync", "-f", "other.yml").code == 0
