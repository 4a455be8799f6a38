"""Merging the bytes of lockfiles: for the git merge driver, and after a merge without it."""

import re

from .document import parse_lockfile, render_lockfile
from .merge import merge_lockfiles
from .sides import resolve_conflicts

_CONFLICT = re.compile(rb"^<{7}(?: |\r?$)", re.MULTILINE)


def merged_bytes(base: bytes, ours: bytes, theirs: bytes, name: str) -> bytes:
    """Merge two lockfiles as git passes them; an empty `base` means that there is none. The sides may be swapped.

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
    found = resolve_conflicts(content, name)
    merged = render_lockfile(merge_lockfiles(found.base, found.ours, found.theirs), None)[0]
    parse_lockfile(merged, name)
    return merged
