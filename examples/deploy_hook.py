"""A deploy hook that embeds the SDK: `python deploy_hook.py [Secretfile.yml [LANE]]`, before the new version starts.

It brings every secret of the lane to its files, stops the deployment where that is not possible, and says which files
changed, so that whoever calls it can restart what reads them.
"""

import sys

from secretzero import Engine, Report, SecretZeroError


def changed_files(report: Report) -> list[str]:
    """Return the files that hold another value than before, by their URI without the key."""
    stored = (target.uri for outcome in report.outcomes for target in outcome.targets if target.status == "stored")
    return sorted({uri.partition("#")[0].removeprefix("file://") for uri in stored})


def main(manifest: str = "Secretfile.yml", lane: str | None = None) -> int:
    """Plan, apply, check. Returns 1 when the deployment must stop."""
    try:
        engine = Engine.open(manifest, environment=lane)
        for step in engine.plan().blocked:
            print(f"{step.secret}: {step.reason}; {step.hint}", file=sys.stderr)
        report = engine.sync()
        strange = [drift for drift in engine.drift() if drift.verdict != "in step"]
    except SecretZeroError as error:
        print(f"the deployment stops: {error.message}; {error.hint}", file=sys.stderr)
        return 1
    for outcome in report.failed:
        print(f"{outcome.step.secret}: {outcome.error or 'a target did not get its value'}", file=sys.stderr)
    for drift in strange:
        print(f"{drift.target}: {drift.message}", file=sys.stderr)
    print(f"changed: {', '.join(changed_files(report)) or 'nothing'}")
    return 1 if report.failed or strange else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
