"""Sources: the environment, files, other secrets, and the tables that name all kinds."""

import subprocess
import sys
from typing import Any

import attrs
import pytest

from secretzero.errors import NoValueError, RejectedError
from secretzero.protocols import Request
from secretzero.sources.environment import Env
from secretzero.sources.files import File, format_of
from secretzero.sources.references import SecretRef
from secretzero.sources.registry import GENERATORS, LATER_GENERATORS, LATER_SOURCES, SOURCES
from secretzero.values import Material, SecretValue


class TestEnv:
    @pytest.mark.parametrize(
        ("options", "text", "value"),
        [({}, " x\n", "x"), ({"trim": False}, " x\n", " x\n"), ({"trim": False}, " ", " ")],
    )
    def test_a_variable(self, options: dict[str, Any], text: str, value: str):
        """The value of the variable, without surrounding whitespace unless `trim` is off."""
        assert Env(name="A", **options).obtain(Request("s", environ={"A": text})) == SecretValue(value)

    @pytest.mark.parametrize("environ", [{}, {"A": ""}, {"A": " \n"}])
    def test_nothing_there(self, environ: dict[str, str]):
        """Unset and empty are the same: the next source is asked."""
        with pytest.raises(NoValueError, match="A is not set"):
            Env(name="A").obtain(Request("s", environ=environ))

    @pytest.mark.parametrize("name", ["", "A=B", "A\0"])
    def test_an_invalid_name(self, name: str):
        """No variable can have this name."""
        with pytest.raises(ValueError, match="name must be a valid name"):
            Env(name=name)


class TestSecretRef:
    def test_another_secret(self):
        """The value, or a part of it, is looked up by the name as it is written."""
        asked: list[tuple[str, str]] = []

        def look_up(name: str, part: str) -> SecretValue:
            asked.append((name, part))
            return SecretValue("x")

        reference = SecretRef(secret="db.main", field="password")
        assert reference.obtain(Request("s", look_up=look_up)) == SecretValue("x")
        assert (asked, reference.needs(), reference.follow) == ([("db.main", "password")], ("db.main",), True)

    def test_look_up_is_required(self):
        """Without a look-up of other secrets there is no value."""
        with pytest.raises(NoValueError, match="db cannot be looked up"):
            SecretRef(secret="db").obtain(Request("s"))

    def test_a_part_that_is_not_there(self):
        """A part that the other secret does not have is named in the error."""
        with pytest.raises(RejectedError, match="db has no part x"):
            SecretRef(secret="db", field="x").obtain(Request("s", look_up=lambda _, part: SecretValue({}).part(part)))

    def test_a_name_is_needed(self):
        """An empty name is an error of the options."""
        with pytest.raises(ValueError, match="secret must not be empty"):
            SecretRef(secret="")


def read(content: bytes | None, path: str = "value.txt", **options: Any) -> Material:
    """Read a file with this content."""
    return File(path=path, **options).obtain(Request("s", read_file=lambda _: content)).reveal()


class TestTextFile:
    @pytest.mark.parametrize(
        ("content", "options", "text"),
        [
            (b"a\n", {}, "a"),
            (b"a\r\n", {}, "a"),
            (b"a\n\n", {}, "a\n"),
            (b" a", {}, " a"),
            (b"a\r", {}, "a\r"),
            (b"a\n", {"trim": False}, "a\n"),
            (b"\xe4", {"encoding": "latin-1"}, "ä"),
            (b"\xef\xbb\xbfa", {}, "a"),
            (b"{}", {"format": "text", "path": "a.json"}, "{}"),
        ],
    )
    def test_the_text(self, content: bytes | None, options: dict[str, Any], text: str):
        """The text of the file without its final line ending."""
        assert read(content, **options) == text

    @pytest.mark.parametrize("content", [None, b"", b"\n"])
    def test_nothing_there(self, content: bytes | None):
        """No file and an empty one are the same: the next source is asked."""
        with pytest.raises(NoValueError, match=r"value\.txt"):
            read(content)

    def test_no_text(self):
        """Bytes that are not valid text are refused without being shown."""
        with pytest.raises(RejectedError, match="is not valid utf-8 text") as refused:
            read(b"\xffcanary")
        assert "canary" not in str(refused.value)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"path": ""}, "path must be a valid file path"),
            ({"path": "a", "encoding": "utf-99"}, "encoding"),
            ({"path": "a", "encoding": "rot13"}, "encoding"),
            ({"path": "a", "key": "x"}, "key requires"),
        ],
    )
    def test_options_that_contradict(self, options: dict[str, Any], message: str):
        """Options with which nothing can ever be read are refused."""
        with pytest.raises(ValueError, match=message):
            File(**options)


