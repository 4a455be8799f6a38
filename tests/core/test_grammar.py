"""The interpolation grammar is closed: what is not in it is text, or refused."""

import pytest
from bounds import bounded
from hypothesis import example, given, settings
from hypothesis import strategies as st

from secretzero.grammar import Expression, Filter, GrammarError, Literal, Name, Operand, Path, is_name, parse, quote

TEXTS = [
    "",
    "a",
    "$",
    "$$",
    "{",
    "}",
    "}}",
    "$ {",
    "{ {",
    "$a",
    "$(a)",
    "{%",
    "{# a #}",
    "a{b}c",
    "%{a}",
    "#{a}",
    "$}",
    "${"[:1],
]


def only(text: str) -> Name | Expression:
    """Parse a text that is a single expression."""
    (part,) = parse(text)
    assert not isinstance(part, str)
    return part


def path_of(text: str) -> Path:
    """Parse an expression that is a single path."""
    part = only(text)
    assert isinstance(part, Expression)
    assert isinstance(part.operands[0].first, Path)
    return part.operands[0].first


@pytest.mark.parametrize("text", TEXTS)
def test_ordinary_text_is_itself(text: str):
    """A lone dollar or brace is text."""
    assert "".join(map(str, parse(text))) == text


@pytest.mark.parametrize(
    ("text", "read"), [("$${", "${"), ("$${A}", "${A}"), ("$$${A}", "$${A}"), ("a$${b", "a${b"), ("$${$${", "${${")]
)
def test_a_doubled_dollar_stands_for_itself(text: str, read: str):
    """`$${` is a literal `${` in any position."""
    assert parse(text) == (read,)


def test_names_and_their_defaults():
    """`${NAME}`, `:-` and `:?` are read with their positions."""
    assert parse("a${B}c") == ("a", Name("B", "", (), 1, 5), "c")
    assert only("${A-b:-x y}") == Name("A-b", ":-", ("x y",), 0, 11)
    assert only("${A:?say {this}") == Name("A", ":?", ("say {this",), 0, 15)
    assert only("${A:-}") == Name("A", ":-", (), 0, 6)
    assert only("${A:-$${x}") == Name("A", ":-", ("${x",), 0, 10)


def test_names_nest_eight_deep():
    """A default may hold another name, down to eight of them inside the first."""
    deep = "${A:-" * 8 + "${A}" + "}" * 8
    part = only(deep)
    for _ in range(8):
        assert isinstance(part, Name)
        part = part.text[0]  # type: ignore[assignment]
    assert isinstance(part, Name)
    assert part.name == "A"
    with pytest.raises(GrammarError, match="deeper than 8"):
        parse("${A:-" + deep + "}")


def test_paths_take_names_numbers_and_texts():
    """A step is a name, digits, or a number or text in brackets."""
    assert path_of("{{ var.a.0[1][-2]['x y'][\"]}\"].z }}").steps == ("a", "0", 1, -2, "x y", "]}", "z")
    assert path_of("{{var.a}}") == Path("var", ("a",), 2)


def test_filters_bind_tighter_than_or():
    """`a | f or b | g` is `(a | f) or (b | g)`."""
    part = only("{{ var.a | upper or 'b' | replace('x', var.y) }}")
    assert isinstance(part, Expression)
    assert part.operands == (
        Operand(Path("var", ("a",), 3), (Filter("upper", (), 11),)),
        Operand(Literal("b", "b"), (Filter("replace", (Literal("x", "x"), Path("var", ("y",), 39)), 26),)),
    )
    assert part.roots == {"var"}


@pytest.mark.parametrize(
    ("text", "value"),
    [("'a'", "a"), ('"a"', "a"), (r"'\\ \' \" \n'", "\\ ' \" \n"), ("12", 12), ("-3", -3), ("0", 0), ("true", True),
     ("True", True), ("false", False), ("False", False), ("null", None), ("None", None), ("'}}'", "}}"), ("'{{'", "{{"),
     ("'${A}'", "${A}"), ("''", "")],
)  # fmt: skip
def test_literals(text: str, value: object):
    """Texts in quotes, integers, booleans and null stand for themselves."""
    part = only("{{ " + text + " }}")
    assert isinstance(part, Expression)
    found = part.operands[0].first
    assert isinstance(found, Literal)
    assert found.value == value
    assert type(found.value) is type(value)


def test_words_that_begin_like_or_are_paths():
    """`or` is an operator only as a whole word."""
    assert path_of("{{ var.order }}").steps == ("order",)
    assert path_of("{{ var.or }}").steps == ("or",)
    assert path_of("{{ orders.x }}").root == "orders"


