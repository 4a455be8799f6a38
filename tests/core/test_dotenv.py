"""`.env` files as people and tools write them."""

import pytest

from secretzero.errors import RejectedError, UsageError
from secretzero.formats import FORMATS

DOTENV = FORMATS["dotenv"]

READ = [
    ("A=1", "1"),
    ("A=", ""),
    ("A= ", ""),
    ("A=''", ""),
    ("export A=1", "1"),
    ("\t export  A=1", "1"),
    ("A = spaced  ", "spaced"),
    ("A=a b  # c", "a b"),
    ("A=a#b", "a#b"),
    ("A= # c", ""),
    ("A=#c", "#c"),
    ("A='a # b' # c", "a # b"),
    ('A="a # b"# c', "a # b"),
    ("A='a\nb'", "a\nb"),
    ('A="a\nb"', "a\nb"),
    ('A="a\\nb\\tc"', "a\nb\tc"),
    ('A="a \\" \\\\ \\$"', 'a " \\ $'),
    ("A='it\\'s'", "it's"),
    ("A='it'\\''s'", "it's"),
    ("A='C:\\dir\\'", "C:\\dir\\"),
    ("A=it's", "it's"),
    ("A=$B ${C} `d`", "$B ${C} `d`"),
    ("A=x\nA=y", "y"),
    ("\ufeffA=1", "1"),
]


@pytest.mark.parametrize(("text", "value"), READ)
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_line_is_read_as_dotenv_readers_do(text: str, value: str, end: str):
    """Bare, quoted, exported, commented and spaced values are read as python-dotenv reads them."""
    assert DOTENV.parse(f"{text}{end}".encode())["A"] == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A='a'b\"c\"\\d", "abcd"),
        ('A="\\n\\$\\`\\\\"', "\\n$`\\"),
        ("A=a#b", "a#b"),
        ("A='a\\'", "a\\"),
        ("A=a b", "a b"),
    ],
)
def test_posix_reads_words(text: str, value: str):
    """In the dialect `posix` a value is a word of sh."""
    assert DOTENV.parse(text.encode(), dialect="posix") == {"A": value}


def test_python_reads_escapes_in_single_quotes():
    """In the dialect `python` a backslash escapes a quote and itself, across lines."""
    assert DOTENV.parse(b"A='it\\'\n\\\\s'\nB='x'", dialect="python") == {"A": "it'\n\\s", "B": "x"}


def test_a_multi_line_value_is_one_entry():
    """What looks like an assignment inside of quotes belongs to the value."""
    text = b"A='x\nB=1\n'\nC=2\n"
    assert DOTENV.parse(text) == {"A": "x\nB=1\n", "C": "2"}
    assert DOTENV.edit(text, {"A": "y"}) == b"A=y\nC=2\n"
    assert DOTENV.edit(text, {}, remove=["A"]) == b"C=2\n"


@pytest.mark.parametrize(
    ("text", "line"), [("A=1\n\nB='x\n", 3), ("A='b'c'\n", 1), ('A="x', 1), ("A=   'x", 1), ("A='x'y", 0)]
)
def test_open_quotes_are_refused_with_their_line(text: str, line: int):
    """Readers disagree on what follows, so nothing is read and nothing is written."""
    if not line:
        assert DOTENV.parse(text.encode()) == {"A": "xy"}
        return
    with pytest.raises(RejectedError, match=f"line {line}"):
        DOTENV.parse(text.encode())
    with pytest.raises(RejectedError, match=f"line {line}"):
        DOTENV.edit(text.encode(), {"Z": "1"})


