"""Where SecretZero keeps what is not the project's: the state folder and the user's configuration."""

import os
from collections.abc import Mapping
from hashlib import sha256

from attrs import frozen

from .errors import ConfigurationError


def digest_of(path: str) -> str:
    """Return the name under which things about a path are kept."""
    return sha256(os.fsencode(path)).hexdigest()


def _home_on_record() -> str:
    """Return the home folder in the machine's list of users; ``""`` for a user that is not in it."""
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_dir
    except KeyError:
        return ""


def home_of(environ: Mapping[str, str]) -> str:
    """Return the home folder of an environment, else the one that this machine has on record; ``""`` for none."""
    return environ.get("HOME") or _home_on_record()


def absolute(path: str, *, folder: str, home: str) -> str:
    """Return where a path leads that starts from a folder, or from the home folder where it begins with ``~/``."""
    return os.path.join(folder, os.path.join(home, path[2:]) if path.startswith("~/") else path)


@frozen
class Places:
    """Folders of this user on this machine, by the XDG base directory specification."""

    state: str
    config: str
    home: str

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "Places":
        """Find them in an environment. Raises ConfigurationError when neither it nor this machine names a home."""
        home = home_of(environ)
        state = environ.get("XDG_STATE_HOME") or os.path.join(home, ".local", "state")
        config = environ.get("XDG_CONFIG_HOME") or os.path.join(home or os.sep, ".config")
        if not os.path.isabs(state):
            raise ConfigurationError("the state folder is not an absolute path", hint="set XDG_STATE_HOME or HOME")
        return cls(os.path.join(state, "secretzero"), os.path.join(config, "secretzero"), home)

    @property
    def locks(self) -> str:
        """The folder of lock files."""
        return os.path.join(self.state, "locks")

    @property
    def keys(self) -> str:
        """The folder of project keys."""
        return os.path.join(self.state, "keys")

    @property
    def audit_log(self) -> str:
        """The audit log of the command line."""
        return os.path.join(self.state, "audit.log")

    @property
    def audit_key(self) -> str:
        """The key of the audit log's chain."""
        return os.path.join(self.state, "audit.key")

    def lock_of(self, path: str) -> str:
        """Return the lock file of a path."""
        return os.path.join(self.locks, digest_of(path))

    def run_of(self, lockfile: str) -> str:
        """Return the folder of what a run of this lockfile keeps."""
        return os.path.join(self.state, "runs", digest_of(lockfile))
