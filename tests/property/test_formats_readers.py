"""Independent readers get back what was written, unless it was refused."""

import subprocess
from pathlib import Path

import pytest
import readers
from corpus import materials, values

from secretzero.errors import RejectedError
from secretzero.formats import FORMATS

DOTENV = FORMATS["dotenv"]
CARRIED = {"portable": 8_000, "posix": 9_000, "python": 9_000}
READERS = [
    ("portable", readers.by_shell("sh")),
    ("portable", readers.by_shell("bash")),
    ("portable", readers.by_python_dotenv(interpolate=True)),
    ("portable", readers.by_python_dotenv(interpolate=False)),
    ("portable", readers.by_node),
    ("posix", readers.by_shell("sh")),
    ("posix", readers.by_shell("bash")),
    ("python", readers.by_python_dotenv(interpolate=False)),
]
DOCUMENTS = [
    ("json", readers.by_json),
    ("yaml", readers.by_pyyaml),
    ("yaml", readers.by_pure_pyyaml),
    ("yaml", readers.by_ruamel),
    ("toml", readers.by_tomllib),
    ("toml", readers.by_tomlkit),
    ("tfvars", readers.by_hcl2),
]


def carried(form: str, found: list[object], dialect: str = "portable") -> dict[str, object]:
    """Return those that the format does not refuse, each under a name of its own."""
    fields = {}
    for number, value in enumerate(found):
        name = f"K{number}"
        try:
            FORMATS[form].check(name, value, dialect=dialect)
        except RejectedError:
            continue
        fields[name] = value
    return fields


def differing(read: dict[str, object], fields: dict[str, object]) -> list[object]:
    """Return what came back as something else."""
    return [(name, value, read.get(name)) for name, value in fields.items() if repr(read.get(name)) != repr(value)]


@pytest.mark.parametrize(("dialect", "reader"), READERS)
def test_each_reader_of_a_dialect_gets_every_value_back(tmp_path: Path, dialect: str, reader: readers.FileReader):
    """10,000 values are refused, or come back as they were from every reader that the dialect is for."""
    fields = carried("dotenv", values(), dialect)
    file = tmp_path / "values.env"
    file.write_bytes(DOTENV.edit(None, fields, dialect=dialect))
    read = reader(file, list(fields))
    assert differing(read, fields)[:5] == []
    assert read.keys() == fields.keys()
    assert len(fields) > CARRIED[dialect]


@pytest.mark.parametrize(("form", "reader"), DOCUMENTS)
def test_each_reader_of_a_document_gets_every_value_back(form: str, reader: readers.TextReader):
    """10,000 texts, and maps and lists of them, are refused or come back as they were."""
    fields = carried(form, [*values(), *materials()])
    read = reader(FORMATS[form].edit(None, fields))
    assert differing(read, fields)[:5] == []
    assert read.keys() == fields.keys()
    assert len(fields) > 8_000


@pytest.mark.parametrize(("form", "reader"), [each for each in DOCUMENTS if each[0] != "tfvars"])
def test_each_reader_of_a_document_gets_every_name_back(form: str, reader: readers.TextReader):
    """A key can be any text that the format does not refuse."""
    fields = {}
    for name in values(3_000):
        try:
            FORMATS[form].check(name, "x")
        except RejectedError:
            continue
        fields[name] = "x"
    assert reader(FORMATS[form].edit(None, fields)) == fields
    assert len(fields) > 2_900


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_a_name_that_a_shell_keeps_for_itself_is_refused(tmp_path: Path, shell: str):
    """Every variable that a shell knows comes back from a file that sets it, or is refused."""
    known = subprocess.run(["bash", "-c", "compgen -v"], capture_output=True, text=True, check=True).stdout.split()
    file, wrong = tmp_path / "one.env", []
    for name in carried_names([*known, "OPTARG", "REPLY", "TMOUT", "CDPATH", "PS1", "ENV", "BASH_ENV", "IFS", "UID"]):
        file.write_bytes(DOTENV.edit(None, {name: "7"}))
        if readers.by_shell(shell)(file, [name]) != {name: "7"}:
            wrong.append(name)
    assert wrong == []


def carried_names(names: list[str]) -> list[str]:
    """Return the names that a portable file may hold."""
    able = []
    for name in names:
        try:
            DOTENV.check(name, "7")
        except RejectedError:
            continue
        able.append(name)
    return able
