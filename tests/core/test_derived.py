"""Values derived from other secrets: URLs, credentials, maps and texts."""

from base64 import b64decode
from typing import Any

import pytest

from secretzero.errors import RejectedError
from secretzero.protocols import Constraints, Generator, Request
from secretzero.sources.derived import Derived
from secretzero.values import Material, SecretValue

SECRETS: dict[str, Material] = {
    "db": {"username": "shop", "password": "p@ss:w/rd%"},
    "token": "t0k3n",
    "dotted.name": {"x": "dotted"},
    "port": 5432,
    "list": ["a", "b"],
    "null": None,
}
PASSWORD = {"secret": "db", "field": "password"}


def made(**options: Any) -> Material:
    """Derive a value from the secrets above."""
    asked = Request("d", look_up=lambda name, part: SecretValue(SECRETS[name]).part(part))
    return Derived(**options).obtain(asked).reveal()


class TestUrl:
    def test_a_database_url(self):
        """Every component is encoded for its place."""
        url = {
            "scheme": "postgresql",
            "username": {"secret": "db", "field": "username"},
            "password": PASSWORD,
            "host": "db.internal",
            "port": {"secret": "port"},
            "path": "my shop",
            "query": {"sslmode": "verify full", "token": {"secret": "token"}},
        }
        assert made(url=url) == (
            "postgresql://shop:p%40ss%3Aw%2Frd%25@db.internal:5432/my%20shop?sslmode=verify%20full&token=t0k3n"
        )
        assert Derived(url=url).needs() == ("db", "port", "token")

    @pytest.mark.parametrize(
        ("components", "url"),
        [
            ({"host": "h"}, "x://h"),
            ({"host": "h", "path": "/a/b"}, "x://h/a/b"),
            ({"host": "h", "password": "p"}, "x://:p@h"),
            ({"host": "h", "username": "u"}, "x://u@h"),
            ({"host": "::1", "port": 1}, "x://[::1]:1"),
            ({"host": "[::1]"}, "x://[::1]"),
            ({"host": "", "path": "/f.db"}, "x:///f.db"),
            ({"path": "a@b"}, "x:a@b"),
            ({"host": "h", "query": "a=b&c=d e#"}, "x://h?a=b&c=d%20e%23"),
            ({"host": "h", "query": {"secret": "token"}}, "x://h?t0k3n"),
            ({"host": "a:b"}, "x://a%3Ab"),
            ({"host": "h", "path": "ü?"}, "x://h/%C3%BC%3F"),
            ({"host": "h", "password": SecretValue("from env")}, "x://:from%20env@h"),
        ],
    )
    def test_components(self, components: dict[str, Any], url: str):
        """Absent components leave no trace; present ones are placed as RFC 3986 requires."""
        assert made(url={"scheme": "x", **components}) == url

    @pytest.mark.parametrize(
        ("components", "message"),
        [
            ({"scheme": "1x"}, "scheme"),
            ({"port": 1}, "require a host"),
            ({"host": "h", "port": "http"}, "port"),
            ({"host": "h", "port": 65_536}, "port"),
            ({"path": "//h"}, "two slashes"),
            ({"host": {"secret": "null"}}, "null"),
        ],
    )
    def test_components_of_an_invalid_url(self, components: dict[str, Any], message: str):
        """Invalid components are refused, and no value is shown."""
        with pytest.raises(RejectedError, match=message):
            made(url={"scheme": "x", **components})


class TestBasicAuth:
    def test_the_credentials(self):
        """User name and password are joined and encoded in base64 (RFC 7617)."""
        text = made(basic_auth={"username": "shop", "password": PASSWORD})
        assert b64decode(str(text)) == b"shop:p@ss:w/rd%"

    def test_a_username_with_a_colon(self):
        """A colon in the name would become part of the password."""
        with pytest.raises(RejectedError, match="colon"):
            made(basic_auth={"username": "a:b", "password": "x"})


class TestObject:
    def test_parts_stay_what_they_are(self):
        """Numbers, lists and texts enter the map unchanged."""
        given = {"p": {"secret": "port"}, "l": {"secret": "list"}, "n": 1.5, "t": "x"}
        assert made(object=given) == {"p": 5432, "l": ["a", "b"], "n": 1.5, "t": "x"}
        assert Derived(object=given).needs() == ("port", "list")


