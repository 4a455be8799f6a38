"""Patterns in manifests: whatever they are, compiling and matching take limited time."""

import pytest
from bounds import bounded

from secretzero.patterns import SlowPatternError, begins, check_pattern, little_time

SLOW = "(a|aa)+$"
TEXT = "a" * 60 + "!"


def test_a_match_is_at_the_start():
    """A text that begins as the pattern says matches; one that only ends so does not."""
    assert begins("sk_[a-z]", "sk_ab")
    assert not begins("ab", "sk_ab")


def test_a_match_that_never_ends_is_given_up():
    """A pattern with exponential backtracking is aborted."""
    with pytest.raises(SlowPatternError):
        begins(SLOW, TEXT)


def test_many_slow_matches_share_one_time():
    """A thousand slow matches of one load take little more than the time of all together, and quick ones still end."""
    with bounded(), little_time():
        for _ in range(1000):
            with pytest.raises(SlowPatternError):
                begins(SLOW, TEXT)
        assert begins("^sk_", "sk_1")


@pytest.mark.parametrize(
    "pattern", ["(", "[", "((((a{100}){100}){100}){100})", "(" * 900 + ")" * 900, "a" * 3000, "a{99999999999}", "a**"]
)
def test_what_cannot_be_made_ready_is_refused(pattern: str):
    """An invalid pattern, or one that would fill the memory when compiled, is a ValueError with the reason."""
    with pytest.raises(ValueError, match=r"."):
        check_pattern(pattern)


@pytest.mark.parametrize(
    "pattern", ["", "^sk_", "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", r"(?i)AKIA[A-Z0-9]{16}\Z"]
)
def test_ordinary_patterns_are_accepted(pattern: str):
    """What people write for tokens and identifiers is accepted."""
    check_pattern(pattern)
