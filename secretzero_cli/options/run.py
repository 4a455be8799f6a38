"""What the commands that change something share: their options, and the output of a report."""

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

from secretzero import BlockedError, Report, RunOptions

from ..exits import FAILURE, LEFT, codes_of, worst
from ..output.text import plan_lines, report_lines
from ..preferences import is_on
from ..session import Session
from .shared import Function, kept

if TYPE_CHECKING:
    from secretzero import Outcome, Plan, SecretZeroError, TargetOutcome

    from ..output.documents import RunDocument

_SECONDS = {"ms": 0.001, "s": 1, "": 1, "m": 60, "min": 60, "h": 3600}


class Duration(click.ParamType[float]):
    """A duration such as ``60s``, ``5m`` or ``1h``; a number without a unit is seconds."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return seconds."""
        if isinstance(value, float):
            return value
        match = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)([a-z]*)", str(value))
        if match is None or match[2] not in _SECONDS:
            self.fail(f"invalid duration: {value}; write for example 60s, 5m or 1h", param, ctx)
        return float(match[1]) * _SECONDS[match[2]]


def run_options(*names: str) -> Callable[[Function], Function]:
    """Add the options of a run, by name, in the order of `_RUN`."""

    def decorate(function: Function) -> Function:
        for name in reversed(names):
            function = _RUN[name](function)
        return function

    return decorate


_RUN: Mapping[str, Callable[[Any], Any]] = {
    "lock_timeout": click.option(
        "--lock-timeout",
        type=Duration(),
        default="60s",
        show_default=True,
        help="How long to wait for another run to end.",
    ),
    "parallelism": click.option(
        "--parallelism",
        type=click.IntRange(1, 64),
        default=8,
        show_default=True,
        help="How many providers to use at once.",
    ),
    "allow_weak": click.option("--allow-weak", is_flag=True, help="Allow values with fewer than 64 bits of entropy."),
    "allow_tracked": click.option("--allow-tracked", is_flag=True, help="Allow writing to files that git tracks."),
    "show_input": kept("--show-input", is_flag=True, help="Show values while they are typed."),
    "dry_run": click.option("--dry-run", is_flag=True, help="Show what would change, without changing anything."),
    "strict": click.option("--strict", is_flag=True, help="Treat warnings as failures."),
}


def options_of(session: Session, **chosen: Any) -> RunOptions:
    """Return the options of a run; None means the core's default."""
    set_options = {name: value for name, value in chosen.items() if value is not None}
    return RunOptions(take_over=is_on(session.environ, "CI"), **set_options)


def answer_run(
    session: Session,
    report: Report,
    *,
    strict: bool = False,
    every: bool = False,
    document: Callable[[], Mapping[str, object]] | None = None,
) -> int:
    """Answer with what a run did, or would do in a dry run, and return the exit code."""
    codes = _collected(session, report)
    if strict and session.warnings:
        codes.add(FAILURE)
    code = worst(codes) or session.pending(changes=report.dry_run and report.plan.changes)
    shown = every or session.preferences.verbose
    following = "sync" if report.partial else session.command if report.dry_run and report.plan.changes else ""

    def text() -> list[str]:
        return plan_lines(report.plan, every=shown) if report.dry_run else report_lines(report, every=shown)

    def described() -> "RunDocument":
        from ..output.documents import run_document

        return run_document(report, session.manifest)

    return session.answer(text, document or described, code, following=following)


def _collected(session: Session, report: Report) -> set[int]:
    """Add the errors and warnings of a run to the session; return the exit codes that apply."""
    for notice in report.notices:
        session.warn(notice)
    note_included(session, report.plan)
    for outcome in report.failed:
        session.errors += [outcome.error] if outcome.error else []
        session.errors += [_at_target(outcome, target) for target in outcome.targets if target.status in LEFT]
    return codes_of(report)


def note_included(session: Session, plan: "Plan") -> None:
    """Report the secrets that were added because they are derived from the selected ones."""
    if plan.included:
        session.note(f"also included: {', '.join(plan.included)}")


def _at_target(outcome: "Outcome", target: "TargetOutcome") -> "SecretZeroError":
    """Return the error of a target that was not written, with its secret and URI."""
    step = next((step for step in outcome.step.targets if step.uri == target.uri), None)
    error = target.error or BlockedError(step.reason if step else target.status, hint=outcome.step.hint)
    error.secret = error.secret or outcome.step.secret
    error.target = error.target or target.uri
    return error
