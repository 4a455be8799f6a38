"""Targets that would overwrite what SecretZero itself reads and keeps."""

import os
from collections.abc import Mapping

from ...files import Disk
from ...options.problems import Problems
from ...refs import Ref
from ..environments.lockfiles import Lockfiles, absolute, local_lockfile
from ..environments.resolve import Resolved
from ..sections.secrets import Draft

_FILES = "file://"


def own_files(path: str, resolved: Resolved, locks: Lockfiles, home: str) -> Mapping[str, str]:
    """Return what the files of all lanes are called, by their absolute paths."""
    folder = os.path.dirname(path)
    var_files = [absolute(name, folder, home) for lane in resolved.lanes.values() for name in lane.var_files]
    return {
        **{local_lockfile(each): "the local lockfile" for each in locks.every},
        **dict.fromkeys(locks.every, "the lockfile"),
        **dict.fromkeys((*resolved.var_files, *var_files), "a var file"),
        path: "the manifest",
    }


def refuse_own_files(
    drafts: list[Draft], own: Mapping[str, str], folder: str, home: str, disk: Disk, problems: Problems
) -> None:
    """Refuse targets in these files, whatever links lead there: a write would destroy what it needs."""
    real = {disk.real(path): what for path, what in own.items()}
    objects = {place.target.object: place for draft in drafts for place in draft.placed if place.made.options}
    for uri, place in objects.items():
        if not uri.startswith(_FILES):
            continue
        try:
            what = real.get(disk.real(absolute(Ref.parse(uri).path, folder, home)))
        except OSError:
            # Links that go round are an error of the target, when it is used.
            continue
        if what:
            problems.say(place.target.mark, place.path, f"a target may not be {what}", "name another file")
