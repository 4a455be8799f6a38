"""What is played on both versions: manifests, and what people and programs do with them."""

import json
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
sys.path += [str(TESTS), *(str(TESTS / name) for name in ("cli", "leaks", "core"))]
SOURCES = ("*.md", "*.yml", "*.szvar", "*.toml", "*.json", ".gitignore")
FORMATS = ("dotenv", "shell", "json", "yaml", "toml", "tfvars", "gha", "compose", "k8s", "systemd")
LEGACY = {
    "version": "1.0",
    "secrets": {
        "db_password": {
            "hash": "0" * 64,
            "created_at": "2025-03-01T10:00:00+00:00",
            "last_rotated": "2025-06-01T10:00:00+00:00",
            "rotation_count": 2,
        }
    },
}


class Scene(NamedTuple):
    """A project and the steps played in it; a step is a command line, or a change of a file."""

    name: str
    files: dict[str, str]
    steps: list[dict[str, object]]


def run(line: str, stdin: str = "", **environ: str) -> dict[str, object]:
    """Return a step that runs a command line."""
    return {"run": shlex.split(line), "stdin": stdin, "environ": environ}


def both(*lines: str, **environ: str) -> list[dict[str, object]]:
    """Return steps that run each command line for people and for programs."""
    return [run(f"{line}{form}", **environ) for line in lines for form in ("", " --json")]


def every_command(target: str, secret: str, static: str, more: str = "", **environ: str) -> list[dict[str, object]]:
    """Return the whole life of a project with this target and these secrets; `more` is put behind each verb."""
    lists = ("list secrets", "list providers", "list targets", "list variables", "status --detailed", "show")
    looks = (*lists, f"show {secret} --detailed", "drift", "plan", "lock verify", "key show", "get", f"get {secret}")
    kept = ("sync", "status", "drift", "plan")
    lines = [
        *both("validate", "validate --strict", "validate --from-0.14", "validate --strict-manifest-plaintext"),
        *both("plan", "sync --dry-run", "status", "show", "drift", **environ),
        *both("sync", "sync", **environ),
        *both(*looks, **environ),
        *[run(f"export --reveal --format {form}", **environ) for form in FORMATS],
        *[run(line, **environ) for line in ("export -o taken.env", "export", f"export -s {secret} --reveal")],
        *both(f"get {secret} --reveal", f"rotate {secret} --force", "rotate --dry-run", "rotate --force", **environ),
        *both(*looks[6:], f"get {secret} --reveal", **environ),
        *[run(f"set {name} --json", "sk_live_hunter2-hunter2-hunter2-A1\n", **environ) for name in (secret, static)],
        *both(f"get {static} --reveal", *kept, **environ),
        run("plan --out saved.plan --rotate", **environ),
        *both("apply saved.plan", "apply saved.plan", "apply -y", **environ),
        run(f"run -- sh -c env --map OTHER={secret}", **environ),
        run(f"run --map OTHER={secret} --redact -- sh -c 'echo $OTHER; exit 3'", **environ),
        {"file": target, "old": "=", "new": "=changed"},
        *both("drift --detailed-exitcode", "status", "plan --detailed-exitcode", "sync", **environ),
        *both(*(f"sync --on-drift {way}" for way in ("adopt --dry-run", "overwrite", "overwrite -y")), **environ),
        {"file": target, "old": "=", "new": "=again"},
        *both("sync --on-drift adopt", *kept, **environ),
        {"file": target},
        *both("drift", "plan", "sync --no-refresh", "sync", "drift", "rotate --force", *kept, **environ),
        {"file": target, "text": "OTHER=mine\n"},
        *both("plan", "sync --force -y", *kept, "rotate --force", *kept, **environ),
        run("key export --reveal"), run("key export -o the.key"), run("key import --json", "not a key"),
        *both("sync --force-target nothing", "get nobody", "rotate nobody", "sync --on-drift bogus", "sync --bogus"),
        {"file": "Secretfile.yml", "old": target, "new": f"{target}.moved"},
        *both("plan", "sync", "status --detailed", "sync --prune", "sync --prune -y", "lock verify", *kept, **environ),
        {"file": ".gitsecrets.lock", "old": '"rotation_count"', "new": '"rotation_kount"'},
        *both("lock verify", "status", "sync", **environ),
    ]  # fmt: skip
    return [{**step, "run": [*step["run"][:1], *shlex.split(more), *step["run"][1:]]} if "run" in step and
            step["run"][0] not in {"lock", "key", "completion"} else step for step in lines]  # fmt: skip


