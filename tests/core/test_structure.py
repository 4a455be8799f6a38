"""From positioned nodes to option classes."""

from collections.abc import Mapping
from typing import Literal

import pytest
from attrs import field, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from secretzero.manifest.yaml.parse import parse_tree
from secretzero.options.nodes import At, Files, Map, Missing, Problems, Scalar, Seq, did_you_mean
from secretzero.options.structure import table_of
from secretzero.values import SecretValue


def _even(_: object, __: object, number: int) -> None:
    if number % 2:
        raise ValueError("even must be even")


@frozen
class Inner:
    """A class inside a class."""

    name: str
    count: int = 1


@frozen
class Options:
    """One option of each form."""

    text: str = ""
    maybe: str | None = None
    flag: bool = False
    number: int = 0
    word: Literal["one", "two", 3] = "one"
    words: tuple[str, ...] = ()
    table: Mapping[str, object] = {}
    inner: Inner | None = None
    inners: tuple[Inner, ...] = ()
    anything: object = None
    hidden: SecretValue | None = None
    either: str | tuple[str, ...] = ""
    even: int = field(default=0, validator=_even, metadata={"aliases": ("straight",)})
    written: object = field(default=None, metadata={"written": True})
    type_: str = field(default="", alias="type")

    def __attrs_post_init__(self) -> None:
        if self.number > 100:
            raise ValueError("number may not be more than 100")


@frozen
class Needs:
    """One required option."""

    path: str


def node_of(text: str, problems: Problems) -> Map:
    """Parse one map."""
    number = problems.files.add("F", text.encode())
    tree = parse_tree(text.encode(), problems.files, number, problems.found)
    assert tree is not None
    return tree


def made(text: str, kind: type = Options) -> tuple[object, list[str]]:
    """Return the instance and what was said, as ``column: path: message``."""
    problems = Problems(Files())
    result = table_of(kind).made(node_of(text, problems), At(problems, "", []))
    return result, [f"{p.line}:{p.column}: {p.path}: {p.message}" for p in problems.found]


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("text: abc", "text", "abc"),
        ("text: 012345", "text", "012345"),
        ("text: 1.50", "text", "1.50"),
        ("text: yes", "text", "yes"),
        ("maybe: ~", "maybe", None),
        ("flag: true", "flag", True),
        ("flag: 'Yes'", "flag", True),
        ("flag: OFF", "flag", False),
        ("number: 0x10", "number", 16),
        ("number: '12'", "number", 12),
        ("word: two", "word", "two"),
        ("word: 3", "word", 3),
        ("words: [a, 1]", "words", ("a", "1")),
        ("words:", "words", ()),
        ("table: {a: [1, {b: null}]}", "table", {"a": [1, {"b": None}]}),
        ("inner: {name: x}", "inner", Inner("x")),
        ("inners: [{name: x}, {name: y, count: 2}]", "inners", (Inner("x"), Inner("y", 2))),
        ("anything: 1.5", "anything", 1.5),
        ("hidden: x", "hidden", SecretValue("x")),
        ("either: a", "either", "a"),
        ("either: [a]", "either", ("a",)),
        ("straight: 4", "even", 4),
        ("written: 1.50", "written", "1.50"),
        ("written: true", "written", "true"),
        ("written: {a: 1}", "written", {"a": 1}),
        ("type: x", "type_", "x"),
        ("x-anything: 1\nnotes: [a]\ndescription: {}", "text", ""),
    ],
)
def test_what_an_annotation_allows_is_taken(text: str, name: str, value: object):
    """Each form of option takes what its annotation says, and scalars keep their source text where text is wanted."""
    result, said = made(text)
    assert said == []
    assert getattr(result, name) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("text: true", "1:7: text: expected text, got a boolean"),
        ("text: null", "1:7: text: expected text, got null"),
        ("text: {}", "1:7: text: expected text, got a map"),
        ("flag: 1", "1:7: flag: expected true or false, got a number"),
        ("flag: perhaps", "1:7: flag: expected true or false, got other text"),
        ("number: true", "1:9: number: expected an integer, got a boolean"),
        ("number: 1.0", "1:9: number: expected an integer, got a number"),
        ("number: 101", "1:9: number: number may not be more than 100"),
        ("word: thre", "1:7: word: expected one of one, two, 3"),
        ("words: a", "1:8: words: expected a list, got text"),
        ("words: [a, ~]", "1:12: words[1]: expected text, got null"),
        ("table: []", "1:8: table: expected a map, got a list"),
        ("inner: {count: 1}", "1:8: inner: missing key 'name'"),
        ("inners: [{name: x, count: y}]", "1:27: inners[0].count: expected an integer, got text"),
        ("either: {}", "1:9: either: expected text, got a map or expected a list, got a map"),
        ("even: 3", "1:7: even: even must be even"),
        ("even: 2\nstraight: 4", "2:1: straight: duplicate key: another spelling of 'even'"),
        ("txt: a", "1:1: txt: unknown key"),
    ],
)
def test_what_an_annotation_refuses_is_said_at_its_place(text: str, said: str):
    """What does not fit makes no instance, and one message with line, column and path."""
    result, messages = made(text)
    assert messages == [said]
    assert result is None


