"""A small project on a real disk: three secrets in three files, between lines that belong to somebody else."""

import json
import os
import shutil
import tomllib
from io import StringIO
from typing import NamedTuple

import dotenv

from secretzero.engine.context import Run
from secretzero.engine.engine import Engine
from secretzero.engine.options import RunOptions
from secretzero.engine.recovery import adopt_projects
from secretzero.engine.state.journal import Journal
from secretzero.files import TEMPORARY
from secretzero.lockfile.model import Entry
from secretzero.values import SecretValue

MANIFEST = """\
secrets:
  - name: db_password
    kind: random_password
    targets:
      - {provider: local, kind: file, config: {path: .env, key: DB_PASSWORD}}
      - {provider: local, kind: file, config: {path: conf/app.json, key: db_password}}
  - name: api_token
    kind: random_string
    targets:
      - {provider: local, kind: file, config: {path: .env, key: API_TOKEN}}
      - {provider: local, kind: file, config: {path: settings.toml, key: api_token}}
  - name: db_url
    kind: derived
    config: {template: "postgres://app:{{ secret.db_password }}@db/app"}
    targets:
      - {provider: local, kind: file, config: {path: conf/app.json, key: db_url}}
      - {provider: local, kind: file, config: {path: settings.toml, key: db_url}}
"""
FOREIGN = {
    ".env": b"# ours since 2019\nNEIGHBOUR=kept\n",
    "conf/app.json": b'{\n  "neighbour": "kept"\n}\n',
    "settings.toml": b'# ours\nneighbour = "kept"\n',
}
HOLDS = {
    "db_password": {".env": "DB_PASSWORD", "conf/app.json": "db_password"},
    "api_token": {".env": "API_TOKEN", "settings.toml": "api_token"},
    "db_url": {"conf/app.json": "db_url", "settings.toml": "db_url"},
}

Image = dict[str, tuple[int, bytes | None]]
"""Every file and folder below a root by its relative path: mode, and bytes (None for a folder)."""

Values = dict[str, dict[str, str]]
"""The values at the targets by secret, then by file; a key that is not there has no entry."""


class Known(NamedTuple):
    """What lockfile and journal knew at one moment."""

    entries: dict[str, Entry]
    journalled: dict[str, list[SecretValue]]
    ops: frozenset[str]
    run: Run

    def vouches_for(self, name: str, value: str) -> bool:
        """Whether a value of a secret is known to the lockfile, by fingerprint, or to the journal."""
        return bool(self.op_of(name, value)) or SecretValue(value) in self.journalled.get(name, [])

    def op_of(self, name: str, value: str) -> str:
        """Return the op whose fingerprint in the lockfile this value has."""
        entry = self.entries.get(name)
        ledger = self.run.ledger(self.run.manifest.secret_named[name])
        return ledger.match(entry, "", SecretValue(value)) if entry else ""

    def is_current(self, name: str, value: str) -> bool:
        """Whether a value is the current one in the lockfile."""
        return name in self.entries and self.op_of(name, value) == self.entries[name].current

    def needs_journal(self, name: str, value: str) -> bool:
        """Whether a value is neither committed nor in the journal: if it were lost, it could not be made again."""
        return not self.is_current(name, value) and SecretValue(value) not in self.journalled.get(name, [])


_OURS = {"project", "state"}
"""All that a scene's folder holds: what holds anything else is never emptied."""


class Scene:
    """The project below one folder, with a state folder of its own."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.project = os.path.join(root, "project")
        self.state = os.path.join(root, "state")

    def begin(self) -> None:
        """Write the manifest and the files of others; nothing was ever synced."""
        files: Image = {"project": (0o700, None), "project/conf": (0o700, None), "state": (0o700, None)}
        files["project/Secretfile.yml"] = (0o600, MANIFEST.encode())
        files.update({f"project/{path}": (0o600, content) for path, content in FOREIGN.items()})
        self.become(files)

    def become(self, image: Image) -> None:
        """Put everything back to what it was."""
        assert not os.path.exists(self.root) or set(os.listdir(self.root)) <= _OURS, "this folder is not a scene"
        shutil.rmtree(self.root, ignore_errors=True)
        os.makedirs(self.root, 0o700)
        for path, (mode, content) in sorted(image.items()):
            full = os.path.join(self.root, path)
            if content is None:
                os.mkdir(full, mode)
            else:
                handle = os.open(full, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
                os.write(handle, content)
                os.close(handle)

    def image(self) -> Image:
        """Return everything as it is."""
        found: Image = {}
        for folder, folders, files in os.walk(self.root):
            for name in (*folders, *files):
                path = os.path.join(folder, name)
                content = None
                if name in files:
                    with open(path, "rb") as file:
                        content = file.read()
                found[os.path.relpath(path, self.root)] = (os.stat(path).st_mode & 0o777, content)
        return found

    def stamps(self) -> dict[str, tuple[int, int, int]]:
        """Return what changes when a file is written, even with the same bytes: inode, size and time."""
        found = {}
        for path in self.image():
            seen = os.stat(os.path.join(self.root, path))
            if os.path.isfile(os.path.join(self.root, path)):
                found[path] = (seen.st_ino, seen.st_size, seen.st_mtime_ns)
        return found

    def engine(self) -> Engine:
        """Return an engine as a new process would open it."""
        environ = {"HOME": self.root, "XDG_STATE_HOME": self.state}
        return Engine.open(os.path.join(self.project, "Secretfile.yml"), environ=environ)

    def values(self) -> Values:
        """Read the targets with independent parsers."""
        read = {
            ".env": dotenv.dotenv_values(stream=StringIO(self._text(".env")), interpolate=False),
            "conf/app.json": json.loads(self._text("conf/app.json")),
            "settings.toml": tomllib.loads(self._text("settings.toml")),
        }
        return {
            name: {path: str(read[path][key]) for path, key in places.items() if key in read[path]}
            for name, places in HOLDS.items()
        }

    def foreign_kept(self) -> list[str]:
        """Name the files that lost a line of somebody else."""
        lost = []
        for path, content in FOREIGN.items():
            lines = self._text(path).splitlines()
            if any(
                line.strip() and line.rstrip(",") not in {at.rstrip(",") for at in lines}
                for line in content.decode().splitlines()
            ):
                lost.append(path)
        return lost

    def temporaries(self) -> list[str]:
        """Name the temporary files that are left."""
        before, after = TEMPORARY.split("{}")
        names = {path: os.path.basename(path) for path in self.image()}
        return [path for path, name in names.items() if name.startswith(before) and name.endswith(after)]

    def known(self) -> Known:
        """Read lockfile and journal with the key, and change nothing."""
        engine = self.engine()
        run = engine._run(RunOptions())
        journal = Journal(run.disk, run.journal_path, run.keyring)
        if run.disk.stamp(run.journal_path) is not None:
            adopt_projects(run, run.journal_path)
            journal.load()
        run.shared.refuse_edits()
        journalled: dict[str, list[SecretValue]] = {}
        intents = [record for record in journal.records if record.kind == "intent"]
        for record in intents:
            journalled.setdefault(str(record.body["secret"]), []).append(record.value)
        return Known(dict(run.shared.lockfile.secrets), journalled, frozenset(r.op for r in intents), run)

    @property
    def journal(self) -> str:
        """The path of the journal."""
        return self.engine()._run(RunOptions()).journal_path

    def _text(self, path: str) -> str:
        with open(os.path.join(self.project, path), encoding="utf-8") as file:
            return file.read()
