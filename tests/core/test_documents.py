"""JSON, YAML, TOML, tfvars and raw files: what is read, what is kept, what is refused."""

import pytest

from secretzero.errors import RejectedError
from secretzero.formats import FORMATS, format_of

JSON, YAML, TOML, TFVARS, RAW = (FORMATS[name] for name in ("json", "yaml", "toml", "tfvars", "raw"))
NATIVE = {"t": "12", "m": {"a b": [1, True, "x"]}, "l": [1.5, 1e20, -3e-9], "no": False, "e": {}, "": "y\u2028"}


def test_the_format_is_that_of_the_ending():
    """Any other file is a `.env` file."""
    names = ["a.json", "a.tfvars.json", "a.yml", "a.yaml", "a.toml", "a.tfvars", ".env", "a.env.local", "json"]
    assert [format_of(name) for name in names] == [
        "json", "json", "yaml", "yaml", "toml", "tfvars", "dotenv", "dotenv", "dotenv",
    ]  # fmt: skip


@pytest.mark.parametrize("form", ["json", "yaml", "toml"])
def test_maps_and_lists_are_native(form: str):
    """What is written is read back with its types; equal content changes no byte."""
    text = FORMATS[form].edit(None, NATIVE)
    assert repr(FORMATS[form].parse(text)) == repr(NATIVE)
    assert FORMATS[form].edit(text, NATIVE) is text


@pytest.mark.parametrize(
    ("form", "text", "line"),
    [
        ("json", '{"a": 1,\n"b": }', 2),
        ("json", "[1]", 1),
        ("json", '{"a": 1}\n x', 2),
        ("json", '{"a": 1,\n}', 2),
        ("yaml", "a: 1\nb: [\n", 3),
        ("yaml", "- a\n", 1),
        ("yaml", "a: 1\na: 2\n", 2),
        ("yaml", "a: 1\n---\nb: 2\n", 2),
        ("yaml", "a: 1\n? [b]\n: 1\n", 2),
        ("yaml", "a: *b\n", 1),
        ("toml", "a = 1\nb = \n", 2),
        ("toml", "a = 1\na = 2\n", 2),
        ("tfvars", 'a = 1\nb = "${c}"\nd = f(1)\n', 3),
        ("tfvars", "a = 1 b = 2\n", 1),
        ("tfvars", "a = 1\nb {\n}\n", 2),
        ("tfvars", 'a = "x\n', 1),
        ("tfvars", "a = <<EOT\nx\n", 1),
    ],
)
def test_what_is_not_readable_is_refused_with_its_line(form: str, text: str, line: int):
    """Nothing is guessed, and nothing is written over it."""
    with pytest.raises(RejectedError, match=f"line {line}"):
        FORMATS[form].parse(text.encode())
    with pytest.raises(RejectedError, match=f"line {line}"):
        FORMATS[form].edit(text.encode(), {"z": "1"})


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("json", '{"a":' * 30_000),
        ("json", '{"a": ' + "[" * 30_000 + "]" * 30_000 + "}"),
        ("json", '{"a": NaN}'),
        ("json", '{"a": ' + "1" * 5_000 + "}"),
        ("yaml", "a: " + "[" * 30_000),
        (
            "yaml",
            "a: &a [x, x]\n"
            + "".join(f"{b}: &{b} [{('*' + a + ',') * 9}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)),
        ),
        ("yaml", "a: \x01\n"),
        ("toml", "a = " + "[" * 30_000),
        ("tfvars", "a = " + "[" * 30_000),
    ],
)
def test_bombs_are_refused(form: str, text: str):
    """Nesting without end, aliases of aliases and numbers without end end in a refusal."""
    with pytest.raises(RejectedError):
        FORMATS[form].parse(text.encode())


