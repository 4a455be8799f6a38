"""What `export` writes, read by programs that are not ours, or by their rules written down a second time."""

import json
import re
import subprocess
from collections.abc import Callable
from itertools import takewhile
from pathlib import Path

import pytest
from bounds import PATIENCE
from corpus import values
from property import readers

from secretzero import SecretValue
from secretzero.errors import RejectedError
from secretzero.shell import Variable
from secretzero_cli.output.exports import EXPORTS, Request, masks

Reader = Callable[[Path, list[str]], dict[str, object]]


def request(fields: dict[str, str]) -> Request:
    """Return what `export` is asked for: each value under one name, as a variable and as a secret."""
    return Request([Variable(name, name.lower(), SecretValue(text)) for name, text in fields.items()], fields, "Shop 2")


def carried(form: str, found: list[str]) -> dict[str, str]:
    """Return those that the format does not refuse; each under a name of its own."""
    fields = {}
    for number, text in enumerate(found):
        name = f"KEY_{number}"
        try:
            EXPORTS[form](request({name: text}))
        except RejectedError as error:
            names_only(error.message, name, text)
            continue
        fields[name] = text
    return fields


def names_only(message: str, name: str, text: str) -> None:
    """A refusal says which value is meant, and not what it is."""
    assert name in message
    assert len(text) < 8 or text not in message


def by_pyyaml(path: Path) -> dict[str, object]:
    """Read a file as YAML."""
    found = readers.by_pyyaml(path.read_bytes())
    assert isinstance(found, dict)
    return found


def by_compose(path: Path, _: list[str]) -> dict[str, object]:
    """Read as Compose does: YAML, then `$$` is a dollar and any other dollar begins a variable."""
    [service] = by_pyyaml(path)["services"].values()
    found = service["environment"]
    for text in found.values():
        assert not re.search(r"(?<!\$)(\$\$)*\$(?!\$)", text), text
    return {name: text.replace("$$", "$") for name, text in found.items()}


def by_kubectl(path: Path, _: list[str]) -> dict[str, object]:
    """Read with kubectl, without a server."""
    command = ["kubectl", "patch", "--local", "-f", str(path), "-p", "{}", "--type", "merge", "-o", "json"]
    try:
        done = subprocess.run(command, capture_output=True, check=True, timeout=PATIENCE)
    except FileNotFoundError:
        pytest.skip("kubectl is not here")
    return by_keys(json.loads(done.stdout))


def by_manifest(path: Path, _: list[str]) -> dict[str, object]:
    """Read a Kubernetes manifest as YAML."""
    return by_keys(by_pyyaml(path))


def by_keys(found: dict[str, object]) -> dict[str, object]:
    """Return what a Secret holds."""
    assert (found["apiVersion"], found["kind"], found["metadata"]["name"]) == ("v1", "Secret", "shop-2")
    return found["stringData"]


def by_runner(path: Path, _: list[str]) -> dict[str, object]:
    """Read as the runner of GitHub Actions reads ``$GITHUB_ENV`` (actions/runner, FileCommandManager)."""
    lines, found = iter(path.read_bytes().decode().split("\n")), {}
    for line in lines:
        if line:
            name, _, mark = line.partition("<<")
            assert "=" not in name
            found[name] = "\n".join(takewhile(mark.__ne__, lines))
    return found


def by_systemd(path: Path, _: list[str]) -> dict[str, object]:
    """Read as systemd reads ``EnvironmentFile=`` (src/basic/env-file.c), and drop what it then drops."""
    found: dict[str, object] = {}
    name, text, state = "", "", "key"
    for char in path.read_bytes().decode():
        if state == "key":
            name, state = ("", "key") if char == "\n" else (name, "value") if char == "=" else (name + char, "key")
        elif state == "value":
            assert char in '"\n', char
            if char == "\n":
                found[name], name, text, state = text, "", "", "key"
            else:
                state = "quoted"
        elif state == "quoted":
            text, state = {'"': (text, "value"), "\\": (text, "escaped")}.get(char, (text + char, "quoted"))
        else:
            text, state = text + ("" if char == "\n" else char if char in '"\\`$' else f"\\{char}"), "quoted"
    dropped = re.compile(r"[\x01-\x08\x0b-\x1f\x7f]")
    return {name: text for name, text in found.items() if not dropped.search(str(text))}


