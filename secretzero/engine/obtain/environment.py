"""Which environment variables supply a secret's value."""

import json
from collections.abc import Iterable, Mapping

from ...errors import NoValueError, RejectedError
from ...manifest.model import variable_of
from ...protocols import Generator
from ...values import Material, SecretValue

LONG = "SECRETZERO_SECRET_"
_RESERVED = frozenset(
    "HOME PATH USER USERNAME LOGNAME SHELL PWD OLDPWD LANG LANGUAGE TERM TMPDIR TMP TEMP TZ EDITOR VISUAL PAGER HOST "
    "HOSTNAME MAIL DISPLAY SHLVL IFS PS1 UID EUID GID CI DEBUG PORT".split()
)
_RESERVED_STARTS = (
    "LC_", "XDG_", "SSH_", "SUDO_", "LD_", "DYLD_", "PYTHON", "NODE_", "HTTP_", "HTTPS_", "NO_PROXY", "ALL_PROXY",
    "SECRETZERO_",
)  # fmt: skip


def short_names(name: str) -> tuple[str, ...]:
    """Return the plain environment names that may supply a secret; names that mean something else are left out."""
    names = dict.fromkeys((variable_of(name), name.upper()))
    return tuple(n for n in names if n not in _RESERVED and not n.startswith(_RESERVED_STARTS))


def long_name(name: str) -> str:
    """Return the environment name that works for every secret."""
    return LONG + variable_of(name)


def all_names(name: str) -> tuple[str, ...]:
    """Return the names that may supply a secret, the one that is asked first in front."""
    return (long_name(name), *short_names(name))


def preferred_name(name: str) -> str:
    """Return the name to show a person: the short one unless it means something else."""
    return next(iter(short_names(name)), long_name(name))


def begun_by(environ: Mapping[str, str]) -> frozenset[str]:
    """Return every beginning, up to a ``_`` or the end, of the names in an environment.

    A secret whose names are not among them gets nothing from it: one look saves asking for each name and part.
    """
    found: set[str] = set()
    for name in environ:
        pieces = name.split("_")
        found.update("_".join(pieces[:count]) for count in range(1, len(pieces) + 1))
    return frozenset(found)


def supplied_by(
    environ: Mapping[str, str], names: Iterable[str], generator: Generator | None, layout: SecretValue | None
) -> tuple[SecretValue, str] | None:
    """Return the value that the first of these variables holds, and that variable's name; an empty one is unset.

    A map may also be given part by part, the rest of it being that of the `layout`, or as JSON. Raises NoValueError
    when only some parts are there, RejectedError when the JSON cannot be read.
    """
    leaves = _leaves(generator, layout)
    for name in names:
        if text := environ.get(name):
            return (_parsed(text, name) if leaves else SecretValue(text)), name
        given = {leaf: environ[part] for leaf in leaves if environ.get(part := f"{name}_{variable_of(leaf)}")}
        if given:
            return _assembled(given, name, leaves, layout), name
    return None


def _leaves(generator: Generator | None, layout: SecretValue | None) -> tuple[str, ...]:
    """Name the parts of a value that is a map; none for anything else."""
    parts = tuple(part for part in (generator.parts if generator else ()) if part)
    if parts or layout is None or layout.shape != "map":
        return parts
    material = layout.reveal()
    return tuple(material) if isinstance(material, dict) else ()


def _parsed(text: str, name: str) -> SecretValue:
    try:
        material = json.loads(text)
    except (ValueError, RecursionError):
        material = None
    if not isinstance(material, dict):
        raise RejectedError(f"{name} must hold a JSON object")
    return SecretValue(material)


def _assembled(given: Mapping[str, str], name: str, leaves: tuple[str, ...], layout: SecretValue | None) -> SecretValue:
    base = layout.reveal() if layout is not None else {}
    whole: dict[str, Material] = {**(base if isinstance(base, dict) else {}), **given}
    missing = [f"{name}_{variable_of(leaf)}" for leaf in leaves if _is_blank(whole.get(leaf))]
    if missing:
        raise NoValueError(f"only some parts are set: missing {', '.join(missing)}")
    return SecretValue(whole)


def _is_blank(leaf: Material) -> bool:
    return leaf is None or (isinstance(leaf, str) and not leaf.strip())
