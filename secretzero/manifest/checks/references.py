"""The secrets that secrets are made from: known, unambiguous, and not in a circle."""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from ...options.nodes import Map, Mark, Node, Problems, Scalar
from ..model import Secret
from ..sections.secrets import Draft

_SHOWN = 10


class Resolved(NamedTuple):
    """The drafts with the names of whole secrets in `needs`, and the names that any of them has there."""

    drafts: list[Draft]
    needed: frozenset[str]


def resolve_needs(drafts: list[Draft], declared: Collection[str], problems: Problems) -> Resolved:
    """Replace what secrets refer to by the names of whole secrets, and refuse what names none, or itself.

    `declared` holds the names of all secrets, those that could not be read too.
    """
    by_name = {draft.secret.name: draft for draft in drafts}
    found = [_resolved(draft, by_name, declared, problems) if draft.secret.needs else draft for draft in drafts]
    needed = frozenset(name for draft in found for name in draft.secret.needs)
    if needed:
        _refuse_circles(found, problems)
    return Resolved(found, needed)


def _resolved(draft: Draft, by_name: Mapping[str, Draft], declared: Collection[str], problems: Problems) -> Draft:
    names = []
    for written in draft.secret.needs:
        readings = sorted(_readings(written, by_name), key=len)
        if len(readings) == 1 or written in by_name:
            names.append(written if written in by_name else readings[0])
        elif readings:
            message = f"'{written}' is a field of '{readings[0]}' and of '{readings[-1]}'"
            problems.say(_mark(draft, written), draft.path, message, "rename one of them")
        elif written not in declared:
            hint = problems.nearest(written, declared)
            problems.say(_mark(draft, written), draft.path, f"unknown secret '{written}'", hint)
    needs = tuple(dict.fromkeys(names))
    return draft if needs == draft.secret.needs else draft._replace(secret=draft.secret._replace(needs=needs))


def _readings(written: str, by_name: Mapping[str, Draft]) -> Iterator[str]:
    """Find the secrets of which a text ``name.field`` can be a field."""
    at = written.find(".")
    while at >= 0:
        draft = by_name.get(written[:at])
        if draft and _has_field(draft.secret, written[at + 1 :]):
            yield written[:at]
        at = written.find(".", at + 1)


def _has_field(secret: Secret, path: str) -> bool:
    """Return whether a path leads into a secret; only templates say which fields they have."""
    if not secret.template:
        return True
    return any(path == field.name or path.startswith(f"{field.name}.") for field in secret.fields)


def _mark(draft: Draft, written: str) -> Mark:
    """Return where a secret refers to another one."""
    for key in ("config", "source"):
        found = _find(draft.node.items.get(key), written)
        if found:
            return found
    return draft.secret.mark


def _find(node: Node | None, written: str) -> Mark | None:
    if isinstance(node, Scalar):
        return node.mark if node.value == written else None
    if node is None:
        return None
    inside = node.items.values() if isinstance(node, Map) else node.items
    return next((found for child in inside if (found := _find(child, written))), None)


def _refuse_circles(drafts: list[Draft], problems: Problems) -> None:
    """Report each circle once, at its first secret."""
    by_name = {draft.secret.name: draft for draft in drafts}
    done: set[str] = set()
    for draft in drafts:
        circle = _circle(draft.secret.name, by_name, done)
        if circle:
            first = by_name[circle[0]]
            message = f"depends on itself: {_shown(circle)}"
            problems.say(_mark(first, circle[1]), first.path, message)


def _shown(circle: list[str]) -> str:
    """Write a circle down, of a long one its first names and its end."""
    left_out = len(circle) - _SHOWN
    if left_out > 0:
        circle = [*circle[: _SHOWN - 1], f"{left_out} more", circle[-1]]
    return " → ".join(circle)


def _circle(start: str, by_name: Mapping[str, Draft], done: set[str]) -> list[str]:
    """Walk from a secret through all that it needs, without recursion; return the first circle that it meets."""
    trail: list[str] = []
    on_trail: set[str] = set()
    waiting = [(start, False)]
    while waiting:
        name, left = waiting.pop()
        if left:
            on_trail.discard(trail.pop())
            done.add(name)
        elif name in on_trail:
            done.update(trail)
            return [*trail[trail.index(name) :], name]
        elif name not in done and name in by_name:
            trail.append(name)
            on_trail.add(name)
            waiting.append((name, True))
            waiting.extend((need, False) for need in reversed(by_name[name].secret.needs))
    return []
