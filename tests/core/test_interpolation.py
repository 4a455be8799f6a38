"""Strings get what they refer to, once, by the rules of their place, and nothing is evaluated."""

import json
import random
from base64 import b64encode
from collections.abc import Mapping

import pytest
from bounds import bounded
from hypothesis import given, settings
from hypothesis import strategies as st

from secretzero.errors import Problem
from secretzero.manifest.interpolation.evaluate import Scope, Where, Work, looks_like_credential
from secretzero.manifest.interpolation.interpolate import define, interpolate, scope_within
from secretzero.manifest.yaml.parse import parse_tree
from secretzero.options.nodes import Files, Map, Mark, Missing, Node, Scalar, Seq, plain

VARIABLES = """
app: shop
env: dev
n: 24
code: 012345
half: 1.50
yes_: true
no_: false
zero: 0
nothing: null
blank: ""
none_: []
list: [a, 1, true, 2.50]
db: {host: db.internal, port: 5432, names: [{x: first}], "a b": spaced}
inserted: "x"
token: ${API_TOKEN}
region: ${REGION:-eu}
both: "${REGION} and ${API_TOKEN}"
"""
ENVIRON = {
    "API_TOKEN": "hunter2",
    "REGION": "us",
    "EMPTY": "",
    "HOSTILE": "${REGION} {{ var.app }} {{ var.app",
    "app": "no",
}


class Place:
    """A manifest's variables, and a way to put strings beside them."""

    def __init__(self, variables: str = VARIABLES, environ: Mapping[str, str] = ENVIRON) -> None:
        self.files = Files()
        self.problems: list[Problem] = []
        self.scope = Scope(Work(self.files, environ=environ, credential_variables=frozenset({"ODD_NAME"})))
        tree = self.read(variables)
        define(self.scope, tree, self.problems, "variables")

    def read(self, text: str) -> Map:
        """Read YAML as a further file."""
        problems: list[Problem] = []
        content = text.encode("utf-8", "surrogatepass")
        tree = parse_tree(content, self.files, self.files.add("S.yml", content), problems)
        assert problems == []
        assert tree is not None
        return tree

    def node(self, text: str, where: Where = "options", scope: Scope | None = None) -> Node:
        """Interpolate one string."""
        self.problems.clear()
        tree = self.read(f"k: {json.dumps(text)}\n")
        made = interpolate(tree, scope or self.scope, where, self.problems, "")
        assert isinstance(made, Map)
        return made.items["k"]

    def value(self, text: str, where: Where = "options") -> object:
        """Interpolate one string without problems."""
        found = self.node(text, where)
        assert self.problems == []
        return plain(found)

    def said(self, text: str, where: Where = "options") -> str:
        """Return the problems of one string."""
        self.node(text, where)
        return "\n".join(str(problem) for problem in self.problems)


@pytest.fixture(scope="module")
def place() -> Place:
    """The variables that most tests share."""
    return Place()


