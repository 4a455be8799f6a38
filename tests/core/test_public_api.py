"""The public names are those that the documentation lists."""

import re
from pathlib import Path

import pytest

import secretzero

PAGE = Path(__file__).resolve().parents[2] / "docs" / "sdk.md"


def documented() -> list[str]:
    """Return the first column of every table of names on the page of the SDK."""
    public = PAGE.read_text(encoding="utf-8").partition("\n## Public names\n")[2]
    return re.findall(r"^\| `(\w+)` \|", public, re.MULTILINE)


def test_the_documentation_lists_every_public_name_once():
    """`__all__` is what docs/sdk.md lists, no more and no less."""
    assert sorted(documented()) == sorted(secretzero.__all__)


@pytest.mark.parametrize("name", secretzero.__all__)
def test_each_public_name_is_there(name: str):
    """A name that is listed can be imported."""
    assert getattr(secretzero, name) is not None