@pytest.mark.parametrize("form", ["json", "yaml", "toml", "tfvars"])
@pytest.mark.parametrize("value", ["\ud800", {"\ud800": 1}, float("nan"), [float("inf")], 2**2_000])
def test_what_no_text_can_hold_is_refused(form: str, value: object):
    """Half characters, endless numbers and huge ones are refused before anything is written, without being shown."""
    with pytest.raises(RejectedError):
        FORMATS[form].check("a", value)


def test_nesting_without_end_is_not_written():
    """What a reader could not read back is refused."""
    value: object = "x"
    for _ in range(100):
        value = [value]
    with pytest.raises(RejectedError, match="nested"):
        JSON.check("a", value)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'{"a": 1}', b'{"a": 1, "z": "new"}'),
        (b'{"z":1,"a" :2}', b'{"z":"new","a" :2}'),
        (b'{\n    "a": 1\n}\n', b'{\n    "a": 1,\n    "z": "new"\n}\n'),
        (b'{\r\n\t"a": 1\r\n}', b'{\r\n\t"a": 1,\r\n\t"z": "new"\r\n}'),
        (b'{"z": 1, "z": 2}', b'{"z": "new", "z": "new"}'),
        (b"{}\n", b'{\n  "z": "new"\n}\n'),
        (b" { } ", b' {\n  "z": "new"\n} '),
        (b"\xef\xbb\xbf{}", b'\xef\xbb\xbf{\n  "z": "new"\n}'),
    ],
)
def test_json_keeps_its_looks(before: bytes, after: bytes):
    """White space of the file is taken up; every member of that name is set."""
    assert JSON.edit(before, {"z": "new"}) == after


def test_json_lays_maps_out_like_the_file():
    """A map takes the indentation of the file that it comes into."""
    assert JSON.edit(b'{\n   "a": 1\n}\n', {"z": {"k": [1]}}) == (
        b'{\n   "a": 1,\n   "z": {\n      "k": [\n         1\n      ]\n   }\n}\n'
    )
    assert JSON.edit(b'{"a": 1}', {"z": {"k": [1]}}) == b'{"a": 1, "z": { "k": [ 1 ] }}'


@pytest.mark.parametrize(
    ("remove", "after"),
    [
        ("a", b'{"b": 2,  "c": 3 }'),
        ("b", b'{"a": 1,  "c": 3 }'),
        ("c", b'{"a": 1, "b": 2 }'),
        ("abc", b"{}"),
        ("ac", b'{"b": 2 }'),
    ],
)
def test_json_members_go_with_their_comma(remove: str, after: bytes):
    """What is left is valid, and white space stays with those that stay."""
    assert JSON.edit(b'{"a": 1, "b": 2,  "c": 3 }', {}, remove=remove) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", b'z: "new"\n'),
        (b"# c", b'# c\nz: "new"\n'),
        (b"---\na: 1\n...\n", b'---\na: 1\nz: "new"\n...\n'),
        (b"  a: 1\n", b'  a: 1\n  z: "new"\n'),
        (b"z:\n", b'z: "new"\n'),
        (b"z: # why\n  k: 1\na: 1\n", b'z: "new" # why\na: 1\n'),
        (b"z:\n- 1\n# c\na: 1\n", b'z: "new"\n# c\na: 1\n'),
        (b"z: |\n  x\n\n# c\na: 1\n", b'z: "new"\n\n# c\na: 1\n'),
        (b"a: &x 1\nz: *x\n", b'a: &x 1\nz: "new"\n'),
        (b"{a: 1, b: 2}\n", b'{a: 1, b: 2, z: "new"}\n'),
        (b"{\n  z: [1, 2], # c\n  b: 2\n}\n", b'{\n  z: "new", # c\n  b: 2\n}\n'),
        (b"a: '\xc3\xbc'\nz: 1\n", b"a: '\xc3\xbc'\nz: \"new\"\n"),
    ],
)
def test_yaml_is_edited_where_it_stands(before: bytes, after: bytes):
    """Comments, blocks, quotes, markers and braces stay."""
    assert YAML.edit(before, {"z": "new"}) == after


