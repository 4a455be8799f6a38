"""A YAML file becomes a tree with places, and all that is wrong with it is said at once."""

import gc
import random
import resource

import pytest
from bounds import bounded
from hypothesis import given, settings
from hypothesis import strategies as st

from secretzero.errors import Problem
from secretzero.manifest.yaml.parse import parse_tree
from secretzero.options.nodes import Files, Map, Mark, Missing, Node, Scalar, Seq, below, overlay, plain


def read(text: str | bytes) -> tuple[Map | None, list[Problem], Files]:
    """Read a text as the file `S.yml`."""
    content = text.encode("utf-8") if isinstance(text, str) else text
    files, problems = Files(), list[Problem]()
    return parse_tree(content, files, files.add("S.yml", content), problems), problems, files


def value(text: str) -> object:
    """Read a text without problems and return plain Python."""
    tree, problems, _ = read(text)
    assert problems == []
    assert tree is not None
    return plain(tree)


def said(text: str | bytes) -> list[str]:
    """Return the problems of a text, as people see them."""
    return [str(problem) for problem in read(text)[1]]


def places(node: Node) -> list[Scalar]:
    """Return all single values of a tree, in order."""
    if isinstance(node, Scalar):
        return [node]
    return [leaf for item in (node.items.values() if isinstance(node, Map) else node.items) for leaf in places(item)]


