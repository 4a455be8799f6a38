"""Finding, making and keeping the project key on this machine."""

import os
from collections.abc import Mapping

from attrs import frozen

from ...errors import ConfigurationError, KeyMissingError, LockfileError, UsageError
from ...files import Disk, refusals_of
from ...keys import ProjectKey
from ...lockfile.model import KeyRecord
from ...places import Places

VARIABLE = "SECRETZERO_PROJECT_KEY"


@frozen(eq=False, repr=False)
class ProjectKeys:
    """Where project keys are: in the environment variable first, then in the state folder."""

    disk: Disk
    places: Places
    environ: Mapping[str, str]

    def path_of(self, project: str) -> str:
        """Return the file that holds the key of a project."""
        return os.path.join(self.places.keys, project)

    def find(self, project: str, record: KeyRecord | None, *, local: bool = False) -> ProjectKey | None:
        """Return the key of a project that matches what its lockfile records, or None.

        The variable is never the key of a `local` lockfile, whose key does not leave the machine.

        Raises KeyMissingError when a key is here but is another one.
        """
        wrong = None
        for origin, text in self._texts(project, local=local):
            key = _key_from(text, origin)
            if record is None or key.check == record.check:
                return key
            wrong = wrong or origin
        if wrong:
            raise KeyMissingError(f"the project key in {wrong} does not match this lockfile", hint=_WAYS_OUT)
        return None

    def _texts(self, project: str, *, local: bool) -> list[tuple[str, str]]:
        found = []
        if not local and (text := self.environ.get(VARIABLE)):
            found.append((VARIABLE, text))
        path = self.path_of(project)
        try:
            content = self.disk.read(path) if project else None
        except OSError as error:
            why = os.strerror(error.errno or 0)
            raise KeyMissingError(f"the project key in {path} cannot be read: {why}", hint=_WAYS_OUT) from error
        if content is not None:
            found.append(("the state folder", content.decode("ascii", "replace")))
        return found

    def keep(self, project: str, key: ProjectKey) -> None:
        """Write the new key of a new project into the state folder, durable before this returns.

        Nothing names the project before that, so a run that dies here leaves an unused file, and no temporary one
        whose name is lost with the id.
        """
        with refusals_of(self.places.keys):
            self.disk.make_folder(self.places.keys)
            self.disk.append(self.path_of(project), key.to_text().encode() + b"\n")

    def replace(self, project: str, key: ProjectKey) -> None:
        """Write a key over whatever key of this project is here, durable before this returns.

        Raises ConfigurationError when the file system refuses.
        """
        folder = self.places.keys
        try:
            self.disk.make_folder(folder)
            self.disk.replace(self.path_of(project), key.to_text().encode() + b"\n")
            self.disk.sync(folder)
        except OSError as error:
            message = f"cannot save the key in {folder}: {os.strerror(error.errno or 0)}"
            raise ConfigurationError(message, hint="set XDG_STATE_HOME to a folder that can be written") from error

    def offered(self) -> ProjectKey | None:
        """Return the key from the environment variable, for a project that does not have one yet."""
        text = self.environ.get(VARIABLE)
        return _key_from(text, VARIABLE) if text else None


_WAYS_OUT = f"import the right key with secretzero key import, or set {VARIABLE}"


def _key_from(text: str, origin: str) -> ProjectKey:
    try:
        return ProjectKey.from_text(text)
    except UsageError as error:
        raise LockfileError(f"invalid project key in {origin}", hint=error.hint) from None


def local_key_gone(name: str) -> KeyMissingError:
    """Return the error of a command that would write the local lockfile, whose key no other machine had."""
    return KeyMissingError(
        "the key of the local lockfile is missing",
        hint=f"move {name} away, then run secretzero sync --on-drift=adopt: it imports the values in the files",
    )


def key_missing(project: str) -> KeyMissingError:
    """Return the error of a command that would write a lockfile whose key is not here."""
    return KeyMissingError(f"the key of project {project} is not on this machine", hint=_WAYS_OUT)
