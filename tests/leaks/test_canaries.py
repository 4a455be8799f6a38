"""Values that are planted everywhere turn up nowhere but where somebody asked for them, whatever succeeds or fails."""

import contextlib
import io
import itertools
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from searching import Search, files_below
from shell import PROGRAM, Answer
from staging import Stage
from watching import need_strace, watched

from secretzero.testing.canary import Canaries, forms

Recorder = Callable[[str, object], None]


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Return a project that nothing has been done to."""
    return Stage(tmp_path)


@pytest.fixture
def synced(stage: Stage) -> Stage:
    """Return a project whose every target is filled."""
    assert stage.run("sync").code == 0
    return stage


MANNERS = ((), ("--json",), ("--verbose",))
"""How an answer may be asked for; a command that has no such option says so, which is one more failure."""


def every_manner(stage: Stage, *words: str, **how: Any) -> list[Answer]:
    """Run a command in each manner."""
    return [stage.run(*words, *manner, SECRETZERO_TRACEBACK="1", **how) for manner in MANNERS]


LOOKING = """
validate | validate --strict | validate --strict-manifest-plaintext | validate --from-0.14 | list | list secrets
list providers | list targets | list variables | show | show -d stripe | show site.admin | show nothing | status
status --detailed | plan | plan --rotate | plan --no-refresh | plan --out saved.plan | plan --out conf | sync --dry-run
sync --plan | rotate --dry-run --force | drift | drift --strict | get stripe | get login.password | get site
get nothing | get --from file://.env* db_password | get --reveal nothing | lock verify | lock merge | key show | export
export --format json | key export | completion bash | version | apply partner.json | apply saved.plan | create | run
run -- /nothing/there | nothing | sync --nothing
"""
"""Everything that shows something and reveals nothing, mistakes included."""


def look_around(stage: Stage, **how: Any) -> None:
    """Run all of that, in each manner."""
    for words in LOOKING.strip().replace("\n", "|").split("|"):
        every_manner(stage, *words.split(), **how)


def test_the_search_finds_every_form():
    """One canary among many is seen in each of its forms, wherever it stands; without it nothing is seen."""
    canaries = Canaries(7)
    values = [canaries.make(awkward=True) for _ in range(50)]
    search = Search(canaries)
    assert search.hits(b"nothing " * 100) == set()
    for form, needle in forms(values[17]).items():
        assert (17, form) in search.hits(b"\0" * 9 + needle + b"..")
        assert all(number == 17 for number, _ in search.hits(needle))


class TestSuccess:
    def test_nothing_is_shown_before_and_after_a_first_sync(self, stage: Stage, record_property: Recorder):
        """Every command that looks, in every manner, on a project before and after its values are made."""
        look_around(stage)
        assert stage.run("sync", "--verbose").code == 0
        look_around(stage)
        record_property("figure", stage.search.figure("G15, looking"))

    def test_what_changes_values_shows_none(self, synced: Stage, record_property: Recorder):
        """New values by rotation, from stdin, from a followed file, restored, pruned, and by a saved plan."""
        again = itertools.cycle((*MANNERS, ("-o", "yaml")))
        for words in (("rotate", "--force"), ("rotate", "db_password", "--force"), ("sync", "--force")):
            every_manner(synced, *words)
        for _ in range(4):
            assert synced.run("set", "stripe", *next(again), stdin=b"sk_" + synced.canary().encode()).code == 0
            synced.project.write("partner.json", json.dumps({"token": synced.canary()}))
            assert synced.run("sync", *next(again)).code == 0
            os.unlink(synced.project.path(".env"))
            assert synced.run("sync", *next(again)).code == 0
            os.unlink(synced.project.path(".env"))
            assert synced.run("plan", "--out", "saved.plan", *next(again)).code == 0
            assert synced.run("apply", "saved.plan", *next(again)).code == 0
        assert synced.run("sync", "--prune", "-y").code == 0
        record_property("figure", synced.search.figure("G15, changing"))

    def test_a_value_leaves_only_where_it_is_asked_for(self, synced: Stage, record_property: Recorder):
        """Revealing writes to stdout alone; files that are named hold values, 0600, and nothing else does."""
        synced.allow("taken.json", "key.txt", "github.env")
        assert synced.run("get", "stripe", "--reveal", shows=True).out == synced.planted.environ["STRIPE_API_KEY"]
        shown = synced.run("get", "stripe", "--reveal", "--json", shows=True).document["value"]
        assert shown == synced.planted.environ["STRIPE_API_KEY"]
        every_format = ("json", "yaml", "toml", "shell", "dotenv", "tfvars", "k8s", "compose", "systemd")
        for form in every_format:
            synced.run("export", "--reveal", "--format", form, shows=True)
        assert synced.run("export", "-o", "taken.json", "--format", "json").code == 0
        assert synced.run("key", "export", "--reveal", shows=True).code == 0
        assert synced.run("key", "export", "-o", "key.txt").code == 0
        actions = {"GITHUB_ACTIONS": "true", "GITHUB_ENV": synced.project.path("github.env")}
        synced.project.write("github.env", "")
        synced.run("export", "--format", "gha", shows=True, **actions)
        synced.run("export", "--format", "gha", shows=True, GITHUB_ACTIONS="true")
        for words in (("get", "stripe", "--reveal"), ("export", "--reveal"), ("key", "export", "--reveal")):
            assert synced.run(*words, SECRETZERO_AGENT="1").code == 3
        record_property("figure", synced.search.figure("G15, revealing"))


class TestRefusal:
    def test_values_that_may_not_be_are_not_repeated(self, synced: Stage, record_property: Recorder):
        """A value that breaks a rule, a format, an encoding or a limit is refused in words that do not hold it."""
        secret = synced.canary()
        bad = (
            secret,
            f"sk_{secret}\0",
            f"sk_{secret}\n{secret}",
            f"sk_{secret}" * 4000,
            f"\udcff{secret}",
            f'"{secret}',
        )
        for text, name in itertools.product(bad, ("stripe", "literal", "login", "db_password", "site.admin")):
            raw = text.encode("utf-8", "surrogateescape")
            synced.run("set", name, stdin=raw)
            synced.run("set", name, "--json", "--dry-run", stdin=raw)
        for text, name in itertools.product((secret, bad[2], bad[3], bad[5]), ("STRIPE_API_KEY", "LOGIN", "REGION")):
            synced.run("sync", "--verbose", **{name: text})
            synced.run("rotate", "stripe", "login", "--force", "--json", **{name: text})
            synced.run("rotate", "token", "--force", "--from-env", TOKEN=text)
        record_property("figure", synced.search.figure("G15, refused values"))

    @pytest.mark.parametrize("text", ["@@", '{"user": "@@"', '{"user": "@@"}x', '["@@"]', '{"a":' * 3000 + '"@@"'])
    def test_a_variable_that_is_no_json_is_not_repeated(self, stage: Stage, text: str):
        """What should have been a map is named by its variable."""
        held = text.replace("@@", stage.canary())
        for answer in every_manner(stage, "sync", LOGIN=held):
            assert answer.code == 1
            assert "LOGIN must hold a JSON object" in answer.out + answer.err

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("partner.json", '{"token": "@@"'),
            ("partner.json", '{"token": {"@@": "@@"}}'),
            ("partner.json", "@@"),
            ("partner.json", '{"@@": 1}'),
            ("partner.json", '{"a":' * 3000 + '"@@"'),
            (".env", "DB_PASSWORD='@@"),
            (".env", '@@\n@@="@@\n'),
            ("conf/app.json", '{"db_password": "@@", "db_password": "@@"}'),
            ("conf/app.json", '{"db_password": "@@"'),
            ("conf/app.yaml", "token: [@@\n@@: *@@"),
            ("settings.toml", "pepper = @@"),
            ("infra.tfvars", 'device = "@@${@@}"\n@@ = ['),
        ],
    )
    def test_a_file_that_cannot_be_read_is_not_repeated(self, synced: Stage, name: str, text: str):
        """A broken source or target is named with its place, and not quoted."""
        synced.project.write(name, text.replace("@@", synced.canary()))
        for words in (
            ("plan",),
            ("drift",),
            ("sync",),
            ("sync", "--on-drift", "adopt"),
            ("rotate", "--force"),
            ("get", "site"),
        ):
            every_manner(synced, *words)

    def test_a_file_in_no_encoding_is_not_repeated(self, synced: Stage):
        """Bytes that are not text are refused without being shown."""
        for name in ("partner.json", ".env", "conf/app.json", "settings.toml"):
            Path(synced.project.path(name)).write_bytes(b'{"token": "' + synced.canary().encode() + b'\xff\xfe"}')
        for words in (("plan",), ("drift",), ("sync",), ("get", "partner")):
            every_manner(synced, *words)

    def test_strange_values_at_targets_are_compared_and_not_shown(self, synced: Stage):
        """Drift, conflict, adoption and overwriting name the place and never the value there."""
        for choice in ("fail", "adopt", "overwrite"):
            env = Path(synced.project.path(".env"))
            env.write_text(f"DB_PASSWORD={synced.canary()}\nPARTNER={synced.canary()}\nOTHER={synced.canary()}\n")
            for words in (("drift",), ("plan",), ("get", "partner"), ("sync",), ("sync", "--on-drift", choice)):
                every_manner(synced, *words)
            synced.run("sync", "--on-drift", choice, "-y")

    def test_another_key_is_not_repeated(self, synced: Stage):
        """A key that is none, or another project's, is refused by name; what was typed or piped is not shown."""
        wrong, other = synced.canary(), Stage(Path(synced.project.folder).parent / "other", 1)
        other.run("sync")
        [key] = [Path(p).read_text() for p in files_below(f"{other.project.home}/state/secretzero/keys")][:1]
        synced.canaries.watch(key.strip())
        for text in (wrong, key):
            for words in (("plan",), ("drift",), ("sync",), ("get", "site"), ("lock", "verify"), ("status",)):
                every_manner(synced, *words, SECRETZERO_PROJECT_KEY=text)
            every_manner(synced, "key", "import", stdin=text.encode())

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ('"secrets": {', '"secrets": {"@@": '),
            ('"kind": "', '"kind": "@@'),
            ('"h1:', '"@@:'),
            ('"schema": 2', '"schema": "@@"'),
            ('"current": "', '"current": "@@'),
            ("{\n", "<<<<<<< HEAD\n{\n"),
            ("}\n", "=======\n@@\n>>>>>>> other\n}\n"),
            ("", '{"schema": 1, "version": "@@", "secrets": "@@"}'),
            ("", "@@"),
        ],
    )
    def test_a_damaged_lockfile_is_not_repeated(self, synced: Stage, old: str, new: str):
        """Whatever somebody pasted into a lockfile, it is refused with a line and a cause, and no quotation."""
        whole, damage = synced.project.read(".gitsecrets.lock"), new.replace("@@", synced.canary())
        text = whole.replace(old, damage, 1) if old else damage
        synced.allow(".gitsecrets.lock", "ours", "theirs")
        for name in (".gitsecrets.lock", "ours", "theirs"):
            synced.project.write(name, text)
        for words in (
            ("plan",),
            ("status",),
            ("show",),
            ("drift",),
            ("sync",),
            ("rotate", "--force"),
            ("lock", "verify"),
        ):
            every_manner(synced, *words)
        every_manner(synced, "lock", "merge", ".gitsecrets.lock", "ours", "theirs")

    BROKEN = (
        ('validation: "^sk_"', 'validation: "[@@"'),
        ('config: {value: "', 'config: {validation: "^sk_", value: "@@'),
        ("config: {length: 40}", 'config: {length: "@@"}'),
        ("config: {length: 40}", 'config: {length: 40, charset: "@@"}'),
        ("config: {value: info}", 'config: {type: int, value: "@@"}'),
        ("config: {value: info}", 'config: {type: json, value: "{@@"}'),
        ("rotation_period: 90d", 'rotation_period: "@@"'),
        ("rotation_period: 90d", 'rotation_perod: "@@"'),
        ("local: true", 'local: "@@"'),
        ("kind: uuid", "kind: uuid\n    config: {password: @@}"),
        ("kind: uuid", "kind: uuid\n    source: {kind: file, config: {path: x.json, format: @@}}"),
        ("kind: uuid", 'kind: uuid\n    source: {kind: file, config: {path: "", passwrd: @@}}'),
        ("kind: uuid", 'kind: uuid\n    source: {kind: env, config: {name: "@@="}}'),
        ("secrets:", "providers: {vault: {auth: {kind: token, token: @@}}}\nsecrets:"),
        ("secrets:", "providers: {local: {auth: {kind: token, config: {secret_key: @@}}}}\nsecrets:"),
        ("secrets:", "policies: {p: {kind: rotation, max_age: @@}}\nsecrets:"),
        ("secrets:", "secrets: @@\nsecrets:"),
        ("secrets:", "secrets: [@@\n"),
        ("secrets:", "secrets: !@@ [\n"),
        ("db_password | urlencode", "db_password | @@"),
        ("{ secret.db_password", "{{ secret.@@"),
    )  # fmt: skip

    @pytest.mark.parametrize("broken", BROKEN)
    def test_a_broken_manifest_is_not_quoted(self, stage: Stage, broken: tuple[str, str]):
        """A value in the wrong place of a manifest is refused by place and path alone."""
        old, new = broken
        text = stage.project.read("Secretfile.yml")
        assert old in text
        stage.project.write("Secretfile.yml", text.replace(old, new.replace("@@", stage.canary()), 1))
        for words in (("validate",), ("validate", "--lenient"), ("plan",), ("list", "variables"), ("sync",)):
            every_manner(stage, *words)

    def test_variables_are_masked_and_never_quoted(self, stage: Stage):
        """A credential among the variables, of a file, the command line or the environment, is not shown."""
        stage.allow("v.szvar")
        secret = stage.canary()
        broken = ("db_password: @@", "db_password: [@@", "db_password: *@@", "@@", "db_password: {a: @@, a: @@}",
                  'db_password: "{{ var.x | @@ }}"', "db_password: ${@@")  # fmt: skip
        for text in broken:
            stage.project.write("v.szvar", text.replace("@@", secret) + "\n")
            for words in (("list", "variables"), ("validate",), ("plan",)):
                every_manner(stage, *words, "--var-file", "v.szvar")
        for words in (("list", "variables"), ("validate",), ("plan",), ("sync",)):
            every_manner(stage, *words, "--var", f"db_password={secret}")
            every_manner(stage, *words, "--var", f"db_password=${{{secret}")


