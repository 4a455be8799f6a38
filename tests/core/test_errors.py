"""Errors carry what to do next to whoever sees them: the attribute for programs, a note for a traceback."""

import traceback

import pytest

from secretzero import NoValueError, RunOptions, SecretValue, SecretZeroError, errors


def test_a_traceback_shows_the_hint():
    """The hint is a note (PEP 678), so that a program without our command line shows it, once."""
    error = NoValueError("no value for db", hint="run secretzero sync")
    shown = "".join(traceback.format_exception(error))
    assert shown.splitlines() == ["secretzero.errors.NoValueError: no value for db", "hint: run secretzero sync"]


@pytest.mark.parametrize("kind", [errors.UnavailableError, errors.AuthenticationError, errors.BusyError])
def test_each_error_has_its_hint_as_a_note(kind: type[SecretZeroError]):
    """Errors with a constructor of their own do the same, and without a hint there is no note."""
    assert kind("m", hint="h").__notes__ == ["hint: h"]
    assert not hasattr(kind("m"), "__notes__")


def test_options_show_what_was_chosen():
    """The text of options leaves out what is as usual, and every value, so that signatures stay readable."""
    assert repr(RunOptions()) == "RunOptions()"
    assert repr(RunOptions(prune=True, supplied={"db": SecretValue("s3cret")})) == "RunOptions(prune=True)"