@pytest.mark.parametrize(
    "text",
    [
        b"z: &x 1\na: *x\n",
        b"z: {k: &x 1}\na: *x\n",
        b"? z\n: 1\n",
        b"z: 1\na: [*x]\n",
        b"a: {b: 1}\nz: 1,\n",
        b"a: |\n  x",
    ],
)
def test_yaml_that_cannot_be_edited_in_place_is_refused_or_right(text: bytes):
    """An anchor that others use, and a key with a question mark, are never torn out."""
    try:
        before = YAML.parse(text)
        after = YAML.parse(YAML.edit(text, {"z": "new"}))
    except RejectedError:
        return
    assert after == {**before, "z": "new"}


def test_a_value_that_was_empty_stays_before_what_is_added():
    """At the end of a file both are put in at one place."""
    assert YAML.edit(b"a: 1\nz:", {"z": "~", "b": "!"}) == b'a: 1\nz: "~"\nb: "!"\n'


def test_yaml_reads_plain_scalars_as_yaml_1_2():
    """`yes` is a text, dates are texts, aliases are what they stand for."""
    text = b"a: yes\nb: 0o17\nc: 2020-01-01\nd: ~\ne: .5\nf: !!str 1\ng: &x [1]\nh: *x\ni: TRUE\n0x1F: 0x1F\n"
    assert YAML.parse(text) == {
        "a": "yes", "b": 15, "c": "2020-01-01", "d": None, "e": 0.5, "f": "1", "g": [1], "h": [1], "i": True,
        "0x1F": 31,
    }  # fmt: skip


def test_yaml_refuses_keys_that_do_not_fit_a_line():
    """YAML reads keys of at most 1,024 characters."""
    for name, value in (("k" * 1_001, "x"), ("k", {"\x01" * 200: 1})):
        with pytest.raises(RejectedError, match="key"):
            YAML.check(name, value)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"# c\n", b'# c\nz = "new"\n'),
        (b"[t]\na = 1\n", b'z = "new"\n[t]\na = 1\n'),
        (b"a = 1 # c\n\n[t]\nz = 1\n", b'a = 1 # c\nz = "new"\n\n[t]\nz = 1\n'),
        (b"z = [ # c\n 1,\n]#d\n", b'z = "new" #d\n'),
        (b"[z]\na = 1\n# c\n[z.b]\nd = 2\n[t]\n", b'z = "new"\n# c\n[t]\n'),
        (b"z.a = 1\nb = 2\nz.c = 3\n", b'b = 2\nz = "new"\n'),
        (b"[[z]]\na = 1\n[[z]]\na = 2\n", b'z = "new"\n'),
        (b"'z' = 1\n", b"'z' = \"new\"\n"),
        (b"a = 1", b'a = 1\nz = "new"\n'),
    ],
)
def test_toml_is_edited_where_it_stands(before: bytes, after: bytes):
    """New keys stand before the first table; a table of that name gives way as a whole."""
    assert TOML.edit(before, {"z": "new"}) == after


def test_toml_reads_dates_as_text_and_tables_as_maps():
    """Dates and times have no other place in a secret."""
    assert TOML.parse(b"a = 1979-05-27\n['t']\nb = [07:32:00]\n[[\"\\u0061b\"]]\n") == {
        "a": "1979-05-27", "t": {"b": ["07:32:00"]}, "ab": [{}],
    }  # fmt: skip


@pytest.mark.parametrize("value", [None, {"a": [None]}, 2**63, [-(2**63) - 1]])
def test_toml_refuses_what_it_does_not_have(value: object):
    """There is no null, and integers have 64 bits."""
    with pytest.raises(RejectedError, match="TOML"):
        TOML.check("a", value)


