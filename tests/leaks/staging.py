"""A project full of canaries in which commands are run, and every place searched after each of them."""

import contextlib
import io
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from everything import TARGETS, Planted, planted
from searching import Search, files_below
from shell import Answer, Project

from secretzero import SecretZeroError
from secretzero.formats import format_of
from secretzero.shell import FORMATS
from secretzero.testing.canary import Canaries
from secretzero_cli.main import called

PUBLIC = {"public_key", "fingerprint", "DB_URL", "LEVEL", "user"}
"""Keys of settings, and of values derived from secrets that are watched themselves."""


class Stage:
    """A project in which every given value is a canary, and every made value becomes one."""

    def __init__(self, folder: Path, seed: int = 0) -> None:
        self.planted: Planted = planted(folder, seed)
        self.project: Project = self.planted.project
        self.canaries: Canaries = self.planted.canaries
        self.search = Search(self.canaries)
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        self.may_hold = {os.path.realpath(path) for path in self.planted.targets()}
        self.watched: set[str] = set()

    def canary(self) -> str:
        """Return a new value."""
        return self.canaries.make()

    def allow(self, *names: str) -> None:
        """Allow files of the project to hold values: someone put them there, or requested it."""
        self.may_hold |= {os.path.realpath(self.project.path(name)) for name in names}

    def run(self, *words: str, stdin: bytes = b"", shows: bool = False, given: bool = True, **environ: str) -> Answer:
        """Run a command here, with every log record kept, and look for canaries in all that it left behind."""
        chosen = {**self.project.environ, **(self.planted.environ if given else {}), **environ}
        out, err, logged = io.BytesIO(), io.BytesIO(), io.StringIO()
        root, handler = logging.getLogger(), logging.StreamHandler(logged)
        root.addHandler(handler)
        level, root.level = root.level, logging.DEBUG
        try:
            code = self._called(words, chosen, (stdin, out, err))
        finally:
            root.removeHandler(handler)
            root.level = level
        self.judge(words, {"stdout": b"" if shows else out.getvalue(), "stderr": err.getvalue()}, logged.getvalue())
        return Answer(code, out.getvalue().decode(), err.getvalue().decode())

    def _called(
        self, words: Sequence[str], environ: dict[str, str], streams: tuple[bytes, io.BytesIO, io.BytesIO]
    ) -> int:
        given, out, err = streams
        before = sys.stdin
        sys.stdin = io.TextIOWrapper(io.BytesIO(given))
        texts = [io.TextIOWrapper(each, encoding="utf-8", write_through=True) for each in (out, err)]
        try:
            redirected = contextlib.redirect_stdout(texts[0]), contextlib.redirect_stderr(texts[1])
            with contextlib.chdir(self.project.folder), redirected[0], redirected[1]:
                return called(words, {**environ, "TMPDIR": str(self.temporary)})
        finally:
            sys.stdin = before
            for text in texts:
                text.detach()

    def judge(self, words: Sequence[str], places: dict[str, bytes], logged: str = "") -> None:
        """Look everywhere, with the values of this very run among the canaries."""
        self.watch_made()
        found: dict[str, Any] = {name: hits for name, text in places.items() if (hits := self.search.hits(text))}
        if hits := self.search.hits(logged.encode()):
            found["log"] = hits
        found |= self.search.hits_in_files(self.left_behind())
        assert found == {}, (words, found)

    def left_behind(self) -> dict[str, bytes]:
        """Return every file that may hold no value."""
        found = {}
        for path in files_below(self.project.folder, self.project.home, str(self.temporary)):
            secret_key = "/state/secretzero/keys/" in path or path.endswith(("audit.key", ".audit.key.secretzero-tmp"))
            own = path
            if path.endswith(".secretzero-tmp"):
                folder, name = os.path.split(path.removesuffix(".secretzero-tmp"))
                own = os.path.join(folder, name[1:])
            if not secret_key and os.path.realpath(own) not in self.may_hold:
                found[path] = Path(path).read_bytes()
        return found

    def watch_made(self) -> None:
        """Make canaries of the values that are at targets now, and of the project keys."""
        keys = [Path(path).read_text().strip() for path in files_below(f"{self.project.home}/state/secretzero/keys")]
        for value in (*self._at_targets(), *keys):
            if len(value) >= 24 and value not in self.watched and value not in self.canaries.values:
                self.canaries.watch(value)
            self.watched.add(value)

    def _at_targets(self) -> Iterator[str]:
        for name in TARGETS:
            path = Path(self.project.path(name))
            if name == "words.txt":
                yield from [path.read_text()] if path.exists() else []
            elif path.is_file():
                with contextlib.suppress(SecretZeroError):
                    yield from leaves(FORMATS[format_of(name)].parse(path.read_bytes()))


def leaves(material: object, key: str = "") -> Iterator[str]:
    """Yield every secret text in a material; of a private key its first line of key material."""
    if isinstance(material, dict):
        for name, each in material.items():
            yield from leaves(each, name)
    elif key == "private_key":
        yield str(material).splitlines()[2]
    elif isinstance(material, str) and key not in PUBLIC:
        yield material
