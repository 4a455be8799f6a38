"""Lines for people: aligned columns, tables and color."""

import sys
from collections.abc import Iterable, Sequence

from ..preferences import Preferences

Row = Sequence[str]
STYLES = {
    "create": "green", "copy": "green", "import": "cyan", "restore": "green", "update": "yellow", "rotate": "yellow",
    "retire": "yellow", "forget": "yellow", "block": "red", "failed": "red", "pending": "red", "error": "red",
    "outdated": "yellow", "modified": "red", "missing": "red", "unmanaged": "red", "not synced": "yellow",
}  # fmt: skip
"""The color of the first word of a line, on a terminal."""


def paint(preferences: Preferences, lines: Iterable[str]) -> Iterable[str]:
    """Color the first word of each line on a terminal, if color is enabled."""
    return [_painted(line) for line in lines] if preferences.color and _at_terminal() else lines


def _at_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()


def _painted(line: str) -> str:
    from rich.style import Style

    word = line.split(maxsplit=1)[0] if line.strip() else ""
    return line.replace(word, Style.parse(STYLES[word]).render(word), 1) if word in STYLES else line


def columns(rows: Iterable[Row], *, indent: str = "") -> list[str]:
    """Return rows as lines with aligned columns, two spaces apart; nothing is wrapped or cut."""
    table = [[visible(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [
        indent + "  ".join([cell.ljust(width) for cell, width in zip(row, widths, strict=True)]).rstrip()
        for row in table
    ]


def visible(text: str) -> str:
    """Escape everything in a text that would move a terminal's cursor or change its colors."""
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def table(preferences: Preferences, rows: Sequence[Row], head: Row = ()) -> list[str]:
    """Return a table: drawn by rich on a terminal; elsewhere plain lines without a header."""
    return _rich(preferences, rows, head) if _at_terminal() else columns(rows)


def _rich(preferences: Preferences, rows: Sequence[Row], head: Row) -> list[str]:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(no_color=not preferences.color, width=preferences.width, highlight=False)
    shown = Table(*head, box=None, show_header=bool(head), pad_edge=False, padding=(0, 2, 0, 0))
    for row in rows:
        cells = [Text(visible(cell), style=STYLES.get(cell, "") if not at else "") for at, cell in enumerate(row)]
        shown.add_row(*cells)
    with console.capture() as captured:
        console.print(shown)
    return [line.rstrip() for line in captured.get().splitlines()]
