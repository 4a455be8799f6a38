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


def resolved_bytes(content: bytes, name: str) -> bytes:
    """Merge the two sides of a lockfile with conflict markers; without markers it is returned as it is.

    Raises LockfileError when the markers do not match, or a side is no lockfile of this project.
    """
    if not _CONFLICT.search(content):
        return content
    sides = resolve_conflicts(content, name)
    merged = render_lockfile(merge_lockfiles(sides.base, sides.ours, sides.theirs), None)[0]
    parse_lockfile(merged, name)
    return merged
