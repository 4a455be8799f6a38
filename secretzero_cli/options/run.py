"""What the commands that change something share: their options, and how a report is told."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import click

from secretzero import BlockedError, Report, RunOptions, UsageError

from ..exits import FAILURE, LEFT, codes_of, worst
from ..output import text as lines
from ..preferences import is_on
from ..session import Session
from .shared import keep

if TYPE_CHECKING:
    from secretzero import Outcome, Plan, SecretZeroError, TargetOutcome

Function = TypeVar("Function", bound=Callable[..., Any])

_UNITS = {"ms": "milliseconds", "s": "seconds", "": "seconds", "m": "minutes", "min": "minutes", "h": "hours"}


class Duration(click.ParamType[float]):
    """A time like ``60s``, ``5m`` or ``1h``; seconds without a unit."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return seconds."""
        if isinstance(value, float):
            return value
        match = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)([a-z]*)", str(value))
        if match is None or match[2] not in _UNITS:
            self.fail(f"{value} is no time; write 60s, 5m or 1h", param, ctx)
        return timedelta(**{_UNITS[match[2]]: float(match[1])}).total_seconds()


def run_options(*names: str) -> Callable[[Function], Function]:
    """Add the options of a run, by name, in the order of `_RUN`."""

    def decorate(function: Function) -> Function:
        for name in reversed(names):
            function = _RUN[name](function)
        return function

    return decorate


_RUN: Mapping[str, Callable[[Any], Any]] = {
    "lock_timeout": click.option(
        "--lock-timeout", type=Duration(), default="60s", show_default=True, help="How long to wait for another run."
    ),
    "parallelism": click.option(
        "--parallelism", type=click.IntRange(1, 64), default=8, show_default=True, help="How many providers at once."
    ),
    "allow_weak": click.option("--allow-weak", is_flag=True, help="Allow values of less than 64 bits."),
    "allow_tracked": click.option("--allow-tracked", is_flag=True, help="Write into files that git tracks."),
    "show_input": click.option(
        "--show-input", is_flag=True, expose_value=False, callback=keep, help="Show what is typed."
    ),
    "dry_run": click.option("--dry-run", is_flag=True, help="Only say what would be done."),
    "strict": click.option("--strict", is_flag=True, help="A warning is a failure."),
}


def options_of(session: Session, **chosen: Any) -> RunOptions:
    """Return what the core is asked for; values of None are the core's own defaults."""
    told = {name: value for name, value in chosen.items() if value is not None}
    return RunOptions(take_over=is_on(session.environ, "CI"), **told)


def told(
    session: Session,
    report: Report,
    *,
    strict: bool = False,
    every: bool = False,
    document: Callable[[], object] | None = None,
) -> int:
    """Tell what a run did, or in a dry run would do, and return the exit code."""
    codes = _took(session, report)
    if strict and session.warnings:
        codes.add(FAILURE)
    code = worst(codes) or session.pending(changes=report.dry_run and report.plan.changes)
    shown = every or session.preferences.verbose

    def text() -> list[str]:
        if report.dry_run:
            said = lines.plan_lines(report.plan, every=shown)
            following = session.command_line(session.command) if report.plan.changes else ""
        else:
            said = lines.report_lines(report, every=shown)
            following = session.command_line("sync") if report.partial else ""
        return [*said, f"Next: {following}"] if following else said

    def run_document() -> object:
        from ..output.documents import RunDocument

        return RunDocument.of(report, session.manifest)

    return session.answer(text, document or run_document, code)


def _took(session: Session, report: Report) -> set[int]:
    """Put what a run reports among errors and warnings; return the exit codes that apply."""
    for notice in report.notices:
        session.warn(notice)
    tell_included(session, report.plan)
    for outcome in report.failed:
        session.errors += [outcome.error] if outcome.error else []
        session.errors += [_at_target(outcome, target) for target in outcome.targets if target.status in LEFT]
    return codes_of(report)


def tell_included(session: Session, plan: "Plan") -> None:
    """Say which secrets are part of it because they are made from those that were named."""
    if plan.included:
        session.note(f"also: {', '.join(plan.included)}")


def _at_target(outcome: "Outcome", target: "TargetOutcome") -> "SecretZeroError":
    """Return the error of a target that did not get its value, with its place."""
    step = next((step for step in outcome.step.targets if step.uri == target.uri), None)
    error = target.error or BlockedError(step.reason if step else target.status, hint=outcome.step.hint)
    error.secret = error.secret or outcome.step.secret
    error.target = error.target or target.uri
    return error


def refuse_both(one: bool, other: bool, words: str) -> None:  # noqa: FBT001 - two answers, compared
    """Raise UsageError when two options that exclude each other are both there."""
    if one and other:
        raise UsageError(f"{words} exclude each other")
