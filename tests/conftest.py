"""Puts this folder on the path, so that any test can import what several share, and shows the figures of a run."""

import pytest


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
