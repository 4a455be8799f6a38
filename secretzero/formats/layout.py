"""The positions of the fields in a text, and edits that change some of the fields."""

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple, Protocol

from attrs import frozen

from ..errors import RejectedError
from ..values import Material

Key = Callable[[str], str]
Edit = tuple[int, int, str]


class Member(NamedTuple):
    """A field and its position: removing it deletes ``text[start:stop]``, setting it replaces ``text[middle:end]``.

    `middle` is -1 if the field is spread over the file, so that a new value goes to the end instead. `kept` is a
    comment inside the old value that is kept after the new one. `locked` says why the field cannot be changed.
    `misread` is true if some reader of the dialect gets something other than `value`.
    """

    name: str
    value: Material
    start: int
    middle: int
    end: int
    stop: int
    kept: str = ""
    locked: str = ""
    misread: bool = False


def same(one: Material | Mapping[str, Material], other: Material | Mapping[str, Material]) -> bool:
    """Return whether two values are equal as JSON values: 1, 1.0, true and "1" are all different."""
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def newline(text: str) -> str:
    """Return the line ending of a text: that of its first line."""
    first = text.find("\n")
    return "\r\n" if first > 0 and text[first - 1] == "\r" else "\n"


def refused_at(text: str, position: int, why: str, *, hint: str = "") -> RejectedError:
    """Return the error for a text that is not valid at a position; `why` follows the line number, counted from 1."""
    line = text.count("\n", 0, position) + 1
    return RejectedError(f"line {line}{why}", hint=hint)


def line_end(text: str, position: int) -> int:
    """Return the end of the line of a position, after its line ending."""
    end = text.find("\n", position)
    return len(text) if end < 0 else end + 1


def whole_lines(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span of the lines that a statement occupies, including the last line ending."""
    return text.rfind("\n", 0, start) + 1, line_end(text, end)


class Layout(Protocol):
    """The fields of one text."""

    @property
    def members(self) -> Sequence[Member]:
        """Return the fields in the order of the text; if a name occurs several times, the last one counts."""

    def splice(self, changed: Mapping[str, str], gone: Collection[str], key: Key) -> str:
        """Return the text with `changed` set and `gone` removed; `key` formats the name of a new field."""


@frozen
class Lines:
    """Fields on lines of their own, in the order of the text.

    New fields are inserted at `at`, one per line: `indent`, key, `joint`, value. `lead` goes between the kept part of
    an existing field and its new value.
    """

    text: str
    members: Sequence[Member]
    joint: str
    lead: str = ""
    at: int = -1
    indent: str = ""

    def splice(self, changed: Mapping[str, str], gone: Collection[str], key: Key) -> str:
        """Return the text with `changed` set and `gone` removed."""
        edits, placed = list[Edit](), set[str]()
        for member in self.members:
            name = member.name
            if name not in changed and name not in gone:
                continue
            _refuse_locked(member)
            if name in gone or member.middle < 0:
                edits.append((member.start, member.stop, ""))
            else:
                placed.add(name)
                edits.append((member.middle, member.end, self._set(member, changed[name])))
        added = [f"{self.indent}{key(name)}{self.joint}{new}" for name, new in changed.items() if name not in placed]
        pieces, position = list[str](), 0
        # Of two edits at one position the earlier in the list goes first: a value, then the lines after it.
        for start, end, new in sorted(edits + self._put(added, edits), key=lambda edit: edit[:2]):
            pieces += (self.text[position:start], new)
            position = end
        return "".join((*pieces, self.text[position:]))

    def _set(self, member: Member, new: str) -> str:
        """Return the new value, with a space before a comment that directly followed the old one."""
        space = " " if self.text.startswith("#", member.end) else ""
        return f"{self.lead}{new}{member.kept}{space}"

    def _put(self, added: Sequence[str], edits: Sequence[Edit]) -> list[Edit]:
        """Insert each new field on a line of its own, with the line ending of the text."""
        if not added:
            return []
        text, end = self.text, newline(self.text)
        at = len(text) if self.at < 0 else self.at
        unended = at > 0 and text[at - 1] != "\n" and not (edits and edits[-1][1:] == (at, ""))
        return [(at, at, (end if unended else "") + "".join(line + end for line in added))]


@frozen
class Braces:
    """Fields in braces, separated by commas; `open` is after the opening brace, `close` before the closing one."""

    text: str
    members: Sequence[Member]
    open: int
    close: int
    colon: str = ": "

    def splice(self, changed: Mapping[str, str], gone: Collection[str], key: Key) -> str:
        """Return the text with `changed` set and `gone` removed; whitespace follows the style of the first field."""
        text, members = self.text, self.members
        lead, tail = self._margins()
        separators = [text[one.end : two.start] for one, two in pairwise(members)]
        known = separators[0] if separators and not separators[0].strip(" \t\r\n,") else ""
        joint = known or ("," + lead if "\n" in lead else ", ")
        pieces = list[str]()
        for member, before in zip(members, [lead, *separators], strict=False):
            if member.name not in gone:
                pieces += (before if pieces else lead, self._kept(member, changed, lead))
        present = {member.name for member in members}
        for name, new in changed.items():
            if name not in present:
                pieces += (joint if pieces else lead, key(name), self.colon, _laid_out(new, lead))
        inside = "".join((*pieces, tail)) if pieces else ""
        return text[: self.open] + inside + text[self.close :]

    def _margins(self) -> tuple[str, str]:
        """Return the text before the first field and after the last."""
        if not self.members:
            end = newline(self.text)
            return end + "  ", end
        return self.text[self.open : self.members[0].start], self.text[self.members[-1].end : self.close]

    def _kept(self, member: Member, changed: Mapping[str, str], lead: str) -> str:
        """Return a field that is kept, with its new value if it has one."""
        if member.name not in changed:
            return self.text[member.start : member.end]
        _refuse_locked(member)
        return self.text[member.start : member.middle] + _laid_out(changed[member.name], lead)


def _laid_out(value: str, lead: str) -> str:
    """Indent a tab-indented value like the fields around it, or put it on one line."""
    if "\n" not in value:
        return value
    if "\n" not in lead:
        return re.sub(r"\n\t*", " ", value)
    unit = lead[lead.rindex("\n") + 1 :]
    return re.sub(r"\n(\t*)", lambda found: lead + unit * len(found[1]), value)


def _refuse_locked(member: Member) -> None:
    if member.locked:
        raise RejectedError(f"{json.dumps(member.name)}: {member.locked}")
