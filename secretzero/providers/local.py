"""Files on this machine."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import ClassVar, Literal

import attrs
from attrs import frozen

from ..errors import RejectedError
from ..formats import FORMATS, format_of
from ..protocols import Constraints, Located, Place, Surroundings
from ..refs import Ref, file_ref
from ..stores.file import FileStore, Folder
from ..values import SecretValue

_MODE = re.compile(r"0?[0-7]{3}\Z").match


def _readable(_: object, __: object, mode: str) -> None:
    if not _MODE(mode) or int(mode, 8) & 0o600 != 0o600:  # noqa: PLR2004 - read and write for the owner
        raise ValueError("mode must be three octal digits that let the owner read and write, for example '0600'")


def _is_format(_: object, __: object, name: str | None) -> None:
    if name is not None and name not in FORMATS:
        raise ValueError(f"format must be one of {', '.join(FORMATS)}")


def _filled(_: object, attribute: "attrs.Attribute[str]", text: str | None) -> None:
    if text is not None and (not text or "\0" in text):
        raise ValueError(f"{attribute.name} must not be empty")


@lru_cache(maxsize=256)
def _whole(name: str, dialect: str, merge: bool, mode: str) -> Mapping[str, object]:  # noqa: FBT001 - an option
    """Build the options once for the thousands of targets that share them."""
    return {"format": name, "dialect": dialect, "merge": merge, "mode": int(mode, 8)}


@frozen
class Mapped:
    """A key in a file and the part of the value that it holds."""

    source_key: str = attrs.field(validator=_filled)
    target_key: str = attrs.field(validator=_filled)


@frozen
class File:
    """A key in a file, or a whole `raw` file. The default format follows from the file name.

    `merge` keeps what others wrote to the file; without it, the file holds only what the manifest declares.
    `mappings` give each part of the value its own key. `mode` is for a new file; an existing one keeps its own.
    """

    path: str = attrs.field(default=".env", validator=_filled)
    format: str | None = attrs.field(default=None, validator=_is_format)
    merge: bool = True
    key: str | None = attrs.field(default=None, validator=_filled)
    mappings: tuple[Mapped, ...] = ()
    dialect: Literal["portable", "posix", "python"] = "portable"
    mode: str = attrs.field(default="0600", validator=_readable)

    def __attrs_post_init__(self) -> None:
        if self.mappings and (self.key is not None or self.raw):
            raise ValueError("mappings cannot be combined with key or with format: raw")
        keys = [mapped.target_key for mapped in self.mappings]
        if len(set(keys)) < len(keys):
            raise ValueError("mappings use the same target_key twice")
        if self.raw and self.key is not None:
            raise ValueError("key cannot be combined with format: raw, where the whole file is the value")

    @property
    def raw(self) -> bool:
        """Whether the whole file is the value."""
        return self.format == "raw"

    @property
    def one_place(self) -> bool:
        """Whether the options fix the place: a key, mappings, or a whole file."""
        return self.raw or self.key is not None or bool(self.mappings)

    def places(self, name: str) -> tuple[Place, ...]:
        """Return ``file://PATH#KEY``, without a key if the file is the value; mappings are several places."""
        if self.raw:
            return (Place(file_ref(self.path)),)
        if self.mappings:
            return tuple(Place(file_ref(self.path, each.target_key), each.source_key) for each in self.mappings)
        return (Place(file_ref(self.path, self.key or name)),)

    @classmethod
    def at(cls, address: str) -> Located | None:
        """Parse ``file://PATH#KEY``, ``PATH#KEY`` or ``PATH``; the format follows from the name."""
        ref = Ref.parse(address) if "://" in address else file_ref(*address.split("#", 1))
        return Located(ref, cls(path=ref.path)) if ref.scheme == "file" else None

    def files(self) -> tuple[str, ...]:
        """Return the path of the file, as its URI has it."""
        return (file_ref(self.path).path,)

    def constraints(self) -> Constraints:
        """Return what the format can hold in this dialect."""
        return FORMATS[self._format].constraints(self.dialect)

    def check(self, name: str, value: SecretValue) -> None:
        """Raise RejectedError if the format cannot hold this value under its key.

        With mappings, `value` is the whole map, or the one part that belongs to the key `name`.
        """
        keys = {each.target_key for each in self.mappings}
        if not self.mappings or name in keys:
            self._check("value" if self.raw else self.key or name, value)
            return
        for each in self.mappings:
            try:
                part = value.part(each.source_key)
            except KeyError:
                raise RejectedError(f"{self.path}: the value has no part {each.source_key}") from None
            self._check(each.target_key, part)

    def object_options(self) -> Mapping[str, object]:
        """Return the options that all targets in one file must agree on."""
        return _whole(self._format, self.dialect, self.merge, self.mode)

    def open(self, connection: object) -> FileStore:
        """Open a store for files of this format in a Folder."""
        if not isinstance(connection, Folder):
            raise TypeError("the connection of a file target must be a Folder")
        return FileStore(connection, format=self._format, dialect=self.dialect, mode=int(self.mode, 8))

    @property
    def _format(self) -> str:
        return self.format or format_of(self.path)

    def _check(self, key: str, value: SecretValue) -> None:
        FORMATS[self._format].check(key, value.reveal(), dialect=self.dialect)


class Local:
    """Files on this machine, without authentication."""

    targets: ClassVar[Mapping[str, type]] = {"file": File}
    sources: ClassVar[Mapping[str, type]] = {}

    @classmethod
    def connect(cls, here: Surroundings) -> Folder:
        """Return the files that a manifest names. Trust in those outside the project is checked earlier: see trust."""
        return Folder(
            disk=here.disk,
            folder=here.folder,
            root=here.root,
            locks=here.places.locks,
            clock=here.clock,
            home=here.places.home,
            lock_wait=here.lock_wait,
            allow_outside=True,
        )
