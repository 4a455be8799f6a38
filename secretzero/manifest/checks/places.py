"""Places that two lanes share, so that one would overwrite the other's values."""

from collections.abc import Callable, Iterable

from ...options.problems import Problems
from ..sections.secrets import Draft


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
                message = f"lanes '{lane}' and '{other}' both write {mine.target.uri}"
                problems.say(mine.target.mark, mine.path, message, "let the path depend on the lane", "warning")