CORE = [
    ("true", True),
    ("True", True), ("TRUE", True), ("false", False), ("False", False), ("FALSE", False), ("null", None),
    ("Null", None), ("NULL", None), ("~", None), ("", None),
    ("yes", "yes"), ("no", "no"), ("on", "on"), ("off", "off"),
    ("tRUE", "tRUE"), ("y", "y"), ("1:30", "1:30"), ("2024-01-01", "2024-01-01"), ("08", 8),
    ("012345", 12345), ("-1", -1),
    ("+1", 1), ("0o17", 15), ("0x1f", 31), ("0b11", "0b11"), ("-0x1f", "-0x1f"), ("1_000", "1_000"), ("1.5", 1.5),
    (".5", 0.5), ("1.", 1.0), ("-1e3", -1000.0), ("1e3", 1000.0), (".inf", float("inf")), ("-.INF", float("-inf")),
    ("1.2.3", "1.2.3"), ("-", None), ("+", "+"), (".", "."), ("1e", "1e"), ("0x", "0x"), ("=", "="), ("'1'", "1"),
    ('"true"', "true"), ("''", ""), ("'~'", "~"), ("١", "١"), ("<<x", "<<x"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [pair for pair in CORE if pair[0] != "-"])
def test_plain_scalars_follow_the_core_schema(text: str, expected: object):
    """Only what YAML 1.2 calls a number, a boolean or null is one."""
    found = value(f"a: {text}\n")
    assert found == {"a": expected}
    assert type(found["a"]) is type(expected)  # type: ignore[index]


def test_scalars_keep_their_source_text():
    """A number still knows how it was written, and whether it had quotes."""
    tree, _, _ = read("a: 012345\nb: '012345'\nc: 1.50\n")
    assert tree
    assert [(leaf.text, leaf.plain) for leaf in places(tree)] == [("012345", True), ("012345", False), ("1.50", True)]


def test_keys_are_their_source_text():
    """A key that looks like something else is still text."""
    assert value("off: 1\n1: 2\n1.50: 3\ntrue: 4\n'': 5\n'~': 6\n'<<': {a: 1}\n") == {
        "off": 1, "1": 2, "1.50": 3, "true": 4, "": 5, "~": 6, "<<": {"a": 1},
    }  # fmt: skip


@pytest.mark.parametrize("breaks", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_every_value_knows_its_line_and_column(breaks: str, mark: bytes):
    """Lines end in any of three ways, columns count characters, and a byte order mark counts as nothing."""
    text = breaks.join(["ä: 😀", "b:", "  - é: [x, 'y']", "    z: |", "      text", "", "c: &n w"])
    tree, problems, files = read(mark + text.encode())
    assert tree
    assert problems == []
    found = [files.locate(leaf.mark)[1:] for leaf in places(tree)]
    assert found == [(1, 4), (3, 9), (3, 12), (4, 8), (7, 4)]
    assert [files.locate(key)[1:] for key in tree.keys.values()] == [(1, 1), (2, 1), (7, 1)]


def test_a_mark_that_is_nowhere_has_no_line():
    """What does not come from a file has line 0."""
    files = Files()
    number = files.add("S.yml", b"a: 1")
    assert files.locate(Mark(number)) == ("S.yml", 0, 0)
    assert files.locate(Mark(-1)) == ("", 0, 0)


def test_aliases_are_the_anchored_value():
    """An alias is the value above it, in lists, maps and as a key."""
    assert value("a: &x {k: [1]}\nb: *x\nc: [*x, &y z]\n*y : 1\n") == {
        "a": {"k": [1]}, "b": {"k": [1]}, "c": [{"k": [1]}, "z"], "z": 1,
    }  # fmt: skip


def test_an_anchor_may_be_used_again():
    """An alias means the last anchor of its name above it."""
    assert value("a: &x 1\nb: *x\nc: &x 2\nd: *x\n") == {"a": 1, "b": 1, "c": 2, "d": 2}


def test_merge_keys_lay_own_keys_over_merged_ones():
    """Own keys win, then the earlier of several maps; merged keys come first."""
    found = value("x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz: {c: 3, <<: [*x, *y], d: 3}\nw: {<<: {e: 1}}\n")
    assert isinstance(found, dict)
    assert found["z"] == {"a": 1, "b": 1, "c": 3, "d": 3}
    assert found["w"] == {"e": 1}
    assert found["x"] == {"a": 1, "b": 1}


BAD = {
    "": ["S.yml:1:1: the file is empty"],
    "# nothing\n": ["S.yml:1:1: the file is empty"],
    "---\n": ["S.yml:1:1: the file is empty"],
    "~\n": ["S.yml:1:1: expected a map at the top level; write `key: value` lines"],
    "- a\n": ["S.yml:1:1: expected a map at the top level; write `key: value` lines"],
    "a: 1\nb: 2\na: 3\n": ["S.yml:3:1: a: duplicate key; first defined at line 1, column 1"],
    "a: {b: 1, c: {d: 1, 'd': 2}}\n": ["S.yml:1:21: a.c.d: duplicate key; first defined at line 1, column 15"],
    "a: [{x: 1}, {y: 1, y: 2}]\n": ["S.yml:1:20: a[1].y: duplicate key; first defined at line 1, column 14"],
    "a: {<<: {b: 1}, <<: {c: 1}}\n": ["S.yml:1:17: a['<<']: duplicate key; first defined at line 1, column 5"],
    "~: 1\n": ["S.yml:1:1: null cannot be a key; put it in quotes"],
    "a: {null: 1, ~: 2}\n": [
        "S.yml:1:5: a: null cannot be a key; put it in quotes",
        "S.yml:1:14: a: null cannot be a key; put it in quotes",
    ],
    "? [a]\n: 1\n": ["S.yml:1:3: a map or list cannot be a key; use text as the key"],
    "a: !!str 1\nb: !x {c: 1}\nd: !<tag:x> [1]\n": [
        "S.yml:1:4: a: tags are not supported; remove the tag; put text in quotes instead",
        "S.yml:2:4: b: tags are not supported; remove the tag; put text in quotes instead",
        "S.yml:3:4: d: tags are not supported; remove the tag; put text in quotes instead",
    ],
    "!!str a: 1\n": ["S.yml:1:1: tags are not supported; remove the tag; put text in quotes instead"],
    "a: ! x\n": ["S.yml:1:4: a: tags are not supported; remove the tag; put text in quotes instead"],
    "a: 1\n---\nb: 1\n": ["S.yml:2:1: more than one YAML document; remove the `---` line"],
    "a: *x\n": ["S.yml:1:4: a: alias to an anchor that is not defined above it"],
    "a: &x [1, *x]\n": ["S.yml:1:11: a[1]: alias to an anchor that contains it"],
    "a: &x {b: {c: *x}}\n": ["S.yml:1:15: a.b.c: alias to an anchor that contains it"],
    "a: {<<: 1}\n": ["S.yml:1:5: a: a merge key takes a map or a list of maps"],
    "a: {<<: [{}, 1]}\n": ["S.yml:1:5: a: a merge key takes a map or a list of maps"],
    'a: "x\\0y"\n': ["S.yml:1:4: a: control character; remove it"],
    '"x\\0y": 1\n': ["S.yml:1:1: control character; remove it"],
    "a: 1\nb: \x00\x1b\n": [
        "S.yml:2:4: control character; remove it",
        "S.yml:2:5: control character; remove it",
    ],
    f"a: {'9' * 5000}\n": ["S.yml:1:4: a: number with too many digits; put it in quotes"],
    "a: 'open\nb: 1\n": ["S.yml:1:4: unclosed quote; close it, or double the quotes inside"],
    "a: b: c\n": ["S.yml:1:5: unexpected ':'; put the text in quotes, or check the indentation"],
    "a: [1, 2\nb: 3\n": [
        "S.yml:2:2: unclosed [ or missing comma; put text that begins with [ in quotes",
    ],
    "a: @x\n": ["S.yml:1:4: a value cannot begin with this character; put the text in quotes; indent with spaces"],
    "a:\n\t- b\n": ["S.yml:2:1: a value cannot begin with this character; put the text in quotes; indent with spaces"],
    "a: 1\nb\nc: 2\n": ["S.yml:2:1: missing ':' after a key; write `key: value`"],
    'a: "\\q"\n': ["S.yml:1:5: unknown escape sequence in double quotes; use single quotes, or \\\\ for a backslash"],
    " a: 1\nb: 2\n": ["S.yml:2:1: expected a line `key: value`; check quotes and the indentation"],
    "a: 1\nb: &x\nc: *\n": ["S.yml:3:5: missing anchor name after *; put the text in quotes"],
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), BAD.items())
def test_what_is_refused_is_named_with_its_place(text: str, expected: list[str]):
    """Each thing that is wrong has its line, column, path and a way out, all at once."""
    assert said(text) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a: \xff\n", "S.yml:1:4: the file is not UTF-8; save it as UTF-8"),
        (b"\xef\xbb\xbf\xc3\xa4: 1\nb: \xc3\n", "S.yml:2:4: the file is not UTF-8; save it as UTF-8"),
        ("a: 1\n".encode("utf-16"), "S.yml:1:1: the file is not UTF-8; save it as UTF-8"),
        ("a: é\n".encode("latin-1"), "S.yml:1:4: the file is not UTF-8; save it as UTF-8"),
    ],
)
def test_other_encodings_are_refused(content: bytes, expected: str):
    """Anything but UTF-8 is refused where it begins."""
    assert said(content) == [expected]