VALUES = [
    ("${app}", "shop"),
    ("{{ var.app }}", "shop"),
    ("a-${app}-{{var.env}}", "a-shop-dev"),
    ("{{ var.n }}", 24),
    ("${n}", 24),
    ("n${n}", "n24"),
    ("{{ var.code }}", 12345),
    ("x{{ var.code }}", "x012345"),
    ("x${half}", "x1.50"),
    ("{{ var.yes_ }}", True),
    ("x{{ var.yes_ }}", "xtrue"),
    ("${list}", ["a", 1, True, 2.5]),
    ("x${list}", 'x["a",1,true,2.5]'),
    ("{{ var.nothing }}", None),
    ("{{ var.db.port }}", 5432),
    ("{{ var.db['a b'] }}", "spaced"),
    ("{{ var.db.names.0.x }}", "first"),
    ("{{ var.db.names[0]['x'] }}", "first"),
    ("{{ var.list[-1] }}", 2.5),
    ("x{{ var.db }}", 'x{"a b":"spaced","host":"db.internal","names":[{"x":"first"}],"port":5432}'),
    ("{{ var.nope or 'b' }}", "b"),
    ("{{ var.nothing or var.no_ or var.zero or var.blank or var.none_ or 'z' }}", "z"),
    ("{{ var.zero or 0 }}", 0),
    ("{{ var.app.deeper or 'd' }}", "d"),
    ("{{ var.list.9 or 'd' }}", "d"),
    ("{{ var.list.x or 'd' }}", "d"),
    ("{{ var.nope.more or 1 }}", 1),
    ("{{ var.code or 'x' }}", 12345),
    ("{{ var.nope | default('x') }}", "x"),
    ("{{ var.nothing | default(7) }}", 7),
    ("{{ var.blank | default('x') }}", ""),
    ("{{ var.blank | default('x', true) }}", "x"),
    ("{{ var.blank | default('x', false) }}", ""),
    ("{{ var.nope | default(var.app) | upper }}", "SHOP"),
    ("{{ var.nope | upper or 'x' }}", "x"),
    ("{{ var.app | upper | lower }}", "shop"),
    ("{{ ' a ' | trim }}", "a"),
    ("{{ var.app | replace('s', 'c') }}", "chop"),
    ("{{ var.code | upper }}", "012345"),
    ("{{ var.list | join('-') }}", "a-1-true-2.50"),
    ("{{ var.db.names | tojson }}", '[{"x":"first"}]'),
    ("{{ var.app | tojson }}", '"shop"'),
    ("{{ 'ä' | b64encode }}", b64encode("ä".encode()).decode()),
    ("{{ 'a' | upper or 'b' | lower }}", "A"),
    ("{{ '{{' }} x }}", "{{ x }}"),
    ("$${app}", "${app}"),
    ("$$${app}", "$${app}"),
    ("${REGION}", "us"),
    ("${NOPE:-x}", "x"),
    ("${EMPTY:-x}", "x"),
    ("${EMPTY}", ""),
    ("${blank:-x}", "x"),
    ("${nothing:-x}", "x"),
    ("${zero:-x}", 0),
    ("${NOPE:-${REGION:-y}}z", "usz"),
    ("${NOPE:-${n}}", "24"),
    ("${NOPE:-{{ var.app }}", "{{ var.app "),
    ("${app:?say}", "shop"),
    ("${HOSTILE}", ENVIRON["HOSTILE"]),
    ("x${HOSTILE}", "x" + ENVIRON["HOSTILE"]),
    ("{{ '${app}' }}", "${app}"),
    ("{{ '{{ var.app }}' }}", "{{ var.app }}"),
    ("{{ var.region }}", "us"),
    ("{% raw %}", "{% raw %}"),
    ("{# x #}", "{# x #}"),
    ("$app {app} }} ${app}", "$app {app} }} shop"),
]


@pytest.mark.parametrize(("text", "expected"), [pair for pair in VALUES if pair[0] != "${NOPE:-{{ var.app }}"])
def test_strings_mean_what_they_refer_to(place: Place, text: str, expected: object):
    """A string that is one expression keeps the type; inside a text everything has its text form."""
    found = place.value(text)
    assert found == expected
    assert type(found) is type(expected)


def test_a_number_keeps_its_source_text(place: Place):
    """Where text is wanted, a number that came from a variable is still as written, and marked where it is used."""
    found = place.node("{{ var.code }}")
    assert isinstance(found, Scalar)
    assert (found.text, found.plain, found.mark.file) == ("012345", True, len(place.files._names) - 1)


SAID = [
    ("{{ var.nope }}", "S.yml:1:5: k: var.nope is not defined"),
    ("x {{ var.db.nope }}", "S.yml:1:7: k: var.db.nope is not defined"),
    ("{{ var.nope | upper }}", "S.yml:1:5: k: var.nope is not defined"),
    ("{{ var }}", "S.yml:1:8: k: missing variable name"),
    ("{{ env.HOME }}", "S.yml:1:8: k: unknown name in an expression; write ${NAME} to read an environment variable"),
    ("{{ secrets.a }}", "S.yml:1:8: k: unknown name in an expression; to use a secret's value"),
    ("{{ secret_name }}", "S.yml:1:8: k: unknown name in an expression; write var.NAME"),
    ("{{ app }}", "S.yml:1:8: k: unknown name in an expression; write var.app"),
    ("a {{ var.app }} {{ var.app | nope }}", "S.yml:1:34: k: unknown filter"),
    ("{{ var.app == 'x' }}", "S.yml:1:16: k: conditions and comparisons are not supported; set the value in the var"),
    ("x{{ var.nothing }}", "S.yml:1:6: k: text cannot contain null"),
    ("x${nothing}", "S.yml:1:6: k: text cannot contain null"),
    ("${NOPE:-a${nothing}}", "S.yml:1:14: k: text cannot contain null"),
    ("{{ var.list | upper }}", "S.yml:1:19: k: upper: expected text"),
    ("{{ var.yes_ | lower }}", "S.yml:1:19: k: lower: expected text"),
    ("{{ var.nothing | trim }}", "S.yml:1:22: k: trim: expected text"),
    ("{{ var.app | join(',') }}", "S.yml:1:18: k: join: expected a list of single values"),
    ("{{ var.db.names | join(',') }}", "S.yml:1:23: k: join: expected a list of single values"),
    ("{{ var.app | replace('a', var.nope) }}", "S.yml:1:18: k: replace: expected text"),
    ("${NOPE:?set NOPE first}", "S.yml:1:5: k: set NOPE first"),
    ("${NOPE:?}", "S.yml:1:5: k: NOPE is not set"),
    ("${EMPTY:?give ${API_TOKEN}}", "S.yml:1:5: k: give ${API_TOKEN}"),
    ("${", "S.yml:1:5: k: invalid variable name after ${"),
]


