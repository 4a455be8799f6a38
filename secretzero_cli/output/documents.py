"""The documents that commands print for programs: one class for each, and their published JSON Schemas."""

from collections.abc import Iterable, Mapping
from typing import Literal, cast

from attrs import field, frozen

from secretzero import Drift, Manifest, Outcome, Plan, Report, Secret, Step, TargetOutcome
from secretzero.shell import OPTIONAL, Action, Confirmed, Moment, Schema, Status, TargetAction, Verdict, schema_of

from .errors import Finding
from .status import SecretStatus

RotationStatus = Literal["ok", "needs_rotation", "skipped", "failed"]
_SKIPPED = frozenset({"keep", "record", "forget"})


@frozen
class TargetStepDocument:
    """What would change at one target."""

    target: str
    action: TargetAction
    reason: str


@frozen
class StepDocument:
    """What would change for one secret."""

    secret: str
    field: str | None
    kind: str
    action: Action
    reason: str
    targets: tuple[TargetStepDocument, ...]
    bits: int | None

    @classmethod
    def of(cls, step: Step) -> "StepDocument":
        """Describe a step; the reason of a plain rename is the old name."""
        return cls(
            secret=step.secret,
            field=None,
            kind=step.kind,
            action=step.action,
            reason=step.reason or (f"renamed from {step.renamed_from}" if step.renamed_from else ""),
            targets=tuple(TargetStepDocument(t.uri, t.action, t.reason or t.verdict) for t in step.targets),
            bits=step.bits,
        )


@frozen
class BasedOn:
    """Digests of the manifest and the lockfile that a plan is based on."""

    manifest: str
    lockfile: str


@frozen
class Journal:
    """How many operations an earlier run left unfinished."""

    open: int


@frozen
class PlanDocument:
    """What would change, and why."""

    changes: bool
    steps: tuple[StepDocument, ...]
    based_on: BasedOn
    journal: Journal
    lane: str | None

    @classmethod
    def of(cls, plan: Plan) -> "PlanDocument":
        """Describe a plan: its steps, and what it is based on."""
        return cls(
            changes=plan.changes,
            steps=tuple(map(StepDocument.of, plan.steps)),
            based_on=BasedOn(plan.based_on.get("manifest", ""), plan.based_on.get("lockfile", "")),
            journal=Journal(len(plan.open_ops)),
            lane=plan.lane or None,
        )


@frozen
class TargetDetail:
    """What happened at one target."""

    target: str
    provider: str
    kind: str
    status: Status
    confirmed: Confirmed | None
    message: str


@frozen
class SecretDetail:
    """What happened to one secret."""

    name: str
    kind: str
    action: Action
    generated: bool
    stored: bool
    skipped: bool
    reason: str
    targets: tuple[TargetDetail, ...]
    fields: tuple[str, ...]

    @classmethod
    def of(cls, outcome: Outcome, secret: Secret | None, *, dry_run: bool) -> "SecretDetail":
        """Describe an outcome; `secret` is its declaration, None if it is no longer in the manifest."""
        step = outcome.step
        return cls(
            name=step.secret,
            kind=step.kind,
            action=step.action,
            generated=outcome.generated,
            stored=outcome.stored,
            skipped=not outcome.stored and not outcome.failed,
            reason=outcome.error.message if outcome.error else step.reason,
            targets=tuple(_target_details(outcome, secret, dry_run=dry_run)),
            fields=tuple(each.name for each in secret.fields if each.name) if secret else (),
        )


def _planned(step: Step, *, dry_run: bool, failed: bool) -> Iterable[TargetOutcome]:
    """Yield an outcome for each target of a step that was not carried out."""
    waiting: Status = "failed" if failed else "would_store" if dry_run else "skipped"
    return (TargetOutcome(t.uri, "skipped" if t.action in _SKIPPED else waiting) for t in step.targets)


def _target_details(outcome: Outcome, secret: Secret | None, *, dry_run: bool) -> Iterable[TargetDetail]:
    kinds = {target.uri: (target.alias, target.kind) for target in secret.targets} if secret else {}
    for target in outcome.targets or _planned(outcome.step, dry_run=dry_run, failed=outcome.error is not None):
        alias, kind = kinds.get(target.uri, ("", ""))
        yield TargetDetail(
            target=target.uri,
            provider=alias,
            kind=kind,
            status=target.status,
            confirmed=target.confirmed or None,
            message=target.error.message if target.error else "",
        )


@frozen
class RunDocument:
    """What sync, apply or set did, or would do."""

    dry_run: bool
    plan: PlanDocument
    secrets_stored: int
    secrets_skipped: int
    secrets_failed: int
    details: tuple[SecretDetail, ...]
    selected_environment: str | None
    resolved_var_files: tuple[str, ...]
    resolved_lockfile: str
    resolved_target_profile: str | None
    orphans: tuple[Mapping[str, object], ...] = ()

    @classmethod
    def of(cls, report: Report, manifest: Manifest) -> "RunDocument":
        """Describe what a run did, or would do in a dry run."""
        outcomes, failed = report.outcomes, report.failed
        stored = [outcome for outcome in outcomes if outcome.stored]
        secrets = manifest.secret_named
        return cls(
            dry_run=report.dry_run,
            plan=PlanDocument.of(report.plan),
            secrets_stored=len(stored),
            secrets_skipped=len(outcomes) - len({id(outcome) for outcome in (*stored, *failed)}),
            secrets_failed=len(failed),
            details=tuple(
                SecretDetail.of(each, secrets.get(each.step.secret), dry_run=report.dry_run) for each in outcomes
            ),
            selected_environment=manifest.lane or None,
            resolved_var_files=manifest.var_files,
            resolved_lockfile=manifest.lockfile,
            resolved_target_profile=manifest.target_profile or None,
        )


