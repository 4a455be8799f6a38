"""Static values and settings: what the manifest holds, what has to be asked for, what is accepted."""

from typing import Any

import pytest

from secretzero.errors import NoValueError, RejectedError
from secretzero.protocols import Constraints, Generator, Request
from secretzero.sources.manual import Nonsecret, Static
from secretzero.values import Material, SecretValue

CANARY = "canary-value"


class TestLiterals:
    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("text", "text"),
            ("", ""),
            (42, "42"),
            (True, "true"),
            ([1, "a"], [1, "a"]),
            ({"a": {"b": 1}}, {"a": {"b": 1}}),
            (SecretValue("from the environment"), "from the environment"),
        ],
    )
    def test_what_the_manifest_holds(self, given: Any, kept: Material):
        """Scalars are text, lists and maps stay, and an empty text is a deliberate value."""
        assert Static(value=given).literal() == SecretValue(kept)
        assert Static(default=given, value="other").literal() == SecretValue(kept)
        assert Static(value=given).obtain(Request("s")) == SecretValue(kept)

    @pytest.mark.parametrize("options", [{}, {"value": None}, {"default": None, "value": "x"}])
    def test_nothing_there(self, options: dict[str, Any]):
        """Nothing, and null, have to be asked for; a null default wins over a value."""
        static = Static(**options)
        assert static.literal() is None
        with pytest.raises(NoValueError):
            static.obtain(Request("s"))

    def test_a_map_with_gaps_is_asked_for_leaf_by_leaf(self):
        """Null and blank leaves are gaps, in sorted order; answers fill them and leave the rest alone."""
        static = Static(value={"b": {"y": None, "x": " "}, "a": "", "c": 0, "d": [None]})
        assert static.literal() is None
        assert static.missing_leaves() == ("a", "b.x", "b.y")
        answers = {path: SecretValue(path.upper()) for path in static.missing_leaves()}
        assert static.with_leaves(answers) == SecretValue(
            {"b": {"y": "B.Y", "x": "B.X"}, "a": "A", "c": 0, "d": [None]}
        )

    def test_a_whole_map_has_no_gaps(self):
        """A map without gaps, a text and nothing at all are not asked for by leaf."""
        assert Static(value={"a": "x"}).missing_leaves() == Static(value="").missing_leaves() == ()
        assert Static().missing_leaves() == ()


class TestValidation:
    def test_it_matches_at_the_start(self):
        """A text must begin as the expression says; what comes after is free."""
        static = Static(validation="sk_[a-z]+")
        static.check(SecretValue("sk_live rest"))
        with pytest.raises(RejectedError):
            static.check(SecretValue("my sk_live"))

    def test_it_looks_at_text_only(self):
        """Maps and lists have nothing to compare."""
        Static(validation="sk_").check(SecretValue({"a": 1}))

    def test_it_never_shows_the_value(self):
        """Neither message nor options show the value."""
        static = Static(value=SecretValue(CANARY), validation="sk_")
        with pytest.raises(RejectedError) as refused:
            static.obtain(Request("s"))
        assert CANARY not in f"{refused.value!r} {refused.value} {static!r} {refused.value.__context__!r}"

    def test_a_literal_that_does_not_match(self):
        """A literal is an error of the options; a text from the environment is one when it is needed."""
        with pytest.raises(ValueError, match="'validation'") as refused:
            Static(value=CANARY, validation="sk_")
        assert CANARY not in str(refused.value)
        with pytest.raises(RejectedError):
            Static(value=SecretValue(CANARY), validation="sk_").obtain(Request("s"))
        with pytest.raises(RejectedError):
            Nonsecret(value=SecretValue("x"), type="int").obtain(Request("s"))

    def test_a_bad_expression_is_an_error_of_the_options(self):
        """An invalid regular expression is refused before any value."""
        with pytest.raises(ValueError, match="validation is not a valid regular expression"):
            Static(validation="(")


class TestNature:
    def test_of_static(self):
        """A static value is a secret of unknown strength."""
        static = Static()
        assert isinstance(static, Generator)
        assert (static.nature, static.bits(Constraints()), static.needs()) == ("static", None, ())
        assert static.parts[""]
        assert static.accept(SecretValue("x")) == SecretValue("x")
        assert static.may_ask()
        assert not Static(prompt_on_empty=False).may_ask()

    def test_of_nonsecret(self):
        """A setting is not secret, and is never prompted for."""
        setting = Nonsecret()
        assert isinstance(setting, Generator)
        assert (setting.nature, setting.bits(Constraints()), setting.needs()) == ("static", None, ())
        assert not setting.parts[""]
        assert not setting.may_ask()


class TestNonsecret:
    @pytest.mark.parametrize(
        ("kind", "text", "read"),
        [
            ("text", "42", "42"),
            ("int", "42", 42),
            ("int", " -7 ", -7),
            ("bool", "Yes", True),
            ("bool", "off", False),
            ("json", '{"a": [1]}', {"a": [1]}),
        ],
    )
    def test_a_text_is_read_as_its_type(self, kind: str, text: str, read: Material):
        """A text from anywhere becomes what the type says."""
        assert Nonsecret(type=kind).accept(SecretValue(text)) == SecretValue(read)
        assert Nonsecret(type=kind, default=text).obtain(Request("n")) == SecretValue(read)

    @pytest.mark.parametrize(
        ("kind", "text"), [("int", "4.2"), ("bool", "maybe"), ("json", "{"), ("json", "[" * 10_000)]
    )
    def test_a_text_that_is_not_of_the_type(self, kind: str, text: str):
        """A text that is none of the type is refused, from the manifest as an error of the options."""
        with pytest.raises(RejectedError, match="'type'"):
            Nonsecret(type=kind).accept(SecretValue(text))
        with pytest.raises(ValueError, match="'type'"):
            Nonsecret(type=kind, value=text)

    def test_scalars_of_the_manifest(self):
        """A number of the manifest is its text, and with a type what that says."""
        assert Nonsecret(value=42).literal() == SecretValue("42")
        assert Nonsecret(value=42, type="int").literal() == SecretValue(42)
        assert Nonsecret(value=[1, 2], type="int").literal() == SecretValue([1, 2])
        assert Nonsecret().literal() is None
        assert Nonsecret(value={"a": None}).missing_leaves() == ()

    def test_nothing_there(self):
        """Without a literal the next origin is asked."""
        with pytest.raises(NoValueError):
            Nonsecret().obtain(Request("n"))

    def test_validation(self):
        """A setting is validated as text before it is read."""
        with pytest.raises(RejectedError):
            Nonsecret(validation="[0-9]").accept(SecretValue("x"))
