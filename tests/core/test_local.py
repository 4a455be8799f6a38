"""The target kind `file`: what its options mean, before any file is touched."""

import pytest

from secretzero.errors import RejectedError
from secretzero.protocols import Place, TargetKind
from secretzero.providers.local import File, Local, Mapped
from secretzero.refs import file_ref
from secretzero.stores.file import FileStore, Folder
from secretzero.testing.fakes import MemoryDisk, SetClock
from secretzero.values import SecretValue

MAPPINGS = (Mapped("user", "DB_USER"), Mapped("password", "DB_PASSWORD"))


def printed(target: File, name: str = "db") -> list[tuple[str, str]]:
    """Return the places of a target as text, each with its part."""
    return [(str(place.ref), place.part) for place in target.places(name)]


def test_the_default_is_a_key_of_the_secrets_name_in_dot_env():
    """Without options a secret lands in .env, under its own name, case unchanged."""
    assert printed(File(), "Db_Password") == [("file://.env#Db_Password", "")]
    assert not File().one_place


@pytest.mark.parametrize(
    ("target", "places"),
    [
        (File("a.json", key="x"), [("file://a.json#x", "")]),
        (File("token", format="raw"), [("file://token", "")]),
        (File(mappings=MAPPINGS), [("file://.env#DB_USER", "user"), ("file://.env#DB_PASSWORD", "password")]),
        (File("./deploy/../a b.env", key="K"), [("file://a%20b.env#K", "")]),
    ],
)
def test_a_key_a_whole_file_and_mappings_fix_the_place(target: File, places: list[tuple[str, str]]):
    """They do not depend on the secret's name, so a template's map goes there whole."""
    assert printed(target) == places
    assert target.one_place


@pytest.mark.parametrize(
    ("path", "format"),
    [
        (".env", "dotenv"),
        ("a.json", "json"),
        ("prod.tfvars.json", "json"),
        ("a.yml", "yaml"),
        ("a.yaml", "yaml"),
        ("a.toml", "toml"),
        ("a.tfvars", "tfvars"),
        ("anything", "dotenv"),
    ],
)
def test_the_format_follows_from_the_name(path: str, format: str):  # noqa: A002 - the option's name
    """An explicit format wins over the name."""
    assert File(path).object_options()["format"] == format
    assert File(path, format="toml").object_options()["format"] == "toml"


def test_what_belongs_to_the_object_is_what_targets_in_one_file_share():
    """The key is not part of it."""
    options = {"format": "dotenv", "dialect": "posix", "merge": False, "mode": 0o640}
    assert File(dialect="posix", merge=False, mode="0640").object_options() == options
    assert File(key="A").object_options() == File(key="B").object_options()


@pytest.mark.parametrize("mode", ["", "rw", "0800", "00600", "0o600", "0400", "0060", "-600"])
def test_a_mode_that_is_none_is_refused(mode: str):
    """Three octal digits, and its owner must be able to edit the file."""
    with pytest.raises(ValueError, match=r"^mode"):
        File(mode=mode)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"path": ""}, "path"),
        ({"path": "a\0b"}, "path"),
        ({"key": ""}, "key"),
        ({"key": "A", "mappings": MAPPINGS}, "mappings"),
        ({"format": "raw", "mappings": MAPPINGS}, "mappings"),
        ({"format": "raw", "key": "A"}, "key"),
        ({"mappings": (Mapped("a", "K"), Mapped("b", "K"))}, "mappings"),
    ],
)
def test_options_that_contradict_each_other_are_refused_by_name(options: dict[str, object], word: str):
    """The message begins with the option that is to blame."""
    with pytest.raises(ValueError, match=f"^{word}"):
        File(**options)


def test_a_value_that_the_format_cannot_hold_is_refused_before_any_effect():
    """The message names the rule and never the value."""
    with pytest.raises(RejectedError) as caught:
        File().check("A", SecretValue("hunter2\0"))
    assert "hunter2" not in str(caught.value)
    File("a.json").check("A", SecretValue("hunter2\0"))
    with pytest.raises(RejectedError):
        File().check("no-name", SecretValue("x"))
    File("token", format="raw").check("no-name", SecretValue("x"))


def test_mappings_check_each_part_under_its_own_key():
    """A whole map is checked part by part, one part by itself."""
    target = File(mappings=MAPPINGS)
    target.check("db", SecretValue({"user": "a", "password": "b"}))
    target.check("DB_USER", SecretValue("a"))
    with pytest.raises(RejectedError, match=r"no part password$"):
        target.check("db", SecretValue({"user": "a"}))
    with pytest.raises(RejectedError):
        target.check("db", SecretValue({"user": "a\0", "password": "b"}))


def test_the_constraints_are_those_of_the_format_and_dialect():
    """A dialect that can hold more constrains less."""
    assert File().constraints() != File(dialect="posix").constraints()
    assert "\0" in File().constraints().forbidden


def test_it_opens_equal_stores_for_equal_options():
    """Targets with an equal connection and object are one store object."""
    folder = Folder(MemoryDisk(), "/project", "/project", "/locks", SetClock())
    store = File(key="A", mode="0640").open(folder)
    assert store == File(key="B", mode="0640").open(folder) == FileStore(folder, "dotenv", "portable", 0o640)
    with pytest.raises(TypeError):
        File().open(object())


def test_it_is_a_target_kind_of_a_provider_without_sources():
    """The provider `local` has the kind `file`."""
    kind: TargetKind = File()
    assert kind.places("A") == (Place(file_ref(".env", "A")),)
    assert Local.targets == {"file": File}
    assert Local.sources == {}