class TestProcesses:
    def test_no_process_is_told_a_value(self, stage: Stage, record_property: Recorder):
        """Not in the arguments of any process, nor in the environment of any but the child of `run`."""
        need_strace()
        stage.project.process(script="git init -q . && git config user.email a@b && git config user.name c")
        environ = {**stage.planted.environ, "TMPDIR": str(stage.temporary), "SECRETZERO_TRACEBACK": "1"}
        stage.allow("taken.json")
        started: list[str] = []
        for words in (("sync",), ("rotate", "--force"), ("export", "-o", "taken.json", "--format", "json"), ("drift",)):
            seen = watched(stage.project, *words, options="-v", **environ)
            stage.judge(words, {"stdout": seen.answer.out.encode(), "stderr": seen.answer.err.encode()})
            started += [line for line in seen.starts if f'"{PROGRAM}"' not in line]
        assert any("git" in line for line in started)
        watching = 'cat /proc/$PPID/cmdline /proc/$$/cmdline; tr "\\0" "\\n" < /proc/$$/environ | grep -c ^STRIPE='
        seen = watched(stage.project, "run", "--", "sh", "-c", watching, **environ)
        assert seen.answer.out.endswith("1\n"), seen.answer
        stage.judge(("run",), {"stdout": seen.answer.out.encode(), "stderr": seen.answer.err.encode()})
        started += seen.starts
        stage.judge(("execve",), {line: line.encode() for line in started})
        record_property("figure", stage.search.figure(f"G16, {len(started)} processes"))

    def test_a_full_disk_and_a_dead_process_leave_nothing_in_clear(self, stage: Stage, record_property: Recorder):
        """Wherever a run is stopped by a limit or a kill, what it leaves is the journal, which is sealed."""
        need_strace()
        environ = {**stage.planted.environ, "TMPDIR": str(stage.temporary), "SECRETZERO_TRACEBACK": "1"}
        limits = [
            f"ulimit -f {blocks}; exec {PROGRAM} {words}" for blocks in (0, 1, 4) for words in ("sync", "sync --json")
        ]
        journals = 0
        for script in limits:
            answer = stage.project.process(script=script, **environ)
            assert answer.code not in {0, 2}, (script, answer)
            assert "internal" not in answer.err, (script, answer)
            stage.judge((script,), {"stdout": answer.out.encode(), "stderr": answer.err.encode()})
        for words, call, count in itertools.product((("sync",), ("rotate", "--force")), ("fsync", "rename"), (2, 4, 7)):
            inject = f"-e inject={call}:signal=KILL:when={count}"
            seen = watched(stage.project, *words, options=inject, **environ)
            journals += any(path.endswith("/journal") for path in stage.left_behind())
            stage.judge((inject,), {"stdout": seen.answer.out.encode(), "stderr": seen.answer.err.encode()})
            for looking in (("plan",), ("status",), ("drift",), ("get", "site")):
                stage.run(*looking, "--json")
        assert journals > 2
        assert stage.run("sync").code == 0
        assert stage.run("drift").code == 0
        record_property("figure", stage.search.figure("G15, dead processes"))

    def test_what_is_typed_is_not_shown(self, stage: Stage):
        """A hidden prompt shows nothing of what was typed, not even when it is refused."""
        typed = stage.canary()
        environ = {name: text for name, text in stage.planted.environ.items() if name != "STRIPE_API_KEY"}
        answers = [("Secret: stripe", text) for text in (typed, f"sk{typed}", f"sk_{typed}")]
        answer = stage.project.at_terminal("sync", answers=answers, **environ)
        assert answer.code == 0, answer
        stage.judge(("sync",), {"terminal": answer.out.encode()})
        assert typed in stage.project.read(".env.stripe")
        refused = stage.project.at_terminal("set", "stripe", answers=[("Secret: stripe", typed)], **environ)
        assert refused.code == 1
        stage.judge(("set",), {"terminal": refused.out.encode()})

    def test_an_error_that_nobody_foresaw_shows_no_value(self, stage: Stage):
        """Its kind and place are shown, with frames on request; its text and its variables are not."""
        from secretzero_cli.session import internal

        held = stage.canary()
        err = io.StringIO()
        before = os.environ.get("SECRETZERO_TRACEBACK")
        os.environ["SECRETZERO_TRACEBACK"] = "1"
        try:
            raise ValueError(held)
        except ValueError as error:
            with contextlib.redirect_stderr(err), contextlib.redirect_stdout(err):
                internal(("plan",), type(error), error, error.__traceback__)
                internal(("plan", "--json"), type(error), error, error.__traceback__)
        finally:
            os.environ.pop("SECRETZERO_TRACEBACK") if before is None else None
        assert "ValueError" in err.getvalue()
        stage.judge(("internal",), {"stderr": err.getvalue().encode()})
