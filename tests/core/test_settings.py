"""The user's own configuration."""

from pathlib import Path

import pytest

from secretzero.errors import ConfigurationError
from secretzero.settings import Settings, load_settings


def load(tmp_path: Path, text: str | None = None):
    """Load a configuration that holds this text, or none at all."""
    environ = {"HOME": str(tmp_path)}
    if text is not None:
        (tmp_path / "c.yml").write_text(text)
        environ["SECRETZERO_CONFIG"] = str(tmp_path / "c.yml")
    return load_settings(environ)


@pytest.mark.parametrize("text", [None, "", "{}", "output:\n"])
def test_nothing_said_means_the_defaults(tmp_path: Path, text: str | None):
    """No file, an empty one and empty sections are the same."""
    assert load(tmp_path, text) == Settings()


def test_it_is_found_where_xdg_says(tmp_path: Path):
    """Below XDG_CONFIG_HOME, else below the home folder."""
    for folder, environ in (
        (tmp_path / "x", {"XDG_CONFIG_HOME": str(tmp_path / "x"), "HOME": "/nowhere"}),
        (tmp_path / "h/.config", {"HOME": str(tmp_path / "h")}),
    ):
        (folder / "secretzero").mkdir(parents=True)
        (folder / "secretzero/config.yml").write_text("{audit: best-effort, agents: refuse, output: {format: json}}")
        assert load_settings(environ) == Settings({"format": "json"}, "best-effort", "refuse")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("agent: refuse", "no such setting"),
        ("agents: maybe", "agents: expected"),
        ("audit: no", "audit: expected"),
        ("output: {colour: never}", "no such setting"),
        ("output: {format: xml}", "output.format: expected"),
        ("output: text", "output: expected"),
        ("[1]", "map"),
        ("a: [", "invalid YAML"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, named: str):
    """A setting that does not exist, or cannot be, is an error that says which."""
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, text)
    assert named in caught.value.message
    assert caught.value.file.endswith("c.yml")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("hunter2: x", (1, 1)),
        ("agents: allow\nhunter2", (2, 8)),
        ("audit: hunter2", (1, 8)),
        ("output: {hunter2: hunter2}", (1, 10)),
        ("output: {format: [hunter2]}", (1, 18)),
        ("output: hunter2", (1, 9)),
        ("? {hunter2: 1}\n: 2", (1, 3)),
        ("hunter2", (1, 1)),
        ("a: &hunter2 [*hunter3]", (1, 14)),
        ("[" * 5000 + "hunter2", (0, 0)),
        ("a: 2026-99-99", (1, 1)),
    ],
)
def test_a_file_that_is_no_configuration_is_not_shown(tmp_path: Path, text: str, place: tuple[int, int]):
    """Only where, and what kind of mistake: a variable may name a file that holds secrets."""
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, text)
    assert "hunter" not in caught.value.message + caught.value.hint
    assert (caught.value.line, caught.value.column) == place


def test_a_named_file_must_be_there(tmp_path: Path):
    """A variable that names no file is an error; the ordinary place may be empty."""
    with pytest.raises(ConfigurationError):
        load_settings({"HOME": str(tmp_path), "SECRETZERO_CONFIG": str(tmp_path / "none.yml")})
