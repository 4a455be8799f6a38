"""A map that a manifest writes with gaps is filled from the environment, part by part or whole."""

import json
from pathlib import Path

import pytest
from projects import Machine

from secretzero.errors import NoValueError, RejectedError, SecretZeroError

GAPS = "{name: login, kind: static, config: {value: {user: app, password: null}}, targets: [%s]}"
WHOLE = "{name: login, kind: static, config: {value: {user: app, password: old}}, targets: [%s]}"
TARGET = "{provider: local, kind: file, config: {path: a.json, key: login}}"


def machine(folder: Path, secret: str, **environ: str) -> Machine:
    """Return a machine with one secret and an environment."""
    found = Machine(folder / "home", folder / "project", environ=environ)
    found.manifest(secret % TARGET)
    return found


def failure(found: Machine, **how: bool) -> SecretZeroError:
    """Return the error of the only secret."""
    [outcome] = (found.rotate("login") if how else found.sync()).failed
    assert outcome.error is not None
    return outcome.error


@pytest.mark.parametrize(
    "environ", [{"LOGIN_PASSWORD": "new"}, {"LOGIN": '{"user": "app", "password": "new"}'}], ids=["part", "whole"]
)
def test_a_gap_is_filled_from_the_environment(tmp_path: Path, environ: dict[str, str]):
    """A part's own variable, or JSON of the whole, makes the value a map; a second sync changes nothing."""
    found = machine(tmp_path, GAPS, **environ)
    assert not found.sync().failed
    assert found.values("a.json")["login"] == {"user": "app", "password": "new"}
    assert [outcome.step.action for outcome in found.sync().outcomes] == ["keep"]


def test_a_rotation_fills_the_gap_again(tmp_path: Path):
    """What the manifest writes stays, and the gap takes the new value."""
    found = machine(tmp_path, GAPS, LOGIN_PASSWORD="first")
    found.sync()
    found.environ["LOGIN_PASSWORD"] = "second"
    assert not found.rotate("login").failed
    assert found.values("a.json")["login"] == {"user": "app", "password": "second"}


def test_a_rotation_takes_nothing_from_a_complete_map(tmp_path: Path):
    """A literal is not a new value, so every part of it has to be given."""
    found = machine(tmp_path, WHOLE)
    found.sync()
    found.environ["LOGIN_PASSWORD"] = "new"
    error = failure(found, rotating=True)
    assert isinstance(error, NoValueError)
    assert "missing LOGIN_USER" in error.message
    found.environ["LOGIN_USER"] = "other"
    assert not found.rotate("login").failed
    assert found.values("a.json")["login"] == {"user": "other", "password": "new"}


@pytest.mark.parametrize("text", ["new", "[1]", '{"a": ', '{"a": ' * 5000])
def test_what_is_no_json_object_is_refused(tmp_path: Path, text: str):
    """The variable of a map holds a JSON object; how deep anything else is nested does not matter."""
    error = failure(machine(tmp_path, GAPS, LOGIN=text))
    assert isinstance(error, RejectedError)
    assert error.message == "LOGIN must hold a JSON object"


def test_the_variable_of_a_gap_is_named(tmp_path: Path):
    """If prompting is not possible, the error says what would fill the gap."""
    assert failure(machine(tmp_path, GAPS)).hint == "set LOGIN_PASSWORD, or run this in a terminal"


def test_a_deep_text_has_no_parts(tmp_path: Path):
    """A text that begins like JSON and is nested too deeply to be read is only a text."""
    deep = '{"a": ' * 5000
    found = machine(tmp_path, "{name: login, kind: static, targets: [%s]}", LOGIN=deep)
    assert not found.sync().failed
    assert json.loads((found.folder / "a.json").read_text())["login"] == deep
