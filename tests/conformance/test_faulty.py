"""The contract is proved: for each of its rows there is a store that fails that row and no other."""

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


def contract_of(row: str) -> type[StoreContract]:
    """Return the contract as the faulty store of a row would run it."""
    store = faulty.FAULTY[row]

    class Contract(StoreContract):
        open_store = staticmethod(faulty.place_of(row))
        promises = faulty.PROMISES[row]
        accepted, refused = ("a", "x" * LARGEST), ("x" * (LARGEST + 1),)
        ref = staticmethod(getattr(store, "ref", case_does_not_count))
        neighbours = (("a", "c"), ("a", "C"), ("a/b", "c"), ("a%b", "c"))
        spellings = (("A/b", "a/B"),)

    return Contract


def failed(contract: type[StoreContract], tmp_path: Path) -> set[str]:
    """Run every row that the promises call for and return those that fail."""
    names = set()
    for name in ROWS:
        row = getattr(contract, name)
        if contract.missing(row):
            continue
        takes_place = "place" in row.__code__.co_varnames[: row.__code__.co_argcount]
        try:
            row(contract(), contract.open_store(tmp_path)) if takes_place else row(contract())
        except pytest.skip.Exception:
            continue
        except FAILURES:
            names.add(name)
    return names


def test_every_row_has_its_faulty_store():
    """No row of the contract is without a store that breaks it."""
    assert set(faulty.FAULTY) == set(ROWS)


@pytest.mark.parametrize("row", sorted(faulty.FAULTY))
def test_a_faulty_store_fails_its_row_and_no_other(row: str, tmp_path: Path):
    """What a row says is said by that row alone."""
    assert failed(contract_of(row), tmp_path) == {row}