def folder(name: str) -> dict[str, str]:
    """Return the files of an example."""
    top = ROOT / "examples" / name
    found = sorted({path for pattern in SOURCES for path in top.rglob(pattern)})
    return {str(path.relative_to(top)): path.read_text(encoding="utf-8") for path in found}


def documented() -> Iterator[Scene]:
    """Yield the manifests of the documentation."""
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        blocks = re.findall(r"^```ya?ml\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        for number, block in enumerate(block for block in blocks if re.search(r"^secrets:", block, re.MULTILINE)):
            steps = both("validate", "plan", "sync", "sync", "drift", "status --detailed", "show", "rotate --force")
            yield Scene(f"{page.name} {number}", {"Secretfile.yml": block}, steps)


def refused() -> Iterator[Scene]:
    """Yield every bad manifest of the tests, and the one of the specification."""
    from bad_manifests import CASES

    for case in CASES:
        text = case.text.replace("§", "")
        yield Scene(f"bad: {case.title}", {"Secretfile.yml": text}, [run("validate --json", MY_TOKEN="canary-7")])
    text = (TESTS / "core" / "specification_example.yml").read_text(encoding="utf-8")
    yield Scene("specification", {"Secretfile.yml": text}, both("validate", "validate --lenient", "plan", "list"))


def scenes() -> list[Scene]:
    """Return everything that is played."""
    from everything import MANIFEST
    from test_documents import MANY

    everything = MANIFEST.format(literal="literal-1-literal", variable="variable-1-variable")
    given = {"STRIPE_API_KEY": "sk_live", "LOGIN": '{"user": "app", "password": "pw-pw-pw"}'}
    partner = {"partner.json": '{"token": "partner-1-partner"}\n'}
    shop, payment = folder("shop"), {"SECRETZERO_SECRET_PAYMENT_KEY": "sk_live_1234567890"}
    quickstart = folder("quickstart")
    alone = ("", "version", "version --json", "--version", "graph", "bogus", "sync", "sync --json", "--help",
             "completion bash", "completion zsh", "completion fish")  # fmt: skip
    helps = [f"{name} --help" for name in "validate list show status plan apply sync rotate set drift get key".split()]
    started = [run(f"create --no-git --template-type {kind} --force") for kind in ("basic", "aws", "vault")]
    first = {"file": "Secretfile.yml", "text": quickstart["Secretfile.yml"]}
    basic = [run("create --no-git"), run("validate --json"), first, *both("sync", "drift", "create --no-git")]
    return [
        Scene("quickstart", quickstart, every_command(".env", "db_password", "api_host")),
        Scene("shop, dev", shop, every_command(".env.dev", "db_password", "payment_key")),
        Scene("shop, prod", shop, every_command(".env.prod", "db_password", "payment_key", "-e prod", **payment)),
        Scene("shop, nobody to ask", shop, both("plan -e prod", "sync -e prod", "sync -n -e prod", "sync -e qa")),
        Scene("everything", {"Secretfile.yml": everything, **partner},
              every_command(".env", "db_password", "stripe", SECRETZERO_SECRET_SITE_ADMIN="site-admin-1", **given)),
        Scene("many", {"Secretfile.yml": MANY}, every_command(".env", "db", "typed", TYPED="typed-1-typed")),
        Scene("of 0.14", {**quickstart, ".gitsecrets.lock": json.dumps(LEGACY), ".env": "DB_PASSWORD='hunter2'\n"},
              both("status", "plan", "sync", "rotate db_password --force", "sync", "lock verify")),
        Scene("examples in Python", quickstart,
              [run("examples/app_startup.py"), *[run("examples/deploy_hook.py")] * 2, run("examples/app_startup.py")]),
        Scene("first steps", {}, [run(line) for line in (*alone, *helps)] + basic + started),
        *documented(),
        *refused(),
    ]  # fmt: skip
