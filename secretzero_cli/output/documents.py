"""The documents that commands print for programs, and those of plans and runs from their results."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, TypedDict

from secretzero import Manifest, Outcome, Plan, Report, Secret, Step, TargetOutcome
from secretzero.shell import Action, Confirmed, Moment, Status, TargetAction, Verdict

from .errors import Finding

_SKIPPED = frozenset({"keep", "record", "forget"})


class TargetStepDocument(TypedDict):
    """What would change at one target."""

    target: str
    action: TargetAction
    reason: str


class StepDocument(TypedDict):
    """What would change for one secret."""

    secret: str
    field: str | None
    kind: str
    action: Action
    reason: str
    targets: Sequence[TargetStepDocument]
    bits: int | None


class BasedOn(TypedDict):
    """Digests of the manifest and the lockfile that a plan is based on."""

    manifest: str
    lockfile: str


class Journal(TypedDict):
    """How many operations an earlier run left unfinished."""

    open: int


class PlanDocument(TypedDict):
    """What would change, and why."""

    changes: bool
    steps: Sequence[StepDocument]
    based_on: BasedOn
    journal: Journal
    lane: str | None


class TargetDetail(TypedDict):
    """What happened at one target."""

    target: str
    provider: str
    kind: str
    status: Status
    confirmed: Confirmed | None
    message: str


class SecretDetail(TypedDict):
    """What happened to one secret."""

    name: str
    kind: str
    action: Action
    generated: bool
    stored: bool
    skipped: bool
    reason: str
    targets: Sequence[TargetDetail]
    fields: Sequence[str]


class RunDocument(TypedDict):
    """What sync, apply or set did, or would do."""

    dry_run: bool
    plan: PlanDocument
    secrets_stored: int
    secrets_skipped: int
    secrets_failed: int
    details: Sequence[SecretDetail]
    selected_environment: str | None
    resolved_var_files: Sequence[str]
    resolved_lockfile: str
    resolved_target_profile: str | None
    orphans: Sequence[Mapping[str, object]]


RotationStatus = Literal["ok", "needs_rotation", "skipped", "failed"]


class RotationDetail(TypedDict):
    """What a rotation did to one secret."""

    name: str
    status: RotationStatus
    reason: str
    due_at: Moment | None


class RotationDocument(TypedDict):
    """What a rotation did, or would do."""

    dry_run: bool
    secrets_rotated: int
    details: Sequence[RotationDetail]
    would_rotate: Sequence[str]


class DriftResult(TypedDict):
    """The verdict on one target."""

    secret_name: str
    target: str
    verdict: Verdict
    has_drift: bool
    message: str
    evidence: str


class DriftDocument(TypedDict):
    """A verdict for each target."""

    drift_detected: bool
    results: Sequence[DriftResult]


class ManifestCounts(TypedDict):
    """How many items of each kind a manifest declares."""

    manifest_spec_version: str
    variables_count: int
    providers_count: int
    secrets_count: int
    templates_count: int


class ValidateDocument(TypedDict):
    """The result of checking a manifest."""

    valid: bool
    message: str
    file: str
    config: ManifestCounts | None
    plaintext_violations: Sequence[Finding]


class CreateDocument(TypedDict):
    """The starter manifest that was written."""

    file: str
    template_type: str
    git: bool
    changed: Sequence[str]


class VersionDetails(TypedDict, total=False):
    """The interpreter and the platform."""

    python_version: str
    platform: str
    executable: str
    manifest_spec_version: str


class VersionDocument(VersionDetails):
    """The version of this program."""

    name: str
    version: str
    website: str


class ListedSecret(TypedDict):
    """What the manifest declares of one secret."""

    name: str
    kind: str
    targets: int
    local: bool
    one_time: bool
    tags: Sequence[str]


class ListedProvider(TypedDict):
    """A provider, and whether this version supports its kind."""

    name: str
    kind: str
    known: bool


class ListedTarget(TypedDict):
    """Where a secret, or a part of it, is written."""

    target: str
    secret: str
    part: str | None
    provider: str
    kind: str


class ListedItems(TypedDict, total=False):
    """One of the lists."""

    secrets: Sequence[ListedSecret]
    providers: Sequence[ListedProvider]
    targets: Sequence[ListedTarget]
    variables: Mapping[str, object]


class ListDocument(ListedItems):
    """What the manifest declares."""

    total: int


class SecretStatus(TypedDict):
    """The state of one secret, from the lockfile alone."""

    name: str
    kind: str
    one_time: bool
    rotation_period: str | None
    status: Literal["synced", "pending", "not_synced"]
    due_at: Moment | None
    targets: Sequence[str]
    created_at: Moment | None
    updated_at: Moment | None
    last_rotated: Moment | None
    rotation_count: int


class Secretfile(TypedDict):
    """The manifest, and whether any of it has not been applied yet."""

    path: str
    changed: bool


class StatusDocument(TypedDict):
    """The state of every secret, from the lockfile alone."""

    secrets: Sequence[SecretStatus]
    total: int
    synced: int
    lockfile: str
    lockfile_exists: bool
    secretfile: Secretfile
    journal: Journal
    provider_identity: None
    sync_readiness: None


class ShownGeneration(TypedDict):
    """One value that a secret had."""

    n: int
    at: Moment
    origin: str
    reason: str
    current: bool
    withdrawn: bool


class ShownTarget(TypedDict):
    """The last write to one target."""

    target: str
    at: Moment
    confirmed: Confirmed
    current: bool
    removed_at: Moment | None


class ShownDetails(TypedDict, total=False):
    """What is shown of one secret on request."""

    generations: Sequence[ShownGeneration]
    target_records: Sequence[ShownTarget]


class ShownSecret(SecretStatus, ShownDetails):
    """The declaration and the state of one secret; generations and target records only with details."""

    description: str | None
    local: bool
    fields: Sequence[str]
    generation: int | None
    origin: str | None
    bits: int | None
    pending: bool


class ShowDocument(TypedDict):
    """The declaration and the state of secrets, without their values."""

    secrets: Sequence[ShownSecret]
    total: int


def plan_document(plan: Plan) -> PlanDocument:
    """Describe a plan: its steps, and what it is based on."""
    return PlanDocument(
        changes=plan.changes,
        steps=tuple(map(_step, plan.steps)),
        based_on=BasedOn(manifest=plan.based_on.get("manifest", ""), lockfile=plan.based_on.get("lockfile", "")),
        journal=Journal(open=len(plan.open_ops)),
        lane=plan.lane or None,
    )


def _step(step: Step) -> StepDocument:
    """Describe a step; the reason of a plain rename is the old name."""
    return StepDocument(
        secret=step.secret,
        field=None,
        kind=step.kind,
        action=step.action,
        reason=step.reason or (f"renamed from {step.renamed_from}" if step.renamed_from else ""),
        targets=tuple(
            TargetStepDocument(target=t.uri, action=t.action, reason=t.reason or t.verdict) for t in step.targets
        ),
        bits=step.bits,
    )


def run_document(report: Report, manifest: Manifest) -> RunDocument:
    """Describe what a run did, or would do in a dry run."""
    secrets = manifest.secret_named
    details = tuple(_detail(each, secrets.get(each.step.secret), dry_run=report.dry_run) for each in report.outcomes)
    return RunDocument(
        dry_run=report.dry_run,
        plan=plan_document(report.plan),
        secrets_stored=sum(detail["stored"] for detail in details),
        secrets_skipped=sum(detail["skipped"] for detail in details),
        secrets_failed=len(report.failed),
        details=details,
        selected_environment=manifest.lane or None,
        resolved_var_files=manifest.var_files,
        resolved_lockfile=manifest.lockfile,
        resolved_target_profile=manifest.target_profile or None,
        orphans=(),
    )


def _detail(outcome: Outcome, secret: Secret | None, *, dry_run: bool) -> SecretDetail:
    """Describe an outcome; `secret` is its declaration, None if it is no longer in the manifest."""
    step = outcome.step
    return SecretDetail(
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


def _target_details(outcome: Outcome, secret: Secret | None, *, dry_run: bool) -> Iterable[TargetDetail]:
    kinds = {target.uri: (target.alias, target.kind) for target in secret.targets} if secret else {}
    # A step that was not carried out has no outcomes, but a document lists all targets.
    waiting: Status = "failed" if outcome.error is not None else "would_store" if dry_run else "skipped"
    planned = (TargetOutcome(t.uri, "skipped" if t.action in _SKIPPED else waiting) for t in outcome.step.targets)
    for target in outcome.targets or planned:
        alias, kind = kinds.get(target.uri, ("", ""))
        yield TargetDetail(
            target=target.uri,
            provider=alias,
            kind=kind,
            status=target.status,
            confirmed=target.confirmed or None,
            message=target.error.message if target.error else "",
        )
