"""The clocks of the tests: what one bad input may cost, and how long something may take to happen.

Costs are processor time, and the bound is at least ten times what was measured: a busy machine passes, and what would
take all time does not. How fast the rest is, `benchmarks/` measures.
"""

import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SECONDS = 10
"""Processor time in which a bad input must be refused; the promise is a second (G21)."""
PATIENCE = 120
"""How long a test waits for what should happen at once, before it gives up."""


def used(who: int = resource.RUSAGE_SELF) -> float:
    """Return the processor time of this process so far, or of its children that have ended."""
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


@contextmanager
def bounded() -> Iterator[None]:
    """Fail when the block takes more processor time than a bad input may cost."""
    before = used()
    yield
    assert used() - before < SECONDS


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)
