"""A progress bar for long runs."""

import sys
import time
from collections.abc import Callable
from typing import Any

from ..preferences import Preferences

PATIENCE = 1.0
"""After how many seconds a bar is drawn."""


class Progress:
    """A bar on stderr for work that takes longer than a second; drawn only on a terminal, removed when done.

    Implements `Progress` of the core. The preferences are read when there is something to draw, because by then the
    manifest, which affects them, has been loaded.
    """

    def __init__(self, preferences: Callable[[], Preferences], *, patience: float = PATIENCE) -> None:
        self._preferences = preferences
        self._patience = patience
        self._terminal = sys.stderr is not None and sys.stderr.isatty()
        self._began = time.monotonic()
        self._bar: Any = None
        self._task: Any = None

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show that `done` of `total` steps are complete."""
        if self._bar is None and self._terminal and time.monotonic() - self._began >= self._patience:
            self._begin(what, total)
        if self._bar is not None:
            self._bar.update(self._task, completed=done, total=total, description=what)

    def _begin(self, what: str, total: int) -> None:
        preferences = self._preferences()
        if preferences.output != "text" or preferences.quiet:
            return
        from rich.console import Console
        from rich.progress import Progress as Bar

        self._bar = Bar(console=Console(stderr=True, no_color=not preferences.color), transient=True)
        self._bar.start()
        self._task = self._bar.add_task(what, total=total)

    def close(self) -> None:
        """Remove the bar."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