def test_a_large_file_is_refused_unread():
    """The size is looked at before anything else."""
    tree, problems, _ = read(bytes(64 * 2**20 + 1))
    assert tree is None
    assert [str(problem) for problem in problems] == ["S.yml: the file is larger than 64 MiB"]


def test_other_parts_stay_usable():
    """What was refused is dropped, and the rest can still be looked at."""
    tree, problems, _ = read("a: 1\n~: 2\n? [x]\n: 3\na: {b: 4}\nc: 5\n")
    assert tree
    assert plain(tree) == {"a": 1, "c": 5}
    assert list(tree.keys) == ["a", "c"]
    assert len(problems) == 3


def nested(depth: int) -> str:
    """Return a map whose value makes the document that deep."""
    return "a: " + "[" * (depth - 1) + "]" * (depth - 1)


def test_nesting_ends_at_64():
    """64 levels are read, the root among them; 65 are not, by brackets, lines or aliases."""
    assert value(nested(64))
    assert said(nested(65)) == ["S.yml:1:67: a" + "[0]" * 63 + ": nested deeper than 64"]
    assert said("a: &x " + "[" * 40 + "]" * 40 + "\nb: " + "[" * 23 + "*x" + "]" * 23 + "\n") == []
    deep = said("a: &x " + "[" * 40 + "]" * 40 + "\nb: " + "[" * 24 + "*x" + "]" * 24 + "\n")
    assert deep == ["S.yml:2:28: b" + "[0]" * 24 + ": nested deeper than 64"]
    lines = "".join("  " * level + "k:\n" for level in range(65))
    assert len(said(lines + "  " * 65 + "k: 1\n")) == 1


