"""What every file format and every generator must do: a new one needs a row here, and nothing else."""

import re
from random import Random
from typing import Any

import pytest
from corpus import materials, values

from secretzero import Constraints, RejectedError, Request, SecretValue
from secretzero.formats import FORMATS
from secretzero.sources.registry import GENERATORS

FILES = {
    "dotenv": "# mine\nexport OTHER=kept  # why\n",
    "json": '{\n  "OTHER" : "kept"\n}\n',
    "yaml": "# mine\nOTHER: kept  # why\n",
    "toml": '# mine\nOTHER = "kept" # why\n',
    "tfvars": '# mine\nOTHER  =  "kept" // why\n',
    "raw": "",
}
"""A file of each format as somebody else wrote it, with the key OTHER; a format that has no keys has none."""

MADE: list[tuple[str, dict[str, Any], str]] = [
    ("random_password", {}, r"[!-~]{32}"),
    ("random_string", {}, r"[A-Za-z0-9]{32}"),
    ("random_bytes", {}, r"[A-Za-z0-9+/]{43}="),
    ("passphrase", {}, r"[a-z-]{30,}"),
    ("uuid", {}, r"[0-9a-f-]{36}"),
    ("pin", {}, r"[0-9]{6}"),
    ("ssh_keypair", {}, r"-----BEGIN OPENSSH PRIVATE KEY-----[\s\S]+"),
    ("derived", {"template": "a {{ secret.other }} b"}, r"a other b"),
    ("static", {"value": "given"}, r"given"),
    ("nonsecret", {"value": "given"}, r"given"),
]
"""Each generator by its own name, options of it, and what the value, or its private part, looks like."""


def other_secret(name: str, part: str) -> SecretValue:
    """Stand for the other secrets: the value of each is its name."""
    return SecretValue(name + part)


DRAWN = [kind for kind, _, _ in MADE if GENERATORS[kind].nature == "local" and len(GENERATORS[kind].parts) == 1]


def made(kind: str, options: dict[str, Any], seed: int, constraints: Constraints | None = None) -> str:
    """Return what a generator makes with these dice."""
    generator = GENERATORS[kind](**options)
    limits = constraints or Constraints()
    request = Request("s", random=Random(seed).randbytes, constraints=limits, look_up=other_secret)
    value = generator.obtain(request)
    return str((value.part("private_key") if value.shape == "map" else value).reveal())


def test_every_format_and_generator_has_its_row():
    """What is in the tables of the code is in the tables of this module."""
    assert set(FILES) == set(FORMATS)
    assert [kind for kind, _, _ in MADE] == [kind for kind, each in GENERATORS.items() if each.kind == kind]


@pytest.mark.parametrize(("kind", "options", "look"), MADE, ids=[kind for kind, _, _ in MADE])
def test_a_generator_makes_what_it_says(kind: str, options: dict[str, Any], look: str):
    """The value has its look; what is drawn differs from draw to draw, and what is not drawn does not."""
    one, two = made(kind, options, 1), made(kind, options, 2)
    assert re.fullmatch(look, one)
    assert (one != two) == (GENERATORS[kind].nature == "local")


@pytest.mark.parametrize("kind", DRAWN)
def test_a_drawn_value_keeps_to_its_targets(kind: str):
    """A generator makes a value that the targets can hold, or says that it cannot."""
    limits = Constraints(forbidden="aA0", max_length=24)
    try:
        text = made(kind, {}, 3, limits)
    except RejectedError:
        return
    assert len(text) <= 24
    assert not set(text) & set("aA0")


@pytest.mark.parametrize("name", FILES)
def test_a_format_gives_back_what_it_takes(name: str):
    """Each value of a corpus is refused or read back as it was, and edits of equal content change no byte."""
    form, key = FORMATS[name], "NAME" if FILES[name] else "value"
    taken = 0
    for value in [*values(1_500), *materials(100)]:
        try:
            form.check(key, value)
        except RejectedError:
            continue
        taken += 1
        text = form.edit(FILES[name].encode(), {key: value})
        assert form.edit(text, {key: value}) is text
        held = form.parse(text)[key]
        assert isinstance(held, str) or repr(held) == repr(value)
        assert not isinstance(value, str) or held == value
    assert taken > 500


@pytest.mark.parametrize("name", [name for name, text in FILES.items() if text])
def test_a_format_leaves_alone_what_is_not_ours(name: str):
    """A key that comes and goes leaves the file of somebody else as it was, byte for byte, whatever its line ends."""
    form = FORMATS[name]
    for text in (FILES[name].encode(), FILES[name].replace("\n", "\r\n").encode()):
        added = form.edit(text, {"NAME": "new"})
        assert form.parse(added) == {"OTHER": "kept", "NAME": "new"}
        assert form.edit(added, {}, remove=["NAME"]) == text
