"""The sides of a lockfile that git merged without the merge driver, and left with conflict markers."""

from contextlib import suppress
from typing import NamedTuple

from ..errors import LockfileError
from .document import parse_lockfile
from .model import Lockfile

_MARKERS = {"<<<<<<<": "ours", "|||||||": "base", "=======": "theirs", ">>>>>>>": ""}


class Sides(NamedTuple):
    """What `merge_lockfiles` takes; `base` is there when git was told to show it (``diff3``)."""

    base: Lockfile | None
    ours: Lockfile
    theirs: Lockfile


def resolve_conflicts(content: bytes, name: str) -> Sides:
    """Read both sides out of a file with conflict markers; without markers both are the file.

    Raises LockfileError where the markers do not match or a side is no lockfile; lines are those of the file.
    """
    lines = content.decode("utf-8", "surrogateescape").split("\n")
    texts: dict[str, list[str]] = {"base": [], "ours": [], "theirs": []}
    side, opened, shown = "", 0, True
    for number, line in enumerate(lines, 1):
        marker = _marker(line)
        if marker in _MARKERS and (side or marker == "<<<<<<<"):
            shown &= not (marker == "=======" and side == "ours")
            side, opened = _MARKERS[marker], number
            line = ""  # noqa: PLW2901 - a marker is an empty line of every side, so that lines keep their numbers
        for which, text in texts.items():
            text.append(line if side in {"", which} else "")
    if side:
        raise LockfileError(
            "a conflict marker without its end", hint="take the file from one side", file=name, line=opened, column=1
        )
    ours, theirs = (_parse(texts[which], name) for which in ("ours", "theirs"))
    base = None
    if opened and shown:
        with suppress(LockfileError):
            base = _parse(texts["base"], name)
    return Sides(base, ours, theirs)


def _marker(line: str) -> str:
    return line[:7] if line[7:8] in {"", " ", "\r"} else ""


def _parse(lines: list[str], name: str) -> Lockfile:
    return parse_lockfile("\n".join(lines).encode("utf-8", "surrogateescape"), name)