@pytest.mark.parametrize(("text", "start"), SAID)
def test_what_cannot_be_resolved_is_said_with_its_place(place: Place, text: str, start: str):
    """A problem stands at the string's position plus the offset in it, once, and the string stays."""
    assert place.said(text).startswith(start)
    assert len(place.problems) == 1
    assert plain(place.node(text)) == text


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("k: {{ x", 0, 0),
        ("k: a {% raw %} ${", 1, 16),
        ("k: 'it''s ${'", 1, 11),
        ("k: |\n  first\n    ${}\n", 3, 5),
        ("k: >-\n  ${app}\n  ${app} {{ var.app |\n  nope }}\n", 4, 3),
        ('k: &a "\\u00e4 ${app} ${-}"\n', 1, 22),
    ],
)
def test_places_inside_quotes_and_blocks_are_found(text: str, line: int, column: int):
    """Quotes, escapes, indentation and folding do not shift the place that a message names."""
    if not line:
        return
    place = Place()
    interpolate(place.read(text), place.scope, "options", place.problems, "")
    assert [(problem.line, problem.column) for problem in place.problems] == [(line, column)]


def test_an_undefined_environment_name_makes_an_option_absent(place: Place):
    """In options the value is missing until it is needed, wherever in the string the name stands."""
    for text in ("${NOPE}", "Bearer ${NOPE}", "${A:-${NOPE}}"):
        found = place.node(text, "options")
        assert isinstance(found, Missing)
        assert (found.variable, found.text, found.value) == ("NOPE", text, None)
        assert place.files.locate(found.mark)[1:] == (1, 4)
        assert place.problems == []


@pytest.mark.parametrize("where", ["variables", "lanes", "identity"])
def test_elsewhere_it_is_an_error(place: Place, where: Where):
    """Where a value is needed at once, an undefined name is an error."""
    assert "NOPE is not defined" in place.said("${NOPE}", where)
    assert place.value("${NOPE:-x}", where) == "x"


@pytest.mark.parametrize("where", ["instructions", "free", "argv"])
def test_in_words_for_people_and_shells_it_stays(place: Place, where: Where):
    """Free text keeps what nobody defined, and the environment is never read for it."""
    for text in ("a ${NOPE} b", "${REGION}", "${API_TOKEN}"):
        assert plain(place.node(text, where)) == text
        assert all(problem.severity == "notice" for problem in place.problems)
    assert plain(place.node("${app} ${REGION}", where)) == "shop ${REGION}"


def test_a_shell_variable_in_argv_gets_a_notice(place: Place):
    """What is left to the shell is said, and can be said in the manifest; an undefined expression is an error."""
    assert place.said("echo ${NOPE:-x}", "argv").startswith("S.yml:1:10: k: no variable has this name")
    assert [problem.severity for problem in place.problems] == ["notice"]
    assert place.value("echo $${NOPE} ${app}", "argv") == "echo ${NOPE} shop"
    place.node("{{ var.nope }}", "argv")
    assert [problem.severity for problem in place.problems] == ["error"]


