"""Where SecretZero keeps files outside of the project: the state folder and the user configuration."""

import os
from collections.abc import Mapping
from hashlib import sha256
from typing import NamedTuple

from .errors import ConfigurationError


def digest_of(path: str) -> str:
    """Return the name of the state files that belong to a path."""
    return sha256(os.fsencode(path)).hexdigest()


def home_of(environ: Mapping[str, str]) -> str:
    """Return the home folder from the environment, else from the user database; ``""`` if neither has one."""
    if home := environ.get("HOME"):
        return home
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_dir
    except KeyError:
        return ""


def absolute(path: str, *, folder: str, home: str) -> str:
    """Return a path relative to a folder, or to the home folder if it begins with ``~/``, as an absolute path."""
    return os.path.join(folder, os.path.join(home, path[2:]) if path.startswith("~/") else path)


class Places(NamedTuple):
    """The folders of a user, by the XDG base directory specification."""

    state: str
    config: str
    home: str

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "Places":
        """Find the folders of an environment. Raises ConfigurationError if there is no absolute state folder."""
        home = home_of(environ)
        state = environ.get("XDG_STATE_HOME") or os.path.join(home, ".local", "state")
        config = environ.get("XDG_CONFIG_HOME") or os.path.join(home or os.sep, ".config")
        if not os.path.isabs(state):
            raise ConfigurationError("the path of the state folder is not absolute", hint="set XDG_STATE_HOME or HOME")
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
        """Return the folder of the files that runs of this lockfile keep."""
        return os.path.join(self.state, "runs", digest_of(lockfile))
