"""Regular expressions that people write, matched within a time limit."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from math import inf, prod
from threading import local
from time import perf_counter
from typing import Any

_EACH = 0.25
_TOGETHER = 0.75
_LEAST = 1e-4
_LONGEST = 2_000
_MOST_REPEATS = 10_000
_GROUP_REPEATS = re.compile(r"\)\{([0-9]{1,9})")
_REPEATS = re.compile(r"\{([0-9]{1,9})")


class _Budget(local):
    left = inf


_BUDGET = _Budget()


class SlowPatternError(Exception):
    """A match exceeded its time limit."""


def check_pattern(pattern: str) -> None:
    """Raise ValueError, with the reason, if a pattern is not a valid regular expression or too large to compile."""
    if len(pattern) > _LONGEST:
        raise ValueError(f"it is longer than {_LONGEST} characters")
    if _most_repeats(pattern) > _MOST_REPEATS:
        raise ValueError(f"it repeats something more than {_MOST_REPEATS} times")
    import regex

    try:
        _compiled(pattern)
    except regex.error as error:
        raise ValueError(error.msg) from None
    except (RecursionError, OverflowError, MemoryError):
        raise ValueError("it is too large") from None


def begins(pattern: str, text: str) -> bool:
    """Return whether a checked pattern matches at the start of a text. Raises SlowPatternError after 0.25 seconds."""
    time, start = max(min(_EACH, _BUDGET.left), _LEAST), perf_counter()
    try:
        return _compiled(pattern).match(text, timeout=time) is not None
    except TimeoutError:
        raise SlowPatternError from None
    finally:
        _BUDGET.left -= perf_counter() - start


@contextmanager
def little_time() -> Iterator[None]:
    """Limit all matches of this block to 0.75 seconds together; after that each has almost no time."""
    before, _BUDGET.left = _BUDGET.left, _TOGETHER
    try:
        yield
    finally:
        _BUDGET.left = before


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> Any:
    import regex

    return regex.compile(pattern)


def _most_repeats(pattern: str) -> int:
    """Return an upper bound of how often a part is repeated in the compiled pattern; groups may nest."""
    if "{" not in pattern:
        return 1
    inner = max((int(found) for found in _REPEATS.findall(pattern)), default=1)
    return max(inner, 1) * prod(max(int(found), 1) for found in _GROUP_REPEATS.findall(pattern))
