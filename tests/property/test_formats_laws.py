"""What holds for every format, whatever the values."""

from contextlib import suppress

import pytest
from bounds import bounded
from hypothesis import given, settings
from hypothesis import strategies as st

from secretzero.errors import RejectedError
from secretzero.formats import FORMATS

NAMES = st.sampled_from(["A", "B_2", "cc", "D"])
TEXTS = st.text(max_size=20) | st.text("'\"\\$`{}#= \n%a", max_size=12)
MATERIALS = st.recursive(
    TEXTS | st.integers() | st.booleans() | st.none() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
FORMS = [("dotenv", "portable"), ("dotenv", "posix"), ("dotenv", "python")]
FORMS += [(form, "portable") for form in ("json", "yaml", "toml", "tfvars")]


def able(form: str, dialect: str, fields: dict[str, object]) -> dict[str, object]:
    """Return the fields that the format can carry."""
    found = {}
    for name, value in fields.items():
        try:
            FORMATS[form].check(name, value, dialect=dialect)
        except RejectedError:
            continue
        found[name] = value
    return found


@pytest.mark.parametrize(("form", "dialect"), FORMS)
@settings(deadline=None, max_examples=150)
@given(old=st.dictionaries(NAMES, MATERIALS), new=st.dictionaries(NAMES, MATERIALS))
def test_editing_in_place_is_the_same_as_writing_anew(
    form: str, dialect: str, old: dict[str, object], new: dict[str, object]
):
    """What is read after an edit is what was set; twice is once; what was added can be taken away without a trace."""
    one = FORMATS[form]
    old, new = able(form, dialect, old), able(form, dialect, new)
    first = one.edit(None, old, dialect=dialect)
    second = one.edit(first, new, dialect=dialect)
    assert one.edit(second, new, dialect=dialect) is second
    assert repr(one.parse(second, dialect=dialect)) == repr(
        one.parse(one.edit(None, {**old, **new}, dialect=dialect), dialect=dialect)
    )
    added = [name for name in new if name not in old]
    assert (
        one.edit(
            one.edit(first, {name: new[name] for name in added}, dialect=dialect), {}, remove=added, dialect=dialect
        )
        == first
    )


@pytest.mark.parametrize("form", list(FORMATS))
@settings(deadline=None, max_examples=150)
@given(text=st.binary(max_size=60) | st.text("ab='\"\\\n[]{}:,#-&*<|$ \t\r10", max_size=40).map(str.encode))
def test_any_bytes_are_read_or_refused(form: str, text: bytes):
    """No other error comes out, and what can be edited is what was there and the new field."""
    one, name = FORMATS[form], "value" if form == "raw" else "zz"
    try:
        fields = one.parse(text)
        after = one.edit(text, {name: "new"})
    except RejectedError:
        return
    assert one.parse(after) == {**fields, name: "new"}


@pytest.mark.parametrize(
    ("form", "piece"),
    [
        ("dotenv", "A='b"), ("dotenv", "A=' "), ("dotenv", "A='\\'"), ("dotenv", 'A="\\'), ("dotenv", "A= "),
        ("dotenv", "a "), ("dotenv", "\t"), ("dotenv", "A='\\'b\n"), ("dotenv", "A='b'\\''c"), ("dotenv", "#'\n"),
        ("dotenv", "a"),
        ("json", '{"a":'), ("json", '"a":1,'), ("json", " "), ("yaml", "a: [b]\n"), ("yaml", "- "), ("yaml", "{a: "),
        ("toml", "a = [1,\n"), ("toml", '"a.'), ("toml", "'''"), ("toml", "#\n"), ("tfvars", "a = <<E\n"),
        ("tfvars", "/* "), ("tfvars", 'a = "$${'), ("tfvars", "a = [[],\n"),
    ],
)  # fmt: skip
def test_hostile_files_cost_no_more_than_their_size(form: str, piece: str):
    """100,000 characters of anything are read or refused in well under a second of processor time."""
    text = (piece * (100_000 // len(piece))).encode()
    with bounded(), suppress(RejectedError):
        FORMATS[form].edit(text, {"zz": "new"})
