"""Giving a lockfile its project: the id and the key that all environments of a manifest share."""

import os
from collections.abc import Callable

from attrs import frozen

from ...errors import LockfileError
from ...keys import ProjectKey, new_id
from ...lockfile.document import parse_lockfile
from .lockfile import Ledger, read_lockfile
from .project_key import ProjectKeys, key_missing


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