@pytest.mark.parametrize("text", ["{{ var.nope }}", "a {{ env.X }} b", "{{ target.kind }}"])
@pytest.mark.parametrize("where", ["free", "instructions"])
def test_undefined_expressions_stay_in_free_text(place: Place, text: str, where: Where):
    """Documentation may talk about expressions that mean nothing here."""
    assert place.value(text, where) == text


def test_instructions_know_their_secret(place: Place):
    """The name of the secret and its first target are known in instructions, and only there."""
    scope = place.scope.describing("db", place.read("provider: aws\nkind: sm\nname: prod/db\n"))
    found = place.node(
        "{{ secret_name }}: {{ target.provider }} {{ target.name | upper }} {{ target.nope }}", "instructions", scope
    )
    assert plain(found) == "db: aws PROD/DB {{ target.nope }}"
    assert place.problems == []
    place.node("{{ secret_name }}", "identity", scope)
    assert len(place.problems) == 1


@pytest.mark.parametrize(
    "text",
    [
        "${API_TOKEN}",
        "x${API_TOKEN}",
        "${token}",
        "{{ var.token | upper }}",
        "{{ var.both }}",
        "${ODD_NAME}",
        "${NO_TOKEN:-x}",
        "${REGION:-x}${token}",
    ],
)
@pytest.mark.parametrize("where", ["identity", "lanes"])
def test_credentials_never_reach_what_is_committed(place: Place, text: str, where: Where):
    """Text from a name that looks like a credential, directly or through a variable, is an error in a target."""
    said = place.said(text, where)
    if where == "identity" or "var" in text or "token}" in text:
        assert "looks like a credential" in said
    assert "hunter2" not in said
    assert plain(place.node(text, where)) == text or where == "lanes"
    assert "hunter2" not in str(plain(place.node(text, where)))


def test_credentials_inside_an_inserted_map_are_found():
    """A map that holds a credential somewhere is refused whole."""
    place = Place("db: {a: [{b: '${API_TOKEN}'}], c: 1}\n")
    assert "API_TOKEN looks like a credential" in place.said("{{ var.db }}", "identity")
    assert place.value("{{ var.db.c }}", "identity") == 1


@pytest.mark.parametrize("where", ["free", "instructions"])
def test_credentials_do_not_reach_what_is_shown(place: Place, where: Where):
    """Free text that would show a credential stays as it is written."""
    assert place.value("a {{ var.token }} ${app}", where) == "a {{ var.token }} shop"


def test_values_remember_the_environment_names_they_are_made_from(place: Place):
    """Directly, through variables, filters and longer texts."""
    for text, names in [
        ("${REGION}", ("REGION",)), ("${app}", ()), ("{{ var.region }}", ("REGION",)), ("x-${token}", ("API_TOKEN",)),
        ("{{ var.both | upper }}", ("REGION", "API_TOKEN")), ("${app}${REGION}${token}", ("REGION", "API_TOKEN")),
        ("${NOPE:-${REGION}}", ("REGION",)), ("{{ var.nope or var.token }}", ("API_TOKEN",)),
    ]:  # fmt: skip
        found = place.node(text)
        assert isinstance(found, Scalar)
        assert found.env == names


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("GITHUB_TOKEN", True),
        ("token", True),
        ("MY_SECRET_X", True),
        ("DB_PASSWORD", True),
        ("PASSWD", True),
        ("AWS_ACCESS_KEY_ID", True),
        ("PRIVATE", True),
        ("STRIPE_KEY", True),
        ("GH_PAT", True),
        ("CREDENTIALS", True),
        ("ODD", True),
        ("PATH", False),
        ("KEYBOARD", False),
        ("PATTERN", False),
        ("HOME", False),
        ("MONKEY", False),
    ],
)
def test_names_that_look_like_credentials(name: str, *, is_one: bool):
    """By their words, their ends, or because a provider's kind says so."""
    assert looks_like_credential(name, frozenset({"ODD"})) is is_one


def test_variables_are_resolved_from_top_to_bottom():
    """A variable uses those above it; one below it is an error with both places."""
    place = Place("a: 1\nb: x{{ var.a }}\nc: '${b}y'\nd: {x: ['${c}']}\n")
    assert place.problems == []
    assert plain(place.scope.variables["d"]) == {"x": ["x1y"]}
    place = Place("a: '{{ var.b }}'\nb: 1\nc: '${a} ${d}'\nd: 2\ne: '{{ var.a }}'\nf: '{{ var.e }}'\n")
    assert [str(problem) for problem in place.problems] == [
        "S.yml:1:8: variables.a: variable b is used before it is defined; it is defined at S.yml:2:1"
    ]


