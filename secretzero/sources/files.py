"""Files as a source."""

import codecs
from typing import ClassVar

from attrs import field, frozen

from ..errors import NoValueError, RejectedError
from ..protocols import Request
from ..values import Material, SecretValue


def _is_path(_: object, __: object, path: str) -> None:
    if not path or "\0" in path:
        raise ValueError("path must be a valid file path")


def _is_format(_: object, __: object, name: str | None) -> None:
    from ..formats import FORMATS

    known = [*(name for name in FORMATS if name != "raw"), "text"]
    if name is not None and name not in known:
        raise ValueError(f"format must be one of {', '.join(known)}")


def _is_encoding(_: object, __: object, encoding: str) -> None:
    try:
        "".encode(encoding)
    except (LookupError, ValueError):
        raise ValueError("encoding must be the name of a text encoding") from None


@frozen
class File:
    """A file, or one value in it; the file name implies the format unless `format` is given."""

    kind: ClassVar[str] = "file"

    path: str = field(validator=_is_path)
    format: str | None = field(default=None, validator=_is_format)
    key: str | None = None
    encoding: str = field(default="utf-8", validator=_is_encoding)
    trim: bool = True

    def __attrs_post_init__(self) -> None:
        """Refuse `key` for a text file, which has no keys."""
        if self.key and self._format == "text":
            raise ValueError("key requires a file in json, yaml, toml, dotenv or tfvars format; set 'format'")

    @property
    def _format(self) -> str:
        return self.format or format_of(self.path)

    def needs(self) -> tuple[str, ...]:
        """Return no names: it does not depend on other secrets."""
        return ()

    def files(self) -> tuple[str, ...]:
        """Return the path of the file as written in the manifest."""
        return (self.path,)

    def obtain(self, request: Request) -> SecretValue:
        """Return the value in the file. Raises NoValueError if the file or key does not exist or the value is empty."""
        content = request.read_file(self.path) if request.read_file else None
        if content is None:
            raise NoValueError(f"no such file: {self.path}", secret=request.secret)
        text = self._decoded(content)
        value = SecretValue(self._parsed(text))
        try:
            value = value.part(self.key or "")
        except KeyError:
            raise NoValueError(f"{self.path} has no key {self.key}", secret=request.secret) from None
        if value == SecretValue("") or value == SecretValue(None):
            where = f" at {self.key}" if self.key else ""
            raise NoValueError(f"{self.path} is empty{where}", secret=request.secret)
        return value

    def _decoded(self, content: bytes) -> str:
        try:
            return content.decode("utf-8-sig" if codecs.lookup(self.encoding).name == "utf-8" else self.encoding)
        except UnicodeError:
            raise RejectedError(f"{self.path} is not valid {self.encoding} text") from None

    def _parsed(self, text: str) -> Material:
        """Parse a format; of text remove one final line ending."""
        if self._format == "text":
            return text.removesuffix("\n").removesuffix("\r") if self.trim and text.endswith("\n") else text
        from ..formats import FORMATS

        try:
            return FORMATS[self._format].parse(text.encode("utf-8", "surrogatepass"))
        except RejectedError as error:
            raise RejectedError(f"{self.path}: {error.message}", hint=error.hint) from None


def format_of(path: str) -> str:
    """Return the format that a file name implies; text by default."""
    from .. import formats

    name = path.replace("\\", "/").rpartition("/")[2]
    found = formats.format_of(name)
    return found if found != "dotenv" or name.endswith(".env") or name.startswith(".env.") else "text"
