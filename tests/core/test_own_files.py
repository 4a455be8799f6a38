"""Targets in the files that SecretZero itself reads and keeps are errors of the manifest."""

import os
from pathlib import Path

import pytest

from secretzero.engine.catalog import builtin_catalog
from secretzero.errors import ManifestError, Problem
from secretzero.manifest.load import load_manifest

LANES = """
environments:
  default: dev
  profiles: {dev: {var_files: [dev.yml]}, prod: {var_files: [prod.yml], lockfile: locks/prod.lock}}
"""
SECRET = """
secrets:
  - name: a
    kind: random_password
    targets:
      - {provider: local, kind: file, config: {path: %s, format: dotenv}}
"""
TEMPLATE = """
templates:
  t: {fields: {a: {generator: {kind: random_password}}}, targets: [{provider: local, kind: file, config: {path: %s}}]}
secrets:
  - {name: a, kind: templates.t}
"""
MANIFEST, VARS, LOCKFILE, LOCAL = "the manifest", "a var file", "the lockfile", "the local lockfile"


def refused(folder: Path, text: str) -> list[Problem]:
    """Load a manifest with lanes and return the errors."""
    (folder / "Secretfile.yml").write_text(LANES + text)
    (folder / "dev.yml").write_text("x: 1\n")
    try:
        load_manifest(str(folder / "Secretfile.yml"), builtin_catalog(), environ={"HOME": str(folder / "home")})
    except ManifestError as error:
        return [problem for problem in error.problems if problem.severity == "error"]
    return []


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("Secretfile.yml", MANIFEST),
        ("./sub/../Secretfile.yml", MANIFEST),
        ("dev.yml", VARS),
        ("prod.yml", VARS),
        (".gitsecrets.lock", LOCKFILE),
        (".gitsecrets.local.lock", LOCAL),
        ("locks/prod.lock", LOCKFILE),
        ("locks/prod.local.lock", LOCAL),
    ],
)
def test_a_target_in_an_own_file_is_refused(path: str, what: str, tmp_path: Path):
    """Manifest, var files and lockfiles of all lanes are no targets; the error stands at the target."""
    [problem] = refused(tmp_path, SECRET % path)
    assert problem.message == f"a target may not be {what}"
    assert (problem.line, problem.path) == (10, "secrets[0].targets[0]")


def test_a_link_to_an_own_file_is_refused(tmp_path: Path):
    """A target that leads to the manifest or to a lockfile of tomorrow by links is refused too."""
    os.symlink("Secretfile.yml", tmp_path / "link")
    os.symlink(tmp_path, tmp_path / "here")
    os.symlink(".gitsecrets.lock", tmp_path / "later")
    for path in ("link", "here/Secretfile.yml", "later"):
        assert len(refused(tmp_path, SECRET % path)) == 1


def test_a_target_of_a_template_in_an_own_file_is_refused(tmp_path: Path):
    """What a template writes is looked at as any other target."""
    [problem] = refused(tmp_path, TEMPLATE % "Secretfile.yml")
    assert problem.message == "a target may not be the manifest"


@pytest.mark.parametrize("path", [".env", "sub/Secretfile.yml", "Secretfile.yml.env", "~/Secretfile.yml"])
def test_other_files_are_targets(path: str, tmp_path: Path):
    """A file that only has a similar name is a target like any other."""
    assert refused(tmp_path, SECRET % path) == []