class TestTemplate:
    @pytest.mark.parametrize(
        ("template", "text"),
        [
            ("plain", "plain"),
            ("{{ secret.db.password }}", "p@ss:w/rd%"),
            ("a {{ secret.db.password | urlencode }} b", "a p%40ss%3Aw%2Frd%25 b"),
            ('{{ secret["dotted.name"]["x"] }}', "dotted"),
            ("{{ secret.port }}", "5432"),
            ("{{ secret.list }}{{ secret.list | join('+') }}", '["a","b"]a+b'),
            ("{{ secret.null | default('d') }}{{ secret.null or 'e' }}", "de"),
            ("{{ secret.token | upper | replace('T', 'x') }}", "x0K3N"),
            ("{{ secret.db | tojson }}", '{"password":"p@ss:w/rd%","username":"shop"}'),
            ("{{ '{{' }}$${", "{{${"),
        ],
    )
    def test_values_enter_the_text(self, template: str, text: str):
        """Secrets and their parts enter the text after the filters are applied."""
        assert made(template=template) == text

    def test_inserted_text_is_not_read_again(self):
        """A value that looks like a template is text."""
        request = Request("d", look_up=lambda *_: SecretValue("{{ secret.other }}"))
        assert Derived(template="{{ secret.a }}").obtain(request) == SecretValue("{{ secret.other }}")

    def test_what_it_needs(self):
        """It depends on the names in all its expressions, including those in arguments of filters."""
        template = "{{ secret.b.x or secret.a }}{{ secret.b | default(secret['c.d']) }}"
        assert Derived(template=template).needs() == ("b", "a", "c.d")

    @pytest.mark.parametrize(
        ("template", "message"),
        [
            ("{{ secret }}", "requires a name"),
            ("{{ secret[0] }}", "requires a name"),
            ("{{ var.x }}", "template may only refer to secrets"),
            ("${X}", "template may only refer to secrets"),
            ("{{ secret.a | nope }}", "unknown filter"),
            ("{{ secret.a", "unclosed"),
        ],
    )
    def test_an_invalid_template(self, template: str, message: str):
        """Anything other than secrets and known filters is an error of the options."""
        with pytest.raises(ValueError, match=message):
            Derived(template=template)

    @pytest.mark.parametrize(
        ("template", "message"),
        [
            ("{{ secret.null }}", "a part is null"),
            ("{{ secret.port | upper }}", "upper requires text"),
            ("{{ secret.token | join(',') }}", "join requires a list"),
        ],
    )
    def test_values_that_do_not_fit(self, template: str, message: str):
        """A value that does not suit a filter is refused without being shown."""
        with pytest.raises(RejectedError, match=message):
            made(template=template)


class TestOptions:
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({}, "exactly one"),
            ({"template": "x", "object": {}}, "exactly one"),
            ({"url": {"host": "h"}}, "url requires scheme"),
            ({"url": {"scheme": "x", "user": "u"}}, "unknown key in url"),
            ({"basic_auth": {"username": "u"}}, "basic_auth requires password"),
            ({"object": {"a": True}}, "object: a part must be"),
            ({"object": {"a": {"secret": ""}}}, "object: a part must be"),
            ({"object": {"a": {"secret": "x", "fields": "y"}}}, "object: a part must be"),
            ({"url": {"scheme": "x", "query": {"q": []}}}, "url: a part must be"),
        ],
    )
    def test_invalid_options(self, options: dict[str, Any], message: str):
        """Exactly one form must be given, with known components and valid parts."""
        with pytest.raises(ValueError, match=message):
            Derived(**options)

    def test_its_nature(self):
        """A derived value is as strong as its parts, and its repr hides its options."""
        derived = Derived(object={"a": "canary-value"})
        assert isinstance(derived, Generator)
        assert (derived.nature, derived.bits(Constraints())) == ("derived", None)
        assert "canary" not in repr(derived)

    def test_a_missing_part(self):
        """A part that the other secret does not have is named in the error."""
        with pytest.raises(RejectedError, match="token has no part x"):
            made(template="{{ secret.token.x }}")

    def test_look_up_is_required(self):
        """Without a look-up of other secrets there is no value."""
        with pytest.raises(RejectedError, match="db cannot be looked up"):
            Derived(template="{{ secret.db }}").obtain(Request("d"))
