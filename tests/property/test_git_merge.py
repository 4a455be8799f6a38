"""What real `git merge` makes of lockfiles, with the merge driver and without: nothing is lost or left to do."""

import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from lockfiles import KEY, PROJECT, SIGNER, Branch, lockfile_of
from shell import PROGRAM, Project

from secretzero.errors import LockfileError
from secretzero.lockfile.document import parse_lockfile
from secretzero.lockfile.merge_driver import merged_bytes, resolved_bytes
from secretzero.lockfile.model import Lockfile
from secretzero.lockfile.writing import render_lockfile

Figure = Callable[[str, object], None]
STYLES = ("merge", "diff3", "zdiff3")
MANIFEST = "secrets: []\n"


class Repository:
    """A git repository with many lockfiles, each of which two branches changed in their own way."""

    def __init__(self, folder: Path, seeds: range, style: str, *, driver: bool) -> None:
        self.project = Project(folder, MANIFEST)
        keys = Path(self.project.home, "state", "secretzero", "keys")
        keys.mkdir(parents=True)
        (keys / PROJECT).write_text(f"{KEY.to_text()}\n")
        self.seeds = seeds
        self.sides: dict[str, dict[int, Lockfile]] = {"base": {}, "ours": {}, "theirs": {}}
        for seed in seeds:
            base = Branch(Random(seed), lockfile_of({})).live(10)
            self.sides["base"][seed] = base
            for number, side in enumerate(("ours", "theirs"), 1):
                self.sides[side][seed] = Branch(Random(seed * 31 + number), base, 1000).live(1 + seed % 7)
        self.git("init", "-q", "-b", "base")
        self.git("config", "merge.conflictStyle", style)
        if driver:
            self.git("config", "merge.secretzero.driver", f"{PROGRAM} lock merge %O %A %B %P")
            self.project.write(".git/info/attributes", "*.lock merge=secretzero\n")
        for side in self.sides:
            if side != "base":
                self.git("checkout", "-q", "-b", side, "base")
            for seed, lockfile in self.sides[side].items():
                self.write(seed, render_lockfile(lockfile, None)[0])
            self.git("add", "-A")
            self.git("commit", "-q", "-m", side)

    def git(self, *words: str, fails: bool = False) -> None:
        """Run git with nothing of this machine; only a merge may fail."""
        identity = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
        environ = {**self.project.environ, "GIT_CONFIG_NOSYSTEM": "1"}
        done = subprocess.run(
            ["git", *identity, *words],
            cwd=self.project.folder,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert fails or done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]

    def merge(self, into: str, other: str, *, fails: bool = False) -> Iterator[tuple[int, bytes]]:
        """Merge one branch into another, and yield what git made of each lockfile."""
        self.git("checkout", "-q", "-f", "--detach", into)
        self.git("merge", "-q", "--no-edit", "-m", "merged", other, fails=fails)
        for seed in self.seeds:
            yield seed, Path(self.path(seed)).read_bytes()
        self.git("reset", "-q", "--hard")

    def path(self, seed: int) -> str:
        """Return where a lockfile is."""
        return self.project.path(f"{seed}.lock")

    def write(self, seed: int, content: bytes) -> None:
        """Put a lockfile in its place."""
        Path(self.path(seed)).write_bytes(content)

    def verified(self, seed: int) -> int:
        """Return the exit code of `lock verify`."""
        return self.project("lock", "verify", "-l", self.path(seed)).code

    def resolved(self, seed: int) -> bytes:
        """Return what `lock merge` without arguments makes of conflict markers."""
        answer = self.project("lock", "merge", "-l", self.path(seed))
        assert answer.code == 0, answer.err
        return Path(self.path(seed)).read_bytes()


def check(repository: Repository, seed: int, content: bytes) -> None:
    """A merged lockfile has every generation, and every signature is right."""
    merged = parse_lockfile(content, f"{seed}.lock")
    assert render_lockfile(merged, None)[0] == content
    assert SIGNER.verify(merged) == []
    base, ours, theirs = (repository.sides[side][seed] for side in ("base", "ours", "theirs"))
    for name in {*ours.secrets, *theirs.secrets}:
        one, two, old = (side.secrets.get(name) for side in (ours, theirs, base))
        there = merged.secrets.get(name)
        if there is None:
            assert (one, two) in ((None, old), (old, None)), (
                "only what one side removed, and the other left alone, may be gone"
            )
            continue
        known = {op for side in (one, two) if side for op in side.generations}
        assert there.generations.keys() == known
        heads = [(side.now.n, side.now.at, side.current) for side in (one, two) if side and side.now]
        assert there.current == max(heads, default=(0, "", ""))[2]
    assert repository.verified(seed) == 0


