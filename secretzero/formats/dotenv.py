"""`.env` files: a dialect that sh, python-dotenv and node dotenv read the same way, and dialects of single readers.

If a name occurs several times, every occurrence is set. Readers that take the first one and readers that take the last
one then agree, and a line in between that refers to the name sees the same value.
"""

import re
from collections.abc import Callable

from attrs import frozen

from ..errors import RejectedError
from ..protocols import Constraints
from ..values import Material, as_text
from .format import Format, Syntax
from .layout import Lines, Member, refused_at

_HEAD = r"[ \t]*+(?:export[ \t]++)?(?P<name>[^\s=#'\"]++)(?P<joint>[ \t]*+=[ \t]*+)"
_END = r"(?=[ \t]*(?:[#\r\n]|\Z))"
_WORD_END = r"(?=[ \t]+#|[ \t]*(?:[\r\n]|\Z))"
_REST = r"[^\r\n]*(?:\r\n|[\r\n]|\Z)"
_WORD = r"(?P<word>(?!(?<=[ \t])#)(?:'[^']*'|\"(?:\\.|[^\"\\])*+\"|\\.|[^\s'\"\\]++)*)" + _WORD_END
_DOUBLE = r"\"(?P<double>(?:\\.|[^\"\\])*+)\"" + _END
_BARE = r"(?P<bare>(?!['\"])[^\r\n]*)"


_PLAIN = r"(?P<plain>[^\s'\"\\#]*+)(?=[\r\n]|\Z)"
_SINGLE = r"'(?P<single>[^']*)'" + _END
_ESCAPED = r"'(?P<escaped>(?:\\.|[^'\\])*+)'" + _END
_JOINED = rf"(?=['\"]){_WORD}"


def _line(*values: str) -> re.Pattern[str]:
    return re.compile(f"{_HEAD}(?:{'|'.join((*values, _BARE))}){_REST}", re.DOTALL)


# Order matters: for sh 'a\' is a complete string; the backslash is an escape only if that reading fails.
_PORTABLE = _line(_PLAIN, _SINGLE, _ESCAPED, _DOUBLE, _JOINED)
_POSIX = _line(_WORD)
_PYTHON = _line(_PLAIN, _ESCAPED, _SINGLE, _DOUBLE, _JOINED)
_SKIPPED = re.compile(r"(?:[ \t]*(?:#[^\r\n]*)?(?:\r\n|[\r\n]))+|[^\r\n]*(?:\r\n|[\r\n]|\Z)")
_OPENED = re.compile(_HEAD + "['\"]")
_COMMENT = re.compile(r"(?<!\s)\s+#")
_ESCAPES = dict(zip("abfnrtv", "\a\b\f\n\r\t\v", strict=True))
_LONE_RETURN = re.compile(r"\r(?!\n)")
_PIECE = re.compile(r"'([^']*)'|\"((?:\\.|[^\"\\])*+)\"|\\(.)|([^'\"\\]+)", re.DOTALL)

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*").fullmatch
_SAFE = re.compile(r"[A-Za-z0-9_./:@%+,-]+").fullmatch
# Variables that a shell sets itself, refuses to set or treats specially.
_SHELL = frozenset(
    (
        "_ UID EUID PPID BASHOPTS SHELLOPTS BASHPID BASH_VERSINFO BASH_COMMAND BASH_SUBSHELL BASH_ARGV0 BASH_ARGC"
        " BASH_ARGV BASH_ALIASES BASH_CMDS BASH_LINENO BASH_SOURCE DIRSTACK FUNCNAME GROUPS HISTCMD LINENO OPTIND"
        " RANDOM SRANDOM SECONDS EPOCHSECONDS EPOCHREALTIME COMP_WORDBREAKS PIPESTATUS"
    ).split()
)


@frozen
class Dotenv(Syntax):
    """A dialect of `.env`: how lines are parsed, which names are reserved, and how values are quoted."""

    line: re.Pattern[str]
    quote: Callable[[str], str]
    constraints: Constraints
    reserved: frozenset[str] = frozenset()
    shells: bool = True

    def layout(self, text: str) -> Lines:
        """Find every assignment; comments and lines of any other kind belong to no field.

        A dialect that shells read refuses a line that a shell joins with the next one, and a carriage return that
        does not end a line.
        """
        members, position = list[Member](), 0
        match, skip, size = self.line.match, _SKIPPED.match, len(text)
        slashed = self.shells and "\\" in text
        if self.shells and "\r" in text and (lone := _LONE_RETURN.search(text)):
            raise refused_at(text, lone.start(), ": readers disagree about a carriage return that does not end a line")
        while position < size:
            found = match(text, position)
            if found:
                members.append(_member(found, shells=self.shells))
            else:
                found = skip(text, position)
                if _OPENED.match(text, position):
                    raise refused_at(text, position, ": the quotes are not closed, or text follows the closing quote")
            if slashed and found and "\\" in found[0]:
                _refuse_continued(text, found)
            position = found.end() if found else size
        return Lines(text, members, joint="=", lead="=")

    def held(self, material: Material) -> Material:
        """Return the value as text."""
        return as_text(material)

    def check(self, name: str, held: Material) -> None:
        """Refuse invalid shell names, and values that a reader of this dialect would not read back unchanged."""
        if not _NAME(name):
            raise RejectedError(
                f"invalid name for a .env file: {name!r}",
                hint="use letters, digits and _ only, and do not start with a digit",
            )
        if name in self.reserved:
            raise RejectedError(
                f"reserved name: a shell or another reader of .env files treats {name!r} specially",
                hint="use another name",
            )
        try:
            self.value(held)
        except RejectedError as error:
            raise RejectedError(f"{name}: {error.message}") from None

    def value(self, held: Material) -> str:
        """Quote the value, unless every reader takes it as it is."""
        text = as_text(held)
        if _SAFE(text):
            return text
        if "\0" in text or "\r" in text:
            raise RejectedError("a .env file cannot hold NUL or a carriage return")
        return self.quote(text)


