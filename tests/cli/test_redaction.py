"""Secret texts in what a child writes: replaced wherever the stream is cut, and only where that is wanted."""

import os
import subprocess
import sys
from itertools import pairwise
from random import Random

import pytest
from bounds import PATIENCE
from hypothesis import given, settings
from hypothesis import strategies as st
from shell import PROGRAM, Project

from secretzero_cli.child.redaction import MASK, Redactor

VALUES = """
secrets:
  - name: password
    kind: static
    config: {value: "correct horse battery"}
    targets: [{provider: local, kind: file, config: {path: .env, key: PASSWORD}}]
  - name: short
    kind: static
    config: {value: "seven77"}
    targets: [{provider: local, kind: file, config: {path: .env, key: SHORT}}]
  - name: login
    kind: static
    config: {value: {user: administrator, password: "hunter2-hunter2"}}
    targets: [{provider: local, kind: file, config: {path: login.json, key: login}}]
  - name: host
    kind: nonsecret
    config: {value: "db.example.com"}
    targets: [{provider: local, kind: file, config: {path: .env, key: DB_HOST}}]
"""
PRINTED = "correct horse battery seven77 hunter2-hunter2 db.example.com\n"
HIDDEN = "******** seven77 ******** db.example.com\n"


def by_hand(text: bytes, secrets: list[str]):
    """Replace from left to right, at each place the longest: slowly, and with nothing of the real thing."""
    secrets, out, at = [secret.encode() for secret in secrets if len(secret) >= 8], b"", 0
    while at < len(text):
        here = max((len(secret) for secret in secrets if text.startswith(secret, at)), default=0)
        out += MASK if here else text[at : at + 1]
        at += here or 1
    return out


def streamed(text: bytes, secrets: list[str], cuts: list[int]):
    """Feed a text in chunks."""
    redactor = Redactor(secrets)
    ends = [0, *sorted(cuts), len(text)]
    return b"".join([redactor.feed(text[start:end]) for start, end in pairwise(ends)]) + redactor.finish()


few = st.text("ab\né", min_size=1, max_size=14)


@settings(deadline=None, max_examples=400)
@given(st.lists(few, max_size=5), st.lists(st.one_of(few, st.integers(0, 4)), max_size=12), st.data())
def test_chunks_make_no_difference(secrets: list[str], pieces: list[str | int], data: st.DataObject):
    """However a stream is cut, what comes out is what one look at the whole would give."""
    text = "".join(secrets[p % len(secrets)] if isinstance(p, int) and secrets else str(p) for p in pieces).encode()
    cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=8))
    assert streamed(text, secrets, cuts) == by_hand(text, secrets)


def test_of_several_that_begin_at_one_place_the_longest_goes():
    """However they are cut; a value that is only the beginning of another is hidden as soon as that is clear."""
    secrets = ["correct-horse", "correct-horse-battery", "correct-horse-battery-staple", "tr0ub4dor"]
    text = b"correct-horse-battery-staple correct-horse-batter correct-horse"
    for cut in range(len(text) + 1):
        assert streamed(text, secrets, [cut]) == MASK + b" " + MASK + b"-batter " + MASK
    redactor = Redactor(secrets)
    assert redactor.feed(b"correct-horse-battery") == b""
    assert redactor.feed(b"!") == MASK + b"!"
    assert redactor.feed(b"tr0ub4dor") == MASK


def test_a_cut_at_every_place_hides_every_value():
    """2,000 cuts of real values among each other and in noise."""
    random = Random(7)
    secrets = ["".join(random.choices("abAB01+/=-", k=random.randrange(8, 40))) for _ in range(50)]
    words = ["".join(random.choices([*secrets, "ab", "\n", "A" * 9], k=30)).encode() for _ in range(50)]
    for text in words:
        expected = by_hand(text, secrets)
        for _ in range(40):
            cut = sorted(random.choices(range(len(text) + 1), k=random.randrange(1, 4)))
            assert streamed(text, secrets, cut) == expected


def test_nothing_is_held_back_but_what_may_begin_a_secret():
    """A prompt without a line end appears at once."""
    redactor = Redactor(["correct horse"])
    assert redactor.feed(b"Password: ") == b"Password: "
    assert redactor.feed(b"it is corr") == b"it is "
    assert redactor.feed(b"upt") == b"corrupt"
    assert redactor.feed(b"correct horse") == MASK
    assert redactor.feed(b"correct h") == b""
    assert redactor.finish() == b"correct h"


