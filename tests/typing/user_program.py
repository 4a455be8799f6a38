"""A user's program with every public method of the engine: type checkers read it, nothing runs it."""

from secretzero import (
    BusyError,
    Drift,
    Engine,
    KeyState,
    Lockfile,
    Manifest,
    Material,
    NoValueError,
    Outcome,
    Plan,
    Question,
    Reading,
    Report,
    RunOptions,
    Secret,
    SecretValue,
    SecretZeroError,
    StalePlanError,
    Step,
    TargetOutcome,
    TargetStep,
    load_manifest,
)
from secretzero.shell import export_key, from_data, import_key, key_state, load_plan, save_plan, to_data


def answer(question: Question) -> SecretValue:
    """Answer a question as a person would."""
    if not question.hidden:
        raise NoValueError(f"no value for {question.label}", hint=question.instructions)
    return SecretValue("s3cret")


def heard(what: str, done: int, total: int) -> None:
    """Show progress."""
    print(f"{what}: {done} of {total}")


def opened() -> Engine:
    """Open an engine with everything that can be chosen."""
    return Engine.open(
        "Secretfile.yml",
        lockfile=".gitsecrets.lock",
        environment="prod",
        variables={"region": "eu"},
        var_files=["env/prod.szvar"],
        ask=answer,
        progress=heard,
        environ={"HOME": "/home/app"},
        audit=lambda action, names: print(action, *names),
        lenient=False,
        waiting=lambda: print("waiting for another run"),
        stopping=lambda: False,
    )


def deploy(engine: Engine) -> list[str]:
    """Plan, apply and check; return what went wrong."""
    options = RunOptions(on_drift="adopt", prune=True, lock_timeout=5, supplied={"db": SecretValue("s3cret")})
    plan: Plan = engine.plan(only=["db"], rotate=True, force=False, refresh=True, options=options)
    steps: tuple[Step, ...] = plan.steps
    places: list[TargetStep] = [target for step in steps for target in step.targets if step.changes]
    saved: Plan = load_plan(engine, save_plan(engine, plan).encode(), "plan.json")
    try:
        report: Report = engine.apply(saved, options=options)
    except StalePlanError as error:
        return [error.message, error.hint]
    except BusyError:
        report = engine.sync(only=("db",), dry_run=True, refresh=False, options=options)
    report = engine.rotate(only={"db"}, force=True, dry_run=False, options=options)
    report = engine.set("typed", SecretValue({"user": "app"}), origin="person", dry_run=False, options=options)
    failed: tuple[Outcome, ...] = report.failed
    targets: list[TargetOutcome] = [target for outcome in failed for target in outcome.targets]
    errors: list[SecretZeroError] = [target.error for target in targets if target.error is not None]
    drifts: tuple[Drift, ...] = engine.drift(only=["db"])
    verdicts: list[str] = [drift.verdict for drift in drifts if drift.drifted]
    return [*(place.uri for place in places), *(error.code for error in errors), *verdicts]


def start(engine: Engine) -> Material:
    """Read values when an application starts."""
    readings: dict[str, Reading] = engine.read(["db"], action="start", take_from="local/file")
    counts: list[int] = [reading.generation for reading in readings.values()]
    value: SecretValue = engine.resolve("db.password")
    return value.part("password").reveal() if counts else readings["db"].value.reveal()


def look(engine: Engine) -> list[str]:
    """Look at what is wanted and what was done."""
    manifest: Manifest = load_manifest("Secretfile.yml", environment="prod", environ={})
    secrets: tuple[Secret, ...] = engine.manifest.secrets
    recorded: list[Lockfile] = [engine.lockfile, engine.local_lockfile]
    names = [secret.name for secret in (*manifest.secrets, *secrets)]
    return names + [name for lockfile in recorded for name in lockfile.secrets]


def carry(engine: Engine) -> str:
    """Take the key along, and results as data."""
    state: KeyState = import_key(engine, export_key(engine), force=False)
    drifts = [from_data(Drift, to_data(drift)) for drift in engine.drift()]
    return f"{state.id} {key_state(engine).here} {len(drifts)} {engine!r}"
