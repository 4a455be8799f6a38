"""Where an answer goes: to who asked, to nobody any more, or to a place that takes nothing."""

from pathlib import Path

import pytest
from shell import ONE, PROGRAM, Answer, Project

FULL = "error: cannot write the answer: No space left on device\n"
ANSWERS = ["export --reveal", "get db_password --reveal", "plan -q", "plan --json", "list -o yaml"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Make a project in step."""
    project = Project(Path(tmp_path_factory.mktemp("answers")), ONE)
    assert project("sync").code == 0
    return project


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("words", [*ANSWERS, "plan --help", "--version", ""])
def test_an_answer_that_cannot_be_written_is_an_error(project: Project, words: str):
    """Exit 1 and one line that says why: who trusts an export must hear that it was cut."""
    assert project.process(script=f"{PROGRAM} {words} > /dev/full") == Answer(1, "", FULL)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_an_error_is_told_even_where_its_document_cannot_be_written(project: Project):
    """What went wrong before comes first."""
    answer = project.process(script=f"{PROGRAM} get nothing --json > /dev/full")
    assert answer.code == 1
    assert "nothing" in answer.err.splitlines()[0]
    assert answer.err.endswith(FULL)


@pytest.mark.parametrize("words", ANSWERS)
def test_a_reader_who_left_is_no_error(project: Project, words: str):
    """As with `head`: the exit code is that of the command, and nothing is said."""
    script = f"{{ sleep 0.2; {PROGRAM} {words}; echo $? >&2; }} | true"
    answer = project.process(script=script)
    assert answer.err == "0\n"
