"""Files that an answer is written to are never files that the project lives by."""

import glob
import os
import subprocess
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
        (".gitsecrets.production.lock", "the lockfile of another environment"),
        (".gitsecrets.production.local.lock", "the local lockfile of another environment"),
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


FAR = """
environments:
  default: dev
  profiles: {dev: {}, production: {var_files: [more.yml]}}
secrets:
  - {name: own, kind: random_password, targets: [{provider: local, kind: file, config: {path: .env}}]}
  - name: far
    kind: static
    source: {kind: file, config: {path: seed}}
    targets: [{provider: local, kind: file, config: {path: "PATH", key: FAR}}]
"""
SPELLINGS = {
    "absolute": "{home}/conf/app.env",
    "relative": "../home/conf/app.env",
    "with a detour": "./../project/../home//conf/./app.env",
    "through a folder": "house/conf/app.env",
    "through a file": "../shortcut",
}
"""Names of one file outside of the project."""


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Make a project with two secrets, one of them kept outside of it, and links that lead there."""
    project = Project(Path(tmp_path_factory.mktemp("spelled")), FAR.replace("PATH", ".far"))
    project.write("seed", "hunter2")
    project.write("more.yml", "a: 1\n")
    assert project("sync").code == 0
    os.makedirs(f"{project.home}/conf")
    os.symlink(project.home, project.path("house"))
    os.symlink(f"{project.home}/conf/app.env", project.path("../shortcut"))
    return project


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("named", [*SPELLINGS, "from home"])
@pytest.mark.parametrize("written", SPELLINGS)
def test_a_target_is_protected(wide: Project, words: tuple[str, ...], there: object, named: str, written: str):
    """Exit 1 (2 for a link that leads nowhere), and the target holds what it held, or is still not there."""
    target = Path(wide.home, "conf/app.env")
    target.unlink(missing_ok=True)
    if there:
        target.write_text("FAR=theirs\n")
    spelled = {**SPELLINGS, "from home": "~/conf/app.env"}[named]
    wide.write("Secretfile.yml", FAR.replace("PATH", spelled.format(home=wide.home)))
    before = wide.files()
    name = SPELLINGS[written].format(home=wide.home)
    answer = wide(*words, name)
    if os.path.islink(wide.path(name)) and not there and "--out" not in words:
        assert (answer.code, "not a regular file" in answer.err) == (2, True)
    else:
        assert (answer.code, f"{name} is a target of this manifest" in answer.err) == (1, True)
    assert wide.files() == before


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize(
    ("name", "what"), [("seed", "a source of this manifest"), ("more.yml", "a var file of another environment")]
)
def test_what_is_read_is_protected_too(wide: Project, words: tuple[str, ...], name: str, what: str):
    """Also where another lane reads it."""
    wide.write("Secretfile.yml", FAR.replace("PATH", "~/conf/app.env"))
    before = wide.files()
    answer = wide(*words, name)
    assert answer.code == 1
    assert f"{name} is {what}" in answer.err
    assert wide.files() == before


def test_a_starter_does_not_replace_it(wide: Project):
    """--force is about manifests."""
    Path(wide.home, "conf/app.env").write_text("FAR=theirs\n")
    wide.write("Secretfile.yml", FAR.replace("PATH", "~/conf/app.env"))
    assert wide("create", "--force", "-o", f"{wide.home}/conf/app.env").code == 1
    assert Path(wide.home, "conf/app.env").read_text() == "FAR=theirs\n"


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


LANES = """
environments:
  default: dev
  profiles: {dev: {var_files: [dev.yml]}, prod: {var_files: [prod.yml]}}
variables: {env: none}
secrets:
  - name: web
    kind: random_password
    targets: [{provider: local, kind: file, config: {path: ".env.{{ var.env }}"}}]
"""


@pytest.fixture
def lanes(tmp_path: Path) -> Project:
    """Make a project in a git repository with a target file for each of two environments, both synced."""
    project = Project(tmp_path, LANES)
    subprocess.run(["git", "init", "-q", project.folder], check=True)
    for name in ("dev", "prod"):
        project.write(f"{name}.yml", f"env: {name}\n")
        assert project("sync", "-q", "-e", name).code == 0
    project.write("settings.yml", "{}\n")
    project.environ["SECRETZERO_CONFIG"] = project.path("settings.yml")
    return project


@pytest.mark.parametrize("words", [*WORDS, ("create", "--force", "--no-git", "-o")])
@pytest.mark.parametrize(
    ("name", "what"),
    [
        (".env.prod", "a target of another environment"),
        (".env.dev", "a target of this manifest"),
        (".git/config", "a file of git"),
        (".git/hooks/post-checkout", "a file of git"),
        (".git/HEAD", "a file of git"),
        ("settings.yml", "the user configuration"),
        (".gitsecrets.lock", "the lockfile of this manifest"),
    ],
)
def test_what_others_need_is_protected_too(lanes: Project, words: tuple[str, ...], name: str, what: str):
    """Files of another environment, of git and of the user's configuration are never written over."""
    before = lanes.files()
    answer = lanes(*words, name)
    assert (answer.code, f"{name} is {what}" in answer.err) == (1, True)
    assert lanes.files() == before


def test_values_for_a_workflow_do_not_go_into_a_file_of_the_project(lanes: Project):
    """The file that GITHUB_ENV names is judged like one that the user names."""
    before = lanes.files()
    answer = lanes("export", "--format", "gha", GITHUB_ACTIONS="true", GITHUB_ENV=lanes.path(".gitsecrets.lock"))
    assert (answer.code, "is the lockfile of this manifest" in answer.err) == (1, True)
    assert lanes.files() == before
