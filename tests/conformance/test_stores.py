"""One line for each store: what it promises, it has."""

from places import FilePlace, MemoryFilePlace, MemoryPlace

from secretzero.refs import Ref, file_ref
from secretzero.stores.memory import LARGEST
from secretzero.testing.contracts import StoreContract

FILE = {"describe", "read", "write", "delete", "compare", "fields"}
NEIGHBOURS = [
    ("a/b", "c"),
    ("a", "b/c"),
    ("a/b", "C"),
    ("A/b", "c"),
    ("a b", "c"),
    ("a%20b", "c"),
    ("a#b", "c"),
    ("a?b", "c"),
]
SPELLINGS = ((".env", "./.env"), ("a/b", "a//b"), ("b", "a/../b"), ("/etc/x", "/etc/./x"), ("~/x", "~/y/../x"))


class FileContract(StoreContract):
    __test__ = False
    promises = FILE
    ref = staticmethod(file_ref)
    neighbours = (*NEIGHBOURS, ("/a/b", "c"), ("~/a/b", "c"), ("../a/b", "c"))
    spellings = SPELLINGS

    def __init_subclass__(cls) -> None:
        cls.__test__ = True


class TestMemory(StoreContract):
    open_store = staticmethod(MemoryPlace.open)
    accepted, refused = ("a", "x" * LARGEST), ("x" * (LARGEST + 1), "é" * LARGEST)
    ref = staticmethod(lambda path, field: Ref("mem", path, field))
    neighbours = NEIGHBOURS


class TestDotenv(FileContract):
    open_store = staticmethod(FilePlace.of(".env"))
    accepted, refused = ("", "x" * 100_000, "'"), ("\0", "a\rb", "a\0")


class TestJson(FileContract):
    open_store = staticmethod(FilePlace.of("a.json"))
    accepted, refused = ("", "\0", {"a": [1, None]}), ("\ud800",)


class TestYaml(FileContract):
    open_store = staticmethod(FilePlace.of("a.yaml"))
    accepted, refused = ("", {"a": ["1", None]}), ("\ud800",)


class TestToml(FileContract):
    open_store = staticmethod(FilePlace.of("a.toml"))
    accepted, refused = ("", {"a": ["1"]}), ("\ud800", None)


class TestTfvars(FileContract):
    open_store = staticmethod(FilePlace.of("a.tfvars"))
    accepted, refused = ("",), ("\0",)


class TestRaw(FileContract):
    open_store = staticmethod(FilePlace.of("token", "raw"))
    promises, fields = FILE - {"fields"}, ("value",)
    accepted, refused = ("a", "\0", "\r\n"), ("",)


class TestDotenvInMemory(FileContract):
    open_store = staticmethod(MemoryFilePlace.of(".env"))
    accepted, refused = ("",), ("\0",)


class TestJsonInMemory(FileContract):
    open_store = staticmethod(MemoryFilePlace.of("a.json"))
    refused = ("\ud800",)
