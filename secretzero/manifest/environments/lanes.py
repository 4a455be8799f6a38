"""The lanes that `environments` declares."""

import re
from collections.abc import Mapping

from attrs import frozen

from ...errors import Problem
from ...options.marks import Mark
from ...options.nodes import Files, Map, Node, Scalar, Seq, below, plain
from ...options.problems import did_you_mean

_DOCUMENTATION = frozenset(("description", "notes", "tags", "purpose", "automation_hint", "documentation_url", "owner"))
_KEYS = ("var_files", "lockfile", "target_profile", "labels")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}\Z").match


@frozen
class Lane:
    """One environment: what it reads, and where its lockfile is. Paths stand as they are written, ``""`` for none."""

    name: str
    var_files: tuple[str, ...] = ()
    lockfile: str = ""
    target_profile: str = ""
    labels: Mapping[str, object] = {}
    mark: Mark = Mark()
    lockfile_mark: Mark = Mark()
    target_profile_mark: Mark = Mark()
    var_file_marks: tuple[Mark, ...] = ()


def read_lanes(
    environments: Map, files: Files, problems: list[Problem], *, lenient: bool = False
) -> tuple[dict[str, Lane], str]:
    """Return the lanes by name, and the name of the default one (``""`` for none)."""
    reader = _Reader(files, problems, lenient=lenient)
    reader.known(environments, ("default", "profiles"), "environments")
    default = reader.text(environments, "default", "environments")
    profiles = reader.map(environments, "profiles", "environments")
    return {name: reader.lane(name, profiles) for name in profiles.items}, default


class _Reader:
    """Reads the maps of `environments` and says what is wrong with them."""

    def __init__(self, files: Files, problems: list[Problem], *, lenient: bool) -> None:
        self.files = files
        self.problems = problems
        self.lenient = lenient

    def say(self, mark: Mark, path: str, message: str, hint: str = "", severity: str = "error") -> None:
        """Add a problem."""
        self.problems.append(self.files.problem(mark, path, message, hint, severity))

    def known(self, node: Map, names: tuple[str, ...], path: str) -> None:
        """Refuse keys that mean nothing."""
        for key in node.items:
            if key not in names and key not in _DOCUMENTATION and not key.startswith("x-"):
                severity = "warning" if self.lenient else "error"
                self.say(node.keys[key], below(path, key), "unknown key", did_you_mean(key, names), severity)

    def text(self, node: Map, key: str, path: str) -> str:
        """Read a text; a plain number is text as it is written."""
        item = node.items.get(key)
        if item is None or _is_null(item):
            return ""
        return self.words(item, below(path, key))

    def words(self, item: Node, path: str) -> str:
        """Read a text that must not be empty."""
        if not isinstance(item, Scalar) or item.value is None or isinstance(item.value, bool):
            self.say(item.mark, path, "wants text")
            return ""
        if not item.text:
            self.say(item.mark, path, "may not be empty")
        return item.text

    def map(self, node: Map, key: str, path: str) -> Map:
        """Read a map."""
        item = node.items.get(key)
        if isinstance(item, Map):
            return item
        if item is not None and not _is_null(item):
            self.say(item.mark, below(path, key), "wants a map")
        return Map({}, {}, node.mark)

    def lane(self, name: str, profiles: Map) -> Lane:
        """Read one lane."""
        path, mark = below("environments.profiles", name), profiles.keys[name]
        if not _NAME(name):
            self.say(mark, path, "not the name of a lane", "use letters, digits, _ . and -, at most 64")
        node = self.map(profiles, name, "environments.profiles")
        self.known(node, _KEYS, path)
        var_files = self.paths(node, below(path, "var_files"))
        return Lane(
            name=name,
            var_files=tuple(var_files),
            lockfile=self.text(node, "lockfile", path),
            target_profile=self.text(node, "target_profile", path),
            labels=plain(self.map(node, "labels", path)),  # type: ignore[arg-type]
            mark=mark,
            lockfile_mark=_mark_of(node, "lockfile"),
            target_profile_mark=_mark_of(node, "target_profile"),
            var_file_marks=tuple(var_files.values()),
        )

    def paths(self, node: Map, path: str) -> dict[str, Mark]:
        """Read the var files of a lane, each with where it is named."""
        item = node.items.get("var_files")
        if item is None or _is_null(item):
            return {}
        if not isinstance(item, Seq):
            self.say(item.mark, path, "wants a list of paths")
            return {}
        found: dict[str, Mark] = {}
        for index, entry in enumerate(item.items):
            where = f"{path}[{index}]"
            name = self.words(entry, where)
            if name in found:
                self.say(entry.mark, where, "the same var file twice", "remove one")
            elif name:
                found[name] = entry.mark
        return found


def _is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value is None


def _mark_of(node: Map, key: str) -> Mark:
    item = node.items.get(key)
    return item.mark if item else node.mark
