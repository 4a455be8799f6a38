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
    ("escape character", ("unknown escape sequence in double quotes", "use single quotes, or \\\\ for a backslash")),
    ("hexdecimal", ("unknown escape sequence in double quotes", "use single quotes, or \\\\ for a backslash")),
    ("quoted scalar", ("unclosed quote", "close it, or double the quotes inside")),
    ("tab character", ("tab used for indentation", "indent with spaces")),
    ("cannot start any token", ("a value cannot begin with this character", f"{_QUOTE_IT}; indent with spaces")),
    ("mapping values are not allowed", ("unexpected ':'", f"{_QUOTE_IT}, or check the indentation")),
    ("entries are not allowed", ("unexpected '-'", f"{_QUOTE_IT}, or check the indentation")),
    ("flow mapping", ("unclosed { or missing comma", "put text that begins with { in quotes")),
    ("flow sequence", ("unclosed [ or missing comma", "put text that begins with [ in quotes")),
    ("expected node content", ("missing value", _QUOTE_IT)),
    ("block scalar", ("unexpected text after | or >", "begin the text on the next line, or put it in quotes")),
    ("an alias", ("missing anchor name after *", _QUOTE_IT)),
    ("an anchor", ("missing anchor name after &", _QUOTE_IT)),
    ("tag", ("tags are not supported", "remove the tag; put text in quotes instead")),
    ("directive", ("a line cannot begin with %", _QUOTE_IT)),
    ("block mapping", ("expected a line `key: value`", "check quotes and the indentation")),
    ("document start", ("expected a line `key: value`", "check quotes and the indentation")),
    ("block collection", ("unexpected line inside a list", "check the indentation")),
    ("simple key", ("missing ':' after a key", "write `key: value`")),
)
