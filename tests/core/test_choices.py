"""Closed sets of words: a word outside its set is refused at run time, too."""

from collections.abc import Callable
from pathlib import Path

import pytest
from projects import LOCKFILE, Machine, secret

from secretzero.engine.options import RunOptions
from secretzero.engine.report import TargetOutcome
from secretzero.errors import UsageError
from secretzero.planning.drift import Drift
from secretzero.planning.plan import Step, TargetStep
from secretzero.planning.world import Obstacle, Wishes
from secretzero.values import SecretValue, Written

REFUSED: tuple[Callable[[], object], ...] = (
    lambda: RunOptions(on_drift="overwite"),  # type: ignore[arg-type]
    lambda: RunOptions(supplied_from="bogus"),  # type: ignore[arg-type]
    lambda: Wishes(on_drift="overwite"),  # type: ignore[arg-type]
    lambda: Step("db", "uuid", "rotat"),  # type: ignore[arg-type]
    lambda: Step("db", "uuid", "block", code="bloked"),  # type: ignore[arg-type]
    lambda: TargetStep("file://.env", "wirte"),  # type: ignore[arg-type]
    lambda: TargetStep("file://.env", "write", verdict="behnd"),  # type: ignore[arg-type]
    lambda: TargetOutcome("file://.env", "storde"),  # type: ignore[arg-type]
    lambda: TargetOutcome("file://.env", "stored", "akc"),  # type: ignore[arg-type]
    lambda: Drift("db", "file://.env", "in stepp"),  # type: ignore[arg-type]
    lambda: Obstacle("needs trust", code="untrust"),  # type: ignore[arg-type]
    lambda: Written(confirmed="yes"),  # type: ignore[arg-type]
)


@pytest.mark.parametrize("make", REFUSED)
def test_a_word_outside_its_set_is_refused(make: Callable[[], object]):
    """A misspelt action, status, verdict or option is an error at once."""
    with pytest.raises(UsageError, match="invalid"):
        make()


def test_the_hint_names_what_is_allowed():
    """Whoever mistypes `on_drift` reads the words that exist."""
    with pytest.raises(UsageError, match="invalid on_drift: 'overwite'") as caught:
        RunOptions(on_drift="overwite")  # type: ignore[arg-type]
    assert all(word in caught.value.hint for word in ("fail", "adopt", "overwrite"))


def test_set_refuses_an_unknown_origin(tmp_path: Path):
    """Only who can have brought a value is recorded as its origin; nothing changes."""
    machine = Machine(tmp_path / "home", tmp_path / "shop")
    machine.manifest(secret("key", "static"))
    with pytest.raises(UsageError, match="invalid origin: 'bogus'"):
        machine.engine().set("key", SecretValue("v"), origin="bogus")  # type: ignore[arg-type]
    assert not (machine.folder / LOCKFILE).exists()


@pytest.mark.parametrize("call", ["plan", "sync", "rotate", "drift"])
def test_one_name_alone_is_not_a_list_of_names(call: str, tmp_path: Path):
    """Its letters are never taken for names, and nothing changes."""
    machine = Machine(tmp_path / "home", tmp_path / "shop")
    machine.manifest(secret("a"), secret("s"))
    with pytest.raises(UsageError, match="expected a list of names"):
        getattr(machine.engine(), call)(only="as")
    with pytest.raises(UsageError, match="expected a list of names"):
        machine.engine().read("as")
    assert not (machine.folder / LOCKFILE).exists()
