"""What a git merge driver does to the bytes of lockfiles, and what mends a merge without it."""

import re

from .document import parse_lockfile, render_lockfile
from .merge import merge_lockfiles
from .sides import resolve_conflicts

_CONFLICT = re.compile(rb"^<{7}(?: |\r?$)", re.MULTILINE)


def merged_bytes(base: bytes, ours: bytes, theirs: bytes, name: str) -> bytes:
    """Merge two lockfiles as git hands them over; an empty `base` stands for none. The sides may be swapped.

    `name` is what messages call the file. Raises LockfileError when a side is none, or belongs to another project.
    """
    origin = parse_lockfile(base, name) if base.strip() else None
    sides = (parse_lockfile(ours, name), parse_lockfile(theirs, name))
    return render_lockfile(merge_lockfiles(origin, *sides), None)[0]


def resolved_bytes(content: bytes, name: str, sides: tuple[bytes, bytes, bytes] | None = None) -> bytes:
    """Merge the two sides of a lockfile that git left in conflict; one without a conflict is returned as it is.

    `sides` are base, ours and theirs as git keeps them. Without them the markers in the file say what each side has,
    as far as they can: lines of both, that git merged alone, may have met wrongly. Raises LockfileError when the
    markers do not match, or a side is no lockfile of this project.
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
