"""Merging the bytes of lockfiles: for the git merge driver, and after a merge without it."""

import re
from contextlib import suppress

from ..errors import LockfileError
from .document import parse_lockfile
from .merge import merge_lockfiles
from .model import Lockfile
from .writing import render_lockfile

_CONFLICT = re.compile(rb"^<{7}(?: |\r?$)", re.MULTILINE)
_NEXT = {
    ("", "<<<<<<<"): "ours",
    ("ours", "|||||||"): "base",
    ("ours", "======="): "theirs",
    ("base", "======="): "theirs",
    ("theirs", ">>>>>>>"): "",
}
_MARKERS = frozenset(marker for _, marker in _NEXT)

Sides = tuple[Lockfile | None, Lockfile, Lockfile]
"""The arguments of `merge_lockfiles`; the base is known if git is configured to show it (``diff3``)."""


def merged_bytes(base: bytes, ours: bytes, theirs: bytes, name: str) -> bytes:
    """Merge two lockfiles as git passes them; an empty `base` means that there is none. The order does not matter.

    `name` is the file name in messages. Raises LockfileError if a side is not a lockfile or the projects differ.
    """
    origin = parse_lockfile(base, name) if base.strip() else None
    sides = (parse_lockfile(ours, name), parse_lockfile(theirs, name))
    return render_lockfile(merge_lockfiles(origin, *sides), None)[0]


def resolved_bytes(content: bytes, name: str, sides: tuple[bytes, bytes, bytes] | None = None) -> bytes:
    """Merge the two sides of a lockfile that git left in conflict; a file without a conflict is returned unchanged.

    `sides` are base, ours and theirs from the git index. Without them the sides are rebuilt from the conflict markers,
    as far as possible: lines that git combined without a conflict may not belong together. Raises LockfileError if
    the markers do not match or a side is not a lockfile of this project.
    """
    marked = _CONFLICT.search(content)
    if sides is not None and (marked or content == sides[1]):
        return merged_bytes(*sides, name)
    if not marked:
        return content
    merged = render_lockfile(merge_lockfiles(*resolve_conflicts(content, name)), None)[0]
    parse_lockfile(merged, name)
    return merged


def resolve_conflicts(content: bytes, name: str) -> Sides:
    """Read both sides from a file with conflict markers; without markers both sides are the file.

    Raises LockfileError if the markers do not match or a side is not a lockfile; line numbers are those of the file.
    """
    lines = content.decode("utf-8", "surrogateescape").split("\n")
    owners, shown = _owners(lines, name)
    base = None
    if shown:
        with suppress(LockfileError):
            base = _side("base", lines, owners, name)
    return base, _side("ours", lines, owners, name), _side("theirs", lines, owners, name)


def _owners(lines: list[str], name: str) -> tuple[list[str | None], bool]:
    """Return the side of each line (``""``: both, None: a marker), and whether every conflict shows its base."""
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
    hint = "keep the lockfile of one side: git checkout --ours or --theirs"
    return LockfileError("the conflict markers do not match", hint=hint, file=name, line=line, column=1)


def _side(side: str, lines: list[str], owners: list[str | None], name: str) -> Lockfile:
    """Parse one side; the lines of the others are blanked, so that line numbers match the file.

    Both sides may share a head that names a generation which only one of them has.
    """
    kept = (line if owner in {"", side} else "" for line, owner in zip(lines, owners, strict=True))
    return parse_lockfile("\n".join(kept).encode("utf-8", "surrogateescape"), name, half=True)
