"""Places that no target may have: SecretZero's own files, and what another environment writes."""

from collections.abc import Callable, Iterable, Sequence

from ...files import Disk
from ...options.nodes import Problems
from ...places import absolute
from ..model import NamedFile
from ..named_files import files_in
from ..sections.secrets import Draft


def refuse_own_files(
    drafts: list[Draft], own: Sequence[NamedFile], *, folder: str, home: str, disk: Disk, problems: Problems
) -> None:
    """Refuse targets in these files, whatever links lead there: a write would destroy what it needs."""
    roles = {disk.real(each.path): each.role for each in reversed(own)}
    objects = {place.target.object: place for draft in drafts for place in draft.placed if place.made.options}
    for place in objects.values():
        for path in files_in(place.made.options):
            try:
                role = roles.get(disk.real(absolute(path, folder=folder, home=home)))
            except OSError:
                # Links that go round are an error of the target, when it is used.
                continue
            if role:
                problems.say(place.target.mark, place.path, f"a target must not be {role}", "use another file")


def warn_about_shared_places(
    drafts: list[Draft], lane: str, others: Iterable[str], read: Callable[[str], list[Draft]], problems: Problems
) -> None:
    """Warn once for each object that this lane and another one write the same places of.

    `read` returns the secrets of another lane, or none when that lane is not valid.
    """
    own = {place.target.uri: place for draft in drafts for place in draft.placed if place.made.options}
    said: set[str] = set()
    for other in others:
        for draft in read(other):
            for place in draft.placed:
                mine = own.get(place.target.uri)
                if mine is None or not place.made.options or mine.target.object in said:
                    continue
                said.add(mine.target.object)
                message = f"environments '{lane}' and '{other}' both write {mine.target.uri}"
                problems.say(mine.target.mark, mine.path, message, "make the path depend on the environment", "warning")
