"""What a YAML parser could not read, in words for people who write manifests."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import yaml


def explained(error: "yaml.MarkedYAMLError") -> tuple[int, str, str]:
    """Return where the parser stopped (-1: nowhere), a message and a hint, in words that quote nothing of the file."""
    said = f"{error.context} {error.problem}"
    message, hint = next((words for part, words in _EXPLAINED if part in said), ("not valid YAML", ""))
    place = error.problem_mark
    if error.context_mark and any(part in said for part in _WHERE_IT_BEGAN):
        place = error.context_mark
    return place.index if place else -1, message, hint


# The parser sees these only where the text that is not closed ends.
_WHERE_IT_BEGAN = ("end of stream", "document indicator", "simple key")
_QUOTE_IT = "put the text in quotes"
_EXPLAINED = (
    ("escape character", ("an unknown escape in double quotes", "use single quotes, or \\\\ for a backslash")),
    ("hexdecimal", ("an unknown escape in double quotes", "use single quotes, or \\\\ for a backslash")),
    ("quoted scalar", ("a quote that is never closed", "close it, or double the quotes inside")),
    ("tab character", ("a tab where only spaces can be", "indent by spaces")),
    ("cannot start any token", ("a character that no value may begin with", f"{_QUOTE_IT}; indent by spaces")),
    ("mapping values are not allowed", ("a ':' where no key can be", f"{_QUOTE_IT}, or check the indentation")),
    ("entries are not allowed", ("a '-' where no list can be", f"{_QUOTE_IT}, or check the indentation")),
    ("flow mapping", ("a { that is never closed, or a missing comma", "put text that begins with { in quotes")),
    ("flow sequence", ("a [ that is never closed, or a missing comma", "put text that begins with [ in quotes")),
    ("expected node content", ("a value is missing", _QUOTE_IT)),
    ("block scalar", ("something behind | or >", "begin the text on the next line, or put it in quotes")),
    ("an alias", ("a * that names no anchor", _QUOTE_IT)),
    ("an anchor", ("an & that names no anchor", _QUOTE_IT)),
    ("tag", ("a tag", "remove it; put text in quotes instead")),
    ("directive", ("a line that begins with %", _QUOTE_IT)),
    ("block mapping", ("a line that is no `key: value`", "check quotes and the indentation")),
    ("document start", ("a line that is no `key: value`", "check quotes and the indentation")),
    ("block collection", ("a line that does not belong to the list", "check the indentation")),
    ("simple key", ("a key without ':'", "write `key: value`")),
)
