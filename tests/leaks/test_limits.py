"""Bad input is refused with every problem at its place, within a bound of time and memory, and changes nothing."""

import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest
from bad_files import VARS, lockfiles, without_marks
from bounds import SECONDS, used
from shell import PROGRAM, Answer, Project

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "core"))
from bad_manifests import CASES

Recorder = Callable[[str, object], None]
MEGA = 1 << 20
MEMORY = 200 * MEGA
SIZE = 60 * MEGA
TESTS = str(Path(__file__).resolve().parents[1])
LIMITED = str(Path(__file__).with_name("limited.py"))
BARE = """
import resource
from secretzero_cli.main import called
called(["version"], {"HOME": "/nowhere"})
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmPeak")))
"""


@pytest.fixture(scope="module")
def bare() -> int:
    """Measure the address space of a start that reads nothing."""
    if sys.platform != "linux":
        pytest.skip("address spaces are limited and measured on Linux alone")
    done = subprocess.run([sys.executable, "-c", BARE], capture_output=True, text=True, check=True)
    return int(done.stdout.split()[-1]) * 1024


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a synced project whose files are replaced by bad ones, one at a time."""
    found = Project(tmp_path_factory.mktemp("limits"))
    assert found.process("sync").code == 0
    assert found.process("plan", "--out", "saved.plan").code == 0
    found.write("v.szvar", "{}\n")
    return found


COMMANDS = {
    "Secretfile.yml": "validate",
    "v.szvar": "validate --var-file v.szvar",
    ".gitsecrets.lock": "status",
    "saved.plan": "apply saved.plan",
}


def bombs() -> dict[str, bytes]:
    """Return inputs that make careless readers crash, hang or grow, by name."""
    laugh = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    merge = "a0: &a0 {x: 1}\n"
    chain = "a0: &a0 {x: 1}\n"
    double = "variables:\n  v0: " + "x" * 1000 + "\n"
    for n in range(1, 12):
        laugh += f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n"
        merge += f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}], k{n}: 1}}\n"
    for n in range(1, 3000):
        chain += f"a{n}: &a{n} {{<<: *a{n - 1}, k{n}: 1}}\n"
    for n in range(1, 60):
        double += f'  v{n}: "{{{{ var.v{n - 1} }}}}{{{{ var.v{n - 1} }}}}"\n'
    texts = {"alias bomb": laugh, "merge bomb": merge, "merge chain": chain, "doubling variables": double}
    deep = {
        "brackets": b"[" * 30_000,
        "closed brackets": b"[" * 30_000 + b"]" * 30_000,
        "braces": b"{" * 30_000,
        "objects": b'{"a":' * 30_000,
        "closed objects": b'{"a":' * 30_000 + b"1" + b"}" * 30_000,
        "dashes": b"- " * 30_000,
        "question marks": b"? " * 30_000,
        "lists in maps": b"secrets: " + b"[{a: " * 30_000,
        "indentation": b"".join(b" " * n + b"a:\n" for n in range(1000)),
        "an alias inside its anchor": b"a: &a [*a]",
        "many aliases": b"a: &a [1]\nb: [" + b"*a, " * 200_000 + b"]",
        "nested defaults": b'variables: {a: "' + b"${b:-" * 30_000 + b'"}',
        "open braces": b'variables: {a: "' + b"{{ " * 30_000 + b'"}',
        "a long number": b"secrets: " + b"9" * MEGA,
        "a large exponent": b"secrets: 1e999999999",
        "a long line": b"secrets: [" + b"{name: a}, " * 30_000 + b"]",
        "a long text": b'secrets: "' + b"x" * 10 * MEGA + b'"',
        "another encoding": "secrets: [ä]".encode("latin-1"),
        "UTF-16": "secrets: []".encode("utf-16"),
        "half a character": b"secrets: \xed\xa0\x80",
        "NUL": b"secrets: []\0",
    }
    return {name: text.encode() for name, text in texts.items()} | deep


def junk() -> dict[str, Callable[[], bytes]]:
    """Return 60 MB of nothing good, made when it is needed."""
    return {
        "one word": lambda: b"a" * SIZE,
        "noise": lambda: Random(1).randbytes(SIZE),
        "lines": lambda: b"a: b\n" * (SIZE // 5),
        "a list": lambda: b"secrets:\n" + b"- a\n" * (SIZE // 4),
        "empty lines": lambda: b"\n" * SIZE,
        "brackets": lambda: b"[" * SIZE,
        "a text without an end": lambda: b'"' + b"a" * SIZE,
        "zeros": lambda: bytes(SIZE),
        "more than is read": lambda: b" " * (70 * MEGA),
    }


YAML_ONLY_FOR_VARS = (
    "a large exponent",
    "a long number",
    "a long text",
    "many aliases",
    "doubling variables",
    "a long line",
)
"""What is a good var file."""

BOMBS = [
    *(("Secretfile.yml", name) for name in bombs()),
    *(("v.szvar", name) for name in bombs() if name not in YAML_ONLY_FOR_VARS),
    *(
        (".gitsecrets.lock", name)
        for name in ("brackets", "closed objects", "dashes", "a long number", "half a character", "NUL")
    ),
    *(("saved.plan", name) for name in ("brackets", "closed objects", "a long number", "half a character", "NUL")),
]
JUNK = [
    *(("Secretfile.yml", name) for name in junk()),
    *(("v.szvar", name) for name in ("noise", "a list")),
    *((".gitsecrets.lock", name) for name in ("one word", "noise", "empty lines")),
    *(("saved.plan", name) for name in ("noise", "brackets")),
]


@pytest.mark.parametrize(("name", "bomb"), BOMBS)
def test_a_bomb_is_refused_within_limits(project: Project, bare: int, name: str, bomb: str):
    """Exit 5 and no traceback, soon and with 200 MB more than a bare start, and nothing on the disk changes."""
    refused(project, bare, name, bombs()[bomb])


@pytest.mark.parametrize(("name", "what"), JUNK)
def test_sixty_megabytes_of_junk_are_refused_within_limits(project: Project, bare: int, name: str, what: str):
    """The same for what is large and not deep."""
    refused(project, bare, name, junk()[what]())


def refused(project: Project, bare: int, name: str, content: bytes) -> None:
    """Put a bad file in the place of a good one and run what reads it."""
    path = Path(project.path(name))
    good = path.read_bytes()
    path.write_bytes(content)
    try:
        others = {each: held for each, held in project.files().items() if each != str(path)}
        answer, seconds = limited(project, bare, COMMANDS[name])
        assert answer.code == 5, (answer.code, answer.out[:300], answer.err[:300])
        assert "error:" in answer.err
        assert "internal" not in answer.err
        assert "Traceback" not in answer.err
        assert seconds <= SECONDS
        assert {each: held for each, held in project.files().items() if each != str(path)} == others
        assert path.stat().st_size == len(content)
    finally:
        path.write_bytes(good)


def limited(project: Project, bare: int, words: str) -> tuple[Answer, float]:
    """Run a command as a process of its own under both limits."""
    before = used(resource.RUSAGE_CHILDREN)
    space = (bare + MEMORY) // 1024
    answer = project.process(script=f"ulimit -v {space}; ulimit -t {2 * SECONDS}; exec {PROGRAM} {words}")
    return answer, used(resource.RUSAGE_CHILDREN) - before


class LimitedAnswer(NamedTuple):
    """What one command line answered in the limited process."""

    code: int
    document: dict[str, Any]
    err: str
    seconds: float

    @property
    def places(self) -> list[tuple[int, int]]:
        """Return line and column of each problem; a lockfile is one error, of as many lines as it has problems."""
        found = []
        for error in self.document["errors"]:
            found.append((error.get("line", 0), error.get("column", 0)))
            further = re.findall(r"^\.gitsecrets\.lock:(\d+):(\d+): ", error["message"], re.MULTILINE)
            found += [(int(line), int(column)) for line, column in further]
        return found


def all_limited(bare: int, lines: list[list[str]]) -> list[LimitedAnswer]:
    """Run many command lines in one process that is limited as a whole and for each."""
    text = "".join(json.dumps(line) + "\n" for line in lines)
    command = [sys.executable, LIMITED, str(bare + MEMORY)]
    environ = {**os.environ, "PYTHONPATH": TESTS}
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, env=environ)
    assert done.returncode == 0, done.stderr[-2000:]
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(lines)
    return [LimitedAnswer(each["code"], json.loads(each["out"]), each["err"], each["seconds"]) for each in answers]


def judged(answer: LimitedAnswer, places: list[tuple[int, int]], about: str) -> None:
    """Compare an answer with the marks of a text."""
    assert answer.code == 5, about
    assert answer.places == places, about
    assert answer.document["exit_code"] == 5
    assert answer.err == ""
    assert answer.seconds <= SECONDS, about
    assert "canary-7" not in json.dumps(answer.document)


def test_every_bad_manifest_is_refused_within_limits(bare: int, tmp_path: Path, record_property: Recorder):
    """The corpus of bad manifests through the command line: all problems of each, with line and column."""
    lines, marks = [], []
    for number, case in enumerate(CASES):
        text, places = without_marks(case.text)
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "Secretfile.yml").write_text(text, encoding="utf-8")
        lines.append([str(folder), "validate", "--json"])
        marks.append(places)
    answers = all_limited(bare, lines)
    for case, places, answer in zip(CASES, marks, answers, strict=True):
        judged(answer, places, case.title)
        assert sorted(os.listdir(tmp_path / str(CASES.index(case)))) == ["Secretfile.yml"]
    problems = sum(map(len, marks))
    slowest = max(answer.seconds for answer in answers)
    record_property(
        "figure", f"G21: {len(CASES)} bad manifests, {problems} problems, slowest {slowest:.3f} s of processor time"
    )


def test_every_bad_lockfile_and_var_file_is_refused_within_limits(
    bare: int, project: Project, tmp_path: Path, record_property: Recorder
):
    """All problems of each, with line and column, and the file stays as it is."""
    lines, marks = [], []
    for number, marked in enumerate([*lockfiles(), *VARS]):
        text, places = without_marks(marked)
        folder = tmp_path / str(number)
        folder.mkdir()
        is_lock = number < len(lockfiles())
        (folder / "Secretfile.yml").write_text(project.read("Secretfile.yml"))
        (folder / (".gitsecrets.lock" if is_lock else "v.szvar")).write_text(text, encoding="utf-8")
        command = ["status", "--json"] if is_lock else ["validate", "--json", "--var-file", "v.szvar"]
        lines.append([str(folder), *command])
        marks.append((text, places))
    answers = all_limited(bare, lines)
    for number, ((text, places), answer) in enumerate(zip(marks, answers, strict=True)):
        judged(answer, places, f"{number}: {text[:200]}")
        [path] = [each for each in (tmp_path / str(number)).iterdir() if each.name != "Secretfile.yml"]
        assert path.read_text(encoding="utf-8") == text
    count = len(marks)
    assert count >= 60
    record_property(
        "figure", f"G21: {len(lockfiles())} bad lockfiles, {len(VARS)} bad var files: all problems at their places"
    )