def _member(found: re.Match[str], *, shells: bool) -> Member:
    kind = found.lastgroup or ""
    raw = found[kind]
    end = found.end(kind)
    if kind == "bare":
        raw = _without_comment(raw, found["joint"])
        end = found.start(kind) + len(raw)
    elif kind in _QUOTED:
        end += 1
    if not raw and kind not in _QUOTED:
        end = found.start("joint") + len(found["joint"].rstrip())
    read, joint = _READ.get(kind), found["joint"]
    # sh runs `A =1` as the command A, and `A= 1` as the command 1.
    misread = shells and joint != "=" and (joint[0] != "=" or bool(raw) or kind in _QUOTED)
    start, middle = found.start(), found.end("name")
    return Member(found["name"], read(raw) if read else raw, start, middle, end, found.end(), misread=misread)


def _without_comment(raw: str, joint: str) -> str:
    if raw.startswith("#") and joint[-1] != "=":
        return ""
    comment = _COMMENT.search(raw)
    return (raw[: comment.start()] if comment else raw).rstrip()


def _refuse_continued(text: str, found: re.Match[str]) -> None:
    """Refuse a line, or a word that spans several, where an unquoted backslash hides a line ending from sh."""
    kind, hides = found.lastgroup or "", False
    if kind == "word":
        hides = any(piece[3] in "\r\n" for piece in _PIECE.finditer(found[kind]) if piece[3])
    elif kind in {"", "bare"}:
        line = (found[kind] if kind else found[0]).rstrip("\r\n")
        comment = _without_comment(line, found["joint"]) != line.rstrip() if kind else line.lstrip().startswith("#")
        hides = not comment and (len(line) - len(line.rstrip("\\"))) % 2 == 1
    if hides:
        why = ": the backslash at the end makes sh join it with the next line"
        raise refused_at(text, found.start(), why, hint="put the value in quotes")


def _word(raw: str) -> str:
    """Read a word as sh does, without expanding anything."""
    plain = raw.isalnum() or not ("'" in raw or '"' in raw or "\\" in raw)
    return raw if plain else _PIECE.sub(_piece, raw)


def _piece(found: re.Match[str]) -> str:
    if found[2] is not None:
        return re.sub(r"\\([$`\"\\\n])", lambda each: each[1].strip("\n"), found[2])
    if found[3] is not None:
        return found[3].strip("\n")
    return found[1] if found[1] is not None else found[4]


def _escaped(raw: str) -> str:
    return re.sub(r"\\([\\'])", r"\1", raw)


def _double(raw: str) -> str:
    """Read the inside of double quotes as python-dotenv does, plus the escapes of `$` and backticks in sh."""
    return re.sub(r"\\([\\'\"abfnrtv$`])", lambda each: _ESCAPES.get(each[1], each[1]), raw) if "\\" in raw else raw


_READ: dict[str, Callable[[str], str]] = {"word": _word, "escaped": _escaped, "double": _double}
_QUOTED = frozenset({"single", "escaped", "double"})


def _portable(value: str) -> str:
    if "'" not in value and "\\\\" not in value and not value.endswith("\\") and "${" not in value:
        return f"'{value}'"
    if any(each in value for each in '"\\$`!'):
        raise RejectedError("sh, python-dotenv and node dotenv do not agree on any way to quote this value")
    return f'"{value}"'


def _posix(value: str) -> str:
    return "'" + value.replace("'", "'\\''") + "'"


def _python(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


_ANY = Constraints(forbidden="\0\r", text_only=False)
DOTENV = Format(
    "dotenv",
    {
        # A JavaScript object cannot hold the key `__proto__`.
        "portable": Dotenv(_PORTABLE, _portable, _ANY & Constraints(avoid="$'\\"), _SHELL | {"__proto__"}),
        "posix": Dotenv(_POSIX, _posix, _ANY, _SHELL),
        "python": Dotenv(_PYTHON, _python, _ANY, shells=False),
    },
)