REFUSED = [
    ("${", 0), ("a ${", 2), ("${}", 0), ("${1}", 0), ("${A", 0), ("${A:}", 0), ("${A:+x}", 0), ("${A:-x", 0),
    ("${A b}", 0), ("${{ x }}", 0), ("${A[0]}", 0), ("${A:-${}}", 5), ("${!A}", 0), ("${#A}", 0), ("${A%b}", 0),
    ("${A/b/c}", 0), ("${ A }", 0), ("${é}", 0), ("{{", 0), ("{{ var.a", 0), ("{{}}", 2), ("{{ }}", 3),
    ("{{- var.a }}", 0), ("{{ var.a -}}", 9), ("{{+ var.a }}", 0), ("{{ var. }}", 7), ("{{ var.a. }}", 9),
    ("{{ var..a }}", 7), ("{{ var[] }}", 7), ("{{ var[a] }}", 7), ("{{ var['a' }}", 11), ("{{ var[1:2] }}", 8),
    ("{{ 'a }}", 3), (r"{{ '\x41' }}", 3), ("{{ 1.5 }}", 3), ("{{ var.a | }}", 11), ("{{ var.a | nope }}", 11),
    ("{{ var.a | upper(1) }}", 11), ("{{ var.a | default }}", 11), ("{{ var.a | default() }}", 11),
    ("{{ var.a | replace('x') }}", 11), ("{{ var.a | join(',' ',') }}", 20), ("{{ var.a() }}", 8),
    ("{{ var.a == 1 }}", 9), ("{{ var.a != 1 }}", 9), ("{{ 'a' if var.b else 'c' }}", 7), ("{{ not var.a }}", 3),
    ("{{ var.a and var.b }}", 9), ("{{ var.a in var.b }}", 9), ("{{ var.a + 1 }}", 9), ("{{ var.a ~ 'x' }}", 9),
    ("{{ [1] }}", 3), ("{{ {'a': 1} }}", 3), ("{{ (1) }}", 3), ("{{ or }}", 3), ("{{ var.a or }}", 12),
    ("{{ var.a var.b }}", 9), ("{{ * }}", 3), ("{{ @x }}", 3), ("{{ var.a; var.b }}", 8),
    ("{% if x %}{{ var.a }}", 0), ("{{ var.a }}{# x #}", 11), ("{{{ var.a }}}", 2), ("{{ var.a }", 0),
    ("{{ 1_000 }}", 3), ("{{ lambda: 1 }}", 9), ("{{ var.a := 1 }}", 9), ("{{ '' 'b' }}", 6),
    ("{{ var.a | default('x', }}", 24),
]  # fmt: skip


@pytest.mark.parametrize(("text", "offset"), REFUSED)
def test_what_is_not_in_the_grammar_is_refused(text: str, offset: int):
    """A text outside of the grammar is refused at its position."""
    with pytest.raises(GrammarError) as caught:
        parse(text)
    assert caught.value.offset == offset


@pytest.mark.parametrize("text", ["{{ var.a == 1 }}", "{{ 'a' if var.b }}", "{{ if var.b }}", "{% if a %}{{ var.b }}"])
def test_conditions_get_a_hint(text: str):
    """The hint for a condition suggests var files."""
    with pytest.raises(GrammarError) as caught:
        parse(text)
    assert "var file" in caught.value.hint


def test_further_filters_are_known_only_when_asked_for():
    """A filter of derived values is unknown elsewhere."""
    assert parse("{{ secret.a.b | urlencode }}", more_filters=("urlencode",))
    with pytest.raises(GrammarError, match="unknown filter"):
        parse("{{ secret.a.b | urlencode }}")


@settings(deadline=None, max_examples=300)
@example("{%{{")
@given(st.text() | st.text("${}'\"|.a-:? %#", max_size=40))
def test_quoting_is_the_inverse_of_parsing(text: str):
    """A quoted text parses as exactly that text."""
    parts = parse(quote(text))
    read = "".join(str(p) if isinstance(p, str) else str(p.operands[0].first.value) for p in parts)  # type: ignore[union-attr]
    assert read == text


@settings(deadline=None, max_examples=300)
@given(st.text(st.characters(exclude_characters="$"), max_size=60).filter(lambda text: "{{" not in text))
def test_text_without_openings_is_one_piece(text: str):
    """Without `${` and `{{` there is nothing to read."""
    assert parse(text) == ((text,) if text else ())


@settings(deadline=None, max_examples=500)
@given(st.text("${}'\"|.a1-:?[] or%#()\\\n", max_size=60))
def test_no_text_makes_it_fail_in_another_way(text: str):
    """Any text is parsed, or refused at a place inside it."""
    try:
        parse(text)
    except GrammarError as error:
        assert 0 <= error.offset <= len(text)  # noqa: PT017 - both outcomes are right


@pytest.mark.parametrize(
    "text",
    [
        "${A:-" * 50_000,
        "{{ var.a" + ".a" * 200_000 + " }}",
        "{{ 'a' " + "or 'a' " * 50_000 + "}}",
        "{{" * 200_000,
        "$${" * 200_000,
        "${" + "A" * 500_000,
    ],
)
def test_long_texts_are_read_in_one_pass(text: str):
    """Nesting and length cost no more than the text is long."""
    with bounded():
        try:
            parse(text)
        except GrammarError as error:
            assert error.message  # noqa: PT017 - both outcomes are right


def test_names_of_variables():
    """A name begins with a letter or underscore, and may hold hyphens."""
    assert all(map(is_name, ("A", "_a", "a-b", "A1")))
    assert not any(map(is_name, ("", "1a", "-a", "a.b", "a b", "é", "a\n")))