def test_many_values_and_much_output_are_redacted():
    """5,000 values in 2 MB of a log: each is hidden, and every other line comes through."""
    random = Random(3)
    secrets = ["".join(random.choices("abcdefghijklmnopqrstuvwxyzABCDEFGH0123456789", k=32)) for _ in range(5000)]
    text = b"2026-11-21T09:28:24Z an ordinary line of a log file, of some length\n" * 1000
    redactor = Redactor(secrets)
    for secret in random.sample(secrets, 30):
        assert redactor.feed(text + secret.encode() + b"\n") == text + MASK + b"\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory):
    """Known values, synced, and a file with all of them."""
    project = Project(tmp_path_factory.mktemp("redaction"), VALUES)
    assert project("sync").code == 0
    project.write("printed", PRINTED)
    return project


CAT = f"{PROGRAM} run %s -- cat printed"


@pytest.mark.parametrize(
    ("options", "to", "environ", "expected"),
    [
        ("", "| cat", {"CI": "true"}, HIDDEN),
        ("", "| cat", {}, PRINTED),
        ("", "| cat", {"CI": "false"}, PRINTED),
        ("--no-redact", "| cat", {"CI": "true"}, PRINTED),
        ("--redact", "| cat", {}, HIDDEN),
        ("", "> out; cat out", {"CI": "true"}, PRINTED),
        ("--redact", "> out; cat out", {}, HIDDEN),
        ("--replace", "| cat", {"CI": "true"}, PRINTED),
    ],
)
def test_output_is_redacted_into_pipes_in_ci_or_when_asked_for(
    project: Project, options: str, to: str, environ: dict[str, str], expected: str
):
    """Files get what was written; secret parts of eight characters or more are hidden, settings and short ones not."""
    assert project.process(script=f"{CAT % options} {to}", **environ).out == expected


def test_each_of_two_streams_has_its_own_rule(project: Project):
    """Errors in a pipe are redacted while output goes to a file, and the order of one common pipe stays."""
    both = "cat printed; cat printed >&2; echo out; echo err >&2"
    apart = project.process(script=f"{PROGRAM} run -- sh -c '{both}' > out", CI="1")
    assert apart.err == HIDDEN + "err\n"
    assert project.read("out") == PRINTED + "out\n"
    many = "for i in 1 2 3 4 5; do echo out $i; echo err $i >&2; done"
    together = project.process(script=f"{PROGRAM} run --redact -- sh -c '{many}' 2>&1")
    assert together.out == "".join(f"out {n}\nerr {n}\n" for n in range(1, 6))


def test_values_cut_by_slow_writes_are_hidden(project: Project):
    """Byte by byte, with pauses, the value never shows."""
    slow = "import os, sys, time\nfor c in open('printed', 'rb').read(): os.write(1, bytes([c])); time.sleep(0.002)"
    assert project.process("run", "--redact", "--", sys.executable, "-c", slow).out == HIDDEN


def test_large_output_comes_through_whole(project: Project):
    """Ten megabytes with values in between, in order and complete."""
    script = "i=0; while [ $i -lt 12 ]; do head -c 800000 /dev/zero | tr '\\0' x; cat printed; i=$((i+1)); done"
    out = project.process("run", "--redact", "--", "sh", "-c", script).out
    assert out == ("x" * 800000 + HIDDEN) * 12


def test_a_reader_that_leaves_ends_the_child_as_a_pipe_does(project: Project):
    """`… | head -1` ends; without us `yes` would die of SIGPIPE, and so it does with us."""
    for options in ("", "--redact"):
        script = f"{{ {PROGRAM} run {options} -- yes; echo $? >&2; }} | head -1"
        answer = project.process(script=script)
        assert (answer.out, answer.err) == ("y\n", "141\n")


def test_what_a_child_leaves_behind_is_heard_and_not_waited_for(project: Project):
    """The exit code comes when the child ends; who still writes is redacted until the end."""
    os.mkfifo(project.path("go"))
    script = "(cat go; cat printed) & cat printed; exit 6"
    process = subprocess.Popen(
        [PROGRAM, "run", "--redact", "--", "sh", "-c", script],
        cwd=project.folder, env=project.environ, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.wait(PATIENCE) == 6
    project.write("go", "")
    out = process.stdout.read()
    process.stdout.close()
    assert out == HIDDEN * 2


def test_nothing_to_hide_means_no_pipe(project: Project):
    """With nothing secret the child writes to where we would."""
    script = f"{PROGRAM} run --redact -s host -- sh -c 'readlink /proc/$$/fd/1' > out; cat out"
    assert project.process(script=script).out == f"{os.path.realpath(project.path('out'))}\n"


def test_a_closed_output_is_no_error(project: Project):
    """Who closed stdout wanted nothing; stderr is redacted all the same."""
    assert project.process(script=f"{PROGRAM} run --redact -- cat printed /dev/null >&-").code == 1
    assert project.process(script=f"{PROGRAM} run --redact -- sh -c 'cat printed >&2' >&-").err == HIDDEN