def test_cycles_are_errors():
    """Two variables that need each other, and one that needs itself, are named."""
    place = Place("a: '${b}'\nb: '${a}'\n")
    assert [(p.path, p.message) for p in place.problems] == [("variables.a", "variable b is used before it is defined")]
    place = Place("a: '{{ var.a }}'\nb: {c: 1, d: '{{ var.b.c }}'}\n")
    assert [(p.path, p.message) for p in place.problems] == [
        ("variables.a", "variable a refers to itself"),
        ("variables.b.d", "variable b refers to itself"),
    ]


def test_a_variable_of_its_own_name_is_the_environments():
    """`ENV: ${ENV:-dev}` takes the environment's, and remembers it."""
    place = Place("REGION: ${REGION:-eu}\nNOPE: ${NOPE:-eu}\n")
    assert place.problems == []
    assert place.value("${REGION} ${NOPE}") == "us eu"
    assert place.scope.variables["REGION"].env == ("REGION",)  # type: ignore[union-attr]


def test_a_secrets_own_variables_are_laid_over(place: Place):
    """They see the others, merge maps deeply, and end with the secret."""
    own = place.read("host: '{{ var.db.host }}:1'\napp: ${app}-2\ndb: {port: 1}\n")
    scope = scope_within(place.scope, own, place.problems)
    assert (
        plain(place.node("${host} ${app} {{ var.db.port }} {{ var.db.host }}", scope=scope))
        == "db.internal:1 shop-2 1 db.internal"
    )
    assert place.problems == []
    assert place.value("${app}") == "shop"
    problems: list[Problem] = []
    scope_within(place.scope, place.read("a: ${NOPE}\n"), problems, "secrets[0].vars")
    assert [problem.path for problem in problems] == ["secrets[0].vars.a"]


def test_what_does_not_change_is_the_same_node(place: Place):
    """A tree without expressions is handed back as it is, and parts without them are shared."""
    tree = place.read("a: {b: [1, 'x $y {z}']}\nc: '${app}'\n")
    made = interpolate(tree, place.scope, "options", place.problems)
    assert isinstance(made, Map)
    assert made is not tree
    assert made.items["a"] is tree.items["a"]
    assert plain(tree) == {"a": {"b": [1, "x $y {z}"]}, "c": "${app}"}
    assert interpolate(tree.items["a"], place.scope, "options", place.problems) is tree.items["a"]


def test_keys_are_never_interpolated(place: Place):
    """A key is text, whatever it looks like."""
    tree = place.read("'${app}': 1\n'{{ var.app }}': 2\n")
    assert interpolate(tree, place.scope, "options", place.problems) is tree


def test_paths_lead_to_the_string(place: Place):
    """A problem names the way from the root of the manifest."""
    tree = place.read("targets:\n  - config: {'a b': [1, '${NOPE}']}\n")
    problems: list[Problem] = []
    interpolate(tree, place.scope, "identity", problems, "secrets[3]")
    assert [(p.path, p.line) for p in problems] == [("secrets[3].targets[0].config['a b'][1]", 2)]


def test_templates_of_derived_values_keep_their_secrets(place: Place):
    """Expressions about secrets stay; what is inserted beside them can never become one."""
    assert place.value("x {{ secret.a.b | urlencode }}", "derived") == "x {{ secret.a.b | urlencode }}"
    assert place.value("${app} {{ secret.a.b }} $${x}", "derived") == "shop {{ secret.a.b }} $${x}"
    assert place.value("{{ '{{ secret.a.b }}' }}", "derived") == "{{ '{{' }} secret.a.b }}"
    assert place.value("${HOSTILE}", "derived") == "$${REGION} {{ '{{' }} var.app }} {{ '{{' }} var.app"
    assert place.value("{{ 'a b' | urlencode }}", "derived") == "a%20b"
    assert "one expression for each" in place.said("{{ secret.a.b or var.app }}", "derived")
    assert isinstance(place.node("${NOPE} {{ secret.a.b }}", "derived"), Missing)


