"""The platforms behind the stores that need none: memory, and files of every format read by independent readers."""

import io
import json
import os
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

import hcl2
import yaml
from dotenv import dotenv_values

from secretzero.clock import SystemClock
from secretzero.files import Disk, LocalDisk, Stamp
from secretzero.stores.file import FileStore, Folder
from secretzero.stores.memory import MemoryStore
from secretzero.testing.fakes import MemoryDisk
from secretzero.values import Material, SecretValue


class MemoryPlace:
    """A MemoryStore; its back door is another adapter on the same shelf."""

    path = "memory/main"

    def __init__(self, adapter: Callable[..., MemoryStore] = MemoryStore) -> None:
        self.adapter = adapter
        self.store = adapter()

    @classmethod
    def open(cls, _: Path) -> "MemoryPlace":
        return cls()

    def reopen(self) -> MemoryStore:
        return self.adapter(self.store.shelf)

    def look(self, path: str) -> Mapping[str, Material] | None:
        door = MemoryStore(self.store.shelf)
        return door.read(path).reveal() if door.describe(path) else None

    def put(self, path: str, fields: Mapping[str, Material]) -> None:
        MemoryStore(self.store.shelf).write(path, SecretValue(dict(fields)))

    def calls(self) -> int:
        return len(self.store.shelf.calls)


class CountingDisk(LocalDisk):
    """A real disk that counts what changes a file."""

    def __init__(self) -> None:
        self.changes = 0

    def replace(self, path: str, content: bytes, *, mode: int = 0o600, expected: Stamp | None = None) -> Stamp:
        self.changes += 1
        return super().replace(path, content, mode=mode, expected=expected)

    def unlink(self, path: str) -> None:
        self.changes += os.path.exists(path)
        super().unlink(path)


class FilePlace:
    """A file on a real disk; its back door is the standard writer and reader of the format."""

    def __init__(self, folder: Path, name: str, form: str | None = None) -> None:
        self.folder, self.path, self.form = folder, name, form
        self.disk = self._make_disk()
        self.store = self.reopen()

    @classmethod
    def of(cls, name: str, form: str | None = None) -> Callable[[Path], "FilePlace"]:
        return lambda folder: cls(folder, name, form)

    def reopen(self) -> FileStore:
        root = str(self.folder / "project")
        self.disk.make_folder(root)
        return FileStore(Folder(self.disk, root, root, str(self.folder / "locks"), SystemClock()), self.form)

    def look(self, path: str) -> Mapping[str, Material] | None:
        content = self._content()
        return None if content is None else READERS[self._kind](content.decode())

    def put(self, path: str, fields: Mapping[str, Material]) -> None:
        text = WRITERS[self._kind]({**(self.look(path) or {}), **fields})
        self._put(text.encode())

    def calls(self) -> int:
        return self.disk.changes

    @property
    def _kind(self) -> str:
        return self.form or self.path.rsplit(".", 1)[-1]

    @property
    def _file(self) -> str:
        return str(self.folder / "project" / self.path)

    def _make_disk(self) -> Disk:
        return CountingDisk()

    def _content(self) -> bytes | None:
        return LocalDisk().read(self._file)

    def _put(self, content: bytes) -> None:
        Path(self._file).write_bytes(content)


class MemoryFilePlace(FilePlace):
    """The same on a disk in memory."""

    def calls(self) -> int:
        return sum(operation in {"rename", "unlink"} for operation, _ in self.disk.points.trace)

    def _make_disk(self) -> Disk:
        return MemoryDisk(folders=[str(self.folder)])

    def _content(self) -> bytes | None:
        return self.disk.files().get(self._file)

    def _put(self, content: bytes) -> None:
        self.disk.put(self._file, content)


def _hcl(text: str) -> dict[str, Material]:
    """Read tfvars; python-hcl2 hands out quoted text with its quotes and escapes."""
    return {name: _unquoted(value) for name, value in hcl2.loads(text).items()}


def _unquoted(value: Material) -> Material:
    """Undo HCL's quotes and escapes in a text."""
    if not (isinstance(value, str) and value.startswith('"')):
        return value
    return json.loads(value.replace("$${", "${").replace("%%{", "%{"))


READERS: dict[str, Callable[[str], Mapping[str, Material]]] = {
    "env": lambda text: dotenv_values(stream=io.StringIO(text, newline=""), interpolate=False),
    "json": json.loads,
    "yaml": lambda text: yaml.safe_load(text) or {},
    "toml": tomllib.loads,
    "tfvars": _hcl,
    "raw": lambda text: {"value": text},
}

WRITERS: dict[str, Callable[[Mapping[str, Material]], str]] = {
    "env": lambda fields: "".join(f"{name}='{value}'\n" for name, value in fields.items()),
    "json": lambda fields: json.dumps(dict(fields), indent=4),
    "yaml": lambda fields: yaml.safe_dump(dict(fields)),
    "toml": lambda fields: "".join(f"{name} = {json.dumps(value)}\n" for name, value in fields.items()),
    "tfvars": lambda fields: "".join(f"{name} = {json.dumps(value)}\n" for name, value in fields.items()),
    "raw": lambda fields: str(fields["value"]),
}
