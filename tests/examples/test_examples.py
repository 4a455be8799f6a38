"""The examples do what they say: each is copied to an empty place and run there."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from shell import Answer, Project

Copied = Callable[[str], Project]
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture
def copy(tmp_path: Path) -> Copied:
    """Return what puts an example into a git repository of its own."""

    def copied(name: str) -> Project:
        project = Project(tmp_path, manifest="")
        shutil.copytree(EXAMPLES / name, project.folder, dirs_exist_ok=True)
        subprocess.run(["git", "init", "-q", project.folder], check=True, env=project.environ)
        return project

    return copied


def program(project: Project, name: str, *words: str, **environ: str) -> Answer:
    """Run one of the Python examples in the project."""
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / name), *words],
        cwd=project.folder,
        env={**project.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def sourced(project: Project, name: str, *variables: str) -> list[str]:
    """Source a file in sh and return what the variables hold."""
    printed = "; ".join(f"printf '%s\\n' \"${variable}\"" for variable in variables)
    return project.process(script=f". ./{name}; {printed}").out.splitlines()


def value(project: Project, name: str, key: str) -> str:
    """Read one variable of a file."""
    return sourced(project, name, key)[0]


def test_the_quickstart_makes_a_file_that_a_shell_can_source(copy: Copied):
    """One sync makes the .env; each value stands in every file that wants it, and nothing is warned about."""
    project = copy("quickstart")
    assert project("validate", "--strict").err == ""
    done = project("sync")
    assert (done.code, done.err) == (0, "")
    password, key, host = sourced(project, ".env", "DB_PASSWORD", "SESSION_KEY", "API_HOST")
    assert (len(password), len(key), host) == (40, 44, "api.localhost")
    assert json.loads(project.read("config/web.json")) == {"session_key": key}
    assert password not in project.read(".gitsecrets.lock") + project.read(".gitsecrets.local.lock")


def test_a_second_sync_of_the_quickstart_changes_no_byte(copy: Copied):
    """Nothing is written where nothing is to be done: not a target, not a lockfile, not the state folder."""
    project = copy("quickstart")
    project("sync")
    before = project.files()
    assert project("sync").code == 0
    assert project.files() == before


def test_what_the_quickstart_makes_is_ignored_by_git(copy: Copied):
    """After a sync git sees the manifest and the shared lockfile, and no file that holds a value."""
    project = copy("quickstart")
    project("sync")
    seen = project.process(script="git status --porcelain --untracked-files=all").out
    assert seen.split() == ["??", ".gitignore", "??", ".gitsecrets.lock", "??", "Secretfile.yml"]


def test_the_shop_from_its_first_sync_to_its_running_process(copy: Copied):
    """validate, plan, sync, drift, rotate, set and run: each answers with the code of its page."""
    project = copy("shop")
    assert project("validate").code == 0
    assert project("plan", "--detailed-exitcode").code == 2
    assert project("sync").code == 0
    assert project("drift").code == 0
    first = value(project, ".env.dev", "DB_PASSWORD")
    assert project("rotate", "db_password", "--force").code == 0
    second = value(project, ".env.dev", "DB_PASSWORD")
    assert second != first
    assert project.process("set", "payment_key", stdin=b"sk_test_another\n").code == 0
    ran = project.process("run", "--", "sh", "-c", 'echo "$PAYMENT_KEY $DB_PASSWORD"')
    assert (ran.code, ran.out) == (0, f"sk_test_another {second}\n")
    assert project("plan", "--detailed-exitcode").code == 0


def test_the_shops_url_follows_its_password(copy: Copied):
    """A rotation of the password writes the URL that is made of it in the same run."""
    from urllib.parse import unquote, urlsplit

    project = copy("shop")
    project("sync")
    project("rotate", "db_password", "--force")
    password, url = sourced(project, ".env.dev", "DB_PASSWORD", "DATABASE_URL")
    assert unquote(urlsplit(url).password or "") == password


def test_the_shops_template_lands_as_one_map_and_as_a_field(copy: Copied):
    """The whole unit stands in the web server's file, one field of it in the environment file too."""
    project = copy("shop")
    project("sync")
    web = json.loads(project.read("build/dev.json"))["shop_web"]
    assert web["admin_token"] == value(project, ".env.dev", "ADMIN_TOKEN")
    assert set(web) == {"session_key", "admin_token"}


def test_the_shops_settings_follow_their_file(copy: Copied):
    """A change of the followed file is the only thing that the next sync has to do."""
    project = copy("shop")
    project("sync")
    project.write("config/dev.toml", 'theme = "dark"\n')
    plan = project("plan", "--json").document
    assert [step["secret"] for step in plan["steps"] if step["action"] != "keep"] == ["app_settings"]
    assert project("sync").code == 0
    assert json.loads(project.read("build/dev.json"))["settings"] == {"theme": "dark"}


def test_the_shops_lanes_share_nothing(copy: Copied):
    """Production has its own lockfile and files, and asks for the key that only somebody can supply."""
    project = copy("shop")
    project("sync")
    before = project.files()
    lacking = project("-e", "prod", "sync", "--non-interactive")
    assert lacking.code == 1
    assert "PAYMENT_KEY" in lacking.err
    supplied = project("-e", "prod", "sync", SECRETZERO_SECRET_PAYMENT_KEY="sk_live_1234")
    assert supplied.code == 0
    after = project.files()
    assert {name: after[name] for name in before if "/state/" not in name and "local.lock" not in name} == {
        name: content for name, content in before.items() if "/state/" not in name and "local.lock" not in name
    }
    assert value(project, ".env.prod", "PAYMENT_KEY") == "sk_live_1234"
    assert value(project, ".env.prod", "DB_PASSWORD") != value(project, ".env.dev", "DB_PASSWORD")


def test_an_application_starts_with_its_password(copy: Copied):
    """The start-up example resolves the value that stands in the .env, and says why it cannot start without one."""
    project = copy("quickstart")
    refused = program(project, "app_startup.py")
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.startswith("cannot start: ")
    project("sync")
    assert program(project, "app_startup.py") == Answer(0, "connected as app with 40 characters\n", "")


def test_a_deploy_hook_names_the_files_that_changed(copy: Copied):
    """The hook brings a lane to its files, and the second time there is nothing to restart."""
    project = copy("shop")
    first = program(project, "deploy_hook.py", "Secretfile.yml", "dev")
    assert (first.code, first.out) == (0, "changed: .env.dev, .env.dev.local, build/dev.json\n")
    assert program(project, "deploy_hook.py", "Secretfile.yml", "dev").out == "changed: nothing\n"


def test_a_deploy_hook_stops_the_deployment(copy: Copied):
    """A secret without value ends the hook with 1 and a line that names it."""
    project = copy("shop")
    stopped = program(project, "deploy_hook.py", "Secretfile.yml", "prod")
    assert stopped.code == 1
    assert "payment_key" in stopped.err
    assert os.path.exists(project.path(".env.prod"))