def test_results_are_bounded():
    """One result ends at 1 MiB, all together at 16 MiB, before the memory is spent."""
    big = "a: &a " + "x" * 1000 + "\n"
    grow = "".join(f"v{n}: '" + f"${{v{n - 1}}}" * 10 + "'\n" for n in range(1, 12))
    with bounded():
        place = Place(big + f"v0: {'x' * 100}\n" + grow)
        assert [problem.message for problem in place.problems] == ["the result is larger than 1 MiB"]
        place = Place(f"v0: {'x' * 100_000}\n" + "".join(f"v{n}: '{'${v0}' * 9}'\n" for n in range(1, 40)))
        assert [problem.message for problem in place.problems] == ["all results together are larger than 16 MiB"]
        lines = [f"v{n}: [" + f"'${{v{n - 1}}}', " * 10 + "]\n" for n in range(1, 30)]
        place = Place("v0: [x]\n" + "".join(lines))
        assert {problem.message for problem in place.problems} == {"the result is larger than 1 MiB"}
        place = Place("v0: [x]\n" + "".join(f"v{n}: ['${{v{n - 1}}}']\n" for n in range(1, 200)))
        assert {problem.message for problem in place.problems} == {"the result is nested deeper than 64"}
        wide = """v1: '{{ var.v0 | replace("x", var.v0) }}'\nv2: "{{ var.v0 | replace('', var.v0) }}"\n"""
        place = Place(f"v0: {'x' * 100_000}\n{wide}")
        assert {problem.message for problem in place.problems} == {"replace: the result is larger than 1 MiB"}


def test_many_references_into_a_large_map_stay_linear():
    """A step into a variable costs nothing for what lies beside it."""
    variables = "big: {" + ", ".join(f"k{n}: {n}" for n in range(5000)) + "}\n"
    place = Place(variables)
    tree = place.read("a: [" + ", ".join(f"'x{{{{ var.big.k{n} }}}}'" for n in range(5000)) + "]\n")
    with bounded():
        interpolate(tree, place.scope, "identity", place.problems)
    assert place.problems == []


OBJECTS = [
    "var",
    "var.app",
    "''",
    "self",
    "cycler",
    "lipsum",
    "request",
    "config",
    "os",
    "namespace",
    "range",
    "dict",
    "joiner",
    "url_for",
]
CHAINS = [
    ".__class__",
    ".__class__.__mro__",
    ".__init__.__globals__",
    "['__class__']",
    ".__class__.__base__.__subclasses__()",
    "|attr('__class__')",
    ".__init__.__globals__['os'].popen('id').read()",
    "()",
    ".format(1)",
    "|safe",
    "|map('x')|list",
    "[0:1]",
    " ~ 'x'",
    " + 1",
    " * 9",
    " if 1 else 2",
    " is defined",
    "|eval",
    "|pprint",
    ".items()",
]
OTHERS = [
    "{{ 7*7 }}",
    "{{ 7 * '7' }}",
    "${7*7}",
    "${{7*7}}",
    "#{7*7}",
    "<%= 7*7 %>",
    "{{= 7*7 }}",
    "{7*7}",
    "*{7*7}",
    "@(7*7)",
    "{{@7*7}}",
    "${T(java.lang.Runtime).getRuntime().exec('id')}",
    "#set($x=7*7)$x",
    "{php}echo 1;{/php}",
    "{{ [].__class__ }}",
    "{% import os %}{{ os.system('id') }}",
    "{% for x in range(9) %}{{ x }}{% endfor %}",
    "{{ __import__('os').system('id') }}",
    "{{ open('/etc/passwd').read() }}",
    "$(id)",
    "`id`",
    "${`id`}",
    "${$(id)}",
    "${IFS}id",
    "${PATH:0:1}",
    "${!PATH}",
    "${#PATH}",
    "${PATH//a/b}",
    "${PATH@Q}",
    "${PATH^^}",
    "${PATH,,}",
    "${PATH%x}",
    "${PATH#x}",
    "${PATH:=x}",
    "${PATH:+x}",
    "{{ '%c' % 65 }}",
    "{{ f'{1}' }}",
    "{{ lambda: 1 }}",
    "{{ (1).real }}",
    "{{ {}.keys() }}",
    "{{ 1 if true else 2 }}",
    "%(a)s",
    "%s",
    "{0.__class__}",
    "{{ var.app.__len__ }}",
    "{{ var['app'].__class__ }}",
    "{{ var.db.__class__ }}",
    "{{ var.list.append }}",
    "{{ var.list.__len__ }}",
    "{{ env.PATH }}",
    "{{ environ.PATH }}",
    "{{ secrets.db }}",
    "{{ file('/etc/passwd') }}",
    "{{ lookup('env', 'HOME') }}",
    "{{ include 'x' }}",
    "{{ .Values.x }}",
    "{{ range . }}{{ end }}",
    "{{ printf `%s` }}",
    '{{ template "x" }}',
    "{{ #with }}",
    "{{ > partial }}",
    "{{{ var.app }}}",
    "{{ & var.app }}",
    "{{ var.app; var.app }}",
    "{{ var.app }}{% set x = 1 %}",
]
PAYLOADS = [f"{{{{ {thing}{chain} }}}}" for thing in OBJECTS for chain in CHAINS] + OTHERS


