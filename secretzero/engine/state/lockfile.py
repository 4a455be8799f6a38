"""A lockfile as a run holds it: its records, its key, its project, and the two writes that a run costs."""

import os
from collections.abc import Callable, Mapping
from functools import cached_property
from hashlib import sha256

from attrs import evolve, frozen

from ...errors import LockfileError
from ...files import Disk, reason, translate
from ...keys import ProjectKey, new_id
from ...lockfile import legacy
from ...lockfile.document import edited_error, parse_lockfile
from ...lockfile.fingerprints import Fingerprints
from ...lockfile.model import Entry, KeyRecord, Lockfile, ObjectRecord, amend
from ...lockfile.signing import Signer
from ...lockfile.writing import render_lockfile
from ...values import SecretValue
from .project_key import ProjectKeys, key_missing


class Ledger:
    """A lockfile that was read, with the key that signs it; `save` is the only way it changes on disk.

    `digest` is that of the bytes on disk, ``""`` for no file. `key` is None where the project key is not on this
    machine; then looking works and writing is refused.
    """

    def __init__(self, disk: Disk, path: str, *, local: bool = False) -> None:
        self.disk = disk
        self.path = disk.real(path)
        self.local = local
        self.name = os.path.basename(path)
        self._content = read_lockfile(disk, self.path)
        self.digest = sha256(self._content).hexdigest() if self._content is not None else ""
        self.lockfile = parse_lockfile(self._content, self.name) if self._content is not None else Lockfile()
        self.key: ProjectKey | None = None

    @property
    def exists(self) -> bool:
        """Return whether the lockfile was there when it was read."""
        return bool(self.digest)

    def unlock(self, keys: ProjectKeys) -> None:
        """Find the key. Raises KeyMissingError when only a wrong one is here."""
        if self.lockfile.project:
            self.key = keys.find(self.lockfile.project, self.lockfile.key, local=self.local)

    def found(self, project: str, key: ProjectKey) -> None:
        """Begin a lockfile: give it a project id and a key; the first save writes them."""
        present = legacy.adopt(self.lockfile, project) if self.lockfile.schema == 1 else self.lockfile
        self.lockfile = evolve(present, project=project, key=KeyRecord(key.id, key.check), schema=2)
        self.key = key
        self.__dict__.pop("fingerprints", None)
        self.__dict__.pop("signer", None)

    @cached_property
    def fingerprints(self) -> Fingerprints:
        """The keyed digests of this project."""
        return Fingerprints(self.needed_key, self.lockfile.project)

    @cached_property
    def signer(self) -> Signer:
        """What signs and checks the records of this lockfile."""
        return Signer(self.needed_key, self.lockfile.project)

    @property
    def needed_key(self) -> ProjectKey:
        """The key, for what cannot be done without it. Raises KeyMissingError."""
        if self.key is None:
            raise key_missing(self.lockfile.project)
        return self.key

    def match(self, entry: Entry, part: str, value: SecretValue) -> str:
        """Return the op whose recorded fingerprint this value has, the current one first; ``""`` for none."""
        if self.key is None:
            return ""
        canonical = value.canonical()
        for op in (entry.current, entry.pending):
            if op and self._has_fingerprint(entry, op, part, canonical):
                return op
        known = sorted(entry.generations.items(), key=lambda item: -item[1].n)
        return next((op for op, _ in known if self._has_fingerprint(entry, op, part, canonical)), "")

    def _has_fingerprint(self, entry: Entry, op: str, part: str, canonical: bytes) -> bool:
        generation = entry.generations.get(op)
        recorded = generation.fingerprints.get(part) if generation else None
        return recorded is not None and self.fingerprints.of(entry.id, part, op, canonical) == recorded

    def refuse_edits(self) -> None:
        """Raise LockfileError, with the line, when a record was edited; nothing can be said without the key."""
        edited = self.signer.verify(self.lockfile) if self.key and self.exists and self.lockfile.key else []
        if edited:
            raise edited_error(self._content or b"", self.name, edited)

    def save(self, lockfile: Lockfile) -> None:
        """Sign and write the lockfile if a byte of it changed, durable before this returns.

        Raises ProviderError when the file system refuses; the old content is intact then.
        """
        content, signed = render_lockfile(lockfile, self.signer)
        self.lockfile = signed
        digest = sha256(content).hexdigest()
        if digest == self.digest:
            return
        self._content = None  # It was for messages, and takes as much memory as the new one.
        try:
            self.disk.replace(self.path, content)
            self.disk.sync(os.path.dirname(self.path))
        except OSError as error:
            raise translate(error, self.name) from error
        self.digest = digest

    def with_entries(
        self, entries: Mapping[str, Entry], *, drop: tuple[str, ...] = (), objects: Mapping[str, ObjectRecord] = {}
    ) -> Lockfile:
        """Return the lockfile with these entries and objects in place of the old ones, and some names dropped.

        The name is signed with the entry: one that is new here has no signature yet.
        """
        present = self.lockfile.secrets
        moved = {n: amend(e, mac="") for n, e in entries.items() if e.mac and n not in present}
        secrets = {**present, **entries, **moved}
        for name in drop:
            secrets.pop(name, None)
        kept = {**self.lockfile.objects, **objects} if objects else self.lockfile.objects
        return evolve(self.lockfile, secrets=secrets, objects=kept)


def read_lockfile(disk: Disk, path: str) -> bytes | None:
    """Return the bytes of a lockfile, or None when there is none. Raises LockfileError where that is refused."""
    try:
        return disk.read(path)
    except OSError as error:
        raise LockfileError(f"it cannot be read: {reason(error)}", file=os.path.basename(path)) from error


@frozen(eq=False, repr=False)
class Founder:
    """Founds projects. `lockfiles` are those of all environments of one manifest."""

    lockfiles: tuple[str, ...]
    keys: ProjectKeys
    random: Callable[[int], bytes]

    def found(self, ledger: Ledger) -> None:
        """Give a lockfile that has no project its id and key, both durable before this returns."""
        if ledger.lockfile.project and ledger.key:
            return
        project = "" if ledger.local else self._project_beside(ledger)
        key = self.keys.find(project, None) if project else None
        if project and key is None:
            raise key_missing(project)
        key = key or (None if ledger.local else self.keys.offered())
        project = project or new_id("prj", self.random)
        if key is None:
            key = ProjectKey.new(self.random)
            self.keys.keep(project, key)
        ledger.found(project, key)

    def adopt(self, ledger: Ledger, project: str) -> None:
        """Take the project that a journal names, whose lockfile was never written: its run died before it could be."""
        if project and not ledger.lockfile.project:
            key = self.keys.find(project, None, local=ledger.local)
            if key is None:
                raise key_missing(project)
            ledger.found(project, key)

    def refuse_two_projects(self, shared: Ledger) -> None:
        """Raise LockfileError when a lockfile belongs to another project than those of the other environments."""
        if shared.lockfile.project and self._project_beside(shared) not in {"", shared.lockfile.project}:
            raise _two_projects()

    def _project_beside(self, ledger: Ledger) -> str:
        """Return the id that the other environments have; two different ones are an error."""
        ids = set()
        for path in self.lockfiles:
            content = read_lockfile(ledger.disk, path) if ledger.disk.real(path) != ledger.path else None
            if content is not None:
                ids.add(parse_lockfile(content, os.path.basename(path)).project)
        ids.discard("")
        if len(ids) > 1:
            raise _two_projects()
        return next(iter(ids), "")


def _two_projects() -> LockfileError:
    return LockfileError("the environments of this manifest belong to two projects", hint="keep the lockfile of one")
