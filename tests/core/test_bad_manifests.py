"""Every bad manifest is refused with all of its problems, each at its line and column."""

import re
from pathlib import Path

import pytest
from bad_manifests import CASES, Case

from secretzero.engine.catalog import builtin_catalog
from secretzero.errors import ManifestError, Problem
from secretzero.manifest.load import load_manifest

MARK = "§"
CATALOG = builtin_catalog()


def marked(text: str) -> list[tuple[int, int]]:
    """Return line and column of each mark, as if no mark were in the text."""
    places = []
    for number, line in enumerate(text.split("\n"), 1):
        pieces = line.split(MARK)
        places += [(number, len("".join(pieces[:count])) + 1) for count in range(1, len(pieces))]
    return places


def refused(folder: Path, text: str) -> list[Problem]:
    """Return the problems of a manifest; none when it is good."""
    path = folder / "Secretfile.yml"
    path.write_text(text.replace(MARK, ""), encoding="utf-8")
    try:
        load_manifest(str(path), CATALOG, environ={"MY_TOKEN": "canary-7"})
    except ManifestError as error:
        return list(error.problems)
    return []


@pytest.mark.parametrize("case", CASES, ids=[case.title for case in CASES])
def test_each_problem_of_a_bad_manifest_has_its_place(case: Case, tmp_path: Path):
    """All that is wrong is said at once, in the order of the file, at the right line, column and path."""
    problems = refused(tmp_path, case.text)
    said = [(p.line, p.column, p.path) for p in problems if p.severity == "error"]
    assert said == [(*place, path) for place, path in zip(marked(case.text), case.paths, strict=True)]
    assert problems == sorted(problems, key=lambda p: (p.file, p.line, p.column))


def test_no_message_holds_what_somebody_wrote_as_a_value(tmp_path: Path):
    """Wherever a text is refused, the message says what is wanted and not what was there."""
    shown = re.compile(rf"(?<!secret)(: ){MARK}[a-z]+(?=[\n,}}\]])")
    texts = {shown.sub(r"\1canary-7", case.text) for case in CASES if shown.search(case.text)}
    assert len(texts) > 60
    for text in texts:
        for problem in refused(tmp_path, text):
            assert "canary-7" not in str(problem)


def test_no_message_holds_a_value_of_the_environment(tmp_path: Path):
    """A credential that a manifest puts into a path is named by its variable, and not shown."""
    text = next(case.text for case in CASES if case.title == "a credential in a path")
    assert not [problem for problem in refused(tmp_path, text) if "canary-7" in str(problem)]


def test_there_are_at_least_two_hundred_cases():
    """The corpus is large, and no two cases are the same."""
    assert len(CASES) >= 200
    assert len({case.text for case in CASES}) == len(CASES)
