"""Showing, exporting and importing the project key."""

from attrs import frozen

from ...errors import KeyMissingError, LockfileError
from ...keys import ProjectKey
from ...lockfile.model import KeyRecord
from ...values import SecretValue
from ..engine import Engine
from ..state.project_key import ProjectKeys, key_missing


@frozen
class KeyState:
    """What may be shown about the key of a project.

    Attributes:
        project: Id of the project.
        id: Id of the key.
        check: A short digest that finds a wrong key.
        here: Whether this machine has the key.

    Example:
        >>> from secretzero import Engine
        >>> from secretzero.shell import key_state
        >>> key_state(Engine.open("Secretfile.yml")).here
        True
    """

    project: str
    id: str
    check: str
    here: bool


def key_state(engine: Engine) -> KeyState:
    """Return what is known of the project key on this machine. Raises LockfileError before a first sync."""
    project, record = _recorded(engine)
    try:
        key = ProjectKeys(engine.disk, engine.places, engine.environ).find(project, record)
    except KeyMissingError:
        key = None
    return KeyState(project, id=record.id, check=record.check, here=key is not None)


def export_key(engine: Engine) -> SecretValue:
    """Return the key in the form that people carry; the audit record is written first. Raises KeyMissingError."""
    project, record = _recorded(engine)
    key = ProjectKeys(engine.disk, engine.places, engine.environ).find(project, record)
    if key is None:
        raise key_missing(project)
    engine.audit("key export", [project])
    return SecretValue(key.to_text())


def import_key(engine: Engine, text: SecretValue, *, force: bool = False) -> KeyState:
    """Keep a key for this project on this machine; the audit record is written first.

    Raises UsageError for an invalid key, and KeyMissingError for one that does not match the lockfile, unless `force`.
    """
    project, record = _recorded(engine)
    key = ProjectKey.from_text(str(text.reveal()))
    if key.check != record.check and not force:
        hint = "import the key of this project, or use --force"
        raise KeyMissingError(f"this is not the key of project {project}: the checksum differs", hint=hint)
    engine.audit("key import", [project])
    ProjectKeys(engine.disk, engine.places, engine.environ).replace(project, key)
    return KeyState(project, key.id, key.check, here=True)


def _recorded(engine: Engine) -> tuple[str, KeyRecord]:
    """Return project and key as the lockfile of this environment has them."""
    lockfile = engine.lockfile
    if lockfile.key is None:
        message = "this project has no key yet: the first sync creates it"
        raise LockfileError(message, hint="run secretzero sync", file=engine.manifest.lockfile)
    return lockfile.project, lockfile.key
