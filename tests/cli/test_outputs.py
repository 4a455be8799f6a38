"""Files that an answer is written to are never files that the project lives by."""

import glob
import os
from pathlib import Path

import pytest
from shell import Project

MANIFEST = """
environments:
  default: dev
  profiles: {dev: {var_files: [dev.yml]}, production: {}}
secrets:
  - {name: db_password, kind: random_password, targets: [{provider: local, kind: file}]}
  - {name: own, kind: random_password, local: true, targets: [{provider: local, kind: file, config: {path: conf/own}}]}
"""
WORDS = [("export", "--allow-tracked", "-o"), ("plan", "--out"), ("key", "export", "--allow-tracked", "-o")]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Make a project with two lanes, both synced, and links to some of its files."""
    project = Project(Path(tmp_path_factory.mktemp("outputs")), MANIFEST)
    project.write("dev.yml", "a: 1\n")
    assert project("sync").code == 0
    os.symlink("Secretfile.yml", project.path("link"))
    os.symlink(project.folder, project.path("here"))
    return project


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("Secretfile.yml", "the manifest"),
        ("link", "the manifest"),
        ("dev.yml", "a var file of this manifest"),
        (".gitsecrets.lock", "the lockfile of this manifest"),
        ("here/.gitsecrets.lock", "the lockfile of this manifest"),
        (".gitsecrets.local.lock", "the local lockfile of this manifest"),
        (".gitsecrets.production.lock", "the lockfile of another lane"),
        (".gitsecrets.production.local.lock", "the local lockfile of another lane"),
        (".env", "a target of this manifest"),
        ("./conf/own", "a target of this manifest"),
        ("KEY", "a saved key"),
    ],
)
def test_no_output_destroys_the_project(project: Project, words: tuple[str, ...], name: str, what: str):
    """Exit 1 names what the file is, by whatever link it is reached, and no byte of anything changes."""
    name = glob.glob(f"{project.home}/state/secretzero/keys/*")[0] if name == "KEY" else name
    before = project.files()
    answer = project(*words, name)
    assert answer.code == 1
    assert f"{name} is {what}" in answer.err
    assert project.files() == before


@pytest.mark.parametrize("words", WORDS)
def test_another_file_is_written(project: Project, words: tuple[str, ...]):
    """A name that is nobody's may be used, and used again."""
    for _ in range(2):
        assert project(*words, "answer").code == 0
    assert os.path.getsize(project.path("answer"))


@pytest.mark.parametrize("name", ["dev.yml", ".gitsecrets.lock", ".gitsecrets.local.lock", ".env", "conf/own"])
def test_a_starter_replaces_nothing_that_the_manifest_here_needs(project: Project, name: str):
    """--force is about an older manifest, and about no other file of the project."""
    before = project.files()
    answer = project("create", "--force", "-o", name)
    assert answer.code == 1
    assert f"{name} is " in answer.err
    assert project.files() == before


def test_a_manifest_may_be_begun_again(tmp_path: Path):
    """The one file of a project that create --force is there for."""
    project = Project(tmp_path, MANIFEST)
    project.write("dev.yml", "a: 1\n")
    assert project("create", "--force", "--no-git").code == 0
    assert project.read("Secretfile.yml") != MANIFEST
