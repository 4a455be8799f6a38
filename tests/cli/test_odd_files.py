"""Pipes, sockets and devices where a file should be: every command ends at once and says so."""

import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from bounds import PATIENCE
from shell import PROGRAM, Project

LANES = """
environments: {profiles: {dev: {var_files: [vars.yml]}}}
secrets:
  - name: db_password
    kind: random_password
    targets: [{provider: local, kind: file, config: {path: .env, key: DB_PASSWORD}}]
"""
SOURCE = """
secrets:
  - name: token
    kind: static
    source: {kind: file, config: {path: token.txt}}
    targets: [{provider: local, kind: file, config: {path: .env, key: TOKEN}}]
"""
SAID = "it is not a regular file"


def a_socket(path: str) -> None:
    """Bind a socket and leave it."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)


def a_device(path: str) -> None:
    """Link to the device that never ends."""
    os.symlink("/dev/zero", path)


ODD = [os.mkfifo, a_socket, a_device]


def ended(project: Project, *words: str) -> tuple[int, str]:
    """Run a command in a process of its own; return its exit code and what it said. It must not wait."""
    done = subprocess.run(
        [PROGRAM, *words],
        check=False,
        cwd=project.folder,
        env=project.environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("make", ODD)
def test_a_manifest_that_is_no_file(make: Callable[[str], None], tmp_path: Path):
    """A manifest that is no regular file is an error of the manifest."""
    project = Project(tmp_path)
    make(project.path("odd.yml"))
    code, said = ended(project, "validate", "-f", "odd.yml")
    assert (code, SAID in said) == (5, True), said


@pytest.mark.parametrize("make", ODD)
def test_a_var_file_that_is_no_file(make: Callable[[str], None], tmp_path: Path):
    """A var file that is no regular file is an error of the manifest."""
    project = Project(tmp_path, LANES)
    make(project.path("vars.yml"))
    code, said = ended(project, "validate", "-e", "dev")
    assert (code, SAID in said) == (5, True), said


@pytest.mark.parametrize("make", ODD)
def test_a_lockfile_that_is_no_file(make: Callable[[str], None], tmp_path: Path):
    """A lockfile that is no regular file is an error of the lockfile, and stays what it is."""
    project = Project(tmp_path)
    make(project.path(".gitsecrets.lock"))
    code, said = ended(project, "sync")
    assert (code, SAID in said) == (5, True), said
    assert not os.path.isfile(project.path(".gitsecrets.lock"))


@pytest.mark.parametrize("make", [os.mkfifo, a_socket])
def test_a_target_that_is_no_file(make: Callable[[str], None], tmp_path: Path):
    """A target that is no regular file is an error of that target, and stays what it is."""
    project = Project(tmp_path)
    make(project.path(".env"))
    code, said = ended(project, "sync")
    assert (code, SAID in said) == (1, True), said
    assert not os.path.isfile(project.path(".env"))


@pytest.mark.parametrize("make", [os.mkfifo, a_socket])
def test_a_source_that_is_no_file(make: Callable[[str], None], tmp_path: Path):
    """A source that is no regular file is an error of that secret."""
    project = Project(tmp_path, SOURCE)
    make(project.path("token.txt"))
    code, said = ended(project, "sync")
    assert (code, SAID in said) == (1, True), said


@pytest.mark.parametrize("command", ["plan", "status", "show", "list", "drift", "sync", "sync --dry-run", "apply -y"])
def test_a_state_folder_that_is_a_file_is_an_ordinary_error(command: str, tmp_path: Path):
    """Commands that only look do without it, and the others say so; none has an internal error."""
    project = Project(tmp_path)
    project.write("state", "a file")
    answer = project(*command.split(), XDG_STATE_HOME=project.path("state"))
    assert "internal error" not in answer.err
    assert project.read("state") == "a file"
