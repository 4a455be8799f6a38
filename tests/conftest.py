"""Puts this folder on the path, so that any test can import what several share, and shows the figures of a run."""

import signal
from contextlib import suppress

import pytest

ENDING = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP)


def pytest_configure() -> None:
    """Hear the signals that whoever started the tests in the background told them to ignore: children inherit that."""
    for number in ENDING:
        if signal.getsignal(number) is signal.SIG_IGN:
            with suppress(ValueError):  # a worker that is not in its main thread
                signal.signal(number, signal.default_int_handler if number is signal.SIGINT else signal.SIG_DFL)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Make a run in which no test was executed a failure, as if none had been found."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and exitstatus == 0 and "passed" not in reporter.stats and not session.config.option.collectonly:
        session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests measured with `record_property("figure", …)`: these are the figures of the guarantees."""
    reports = [report for found in terminalreporter.stats.values() for report in found]
    figures = [
        str(text)
        for report in reports
        if getattr(report, "when", "") == "call"
        for name, text in report.user_properties
        if name == "figure"
    ]
    if figures:
        terminalreporter.section("figures")
        for text in sorted(figures):
            terminalreporter.write_line(text)
