"""What is checked once every section has been read: names, places and needs of secrets, compared with one another."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from ..errors import Severity
from ..files import Disk
from ..options.nodes import Map, Mark, Node, Problems, Scalar, below
from ..places import absolute
from .context import Loading
from .model import NamedFile, Secret, variable_of
from .named_files import files_in
from .sections.secrets import NO_TARGET, Draft
from .sections.targets import Placed

_SHOWN_NAMES = 5


def check_names(drafts: list[Draft], problems: Problems) -> None:
    """Refuse names that are given twice, as a field, as an environment name, or as a former name."""
    first: dict[str, Draft] = {}
    for draft in drafts:
        other = first.setdefault(draft.secret.name, draft)
        if other is not draft:
            message = f"duplicate name: already used at {problems.place(other.secret.mark)}"
            problems.say(draft.secret.mark, f"{draft.path}.name", message)
    former: dict[str, Mark] = {}
    for draft in drafts:
        if draft.secret.template:
            _check_fields(draft, first, problems)
        if draft.secret.formerly:
            _check_formerly(draft, first, former, problems)
    _check_variables(list(first.values()), problems)


def _check_fields(draft: Draft, by_name: Mapping[str, Draft], problems: Problems) -> None:
    for field in draft.secret.fields:
        other = by_name.get(f"{draft.secret.name}.{field.name}")
        if other:
            message = f"conflicts with field '{field.name}' of the secret at {problems.place(draft.secret.mark)}"
            problems.say(other.secret.mark, f"{other.path}.name", message)


def _check_formerly(draft: Draft, by_name: Mapping[str, Draft], former: dict[str, Mark], problems: Problems) -> None:
    name, mark, path = draft.secret.formerly, draft.node.items["formerly"].mark, f"{draft.path}.formerly"
    if name in by_name:
        problems.say(mark, path, "is the name of a secret that is still declared")
    if former.setdefault(name, mark) is not mark:
        problems.say(mark, path, f"duplicate former name: already used at {problems.place(former[name])}")


def _check_variables(drafts: list[Draft], problems: Problems) -> None:
    """Refuse two secrets that one environment variable would supply."""
    seen: dict[str, Draft] = {}
    for draft in drafts:
        for name in variables_of(draft.secret):
            other = seen.setdefault(name, draft)
            if other is not draft:
                message = (
                    f"shares the environment variable {name} with the secret at {problems.place(other.secret.mark)}"
                )
                problems.say(draft.secret.mark, f"{draft.path}.name", message)
                break


def variables_of(secret: Secret) -> Iterator[str]:
    """Yield the environment names that supply a secret, its fields and its parts; a derived one has none."""
    if secret.nature == "derived":
        return
    name = variable_of(secret.name)
    yield name
    for field in secret.fields:
        if field.name:
            yield f"{name}_{variable_of(field.name)}"
        elif field.generator is not None and len(field.generator.parts) > 1:
            yield from (f"{name}_{variable_of(part)}" for part in field.generator.parts if part)


def check_places(drafts: list[Draft], loading: Loading) -> None:
    """Refuse two targets with one identity, and targets on one object that want it differently."""
    places: dict[str, Placed] = {}
    objects: dict[str, Placed] = {}
    for draft in drafts:
        for place in draft.origin.placed:
            if place.made.options is None:
                continue
            target = place.target
            other = places.setdefault(target.uri, place)
            if other is not place:
                _say_collision(place, other, loading)
            sibling = objects.setdefault(target.object, place)
            if sibling.made is not place.made and sibling.made.whole != place.made.whole:
                _check_object(place, sibling, loading.problems)


def _say_collision(place: Placed, other: Placed, loading: Loading) -> None:
    problems = loading.problems
    message = f"duplicate target: {place.target.uri} is already used at {problems.place(other.target.mark)}"
    hint = f"the target profile '{loading.profile.name}' overrides options" if loading.profile.name else ""
    problems.say(place.target.mark, place.path, message, hint)


def _check_object(place: Placed, other: Placed, problems: Problems) -> None:
    for option, value in place.made.whole.items():
        before = other.made.whole.get(option, value)
        if before != value and not (isinstance(before, Mapping) and isinstance(value, Mapping)):
            message = f"'{option}' conflicts with the target on the same object at {problems.place(other.target.mark)}"
            problems.say(place.target.mark, place.path, message)


def check_each(drafts: list[Draft], problems: Problems) -> None:
    """Refuse local secrets that would leave this machine, and ways of rotating that a kind cannot go."""
    for draft in drafts:
        secret = draft.secret
        if secret.local and not draft.allow_cloud:
            _check_local(draft, problems)
        if secret.rotation.strategy == "dual":
            _check_dual(draft, problems)


def _check_local(draft: Draft, problems: Problems) -> None:
    for place in draft.origin.placed:
        if place.target.provider != "local":
            hint = "set local_allow_cloud: true to allow it"
            problems.say(
                place.target.mark, place.path, "the secret is local, but this target is not on this machine", hint
            )


def _check_dual(draft: Draft, problems: Problems) -> None:
    secret = draft.secret
    if secret.nature in {"issued", "unknown", "template"} or any(each.slot == "previous" for each in secret.targets):
        return
    rotation = draft.node.items["rotation"]
    mark = rotation.items["strategy"].mark if isinstance(rotation, Map) else rotation.mark
    message = "'dual' requires an issued kind, or a target with slot: previous"
    problems.say(mark, f"{draft.path}.rotation.strategy", message)


def warn(drafts: list[Draft], needed: frozenset[str], problems: Problems) -> None:
    """Warn about values that nobody else could get, and say what this version cannot carry out."""
    stranded = []
    for draft in drafts:
        secret = draft.secret
        if secret.unsupported:
            lost = secret.unsupported == NO_TARGET and secret.name not in needed
            severity: Severity = "warning" if lost else "notice"
            problems.say(secret.mark, draft.path, f"blocked: {secret.unsupported}", "", severity)
        elif not secret.local and not draft.origin.public and secret.nature != "derived" and _only_here(secret):
            stranded.append(draft)
        _warn_about_following(draft, problems)
    if stranded:
        _say_stranded(stranded, needed, problems)


def _only_here(secret: Secret) -> bool:
    return {target.provider for target in secret.targets} == {"local"}


def _say_stranded(stranded: list[Draft], needed: frozenset[str], problems: Problems) -> None:
    """Report all secrets in one warning, so that a project of files does not get one for each."""
    names = [draft.secret.name for draft in stranded]
    shown = ", ".join(names[:_SHOWN_NAMES]) + (
        f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
    )
    used = [name for name in names if name in needed]
    more = f"; {used[0]} is needed by another secret" if used else ""
    first = stranded[0]
    message = f"stored only in local files, so other machines cannot sync: {shown}{more}"
    problems.say(
        first.secret.mark, first.path, message, "set local: true, or add a target that all machines can read", "warning"
    )


def _warn_about_following(draft: Draft, problems: Problems) -> None:
    for index, entry in enumerate(draft.secret.sources):
        if entry.follow and entry.kind == "env" and not _only_here(draft.secret):
            path = below(draft.path, "source") + (f"[{index}]" if len(draft.secret.sources) > 1 else "")
            message = "reads the environment of whoever runs the command, but its targets are shared"
            problems.say(entry.mark, path, message, "", "warning")


def refuse_own_files(
    drafts: list[Draft], own: Sequence[NamedFile], *, folder: str, home: str, disk: Disk, problems: Problems
) -> None:
    """Refuse targets in these files, whatever links lead there: a write would destroy what it needs."""
    roles = {disk.real(each.path): each.role for each in reversed(own)}
    objects = {place.target.object: place for draft in drafts for place in draft.origin.placed if place.made.options}
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
    drafts: list[Draft], lane: str, others: Mapping[str, list[Draft]], problems: Problems
) -> None:
    """Warn once for each object that this lane and one of the `others` write the same places of."""
    own = {place.target.uri: place for draft in drafts for place in draft.origin.placed if place.made.options}
    said: set[str] = set()
    for other, theirs in others.items():
        for draft in theirs:
            for place in draft.origin.placed:
                mine = own.get(place.target.uri)
                if mine is None or not place.made.options or mine.target.object in said:
                    continue
                said.add(mine.target.object)
                message = f"environments '{lane}' and '{other}' both write {mine.target.uri}"
                problems.say(mine.target.mark, mine.path, message, "make the path depend on the environment", "warning")


_SHOWN_IN_CIRCLE = 10


def resolve_needs(
    drafts: list[Draft], declared: Collection[str], problems: Problems
) -> tuple[list[Draft], frozenset[str]]:
    """Replace what secrets refer to by the names of whole secrets, and refuse what names none, or itself.

    `declared` holds the names of all secrets, those that could not be read too. Returned are the drafts with the names
    of whole secrets in `needs`, and the names that any of them has there.
    """
    by_name = {draft.secret.name: draft for draft in drafts}
    found = [_resolved(draft, by_name, declared, problems) if draft.secret.needs else draft for draft in drafts]
    needed = frozenset(name for draft in found for name in draft.secret.needs)
    if needed:
        _refuse_circles(found, problems)
    return found, needed


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
    left_out = len(circle) - _SHOWN_IN_CIRCLE
    if left_out > 0:
        circle = [*circle[: _SHOWN_IN_CIRCLE - 1], f"{left_out} more", circle[-1]]
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
