"""Looks for thousands of canaries at once, and keeps count of how much was searched."""

import os
from collections.abc import Iterator, Mapping

from secretzero.testing.canary import Canaries, forms

_BEGIN = 8


class Search:
    """Every form of every canary, found by how it begins: one pass over a place, however many canaries there are."""

    def __init__(self, canaries: Canaries) -> None:
        self._canaries = canaries
        self._needles: dict[bytes, list[tuple[int, str, bytes]]] = {}
        self._known = 0
        self._clean: dict[str, bytes] = {}
        self.forms = 0
        self.searched = 0

    def hits(self, where: bytes) -> set[tuple[int, str]]:
        """Return the number of each canary that is there, with its form; never the value."""
        self._learn()
        self.searched += 1
        found = set()
        begins = self._needles
        for at in range(len(where) - _BEGIN + 1):
            if where[at : at + _BEGIN] in begins:
                found |= {
                    (number, form)
                    for number, form, needle in begins[where[at : at + _BEGIN]]
                    if where.startswith(needle, at)
                }
        return found

    def hits_in_files(self, files: Mapping[str, bytes]) -> dict[str, set[tuple[int, str]]]:
        """Search files; one that was found clean is searched again when it or the canaries have changed."""
        if self._learn():
            self._clean.clear()
        found = {}
        for path, content in files.items():
            if self._clean.get(path) == content:
                self.searched += 1
                continue
            if hits := self.hits(content):
                found[path] = hits
            else:
                self._clean[path] = content
        return found

    def figure(self, what: str) -> str:
        """Return how much was searched."""
        return f"{what}: {self._known} values x {self.forms} forms x {self.searched} places: 0 hits"

    def _learn(self) -> bool:
        """Take in canaries that are new; say whether there were any."""
        new = self._canaries.values[self._known :]
        for number, value in enumerate(new, self._known):
            every = forms(value)
            self.forms = max(self.forms, len(every))
            for form, needle in every.items():
                for each in {needle, needle.upper() if form == "hex" else needle}:
                    self._needles.setdefault(each[:_BEGIN], []).append((number, form, each))
        self._known += len(new)
        return bool(new)


def files_below(*tops: str) -> Iterator[str]:
    """Yield the path of every file below some folders."""
    for top in tops:
        for folder, _, names in os.walk(top):
            yield from (os.path.join(folder, name) for name in names)