def by_text(reader: readers.TextReader) -> Reader:
    """Return a reader of files from one of texts."""
    return lambda path, _: dict(reader(path.read_bytes()))  # type: ignore[call-overload]


READERS: list[tuple[str, Reader, int]] = [
    ("shell", readers.by_shell("sh"), 1900),
    ("shell", readers.by_shell("bash"), 1900),
    ("dotenv", readers.by_shell("sh"), 1500),
    ("dotenv", readers.by_python_dotenv(interpolate=True), 1500),
    ("json", by_text(readers.by_json), 1900),
    ("yaml", by_text(readers.by_ruamel), 1900),
    ("toml", by_text(readers.by_tomllib), 1900),
    ("tfvars", by_text(readers.by_hcl2), 1700),
    ("systemd", by_systemd, 1200),
    ("compose", by_compose, 1800),
    ("k8s", by_manifest, 1800),
    ("k8s", by_kubectl, 1800),
    ("gha", by_runner, 1800),
]


@pytest.mark.parametrize(("form", "reader", "least"), READERS)
def test_each_reader_gets_every_value_back(tmp_path: Path, form: str, reader: Reader, least: int):
    """2,000 values are refused by name, or come back as they were from a reader of the format."""
    fields = carried(form, values(2000))
    document = form in {"json", "yaml", "toml", "tfvars"}
    file = tmp_path / "exported"
    file.write_bytes(EXPORTS[form](request(fields)))
    read = reader(file, list(fields))
    assert [(name, text, read.get(name)) for name, text in fields.items() if read.get(name) != text][:5] == []
    assert document or read.keys() == fields.keys()
    assert len(fields) > least, len(fields)


def test_every_format_has_a_reader():
    """A new format needs a reader that is not ours."""
    assert {form for form, _, _ in READERS} == set(EXPORTS)


def test_what_cannot_be_carried_is_named_at_once():
    """All of it in one error, each by its name, none with its value."""
    with pytest.raises(RejectedError) as caught:
        EXPORTS["dotenv"](request({"GOOD": "fine", "BAD": "never\0shown", "WORSE": "x\0y"}))
    assert "BAD" in caught.value.message
    assert "WORSE" in caught.value.message
    assert "GOOD" not in caught.value.message
    assert "shown" not in caught.value.message


@pytest.mark.parametrize(
    ("form", "name"),
    [("shell", "UID"), ("shell", "A-B"), ("systemd", "1A"), ("gha", "GITHUB_ENV"), ("gha", "NODE_OPTIONS")],
)  # fmt: skip
def test_a_name_that_means_something_else_is_refused(form: str, name: str):
    """A shell's own variables, those of the runner, and what is no name."""
    with pytest.raises(RejectedError, match=re.escape(name)):
        EXPORTS[form](request({name: "x"}))


def test_a_value_cannot_end_its_own_block():
    """The mark between two values is drawn anew for each export, so that no value can hold it."""
    both = [EXPORTS["gha"](request({"A": "x"})).split(b"<<")[1].split(b"\n")[0] for _ in range(2)]
    assert both[0] != both[1]
    assert all(len(mark) >= 32 for mark in both)


def test_masks_cover_each_line():
    """Every line of every secret text is one command; a percent sign is escaped, as the runner wants it."""
    assert (
        masks(["a%0Ab\n\nsecond\r\nthird", "second", " \n"])
        == b"::add-mask::a%250Ab\n::add-mask::second\n::add-mask::third\n"
    )
