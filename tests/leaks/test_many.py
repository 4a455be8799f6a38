"""Thousands of values through a whole run: none of them turns up anywhere but in its target."""

from collections.abc import Callable
from pathlib import Path

from searching import Search, files_below
from shell import Project
from watching import need_strace, watched

from secretzero.testing.canary import Canaries

Recorder = Callable[[str, object], None]
COUNT = 2_000
ONE = "  - {{name: s{0}, kind: static, targets: [{{provider: local, kind: file, config: {{path: {1}, key: S{0}}}}}]}}\n"


def test_thousands_of_values_are_nowhere_but_at_their_targets(tmp_path: Path, record_property: Recorder):
    """A first sync that dies, one that finishes it, drift, and every value changed at once."""
    need_strace()
    canaries = Canaries(11)
    search = Search(canaries)
    files = [f"t{number}.env" for number in range(10)]
    project = Project(tmp_path, "secrets:\n" + "".join(ONE.format(n, files[n % 10]) for n in range(COUNT)))
    outputs: list[bytes] = []

    def given() -> dict[str, str]:
        return {f"S{number}": canaries.make() for number in range(COUNT)}

    first, second = given(), given()
    outputs += _outputs(watched(project, "sync", options="-e inject=rename:signal=KILL:when=4", **first).answer)
    journal = [path for path in files_below(project.home) if path.endswith("/journal")]
    assert journal
    assert sum(len(Path(path).read_bytes()) for path in journal) > COUNT * 100
    found = [search.hits_in_files(_elsewhere(project, files))]
    for words, environ in (
        (("sync", "--verbose"), first),
        (("drift", "--json", "--verbose"), {}),
        (("rotate", "--force", "--json"), second),
        (("plan", "--out", "saved.plan", "--json"), first),
        (("status", "--detailed"), {}),
        (("show", "-d"), {}),
        (("get", "s17", "--json"), {}),
    ):
        outputs += _outputs(project.process(*words, **environ))
        found.append(search.hits_in_files(_elsewhere(project, files)))
    found += [{"output": search.hits(text)} for text in outputs if search.hits(text)]
    assert [each for each in found if each] == []
    assert second["S17"] in project.read("t7.env")
    record_property("figure", search.figure("G15, many"))


def _outputs(answer: tuple[int, str, str]) -> list[bytes]:
    return [answer[1].encode(), answer[2].encode()]


def _elsewhere(project: Project, targets: list[str]) -> dict[str, bytes]:
    """Return every file but targets, what is on its way to one, and the keys."""
    allowed = {name for target in targets for name in (target, f".{target}.secretzero-tmp")}
    paths = (path for path in files_below(project.folder, project.home) if "/secretzero/keys/" not in path)
    return {path: Path(path).read_bytes() for path in paths if Path(path).name not in allowed}