BOMBS = {
    "brackets": "a: " + "[" * 30_000,
    "closed brackets": "a: " + "[" * 30_000 + "]" * 30_000,
    "braces": "a: " + "{a: " * 30_000,
    "explicit keys": "? " * 30_000,
    "dashes": "- " * 30_000,
    "anchors": "a: " + "&a [" * 30_000,
    "laughs": "a: &a [x, x, x, x, x, x, x, x, x]\n"
    + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(20)),
    "merged laughs": "a0: &a0 {" + ", ".join(f"k{n}: 1" for n in range(1000)) + "}\n"
    + "".join(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 50)}], m{n}: 1}}\n" for n in range(1, 60)),
    "merges": "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{<<: *a{n - 1}, k{n}: 1}}\n" for n in range(1, 8000)),
    "flat aliases": "a: &a [" + "1," * 2000 + "]\nb: [" + "*a," * 2000 + "]\n",
    "duplicates": "a: 1\n" * 100_000,
    "quotes": "a: '" + "x" * 500_000,
    "digits": "a: [" + ("9" * 4100 + ", ") * 300 + "1]",
    "tags": "a: [" + "!x y," * 50_000 + "]",
    "long key": "k" * 500_000 + ": 1\n" + "k" * 500_000 + ": 1\n",
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_quickly(name: str):
    """What would take all time or memory is refused within a second, with its place."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with bounded():
        tree, problems, _ = read(BOMBS[name])
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150_000
    assert problems
    assert len(problems) <= 1000
    assert all(problem.line for problem in problems)
    assert tree is None or name == "digits"


def test_aliases_within_bounds_are_no_bomb():
    """A template that thousands of values share is what aliases are for."""
    tree, problems, _ = read("x: &x {provider: local, kind: file}\ns:\n" + "  - {<<: *x, config: {a: 1}}\n" * 20_000)
    assert problems == []
    assert tree


@pytest.mark.parametrize("form", ["*x{}", "[*x{}]"])
def test_merging_is_no_nesting(form: str):
    """A chain of merge keys makes a wide map, not a deep one."""
    chain = "x0: &x0 {k0: 0}\n" + "".join(
        f"x{n}: &x{n} {{<<: {form.format(n - 1)}, k{n}: {n}}}\n" for n in range(1, 200)
    )
    tree, problems, _ = read(chain)
    assert problems == []
    assert tree
    assert plain(tree.items["x199"]) == {f"k{n}": n for n in range(200)}


def test_the_collector_is_left_as_it_was():
    """Reading switches the garbage collector off and on again, and leaves it off where it was off."""
    read("a: 1\n")
    assert gc.isenabled()
    gc.disable()
    try:
        read("a: [\n")
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_no_message_holds_a_value():
    """Whatever is wrong around a value, no message repeats it."""
    canary = "s3cr3tc4n4ry"
    for text in BAD:
        for problem in read(text.replace("x", canary).replace("1", f"'{canary}'"))[1]:
            assert canary not in problem.message + problem.hint


def test_nodes_do_not_show_their_values():
    """A node that ends up in a traceback shows where it is, not what it holds."""
    tree, _, _ = read("a: hunter2\nb: [hunter2]\n")
    assert tree
    assert "hunter2" not in repr(tree) + repr(tree.items["a"]) + repr(tree.items["b"])
    assert "hunter2" not in repr(Missing("A", "hunter2", Mark()))


def test_paths_are_written_as_in_messages():
    """Ordinary keys follow a dot, others stand in brackets, and long ones are cut."""
    assert below("", "a") == "a"
    assert below("a[0]", "b-c") == "a[0].b-c"
    assert below("a", "b.c") == "a['b.c']"
    assert len(below("a", "b " * 500)) < 80


def test_overlay_merges_maps_and_replaces_the_rest():
    """Maps merge deeply, lists and values are replaced, the first appearance decides the order, and neither changes."""
    base, _, _ = read("a: {x: 1, y: {z: 1}}\nb: [1, 2]\nc: 1\n")
    over, _, _ = read("d: 1\nc: {k: 1}\nb: [3]\na: {y: {w: 2}, x: 2}\n")
    assert base
    assert over
    laid = overlay(base, over)
    assert plain(laid) == {"a": {"x": 2, "y": {"z": 1, "w": 2}}, "b": [3], "c": {"k": 1}, "d": 1}
    assert list(plain(laid)) == ["a", "b", "c", "d"]  # type: ignore[arg-type]
    assert plain(base) == {"a": {"x": 1, "y": {"z": 1}}, "b": [1, 2], "c": 1}


MATERIAL = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("ab 1:#'\"\\{}[],&*!|>%@`-?~é😀\n", max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc #:'", max_size=4), inner, max_size=3),
    max_leaves=12,
)


@settings(deadline=None)
@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), MATERIAL, max_size=4))
def test_json_is_read_as_json_reads_it(material: dict[str, object]):
    """Every JSON document is a YAML document with the same meaning."""
    import json

    assert value(json.dumps(material, ensure_ascii=False)) == material


def test_no_bytes_make_it_fail_in_another_way():
    """Any bytes are a tree or problems with places; never anything else."""
    rng = random.Random(7)
    words = ["a: ", "- ", "&x ", "*x", "<<: ", "---\n", "\x85", "\u2028", "é"]
    alphabet = [*"ab:-?[]{},&*!|>'\"%@`#~<\\\n\n   \t0.", *words]
    for _ in range(4000):
        text = "".join(rng.choices(alphabet, k=rng.randrange(1, 40)))
        tree, problems, _ = read(text)
        assert tree is not None or problems
        assert all(problem.line and problem.column for problem in problems)
    for _ in range(1000):
        tree, problems, _ = read(rng.randbytes(rng.randrange(40)))
        assert tree is not None or problems


def test_marks_point_at_what_they_name():
    """In any file of names and numbers, the text at each mark is the value itself."""
    rng = random.Random(3)
    for _ in range(200):
        pieces = [f"k{n}: {rng.choice(['v', '😀', 'x y'])}{n}{rng.choice(['', ' # é'])}" for n in range(20)]
        text = rng.choice(["\n", "\r\n"]).join(pieces)
        tree, problems, files = read(text)
        assert problems == []
        assert tree
        for key, item in tree.items.items():
            assert isinstance(item, Scalar)
            assert files.text(0)[item.mark.offset :].startswith(item.text)
            assert files.text(0)[tree.keys[key].offset :].startswith(key)


def test_lists_say_how_long_they_are():
    """A list's own words hold no value."""
    assert repr(Seq([Scalar("x", "x", Mark(), plain=True)], Mark())) == "Seq(1 items)"
