"""Which manifest a command means."""

import os
from pathlib import Path

import pytest

from secretzero.errors import ManifestError, UntrustedError
from secretzero.files import LocalDisk
from secretzero.manifest.discover import find_manifest, project_root


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a folder two levels down."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "app" / "src").mkdir(parents=True)
    return tmp_path


def found(start: Path, **environ: str) -> str:
    """Search from a folder."""
    return find_manifest(str(start), environ)


def test_the_manifest_of_the_folder_wins_over_those_above(project: Path):
    """The nearest folder that has a manifest is the one."""
    (project / "Secretfile.yml").touch()
    (project / "app" / "Secretfile.yaml").touch()
    assert found(project / "app" / "src") == str(project / "app" / "Secretfile.yaml")
    assert found(project) == str(project / "Secretfile.yml")


def test_a_variable_names_the_manifest(project: Path):
    """SECRETZERO_FILE wins, and starts from the folder of the command."""
    (project / "Secretfile.yml").touch()
    assert found(project, SECRETZERO_FILE="app/other.yml") == str(project / "app" / "other.yml")


def test_two_manifests_in_one_folder_are_an_error(project: Path):
    """Nobody guesses which of two is meant."""
    (project / "Secretfile.yml").touch()
    (project / "Secretfile.yaml").touch()
    with pytest.raises(ManifestError, match="exist in this folder"):
        found(project / "app")


def test_the_search_ends_where_the_project_does(project: Path):
    """A manifest above the folder that holds .git belongs to something else."""
    (project / "Secretfile.yml").touch()
    (project / "app" / ".git").mkdir()
    with pytest.raises(ManifestError, match=r"no Secretfile\.yml in .+ or in a parent folder of the project"):
        found(project / "app" / "src")


def test_the_search_ends_at_home(project: Path):
    """A manifest above the home folder is not looked for, one in it is found."""
    (project / "Secretfile.yml").touch()
    with pytest.raises(ManifestError):
        found(project / "app" / "src", HOME=str(project / "app"))
    assert found(project / "app" / "src", HOME=str(project)) == str(project / "Secretfile.yml")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_manifest_of_somebody_else_is_not_trusted_from_below(project: Path):
    """What another user put above the working directory is refused; in it, it was chosen."""
    path = project / "Secretfile.yml"
    path.touch()
    os.chown(path, 12345, 12345)
    with pytest.raises(UntrustedError, match="belongs to another user"):
        found(project / "app")
    assert found(project) == str(path)


def test_the_root_is_the_nearest_folder_with_git(project: Path):
    """The project's root holds .git; without one it is the manifest's folder."""
    assert project_root(str(project / "app" / "src"), LocalDisk()) == str(project)
    (project / ".git").rmdir()
    assert project_root(str(project / "app"), LocalDisk()) in {str(project / "app"), "/"}
