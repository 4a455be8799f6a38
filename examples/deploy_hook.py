"""A deploy hook that uses the SDK: `python deploy_hook.py [Secretfile.yml [ENVIRONMENT]]`.

Run it before the new version starts. It writes every secret of the environment to its files, and stops the deployment
if that fails. It prints the files that changed, so that the caller can restart the programs that read them.
"""

import sys

from secretzero import Engine, Report, SecretZeroError


def changed_files(report: Report) -> list[str]:
    """Return the paths of the files in which a value changed."""
    stored = (target.uri for outcome in report.outcomes for target in outcome.targets if target.status == "stored")
    return sorted({uri.partition("#")[0].removeprefix("file://") for uri in stored})


def main(manifest: str = "Secretfile.yml", environment: str | None = None) -> int:
    """Plan, apply and check. Returns 1 if the deployment must stop."""
    try:
        engine = Engine.open(manifest, environment=environment)
        for step in engine.plan().blocked:
            print(f"{step.secret}: {step.reason}; {step.hint}", file=sys.stderr)
        report = engine.sync()
        drifted = [drift for drift in engine.drift() if drift.verdict != "in step"]
    except SecretZeroError as error:
        print(f"deployment stopped: {error.message}; {error.hint}", file=sys.stderr)
        return 1
    for outcome in report.failed:
        print(f"{outcome.step.secret}: {outcome.error or 'a target was not updated'}", file=sys.stderr)
    for drift in drifted:
        print(f"{drift.target}: {drift.message}", file=sys.stderr)
    print(f"changed: {', '.join(changed_files(report)) or 'nothing'}")
    return 1 if report.failed or drifted else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
