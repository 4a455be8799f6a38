"""The contract is proved: for each of its tests there is a store that fails that test and no other."""

from pathlib import Path

import faulty
import pytest

from secretzero.errors import SecretZeroError
from secretzero.refs import Ref
from secretzero.stores.memory import LARGEST
from secretzero.testing.contracts import StoreContract

ROWS = tuple(name for name in vars(StoreContract) if name.startswith("test_"))
FAILURES = (AssertionError, SecretZeroError, pytest.fail.Exception)


def case_does_not_count(path: str, field: str) -> Ref:
    """Name a place of a platform whose paths are the same in upper and lower case."""
    return Ref("mem", path.lower(), field)


def contract_of(test: str) -> type[StoreContract]:
    """Return the contract as the faulty store of a test would run it."""
    store = faulty.FAULTY[test]

    class Contract(StoreContract):
        open_store = staticmethod(faulty.place_of(test))
        promises = faulty.PROMISES[test]
        accepted, refused = ("a", "x" * LARGEST), ("x" * (LARGEST + 1),)
        ref = staticmethod(getattr(store, "ref", case_does_not_count))
        neighbours = (("a", "c"), ("a", "C"), ("a/b", "c"), ("a%b", "c"))
        spellings = (("A/b", "a/B"),)

    return Contract


def failed(contract: type[StoreContract], tmp_path: Path) -> set[str]:
    """Run every test that the promises require, and return those that fail."""
    names = set()
    for name in ROWS:
        test = getattr(contract, name)
        if contract.missing(test):
            continue
        takes_place = "place" in test.__code__.co_varnames[: test.__code__.co_argcount]
        try:
            test(contract(), contract.open_store(tmp_path)) if takes_place else test(contract())
        except pytest.skip.Exception:
            continue
        except FAILURES:
            names.add(name)
    return names


def test_every_test_has_its_faulty_store():
    """Every test of the contract has a store that fails it."""
    assert set(faulty.FAULTY) == set(ROWS)


@pytest.mark.parametrize("test", sorted(faulty.FAULTY))
def test_a_faulty_store_fails_its_test_and_no_other(test: str, tmp_path: Path):
    """No two tests check the same behaviour."""
    assert failed(contract_of(test), tmp_path) == {test}
