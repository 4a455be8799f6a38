"""Projects that tests run the command line in: within this process, as one of its own, or at a terminal."""

import contextlib
import io
import json
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from bounds import PATIENCE

from secretzero_cli.main import called

_PROGRAMS = os.path.dirname(sys.executable)
PROGRAM = os.path.join(_PROGRAMS, "secretzero")
PATH = f"{_PROGRAMS}{os.pathsep}{os.environ['PATH']}"
"""Where scripts find the programs of the environment that runs the tests, whether that is active or not."""

ONE = """
secrets:
  - name: db_password
    kind: random_password
    targets: [{provider: local, kind: file, config: {path: .env, key: DB_PASSWORD}}]
"""


class Answer(NamedTuple):
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one object that stdout holds."""
        return json.loads(self.out)


class Project:
    """A folder with a manifest, and an environment in which nothing of this machine is left."""

    def __init__(self, folder: Path, manifest: str = ONE) -> None:
        self.folder = str(folder / "project")
        self.home = str(folder / "home")
        self.environ = {"HOME": self.home, "XDG_STATE_HOME": f"{self.home}/state", "PATH": PATH}
        os.makedirs(self.folder)
        os.makedirs(self.home)
        if manifest:
            self.write("Secretfile.yml", manifest)

    def path(self, name: str) -> str:
        """Return the path of a file of the project."""
        return os.path.join(self.folder, name)

    def write(self, name: str, text: str) -> None:
        """Write a file of the project."""
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def read(self, name: str) -> str:
        """Read a file of the project."""
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def files(self) -> dict[str, bytes]:
        """Return every file of the project and of the home folder with its bytes, lock files apart."""
        found = {}
        for top in (self.folder, self.home):
            for folder, _, names in os.walk(top):
                for name in names:
                    if os.path.basename(folder) != "locks":
                        with open(os.path.join(folder, name), "rb") as file:
                            found[os.path.join(folder, name)] = file.read()
        return found

    def __call__(self, *words: str, **environ: str) -> Answer:
        """Run a command in this process."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.chdir(self.folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = called(words, {**self.environ, **environ})
        return Answer(code, out.getvalue(), err.getvalue())

    def process(self, *words: str, stdin: bytes = b"", script: str = "", **environ: str) -> Answer:
        """Run a command as a process of its own; `script` is a command line in place of the words."""
        command = ["/bin/sh", "-c", script] if script else [PROGRAM, *words]
        done = subprocess.run(
            command, cwd=self.folder, env={**self.environ, **environ}, input=stdin, capture_output=True, check=False
        )
        return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())

    def at_terminal(self, *words: str, answers: Iterable[tuple[str, str]] = (), **environ: str) -> Answer:
        """Run a command at a terminal and type each answer once its question is there; all output is in `out`."""
        return self.terminal([PROGRAM, *words], answers, **environ)

    def terminal(self, command: list[str], answers: Iterable[tuple[str, str]] = (), **environ: str) -> Answer:
        """Run any program at a terminal."""
        pid, handle = pty.fork()
        if pid == 0:  # pragma: no cover - the child
            os.chdir(self.folder)
            os.execve(command[0], command, {**self.environ, "TERM": "xterm", **environ})  # noqa: S606 - this is what it is for
        seen, since, waiting = b"", 0, list(answers)
        while chunk := _read(handle):
            seen += chunk
            while waiting and (at := seen.find(waiting[0][0].encode(), since)) >= 0:
                since = at + len(waiting[0][0].encode())
                time.sleep(0.05)
                os.write(handle, waiting.pop(0)[1].encode() + b"\n")
        os.close(handle)
        return Answer(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), seen.decode().replace("\r\n", "\n"), "")


def _read(handle: int) -> bytes:
    """Read what a terminal shows next; nothing when the program is gone, or silent for too long."""
    try:
        return os.read(handle, 65536) if select.select([handle], [], [], PATIENCE)[0] else b""
    except OSError:
        return b""
