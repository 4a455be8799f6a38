"""The sides of a lockfile that git merged without the merge driver, and left with conflict markers."""

from contextlib import suppress
from typing import NamedTuple

from ..errors import LockfileError
from .document import parse_lockfile
from .model import Lockfile

_NEXT = {
    ("", "<<<<<<<"): "ours",
    ("ours", "|||||||"): "base",
    ("ours", "======="): "theirs",
    ("base", "======="): "theirs",
    ("theirs", ">>>>>>>"): "",
}
_MARKERS = frozenset(marker for _, marker in _NEXT)


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
    owners, shown = _owners(lines, name)
    base = None
    if shown:
        with suppress(LockfileError):
            base = _side("base", lines, owners, name)
    return Sides(base, _side("ours", lines, owners, name), _side("theirs", lines, owners, name))


def _owners(lines: list[str], name: str) -> tuple[list[str | None], bool]:
    """Say of each line whose it is (``""``: everybody's, None: a marker), and whether each conflict shows its base."""
    owners: list[str | None] = []
    side, shown = "", 0
    for number, line in enumerate(lines, 1):
        marker = line[:7] if line[7:8] in {"", " ", "\r"} else ""
        if marker in _MARKERS and (side or marker == "<<<<<<<"):
            if (side, marker) not in _NEXT:
                raise _unmatched(name, number)
            shown += {"|": 1, "<": -1}.get(marker[0], 0)
            side = _NEXT[side, marker]
            owners.append(None)
        else:
            owners.append(side)
    if side:
        raise _unmatched(name, len(lines))
    return owners, shown == 0 and None in owners


def _unmatched(name: str, line: int) -> LockfileError:
    hint = "take the lockfile of one side: git checkout --ours or --theirs"
    return LockfileError("the conflict markers do not match", hint=hint, file=name, line=line, column=1)


def _side(side: str, lines: list[str], owners: list[str | None], name: str) -> Lockfile:
    """Parse one side; the lines of the others are blank, so that messages count as the file does.

    Heads may be common to both sides while a generation that they name is not.
    """
    kept = (line if owner in {"", side} else "" for line, owner in zip(lines, owners, strict=True))
    return parse_lockfile("\n".join(kept).encode("utf-8", "surrogateescape"), name, half=True)