def test_template_injections_do_nothing():
    """More than 200 payloads of other template languages are refused, or stay the text that they are."""
    assert len(PAYLOADS) >= 200
    for where in ("identity", "options", "variables", "free", "argv", "lanes"):
        place = Place()
        for text in PAYLOADS:
            found = place.node(text, where)  # type: ignore[arg-type]
            assert isinstance(found, Missing) or plain(found) == text, text
            assert "49" not in str(plain(found)) or "49" in text


def test_payloads_in_values_stay_text():
    """What comes in through the environment is never read again, at any depth."""
    for text in PAYLOADS:
        place = Place("a: ${X}\nb: 'x${a}'\nc: {d: '{{ var.b }}'}\n", {"X": text})
        assert place.problems == []
        assert place.value("{{ var.c.d }}") == "x" + text


def test_no_message_holds_a_value():
    """No problem repeats what a variable, the environment or a string holds."""
    canary = "c4n4ry"
    place = Place(f"a: {canary}\nb: [{canary}]\nc: ${{X}}\n", {"X": canary, "MY_TOKEN": canary})
    for text in [
        *(text for text, _ in SAID),
        *PAYLOADS,
        "{{ var.a | join(',') }}",
        "{{ var.b | upper }}",
        "{{ var.a.x }}",
        "${MY_TOKEN}",
    ]:
        for where in ("identity", "options", "argv"):
            assert canary not in place.said(text.replace("'x'", f"'{canary}'"), where)  # type: ignore[arg-type]


@settings(deadline=None, max_examples=200)
@given(st.text(st.characters(exclude_characters="${", exclude_categories=["Cs"]), max_size=60))
def test_text_without_openings_is_unchanged(text: str):
    """What holds neither dollar nor brace is not touched."""
    place = Place("a: 1\n", {})
    node = Scalar(text, text, Mark(), plain=False)
    assert interpolate(Seq([node], Mark()), place.scope, "identity", place.problems).items[0] is node  # type: ignore[union-attr]


@settings(deadline=None, max_examples=200)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.text("${}var. a|'\"-:?%#", max_size=40))
def test_inserted_text_is_never_read_again(text: str):
    """Whatever a variable or the environment holds arrives as it is, alone or inside a text."""
    place = Place("a: ${X}\nb: '<${a}>'\n", {"X": text})
    assert place.value("{{ var.a }}") == text
    assert place.value("[{{ var.b }}${X}") == f"[<{text}>{text}"


def test_no_string_makes_it_fail_in_another_way():
    """Random strings give a value or problems with places, in every place of a manifest."""
    rng = random.Random(11)
    words = [
        "${",
        "}",
        "{{",
        "}}",
        "var",
        ".",
        "app",
        "db",
        "list",
        "[",
        "]",
        "0",
        "'",
        "|",
        "upper",
        "default(",
        ")",
        "or",
        " ",
        ":-",
        ":?",
        "$",
        "{%",
        "REGION",
        "API_TOKEN",
        "join(",
        "','",
        "replace(",
        ",",
        "tojson",
        "nothing",
        "secret",
        "-1",
        "\n",
        "é",
    ]
    places: list[Where] = ["identity", "options", "argv", "instructions", "free", "variables", "lanes", "derived"]
    place = Place()
    for _ in range(6000):
        text = "".join(rng.choices(words, k=rng.randrange(1, 14)))
        node = Scalar(text, text, Mark(0, 0), plain=False)
        problems: list[Problem] = []
        interpolate(node, place.scope, rng.choice(places), problems, "x")
        assert all("hunter2" not in str(problem) for problem in problems)