def test_what_is_not_utf8_is_refused_with_its_line():
    """A file of another encoding is not guessed at."""
    with pytest.raises(RejectedError, match="line 2 is not UTF-8"):
        DOTENV.parse(b"A=1\nB=\xff\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", b"B=new\n"),
        (b"A=1", b"A=1\nB=new\n"),
        (b"A=1\r\n", b"A=1\r\nB=new\r\n"),
        (b"# c\nB=old # why\n\nx y\n", b"# c\nB=new # why\n\nx y\n"),
        (b"export B = 'o\nld'# why", b"export B=new # why"),
        (b"B=1\nA=$B\nB=2\n", b"B=new\nA=$B\nB=new\n"),
        (b"\xef\xbb\xbfB=1\n", b"\xef\xbb\xbfB=new\n"),
    ],
)
def test_a_key_is_set_in_place(before: bytes, after: bytes):
    """Comments, `export`, line endings and unknown lines are kept; a new key is appended; each occurrence is set."""
    assert DOTENV.edit(before, {"B": "new"}) == after
    assert DOTENV.edit(after, {"B": "new"}) == after


def test_removal_takes_every_occurrence():
    """A removed key is gone for readers that take the first and for those that take the last."""
    assert DOTENV.edit(b"B=1\n# c\nexport B='2\n'\nA=1\nB=3", {}, remove=["B", "C"]) == b"# c\nA=1\n"


def test_equal_values_change_no_byte():
    """A value that the file already holds, however it is quoted, is left unchanged."""
    text = b'export  A="x y" # c\r\nB=1'
    assert DOTENV.edit(text, {"A": "x y", "B": "1"}, remove=["C"]) == text
    spaced = b"A = 1\n"
    assert DOTENV.edit(spaced, {"A": "1"}, dialect="python") == spaced


@pytest.mark.parametrize("dialect", ["portable", "posix"])
@pytest.mark.parametrize("text", ["export   A = 1 # c\n", "A =1 # c\n", "A= 1 # c\n", "A\t=\t'1' # c\n"])
def test_a_key_that_sh_cannot_read_is_rewritten(text: str, dialect: str):
    """To sh a line with spaces around `=` is a command: a key that is set loses them, other keys keep them."""
    after = DOTENV.edit(text.encode(), {"A": "1"}, dialect=dialect)
    assert after.decode() == text[: text.index("A")] + "A=1 # c\n"
    kept = DOTENV.edit(text.encode(), {"B": "2"}, dialect=dialect)
    assert kept.decode() == text + "B=2\n"


@pytest.mark.parametrize("dialect", ["portable", "posix"])
@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("B=1\\\nA=x\n", 1),
        ("A=y\n\nexport B=C:\\dir\\\nA=x\n", 3),
        ("B=1\\\r\nA=x\n", 1),
        ("B='1'\\\nA=x\n", 1),
        ("B=1\\\\\\\nA=x\n", 1),
        ("B=1\\", 1),
        ("A=x\nexport \\\nB=1\n", 2),
        ("A=x\n  echo \\\nB=1\n", 2),
        ("A=x\nB=1\rC=2\n", 2),
        ("A=x\nB='1\r'\n", 2),
        ("A=x\r\nB=1\r", 2),
    ],
)
def test_lines_that_sh_reads_differently_are_refused(text: str, line: int, dialect: str):
    """A backslash that joins two lines, or a stray carriage return: nothing is read, nothing is written."""
    with pytest.raises(RejectedError, match=f"^line {line}: "):
        DOTENV.parse(text.encode(), dialect=dialect)
    with pytest.raises(RejectedError, match=f"^line {line}: "):
        DOTENV.edit(text.encode(), {"A": "x"}, dialect=dialect)
    DOTENV.parse(text.encode(), dialect="python")


@pytest.mark.parametrize("dialect", ["portable", "posix"])
@pytest.mark.parametrize(
    "text",
    ["B=1\\\\\nA=x\n", "# c:\\\nA=x\n", "B=1 # c\\\nA=x\n", "B='1\\'\nA=x\n", 'B="1\\\n"\nA=x\n', "B=1\\2\nA=x\n"],
)
def test_other_backslashes_are_read(text: str, dialect: str):
    """Two backslashes, a backslash in a comment, and one in quotes do not join lines."""
    assert DOTENV.parse(text.encode(), dialect=dialect)["A"] == "x"