def test_tfvars_reads_literals():
    """Strings with escapes, numbers, lists and maps over several lines, heredocs and three kinds of comments."""
    text = b"""# c
a = "x \\"y\\" \\u00e9 $${b} %%{c}" // d
l = [
  1, # one
  -2.5e3, /* two */
]
m = { a = true, "b c" : null
  d = {}
}
h = <<-EOT
    x
      y
    EOT
e=[]
"""
    assert TFVARS.parse(text) == {
        "a": 'x "y" é ${b} %{c}', "l": [1, -2500.0], "m": {"a": True, "b c": None, "d": {}}, "h": "x\n  y\n", "e": [],
    }  # fmt: skip


def test_tfvars_writes_escapes():
    """Templates are doubled, controls are escaped, maps are native."""
    text = TFVARS.edit(b"b  = 1 # c", {"a": '\\"\n\r\t\x01${x} %{y}', "b": {"k": [None, 1]}})
    assert text == b'b  = {"k" = [null, 1]} # c\na = "\\\\\\"\\n\\r\\t\\u0001$${x} %%{y}"\n'


@pytest.mark.parametrize("text", [b"a = <<EOT\nx\nEOT\n", b"a = [\n1\n]\n", b"a = {\nb = 1 }\n"])
def test_tfvars_keeps_values_of_several_lines(text: bytes):
    """A heredoc or a nested value under the key is refused, under another key it stays."""
    with pytest.raises(RejectedError, match="several lines"):
        TFVARS.edit(text, {"a": "x"})
    with pytest.raises(RejectedError, match="several lines"):
        TFVARS.edit(text, {}, remove=["a"])
    assert TFVARS.edit(text, {"b": "x"}) == text + b'b = "x"\n'


@pytest.mark.parametrize("value", ["a\0", "$${a}", "%${a}", "${", "e\u0301", {"e\u0301": 1}])
def test_tfvars_refuses_what_hcl_would_read_differently(value: object):
    """NUL, doubled signs before a template, templates without end, and texts that HCL normalises."""
    with pytest.raises(RejectedError, match="HCL"):
        TFVARS.check("a", value)


@pytest.mark.parametrize("name", ["", "1", "a b", "a.b", "é"])
def test_tfvars_names_are_identifiers(name: str):
    """Anything else is refused."""
    with pytest.raises(RejectedError, match="identifier"):
        TFVARS.check(name, "x")


def test_a_raw_file_is_its_value():
    """Not a byte more; a map is compact JSON; there is one field and it is not empty."""
    assert RAW.edit(None, {"value": "x\r\ny"}) == b"x\r\ny"
    assert RAW.edit(b"old", {"value": {"b": 1, "a": None}}) == b'{"a":null,"b":1}'
    assert RAW.parse(b"x\n") == {"value": "x\n"}
    assert RAW.parse(b"") == {}
    assert RAW.edit(b"old", {}, remove=["value"]) == b""
    for name, value in (("other", "x"), ("value", "")):
        with pytest.raises(RejectedError):
            RAW.check(name, value)


@pytest.mark.parametrize("form", ["json", "yaml", "toml", "tfvars"])
def test_replace_leaves_only_the_fields(form: str):
    """With `replace`, earlier content is gone unless it is the same."""
    text = FORMATS[form].edit(None, {"a": "1", "b": "2"})
    only = FORMATS[form].edit(text, {"b": "2"}, replace=True)
    assert only == FORMATS[form].edit(None, {"b": "2"})
    assert FORMATS[form].edit(only, {"b": "2"}, replace=True) is only


@pytest.mark.parametrize("form", ["json", "yaml", "toml"])
def test_kinds_are_told_apart(form: str):
    """1, 1.0, true and "1" are four values."""
    for old in (1, 1.0, True, "1"):
        text = FORMATS[form].edit(None, {"a": [old]})
        for new in (1, 1.0, True, "1"):
            assert (FORMATS[form].edit(text, {"a": [new]}) == text) == (repr(old) == repr(new))
