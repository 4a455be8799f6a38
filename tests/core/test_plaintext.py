"""Files under version control never get a value in clear unless somebody says so."""

from pathlib import Path

import pytest
from projects import Machine, Repository, file_target, problems, secret


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A git repository that ignores `.env` files."""
    made = Repository(tmp_path / "home", tmp_path / "shop")
    made.begin()
    return made


def test_a_tracked_file_is_refused(repository: Repository):
    """Nothing is written, announced or kept for it; other secrets go on; the person may allow it for one run."""
    (repository.folder / "app.json").write_text("{}\n")
    repository.commit()
    repository.manifest(secret("key", "random_password", file_target("KEY", "app.json")), secret("db"))
    report = repository.sync()
    assert problems(report) == {"key": "blocked"}
    assert "git rm --cached" in report.failed[0].error.hint  # type: ignore[union-attr]
    assert (repository.folder / "app.json").read_text() == "{}\n"
    assert list(repository.lockfile.secrets) == ["db"]
    assert repository.sync(allow_tracked=True).failed == ()
    assert set(repository.values("app.json")) == {"KEY"}


@pytest.mark.parametrize("strict", [False, True])
def test_a_file_that_git_does_not_ignore_is_named(repository: Repository, strict: bool):  # noqa: FBT001 - a row
    """A notice with the line for `.gitignore`, and under strict an error."""
    repository.manifest(secret("key", "random_password", file_target("KEY", "app.json")))
    report = repository.sync(strict=strict)
    assert (problems(report) == {"key": "blocked"}) == strict
    messages = report.notices if not strict else [f"{report.failed[0].error} {report.failed[0].error.hint}"]  # type: ignore[union-attr]
    assert any("/app.json" in notice and ".gitignore" in notice for notice in messages)
    assert (repository.folder / "app.json").exists() != strict


def test_an_ignored_file_is_nobodys_business(repository: Repository):
    """No notice, no error."""
    repository.manifest(secret("key"))
    assert repository.sync(strict=True).notices == ()
    assert repository.values()


def test_a_setting_in_clear_may_be_committed(repository: Repository):
    """A `nonsecret` is meant to be seen."""
    (repository.folder / "app.json").write_text("{}\n")
    repository.commit()
    repository.manifest(secret("region", "nonsecret", file_target("R", "app.json"), config={"value": "eu"}))
    assert repository.sync().failed == ()
    assert repository.values("app.json") == {"R": "eu"}


def test_a_tracked_file_behind_a_link(repository: Repository):
    """The real file counts, whatever it is called."""
    (repository.folder / "app.json").write_text("{}\n")
    (repository.folder / ".env.json").symlink_to("app.json")
    repository.commit()
    repository.manifest(secret("key", "random_password", file_target("KEY", ".env.json")))
    assert problems(repository.sync()) == {"key": "blocked"}
    assert (repository.folder / "app.json").read_text() == "{}\n"


def test_without_version_control_nobody_is_asked(tmp_path: Path):
    """No notice where there is no repository."""
    plain = Repository(tmp_path / "home", tmp_path / "shop")
    plain.manifest(secret("key", "random_password", file_target("KEY", "app.json")))
    assert plain.sync(strict=True).notices == ()


def test_silence_of_git_is_not_taken_for_a_no(repository: Repository):
    """Where git cannot answer, nothing is written until a person says so."""
    (repository.folder / ".git" / "index").write_bytes(b"no index")
    repository.manifest(secret("db"))
    assert problems(repository.sync()) == {"db": "blocked"}
    assert not (repository.folder / ".env").exists()
    assert repository.sync(allow_tracked=True).failed == ()


def test_a_folder_that_only_looks_like_a_repository(tmp_path: Path):
    """What git itself calls no repository tracks nothing."""
    (tmp_path / "shop" / ".git").mkdir(parents=True)
    machine = Machine(tmp_path / "home", tmp_path / "shop")
    machine.manifest(secret("db"))
    assert machine.sync().failed == ()