def test_all_problems_are_said_at_once():
    """Nothing stops at the first problem."""
    _, said = made("flag: x\nnumber: x\nwords: [~, {}]\nzzz: 1")
    assert [message.split(": ")[1] for message in said] == ["flag", "number", "words[0]", "words[1]", "zzz"]


def test_a_lenient_reader_only_warns_of_unknown_keys():
    """With `lenient` an unknown key is a warning, and the rest counts."""
    problems = Problems(Files(), lenient=True)
    result = table_of(Options).made(node_of("txt: a\ntext: b", problems), At(problems, "", []))
    assert result == Options(text="b")
    assert [(p.severity, p.hint) for p in problems.found] == [("warning", "did you mean 'text'?")]


def test_what_is_not_set_is_no_option_and_no_error():
    """An option whose variable is not set is left out and noted with its path; a required one leaves no instance."""
    problems, absent = Problems(Files()), []
    mark = Scalar("", "", 0, plain=False).mark
    node = Map({"text": Missing("X", "${X}", mark), "number": Scalar(1, "1", mark, plain=True)}, {}, mark)
    assert table_of(Options).made(node, At(problems, "config", absent)) == Options(number=1)
    assert table_of(Needs).made(Map({"path": Missing("Y", "", mark)}, {}, mark), At(problems, "c", absent)) is None
    assert [(each.variable, each.path) for each in absent] == [("X", "config.text"), ("Y", "c.path")]
    assert problems.found == []


def test_text_from_the_environment_is_hidden_where_anything_goes():
    """An option for anything holds a SecretValue when any of its text came from the environment."""
    problems = Problems(Files())
    mark = Scalar("", "", 0, plain=False).mark
    secret = Scalar("s3", "s3", mark, plain=False, env=("X",))
    node = Map({"anything": Seq([secret], mark), "written": secret, "text": secret}, {}, mark)
    result = table_of(Options).made(node, At(problems, "", []))
    assert result == Options(anything=SecretValue(["s3"]), written=SecretValue("s3"), text="s3")


def test_the_nearest_name_is_proposed():
    """A hint names the nearest known name, or nothing when none is near."""
    assert did_you_mean("lenght", ["length", "width"]) == "did you mean 'length'?"
    assert did_you_mean("zzz", ["length", "width"]) == ""


_SCALARS = st.sampled_from(["a", "1", "true", "~", "1.5", "'x'", "[a]", "{a: b}", "[~]", "yes", "0x1f", "''"])


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([*Options.__annotations__, "unknown"]), _SCALARS))
def test_an_instance_is_made_exactly_when_nothing_was_said(options: dict[str, str]):
    """Every node makes an instance or at least one problem, never both and never an exception."""
    result, said = made("x-: 1\n" + "".join(f"{name}: {value}\n" for name, value in options.items()))
    assert (result is None) == bool(said)
