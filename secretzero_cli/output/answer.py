"""The answer of a command: as lines for people, or as one document for programs."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from secretzero import SecretZeroError

from ..exits import exit_code_of
from ..preferences import Given, Preferences, preferences_of, wanted_output
from .errors import Entry, error_entries, tell_errors, warning_entries
from .streams import UnwritableError, write, write_lines
from .tables import paint

if TYPE_CHECKING:
    from secretzero import Drift, Manifest, Outcome, Plan, Report, Secret, Step, TargetOutcome

SCHEMA_VERSION = 1
Object = dict[str, Any]


class Answer(NamedTuple):
    """What a command has to say: `text` for people or `document` for programs, with what went wrong."""

    command: str
    code: int
    text: Callable[[], Iterable[str]] | None = None
    document: Callable[[], Mapping[str, object]] = dict
    errors: Sequence[SecretZeroError] = ()
    warnings: Sequence[Entry] = ()


def write_answer(answer: Answer, preferences: Preferences) -> int:
    """Write an answer in the form that was asked for, then what went wrong; return the exit code.

    Raises UnwritableError where lines are wanted and cannot be written. Where a document cannot be, stderr says so.
    """
    if preferences.output == "text":
        if answer.text is not None:
            write_lines(paint(preferences, answer.text()))
        tell_errors(answer.command, answer.errors)
        return answer.code
    try:
        write(_serialized(_document(answer), preferences.output))
    except UnwritableError as error:
        tell_errors(answer.command, [*answer.errors, error])
        return exit_code_of(error)
    return answer.code


def _document(answer: Answer) -> Object:
    """Return the document of an answer, with the keys that every command has."""
    return {
        "schema_version": SCHEMA_VERSION,
        "command": answer.command,
        "exit_code": answer.code,
        **answer.document(),
        "errors": [entry for error in answer.errors for entry in error_entries(error)],
        "warnings": [*answer.warnings, *(entry for error in answer.errors for entry in warning_entries(error))],
    }


def _serialized(document: Object, form: str) -> str:
    if form == "yaml":
        import yaml

        text: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=10**6)
        return text
    import json

    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def refuse(error: SecretZeroError, arguments: Sequence[str], environ: Mapping[str, str], *, command: str = "") -> int:
    """Answer a command line that never became a session, in the form that its words ask for."""
    preferences = preferences_of(Given(environ, output=wanted_output(arguments)))
    return write_answer(Answer(command, exit_code_of(error), errors=[error]), preferences)


def plan_object(plan: "Plan", *, opened: bool = False) -> Object:
    """Return a plan: its steps, and what it was decided from."""
    return {
        "changes": plan.changes,
        "steps": [_step_object(step) for step in plan.steps],
        "based_on": {"manifest": plan.based_on.get("manifest", ""), "lockfile": plan.based_on.get("lockfile", "")},
        "journal": {"open": len(plan.open_ops) or int(opened)},
        "lane": plan.lane or None,
    }


def _step_object(step: "Step") -> Object:
    targets = [{"target": t.uri, "action": t.action, "reason": t.reason or t.verdict} for t in step.targets]
    return {
        "secret": step.secret,
        "field": None,
        "kind": step.kind,
        "action": step.action,
        "reason": step.reason or (f"renamed from {step.renamed_from}" if step.renamed_from else ""),
        "targets": targets,
        "bits": step.bits,
    }


def run_object(report: "Report", manifest: "Manifest") -> Object:
    """Return what a run did, or in a dry run would do."""
    outcomes = report.outcomes
    stored = [outcome for outcome in outcomes if outcome.stored]
    failed = report.failed
    return {
        "dry_run": report.dry_run,
        "plan": plan_object(report.plan),
        "secrets_stored": len(stored),
        "secrets_skipped": len(outcomes) - len({id(o) for o in (*stored, *failed)}),
        "secrets_failed": len(failed),
        "details": [_detail(outcome, manifest, dry_run=report.dry_run) for outcome in outcomes],
        "selected_environment": manifest.lane or None,
        "resolved_var_files": list(manifest.var_files),
        "resolved_lockfile": manifest.lockfile,
        "resolved_target_profile": manifest.target_profile or None,
        "orphans": [],
    }


def _detail(outcome: "Outcome", manifest: "Manifest", *, dry_run: bool) -> Object:
    step = outcome.step
    secret = manifest.secret_named.get(step.secret)
    return {
        "name": step.secret,
        "kind": step.kind,
        "action": step.action,
        "generated": outcome.generated,
        "stored": outcome.stored,
        "skipped": not outcome.stored and not outcome.failed,
        "reason": outcome.error.message if outcome.error else step.reason,
        "targets": _target_details(outcome, secret, dry_run=dry_run),
        "fields": [field.name for field in secret.fields if field.name] if secret else [],
    }


def _target_details(outcome: "Outcome", secret: "Secret | None", *, dry_run: bool) -> list[Object]:
    kinds = {target.uri: (target.alias, target.kind) for target in secret.targets} if secret else {}
    done = outcome.targets or planned_targets(outcome.step, dry_run=dry_run, failed=outcome.error is not None)
    found = []
    for target in done:
        alias, kind = kinds.get(target.uri, ("", ""))
        message = target.error.message if target.error else ""
        told = {"status": target.status, "confirmed": target.confirmed or None, "message": message}
        found.append({"target": target.uri, "provider": alias, "kind": kind, **told})
    return found


_SKIPPED = frozenset({"keep", "record", "forget"})


def planned_targets(step: "Step", *, dry_run: bool, failed: bool = False) -> "list[TargetOutcome]":
    """Return what would become of the targets of a step that was not carried out."""
    from secretzero import TargetOutcome

    planned: Literal["would_store", "skipped"] = "would_store" if dry_run else "skipped"
    waiting = "failed" if failed else planned
    return [TargetOutcome(t.uri, "skipped" if t.action in _SKIPPED else waiting) for t in step.targets]


def rotation_object(report: "Report", due: Mapping[str, str | None]) -> Object:
    """Return what a rotation did; `due` says when each secret is due."""
    details = [
        {
            "name": outcome.step.secret,
            "status": rotation_status(outcome),
            "reason": outcome.error.message if outcome.error else outcome.step.reason,
            "due_at": due.get(outcome.step.secret),
        }
        for outcome in report.outcomes
    ]
    would = [detail["name"] for detail in details if detail["status"] == "needs_rotation"]
    rotated = sum(outcome.generated for outcome in report.outcomes)
    return {"dry_run": report.dry_run, "secrets_rotated": rotated, "details": details, "would_rotate": would}


def rotation_status(outcome: "Outcome") -> str:
    """Say in one word what a rotation did to a secret."""
    if outcome.failed:
        return "failed"
    if outcome.generated:
        return "ok"
    return "needs_rotation" if outcome.step.makes_value else "skipped"


def drift_object(found: "Iterable[Drift]") -> Object:
    """Return the verdict on each target."""
    results = [
        {
            "secret_name": drift.secret,
            "target": drift.target,
            "verdict": drift.verdict,
            "has_drift": drift.drifted,
            "message": drift.message,
            "evidence": drift.evidence,
        }
        for drift in found
    ]
    return {"drift_detected": any(result["has_drift"] for result in results), "results": results}
