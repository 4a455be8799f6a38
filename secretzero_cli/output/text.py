"""Plans, reports and drift as lines for people."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from secretzero import Drift, Outcome, Plan, Report, Step, TargetStep

from .tables import Row, columns

_QUIET = frozenset({"keep", "record"})
_IN_ORDER = frozenset({"stored", "skipped", "removed", "would_store"})
_VERDICTS: Mapping[str, str] = {
    "in step": "in sync", "behind": "outdated", "changed": "modified", "missing": "missing", "foreign": "unmanaged",
    "cannot tell": "unknown",
}  # fmt: skip
"""What text calls each verdict."""
_WILL = {"block": "blocked", "keep": "unchanged", "adopt": "to import"}
_DONE = {
    "create": "created", "update": "updated", "copy": "copied", "adopt": "imported", "restore": "restored",
    "rotate": "rotated", "rename": "renamed", "retire": "retired", "forget": "forgotten",
    "keep": "unchanged", "block": "blocked",
}  # fmt: skip


def plan_lines(plan: Plan, *, every: bool) -> list[str]:
    """Return a plan: a line for each notable step, or for `every` one, and a summary."""
    steps = [step for step in plan.steps if every or _notable(step)]
    lines = _merged([_step_row(step) for step in steps], [_step_details(step) for step in steps])
    counts = _counted(_action(step) for step in plan.steps)
    return [*lines, _summary(f"{count} {_WILL.get(action, f'to {action}')}" for action, count in counts)]


def report_lines(report: Report, *, every: bool) -> list[str]:
    """Return what a run did: a line for each notable secret, or for `every` one, and a summary."""
    outcomes = [outcome for outcome in report.outcomes if every or outcome.failed or _notable(outcome.step)]
    lines = _merged([_outcome_row(outcome) for outcome in outcomes], [_outcome_details(o) for o in outcomes])
    counts = _counted("failed" if outcome.failed else _action(outcome.step) for outcome in report.outcomes)
    return [*lines, _summary(f"{count} {_DONE.get(action, action)}" for action, count in counts)]


def drift_lines(found: Sequence[Drift], *, every: bool) -> list[str]:
    """Return a line for each target that is not in sync, or for `every` one, and a summary."""
    shown = [drift for drift in found if every or drift.verdict != "in step"]
    rows = [(_VERDICTS[drift.verdict], drift.secret, drift.target, drift.message) for drift in shown]
    counts = Counter(drift.verdict for drift in found)
    summary = _summary((f"{count} {_VERDICTS[verdict]}" for verdict, count in counts.items()), empty="No targets")
    return [*columns(rows), summary]


def _notable(step: Step) -> bool:
    """Return whether a step is shown when only notable steps are."""
    return _action(step) != "keep" or bool(step.notice) or any(map(_notable_target, step.targets))


def _notable_target(target: TargetStep) -> bool:
    return target.action not in _QUIET or target.verdict not in {"", "in step"}


def _action(step: Step) -> str:
    """Return the action of a step; one that only moves a secret to its new name is a rename."""
    return "rename" if step.renamed_from and step.action == "keep" else step.action


def _name(step: Step) -> str:
    """Return the name of a secret, with its old name before it if it is renamed."""
    renamed = step.renamed_from and step.action != "block"
    return f"{step.renamed_from} -> {step.secret}" if renamed else step.secret


def _verb(action: str) -> str:
    return "import" if action == "adopt" else action


def _step_row(step: Step) -> Row:
    bits = f" ({step.bits} bits)" if step.bits is not None and step.makes_value else ""
    unfinished = f"; {step.notice}" if step.notice else ""
    places = _places([t.uri for t in step.targets])
    return _verb(_action(step)), _name(step), places, f"{step.reason}{bits}{unfinished}"


def _step_details(step: Step) -> list[Row]:
    if len(step.targets) <= 1 and step.action != "keep":
        return []
    return [
        (_verb(t.action), t.uri, t.reason or (_VERDICTS.get(t.verdict, ""))) for t in step.targets if _notable_target(t)
    ]


def _outcome_row(outcome: Outcome) -> Row:
    step = outcome.step
    action = "failed" if outcome.failed and step.action != "block" else _action(step)
    reason = outcome.error.message if outcome.error else step.reason
    return _verb(action), _name(step), _places([t.uri for t in step.targets]), reason


def _outcome_details(outcome: Outcome) -> list[Row]:
    return [
        (target.status, target.uri, target.error.message if target.error else "")
        for target in outcome.targets
        if target.status not in _IN_ORDER
    ]


def _places(uris: Sequence[str]) -> str:
    return uris[0] if len(uris) == 1 else f"{len(uris)} targets" if uris else "no targets"


def _merged(rows: Sequence[Row], details: Sequence[Sequence[Row]]) -> list[str]:
    """Return a line for each row, followed by the indented lines that belong to it."""
    lines = []
    for line, rest in zip(columns(rows), details, strict=True):
        lines.append(line)
        lines += columns(rest, indent="  ")
    return lines


def _counted(actions: Iterable[str]) -> Iterable[tuple[str, int]]:
    """Return how often there is each action, in alphabetical order, unchanged secrets last."""
    return sorted(Counter(actions).items(), key=lambda pair: (pair[0] == "keep", pair[0]))


def _summary(counts: Iterable[str], empty: str = "No secrets are declared") -> str:
    return f"{', '.join(counts) or empty}."