def test_replace_leaves_only_the_fields():
    """With `replace` the file holds exactly the given fields; it is unchanged if it already does."""
    assert DOTENV.edit(b"# c\nA=1\nB=2\n", {"A": "1"}, replace=True) == b"A=1\n"
    assert DOTENV.edit(b"# c\nA='1'\n", {"A": "1"}, replace=True) == b"# c\nA='1'\n"
    assert DOTENV.edit(b"A='", {"A": "1"}, replace=True) == b"A=1\n"


@pytest.mark.parametrize(
    ("value", "portable", "posix", "python"),
    [
        ("a-B_9./:@%+,", "a-B_9./:@%+,", "a-B_9./:@%+,", "a-B_9./:@%+,"),
        ("", "''", "''", "''"),
        ("a b", "'a b'", "'a b'", "'a b'"),
        ("$x", "'$x'", "'$x'", "'$x'"),
        ("it's", '"it\'s"', "'it'\\''s'", "'it\\'s'"),
        ("a\\b", "'a\\b'", "'a\\b'", "'a\\\\b'"),
        ("a\\", None, "'a\\'", "'a\\\\'"),
        ("a\\\\b", None, "'a\\\\b'", "'a\\\\\\\\b'"),
        ("it's $", None, "'it'\\''s $'", "'it\\'s $'"),
        ("${x}", None, "'${x}'", "'${x}'"),
        ("a\nb\\", None, "'a\nb\\'", "'a\nb\\\\'"),
        ("a\rb", None, None, None),
        ("a\0b", None, None, None),
        ("\ud800", None, None, None),
        (
            {"b": [1, None], "a": "x"},
            '\'{"a":"x","b":[1,null]}\'',
            '\'{"a":"x","b":[1,null]}\'',
            '\'{"a":"x","b":[1,null]}\'',
        ),
    ],
)
def test_values_are_quoted_by_dialect(value: object, portable: str | None, posix: str | None, python: str | None):
    """Each dialect quotes for its readers, or refuses; a map is compact JSON."""
    for dialect, written in (("portable", portable), ("posix", posix), ("python", python)):
        if written is not None:
            assert DOTENV.edit(None, {"A": value}, dialect=dialect).decode() == f"A={written}\n"
            continue
        with pytest.raises(RejectedError, match=r"A\b"):
            DOTENV.check("A", value, dialect=dialect)
        with pytest.raises(RejectedError):
            DOTENV.edit(b"A=1\n", {"A": value}, dialect=dialect)


def test_a_refusal_names_the_dialects_that_can_and_never_the_value():
    """The hint says which dialects hold it."""
    with pytest.raises(RejectedError) as caught:
        DOTENV.check("A", "canary's $x", dialect="portable")
    assert caught.value.hint == "use dialect posix or python, which can hold it"
    assert "canary" not in str(caught.value) + caught.value.hint


@pytest.mark.parametrize("name", ["", "1A", "A-B", "A.B", "É", "A B", "UID", "_", "RANDOM", "__proto__"])
def test_a_name_that_a_reader_would_not_know_is_refused(name: str):
    """Names must be valid in shells, and not reserved by a shell or by node."""
    with pytest.raises(RejectedError, match="name"):
        DOTENV.check(name, "x", dialect="portable")


def test_an_unknown_dialect_is_a_usage_error():
    """The hint lists the known dialects."""
    with pytest.raises(UsageError) as caught:
        DOTENV.parse(b"", dialect="fish")
    assert caught.value.hint == "use one of portable, posix, python"


def test_generators_leave_out_what_is_only_sometimes_portable():
    """Without the characters in `avoid` no value is refused."""
    limits = DOTENV.constraints("portable")
    able = [chr(code) for code in range(1, 127) if chr(code) not in limits.forbidden + limits.avoid]
    for one in able:
        DOTENV.check("A", "".join(able) + one + one, dialect="portable")
    assert DOTENV.constraints("posix").avoid == ""