def by_driver(folder: Path, seeds: range) -> None:
    """Merge with the driver: no conflict, and the same result from both sides."""
    repository = Repository(folder, seeds, "merge", driver=True)
    for seed, content in repository.merge("ours", "theirs"):
        check(repository, seed, content)
        base, ours, theirs = (render_lockfile(repository.sides[side][seed], None)[0] for side in repository.sides)
        assert content == merged_bytes(base, theirs, ours, "x")


def by_hand(folder: Path, seeds: range, style: str) -> Counter[str]:
    """Merge without the driver, in both directions: what git left open is resolved, what it did wrong is found."""
    repository = Repository(folder, seeds, style, driver=False)
    results: dict[tuple[int, str], bytes] = {}
    counts: Counter[str] = Counter()
    for into, other in (("ours", "theirs"), ("theirs", "ours")):
        for seed, content in repository.merge(into, other, fails=True):
            if b"\n<<<<<<< " in content:
                assert repository.verified(seed) == 5
                results[seed, into] = repository.resolved(seed)
                check(repository, seed, results[seed, into])
                counts["resolved"] += 1
                counts[by_markers(repository, seed, content)] += 1
            else:
                counts[judged(repository, seed, content)] += 1
    for seed in seeds:
        if (seed, "ours") in results and (seed, "theirs") in results:
            assert results[seed, "ours"] == results[seed, "theirs"]
    return counts


def by_markers(repository: Repository, seed: int, content: bytes) -> str:
    """Return the result of markers alone, without the sides in the index: history can be lost, which is counted."""
    try:
        merged = resolved_bytes(content, f"{seed}.lock")
    except LockfileError:
        return "refused"
    repository.write(seed, merged)
    whole = SIGNER.verify(parse_lockfile(merged, "x")) == []
    assert repository.verified(seed) == (0 if whole else 5)
    made = {op for side in ("ours", "theirs") for op in generations(repository.sides[side][seed])}
    return "found" if not whole else "clean" if made <= generations(parse_lockfile(merged, "x")) else "short"


def generations(lockfile: Lockfile) -> set[str]:
    """Return every op of a lockfile."""
    return {op for entry in lockfile.secrets.values() for op in entry.generations}


def judged(repository: Repository, seed: int, content: bytes) -> str:
    """Return the outcome for a lockfile that git merged without a conflict: right, or refused by `verify`."""
    whole = False
    with suppress(LockfileError):
        whole = SIGNER.verify(parse_lockfile(content, "x")) == []
    assert repository.verified(seed) == (0 if whole else 5)
    if whole:
        check(repository, seed, content)
    return "clean" if whole else "found"


def test_the_driver_merges_every_pair_of_branches(tmp_path: Path, record_property: Figure) -> None:
    """40 pairs of random branches by `git merge`, the driver started by git for each."""
    by_driver(tmp_path, range(40))
    record_property("figure", "G14: 40 random merges by git with the driver, 0 conflicts, 0 lost")


@pytest.mark.parametrize("style", STYLES)
def test_without_the_driver_every_conflict_is_resolved(tmp_path: Path, style: str, record_property: Figure) -> None:
    """50 pairs in both directions for each style of conflict markers."""
    counts = by_hand(tmp_path, range(1000, 1050), style)
    record_property("figure", f"G14: random merges by git without the driver ({style}): {in_words(counts)}")
    assert counts["resolved"] > 50


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("batch", range(10))
def test_a_thousand_with_the_driver(tmp_path: Path, batch: int) -> None:
    """100 pairs in each of ten batches."""
    by_driver(tmp_path, range(10_000 + batch * 100, 10_100 + batch * 100))


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("batch", range(10))
def test_a_thousand_without_the_driver(tmp_path: Path, batch: int, record_property: Figure) -> None:
    """50 pairs in both directions in each of ten batches."""
    counts = by_hand(tmp_path, range(20_000 + batch * 50, 20_050 + batch * 50), STYLES[batch % 3])
    record_property("figure", f"G14: batch {batch} without the driver: {in_words(counts)}")


def in_words(counts: Counter[str]) -> str:
    """Return the counts in words."""
    alone = ", ".join(f"{counts[word]} {word}" for word in ("clean", "short", "found", "refused"))
    return f"{counts['resolved']} resolved; by git or by markers alone {alone}"