@frozen
class RotationDetail:
    """What a rotation did to one secret."""

    name: str
    status: RotationStatus
    reason: str
    due_at: Moment | None


def _rotation_status(outcome: Outcome) -> RotationStatus:
    if outcome.failed:
        return "failed"
    if outcome.generated:
        return "ok"
    return "needs_rotation" if outcome.step.makes_value else "skipped"


@frozen
class RotationDocument:
    """What a rotation did, or would do."""

    dry_run: bool
    secrets_rotated: int
    details: tuple[RotationDetail, ...]
    would_rotate: tuple[str, ...]

    @classmethod
    def of(cls, report: Report, due: Mapping[str, str | None]) -> "RotationDocument":
        """Describe a rotation; `due` says when each secret is due."""
        details = tuple(
            RotationDetail(
                name=outcome.step.secret,
                status=_rotation_status(outcome),
                reason=outcome.error.message if outcome.error else outcome.step.reason,
                due_at=due.get(outcome.step.secret),
            )
            for outcome in report.outcomes
        )
        return cls(
            dry_run=report.dry_run,
            secrets_rotated=sum(outcome.generated for outcome in report.outcomes),
            details=details,
            would_rotate=tuple(detail.name for detail in details if detail.status == "needs_rotation"),
        )


@frozen
class DriftResult:
    """The verdict on one target."""

    secret_name: str
    target: str
    verdict: Verdict
    has_drift: bool
    message: str
    evidence: str


@frozen
class DriftDocument:
    """A verdict for each target."""

    drift_detected: bool
    results: tuple[DriftResult, ...]

    @classmethod
    def of(cls, found: Iterable[Drift]) -> "DriftDocument":
        """Describe the verdict on each target."""
        results = tuple(
            DriftResult(
                secret_name=drift.secret,
                target=drift.target,
                verdict=drift.verdict,
                has_drift=drift.drifted,
                message=drift.message,
                evidence=drift.evidence,
            )
            for drift in found
        )
        return cls(any(result.has_drift for result in results), results)


@frozen
class Secretfile:
    """The manifest, and whether any of it has not been applied yet."""

    path: str
    changed: bool


@frozen
class StatusDocument:
    """The state of every secret, from the lockfile alone."""

    secrets: tuple[SecretStatus, ...]
    total: int
    synced: int
    lockfile: str
    lockfile_exists: bool
    secretfile: Secretfile
    journal: Journal
    provider_identity: None = None
    sync_readiness: None = None


@frozen
class ManifestCounts:
    """How many items of each kind a manifest declares."""

    manifest_spec_version: str
    variables_count: int
    providers_count: int
    secrets_count: int
    templates_count: int


@frozen
class ValidateDocument:
    """The result of checking a manifest."""

    valid: bool
    message: str
    file: str
    config: ManifestCounts | None = None
    plaintext_violations: tuple[Finding, ...] = ()


@frozen
class CreateDocument:
    """The starter manifest that was written."""

    file: str
    template_type: str
    git: bool
    changed: tuple[str, ...]


@frozen
class VersionDocument:
    """The version of this program."""

    name: str
    version: str
    website: str
    python_version: str = field(default="", metadata=OPTIONAL)
    platform: str = field(default="", metadata=OPTIONAL)
    executable: str = field(default="", metadata=OPTIONAL)
    manifest_spec_version: str = field(default="", metadata=OPTIONAL)


def published_schema(body: type | None, title: str) -> Schema:
    """Return the JSON Schema of a command's output: the common keys, and those of its document.

    Either all keys of the document are present, or there are only errors. `body` is None for a stopped command.
    """
    findings: Schema = {"type": "array", "items": {"$ref": "#/$defs/finding"}}
    common: Schema = {
        "schema_version": {"const": 1},
        "command": schema_of(str),
        "exit_code": schema_of(int),
        "errors": findings if body else findings | {"minItems": 1},
        "warnings": findings,
    }
    known: Mapping[object, str] = {Finding: "finding"}
    own = schema_of(body, known) if body else {"properties": {}, "required": []}
    needed, properties = cast("list[str]", own["required"]), cast("Schema", own["properties"])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "type": "object",
        "properties": common | properties,
        "required": list(common),
        "additionalProperties": False,
        "$defs": {"finding": schema_of(Finding)},
    } | ({"anyOf": [{"required": needed}, _only_errors(needed)]} if body else {})


def _only_errors(absent: Iterable[str]) -> Schema:
    return {"properties": {"errors": {"minItems": 1}, **dict.fromkeys(absent, False)}}
