"""The files that a manifest names: all are known, and a target in one of SecretZero's own is an error."""

import os
from pathlib import Path

import pytest

from secretzero.engine.catalog import builtin_catalog
from secretzero.errors import ManifestError, Problem
from secretzero.manifest.load import load_manifest
from secretzero.manifest.named_files import named_files

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
    """Manifest, var files and lockfiles of all environments cannot be targets; the error is at the target."""
    [problem] = refused(tmp_path, SECRET % path)
    assert problem.message == f"a target must not be {what}"
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
    assert problem.message == "a target must not be the manifest"


@pytest.mark.parametrize("path", [".env", "sub/Secretfile.yml", "Secretfile.yml.env", "~/Secretfile.yml"])
def test_other_files_are_targets(path: str, tmp_path: Path):
    """A file that only has a similar name is a target like any other."""
    assert refused(tmp_path, SECRET % path) == []


def test_a_target_below_the_home_folder_may_be_no_own_file_either(tmp_path: Path):
    """A path that begins with ~/ is compared as the store resolves it."""
    home = tmp_path / "home"
    home.symlink_to(tmp_path)
    [problem] = refused(tmp_path, SECRET % "~/Secretfile.yml")
    assert problem.message == "a target must not be the manifest"


def test_every_file_that_a_manifest_names_is_known(tmp_path: Path):
    """Manifest, var files and lockfiles of all lanes, targets and sources come with their role."""
    home = str(tmp_path / "elsewhere")
    text = LANES + (SECRET % "~/app.env") + "    source: {kind: file, config: {path: /run/token}}\n"
    (tmp_path / "Secretfile.yml").write_text(text)
    (tmp_path / "dev.yml").write_text("x: 1\n")
    manifest = load_manifest(str(tmp_path / "Secretfile.yml"), builtin_catalog(), environ={"HOME": home})
    found = [
        (os.path.relpath(each.path, tmp_path), each.role, each.in_use) for each in named_files(manifest, home=home)
    ]
    assert found == [
        ("Secretfile.yml", MANIFEST, True),
        ("dev.yml", VARS, True),
        ("prod.yml", VARS, False),
        (".gitsecrets.lock", LOCKFILE, True),
        ("locks/prod.lock", LOCKFILE, False),
        (".gitsecrets.local.lock", LOCAL, True),
        ("locks/prod.local.lock", LOCAL, False),
        ("elsewhere/app.env", "a target", True),
        (os.path.relpath("/run/token", tmp_path), "a source", True),
    ]