class TestFormats:
    @pytest.mark.parametrize(
        ("path", "format_"),
        [
            ("a/b.json", "json"),
            ("x.tfvars.json", "json"),
            ("x.tfvars", "tfvars"),
            ("x.yml", "yaml"),
            ("x.yaml", "yaml"),
            ("x.toml", "toml"),
            (".env", "dotenv"),
            ("a/.env.local", "dotenv"),
            ("prod.env", "dotenv"),
            ("a.json/x", "text"),
            ("x.pem", "text"),
        ],
    )
    def test_the_name_says_the_format(self, path: str, format_: str):
        """The file name implies the format."""
        assert format_of(path) == format_

    @pytest.mark.parametrize(
        ("path", "content"),
        [
            ("a.json", b'{"a": {"b": "x"}, "e": ""}'),
            ("a.yaml", b"a:\n  b: x\ne: ''\n"),
            ("a.toml", b'e = ""\n[a]\nb = "x"\n'),
        ],
    )
    def test_a_document(self, path: str, content: bytes | None):
        """A document is read as a whole, or at a key; a missing or empty key gives no value."""
        assert read(content, path) == {"a": {"b": "x"}, "e": ""}
        assert read(content, path, key="a.b") == "x"
        for key in ("a.c", "e"):
            with pytest.raises(NoValueError, match=path):
                read(content, path, key=key)

    @pytest.mark.parametrize(("path", "content"), [(".env", b"A='x'\n"), ("a.tfvars", b'A = "x"\n')])
    def test_lines(self, path: str, content: bytes | None):
        """Files of names and values are maps, too."""
        assert read(content, path, key="A") == "x"

    def test_a_broken_document(self):
        """A document that is not valid in its format is refused without being shown."""
        with pytest.raises(RejectedError, match=r"a\.json: line 1 is not JSON") as refused:
            read(b'{"canary', "a.json")
        assert "canary" not in str(refused.value)


class TestRegistry:
    def test_every_kind_has_its_class(self):
        """The first spelling of a class is its own name; all are distinct from what comes later."""
        first: dict[type, str] = {}
        for kind, options in GENERATORS.items():
            first.setdefault(options, kind)
        assert all(options.kind == kind for options, kind in first.items())
        assert all(options.kind == kind for kind, options in SOURCES.items())
        assert not LATER_GENERATORS & set(GENERATORS)
        assert not LATER_SOURCES & set(SOURCES)

    def test_further_spellings(self):
        """The options that have more than one spelling, in one table."""
        spellings = {
            (kind, option.alias): option.metadata["aliases"]
            for kind, options in GENERATORS.items()
            for option in attrs.fields(options)
            if "aliases" in option.metadata and options.kind == kind
        }
        assert spellings == {
            ("random_password", "upper"): ("uppercase", "include_uppercase"),
            ("random_password", "lower"): ("lowercase", "include_lowercase"),
            ("random_password", "number"): ("digits", "include_numbers"),
            ("random_password", "special"): ("include_symbols",),
            ("ssh_keypair", "type"): ("key_type",),
            ("ssh_keypair", "bits"): ("key_size",),
        }

    def test_what_nobody_knows(self):
        """An unknown kind is not in the table."""
        assert "nope" not in GENERATORS
        assert GENERATORS.get("nope") is None

    def test_naming_kinds_imports_nothing(self):
        """Asking which kinds there are imports no module of a kind."""
        code = (
            "import sys; from secretzero.sources.registry import GENERATORS; 'pin' in GENERATORS; list(GENERATORS)\n"
            "loaded = {name for name in sys.modules if name.startswith('secretzero.sources.')}\n"
            "assert loaded == {'secretzero.sources.registry'}\n"
            "GENERATORS['pin']; assert 'secretzero.sources.passphrases' not in sys.modules\n"
            "assert 'cryptography' not in sys.modules"
        )
        subprocess.run([sys.executable, "-c", code], check=True)
