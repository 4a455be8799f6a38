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
        raise ValueError("mode must be three octal digits by which the owner may read and write, as '0600'")


def _is_format(_: object, __: object, name: str | None) -> None:
    if name is not None and name not in FORMATS:
        raise ValueError(f"format must be one of {', '.join(FORMATS)}")


def _filled(_: object, attribute: "attrs.Attribute[str]", text: str | None) -> None:
    if text is not None and (not text or "\0" in text):
        raise ValueError(f"{attribute.name} must be text that is not empty")


@lru_cache(maxsize=256)
def _whole(name: str, dialect: str, merge: bool, mode: str) -> Mapping[str, object]:  # noqa: FBT001 - an option
    """Make options once for the thousands of targets that share them."""
    return {"format": name, "dialect": dialect, "merge": merge, "mode": int(mode, 8)}


@frozen
class Mapped:
    """One key of a file and the part of the value that it gets."""

    source_key: str = attrs.field(validator=_filled)
    target_key: str = attrs.field(validator=_filled)


@frozen
class File:
    """A key in a file, or a whole `raw` file. The format follows from the name where none is given.

    `merge` keeps what others wrote in the file; without it the file holds what the manifest declares and nothing else.
    `mappings` give parts of the value a key each. `mode` is for a new file; an existing one keeps its own.
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
            raise ValueError("mappings name the keys themselves: no key, and no raw file")
        keys = [mapped.target_key for mapped in self.mappings]
        if len(set(keys)) < len(keys):
            raise ValueError("mappings give two parts the same key")
        if self.raw and self.key is not None:
            raise ValueError("key has no meaning in a raw file, which is the value")

    @property
    def raw(self) -> bool:
        """Tell whether the whole file is the value."""
        return self.format == "raw"

    @property
    def one_place(self) -> bool:
        """Tell whether the options fix the place: a key, mappings, or a whole file."""
        return self.raw or self.key is not None or bool(self.mappings)

    def places(self, name: str) -> tuple[Place, ...]:
        """Name it ``file://PATH#KEY``, without a key when the file is the value; mappings are several places."""
        if self.raw:
            return (Place(file_ref(self.path)),)
        if self.mappings:
            return tuple(Place(file_ref(self.path, each.target_key), each.source_key) for each in self.mappings)
        return (Place(file_ref(self.path, self.key or name)),)

    @classmethod
    def at(cls, address: str) -> Located | None:
        """Understand ``file://PATH#KEY``, ``PATH#KEY`` and ``PATH``; the format follows from the name."""
        ref = Ref.parse(address) if "://" in address else file_ref(*address.split("#", 1))
        return Located(ref, cls(path=ref.path)) if ref.scheme == "file" else None

    def files(self) -> tuple[str, ...]:
        """Return the path of the file, as its URI has it."""
        return (file_ref(self.path).path,)

    def constraints(self) -> Constraints:
        """Say what the format can hold in this dialect."""
        return FORMATS[self._format].constraints(self.dialect)

    def check(self, name: str, value: SecretValue) -> None:
        """Raise RejectedError when the format cannot hold this value under its key.

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
        """Return what all targets in one file must agree on."""
        return _whole(self._format, self.dialect, self.merge, self.mode)

    def open(self, connection: object) -> FileStore:
        """Open files of this format below a Folder."""
        if not isinstance(connection, Folder):
            raise TypeError("the connection of a file target is a Folder")
        return FileStore(connection, format=self._format, dialect=self.dialect, mode=int(self.mode, 8))

    @property
    def _format(self) -> str:
        return self.format or format_of(self.path)

    def _check(self, key: str, value: SecretValue) -> None:
        FORMATS[self._format].check(key, value.reveal(), dialect=self.dialect)


class Local:
    """Files on this machine; there is nothing to authenticate."""

    targets: ClassVar[Mapping[str, type]] = {"file": File}
    sources: ClassVar[Mapping[str, type]] = {}

    @classmethod
    def connect(cls, here: Surroundings) -> Folder:
        """Return the files as a manifest names them. Which may lead out of the project is asked before: see trust."""
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
