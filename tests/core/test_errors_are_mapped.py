"""Each error has an exit code, and only errors have one."""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages

import pytest

import secretzero
from secretzero import errors
from secretzero_cli.exits import EXIT_CODES, exit_code_of

FAILURE, USAGE, ACCESS, DRIFT, CONFIGURATION, PARTIAL, STALE, TRUST = 1, 2, 3, 4, 5, 6, 7, 8

CODES = {
    "SecretZeroError": FAILURE,
    "UsageError": USAGE,
    "ManifestError": CONFIGURATION,
    "LockfileError": CONFIGURATION,
    "SealError": CONFIGURATION,
    "TwoProjectsError": FAILURE,
    "KeyMissingError": CONFIGURATION,
    "ConfigurationError": CONFIGURATION,
    "NotInstalledError": CONFIGURATION,
    "PlanFileError": CONFIGURATION,
    "UntrustedError": TRUST,
    "BusyError": STALE,
    "StalePlanError": STALE,
    "BlockedError": FAILURE,
    "NoValueError": FAILURE,
    "InterruptedRunError": PARTIAL,
    "UnfinishedError": PARTIAL,
    "DriftedError": DRIFT,
    "ProviderError": FAILURE,
    "UnavailableError": ACCESS,
    "AuthenticationError": ACCESS,
    "NotFoundError": FAILURE,
    "ConflictError": STALE,
    "RejectedError": FAILURE,
    "UnsupportedError": FAILURE,
}
"""The exit code of every error, by the table of the command line's reference."""


for found in walk_packages(secretzero.__path__, "secretzero."):
    import_module(found.name)


def every(kind: type[errors.SecretZeroError] = errors.SecretZeroError) -> Iterator[type[errors.SecretZeroError]]:
    """Yield the whole tree of the errors that the core declares, wherever they stand."""
    yield kind
    for below in kind.__subclasses__():
        if below.__module__.startswith("secretzero."):
            yield from every(below)


def test_each_error_stands_in_the_table():
    """An error that is new needs a row here, and so a thought about its exit code."""
    assert {kind.__name__ for kind in every()} == set(CODES)


@pytest.mark.parametrize("kind", list(every()), ids=lambda kind: kind.__name__)
def test_each_error_has_its_exit_code(kind: type[errors.SecretZeroError]):
    """An error ends the program with the code of the table."""
    made = kind([errors.Problem("f", 1, 1, "", "m")]) if kind is errors.ManifestError else kind("m")
    assert exit_code_of(made) == CODES[kind.__name__]


def test_nothing_else_is_mapped():
    """Every name in the program's table is an error that exists."""
    assert set(EXIT_CODES) <= set(CODES)


def test_codes_of_errors_are_words_of_their_own():
    """No two errors share the code by which scripts tell them apart."""
    codes = [kind.code for kind in every()]
    assert len(set(codes)) == len(codes)


def test_the_tree_is_drawn_as_it_is():
    """The picture in the module's docstring names every error of the module, and no other."""
    drawn = {word for line in (errors.__doc__ or "").splitlines() for word in line.split() if word.endswith("Error")}
    assert drawn == {kind.__name__ for kind in every() if kind.__module__ == errors.__name__}
