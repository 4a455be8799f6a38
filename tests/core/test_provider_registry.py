"""Kinds of providers by name: found without importing, imported when used."""

import subprocess
import sys
from pathlib import Path

import pytest

from secretzero.errors import UsageError
from secretzero.providers import registry
from secretzero.providers.local import Local


def test_a_built_in_kind_is_loaded_by_name():
    """The class comes from the module that the name stands for."""
    assert registry.load("local") is Local


def test_an_unknown_kind_is_an_error_that_names_the_group():
    """Whoever lacks a plugin hears where it would have to be."""
    with pytest.raises(UsageError, match="'acme'") as caught:
        registry.load("acme")
    assert registry.GROUP in caught.value.hint


def test_every_installed_kind_is_listed_once():
    """Built-in kinds that are entry points, too, are one."""
    names = registry.names()
    assert "local" in names
    assert len(set(names)) == len(names)
    assert list(names) == sorted(names)


PLUGIN = """
import sys
from secretzero.providers import registry
assert "acme" in registry.names(), registry.names()
assert "acme" not in sys.modules
assert registry.load("acme").targets == {"folder": 1}
"""


def test_a_plugin_is_listed_without_being_imported(tmp_path: Path):
    """A package with an entry point is found by its metadata, and imported only when it is loaded."""
    (tmp_path / "acme.py").write_text("class Acme:\n    targets = {'folder': 1}\n    sources = {}\n")
    metadata = tmp_path / "acme-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[secretzero.providers]\nacme = acme:Acme\n")
    subprocess.run([sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{PLUGIN}"], check=True)


BUILT_IN = """
import sys
from secretzero.providers import registry
registry.load("local")
assert "importlib.metadata" not in sys.modules
"""


def test_a_built_in_kind_costs_no_look_at_metadata():
    """Reading what is installed takes longer than a short command."""
    subprocess.run([sys.executable, "-S", "-c", f"import sys; sys.path[:] = {sys.path!r}\n{BUILT_IN}"], check=True)
