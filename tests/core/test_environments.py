"""A lane brings its var files, and variables end up with one meaning in one order."""

import random
from collections.abc import Mapping, Sequence

import pytest

from secretzero.errors import Problem
from secretzero.manifest.environments import Lane, Resolved, World, resolve
from secretzero.manifest.interpolation.interpolate import interpolate
from secretzero.manifest.yaml.parse import parse_tree
from secretzero.options.nodes import Files, Map, Problems, Scalar, plain

BOTH = """
variables: {app: shop, env: none, db: {host: a, port: 1}}
environments:
  default: dev
  profiles:
    dev: {var_files: [env/dev.szvar]}
    prod:
      var_files: [env/prod.szvar, ~/more.szvar]
      lockfile: .prod-{{ var.app }}.lock
      target_profile: prod
      labels: {tier: 1}
"""
FILES = {
    "/m/env/dev.szvar": b"env: dev\n",
    "/m/env/prod.szvar": b"env: prod\ndb: {port: 2}\nprefix: '${app}/${env}'\n",
    "/home/me/more.szvar": b"db: {port: 3, name: x}\n",
    "/cli/a.yml": b"app: cli\nlist: [1]\n",
    "/cli/b.yml": b"list: [2]\n",
}


class Opened:
    """A manifest with a lane chosen."""

    def __init__(
        self,
        text: str,
        lane: str | None = None,
        *,
        var_files: Sequence[str] = (),
        overrides: Mapping[str, str] = {},
        environ: Mapping[str, str] = {},
        disk: Mapping[str, bytes] = FILES,
        lenient: bool = False,
    ) -> None:
        files = Files()
        problems = Problems(files, lenient=lenient)
        self.problems: list[Problem] = problems.found
        content = text.encode()
        tree = parse_tree(content, files, files.add("Secretfile.yml", content), self.problems)
        assert tree is not None
        self.tree = tree
        self.read: list[str] = []
        self.disk = disk
        self.found: Resolved = resolve(
            tree,
            lane,
            World(
                problems=problems,
                environ={"HOME": "/home/me", **environ},
                read=self.look,
                folder="/m",
                var_files=var_files,
                overrides=overrides,
            ),
        )

    def look(self, path: str) -> bytes | None:
        """Read a file of the pretended disk."""
        self.read.append(path)
        if path == "/m/locked":
            raise PermissionError(13, "denied")
        return self.disk.get(path)

    @property
    def variables(self) -> dict[str, object]:
        """The variables as plain Python."""
        return {name: plain(node) for name, node in self.found.scope.variables.items()}

    @property
    def said(self) -> list[str]:
        """The problems, as people see them."""
        return [str(problem) for problem in self.problems]


def test_without_environments_there_is_no_lane():
    """A manifest of variables alone has them, and no lane."""
    opened = Opened("variables: {a: 1}\n")
    assert (opened.found.lane, opened.found.lanes, opened.variables, opened.said) == ("", {}, {"a": 1}, [])


@pytest.mark.parametrize(
    ("asked", "environ", "lane"),
    [
        (None, {}, "dev"),
        ("", {}, "dev"),
        (None, {"SECRETZERO_ENVIRONMENT": "prod"}, "prod"),
        ("dev", {"SECRETZERO_ENVIRONMENT": "prod"}, "dev"),
        (None, {"SECRETZERO_ENVIRONMENT": ""}, "dev"),
        ("prod", {}, "prod"),
    ],
)
def test_the_lane_is_the_one_that_was_asked_for(asked: str | None, environ: dict[str, str], lane: str):
    """What is asked wins over the environment, and that over the default."""
    opened = Opened(BOTH, asked, environ=environ)
    assert opened.said == []
    assert opened.found.lane == lane
    assert opened.variables["env"] == lane


def test_a_lane_holds_what_is_written():
    """Var files, lockfile and target profile are read, with the manifest's own variables in them."""
    lane = Opened(BOTH, "prod").found.lanes["prod"]
    assert isinstance(lane, Lane)
    assert tuple(lane.declared.var_files) == ("env/prod.szvar", "~/more.szvar")
    assert (lane.declared.lockfile, lane.declared.target_profile) == (".prod-shop.lock", "prod")


def test_var_files_are_laid_over_in_order():
    """The lane's come first, those of the command line next; maps merge deeply, the rest is replaced."""
    opened = Opened(BOTH, "prod", var_files=["/cli/a.yml", "/cli/b.yml"], overrides={"env": "x"})
    assert opened.said == []
    assert opened.read == ["/m/env/prod.szvar", "/home/me/more.szvar", "/cli/a.yml", "/cli/b.yml"]
    assert opened.found.var_files == tuple(opened.read)
    assert opened.variables == {
        "app": "cli",
        "env": "x",
        "db": {"host": "a", "port": 3, "name": "x"},
        "prefix": "cli/x",
        "list": [2],
    }


def test_overrides_are_plain_text():
    """What the command line gives is never read as an expression, and stays text."""
    given = {"n": "1", "x": "${HOME} {{ var.n }} {{", "y": "$${"}
    opened = Opened("variables: {z: 'a${x}', n: 2}\n", overrides=given)
    assert opened.said == []
    assert opened.variables == {"x": given["x"], "y": "$${", "z": "a" + given["x"], "n": "1"}


def test_a_manifest_need_not_be_valid_without_its_var_files():
    """A variable that a var file replaces may be anything before; lanes may use those that are fine."""
    text = "variables: {a: '${NOPE}', b: x}\nenvironments: {default: d, profiles: {d: {var_files: ['${b}.yml']}}}\n"
    opened = Opened(text, disk={"/m/x.yml": b"a: 1\n"})
    assert opened.said == []
    assert opened.variables == {"a": 1, "b": "x"}


def test_lanes_do_not_read_the_environment():
    """A lane is the same on every machine."""
    lanes = "{default: d, profiles: {d: {lockfile: 'x${HOME}', labels: {a: '${t}'}}}}"
    text = "variables: {t: '${MY_TOKEN}'}\nenvironments: " + lanes + "\n"
    said = Opened(text, environ={"MY_TOKEN": "hunter2"}).said
    assert [line.partition(": ")[2][:60] for line in said] == [
        "environments.profiles.d.lockfile: HOME is not defined; defin",
        "environments.profiles.d.labels.a: MY_TOKEN looks like a cred",
    ]
    assert "hunter2" not in "".join(said)


def test_problems_of_var_files_name_their_own_lines():
    """A var file is a file of its own in messages, and its variables are named without a prefix."""
    disk = {"/m/env/dev.szvar": b"\na: 1\na: 2\nb: ${NOPE}\n"}
    assert Opened(BOTH, disk=disk).said == [
        "env/dev.szvar:3:1: a: duplicate key; first defined at line 2, column 1",
        (
            "env/dev.szvar:4:4: b: NOPE is not defined; define it under variables, set it in the environment, "
            "or write ${NAME:-default}"
        ),
    ]


BAD = {
    "environments: []\n": ["1:15: environments: expected a map"],
    "variables: [a]\n": ["1:12: variables: expected a map"],
    "environments: {profiles: x}\n": ["1:26: environments.profiles: expected a map"],
    "environments: {profils: {}}\n": ["1:16: environments.profils: unknown key; did you mean 'profiles'?"],
    "environments: {default: d}\n": ["1:1: environments: an environment is selected, but the manifest defines none"],
    "environments: {default: x, profiles: {d: {}}}\n": ["1:1: environments.default: unknown environment; known: d"],
    "environments: {profiles: {d: 1}}\n": ["1:30: environments.profiles.d: expected a map"],
    "environments: {profiles: {'a/b': {}}}\n": ["1:27: environments.profiles['a/b']: invalid environment name"],
    "environments: {profiles: {..: {}}}\n": ["1:27: environments.profiles['..']: invalid environment name"],
    "environments: {profiles: {d: {var_file: []}}}\n": [
        "1:31: environments.profiles.d.var_file: unknown key; did you mean 'var_files'?"
    ],
    "environments: {profiles: {d: {var_files: x}}}\n": [
        "1:42: environments.profiles.d.var_files: expected a list of paths"
    ],
    "environments: {profiles: {d: {var_files: [a, '', a, true, {}]}}}\n": [
        "1:46: environments.profiles.d.var_files[1]: must not be empty",
        "1:50: environments.profiles.d.var_files[2]: duplicate var file",
        "1:53: environments.profiles.d.var_files[3]: expected text",
        "1:59: environments.profiles.d.var_files[4]: expected text",
    ],
    "environments: {profiles: {d: {lockfile: [x], target_profile: false, labels: x}}}\n": [
        "1:41: environments.profiles.d.lockfile: expected text",
        "1:62: environments.profiles.d.target_profile: expected text",
        "1:77: environments.profiles.d.labels: expected a map",
    ],
    "environments: {default: d, profiles: {d: {var_files: [nope.yml]}}}\n": [
        "1:55: var_files: no such file; looked for nope.yml next to the manifest"
    ],
    "environments: {default: d, profiles: {d: {var_files: [locked]}}}\n": [
        "1:55: var_files: cannot be read: Permission denied"
    ],
}


@pytest.mark.parametrize(("text", "expected"), BAD.items())
def test_what_is_wrong_with_lanes_is_said(text: str, expected: list[str]):
    """Each thing that is wrong has its place and path, all at once."""
    said = Opened(text).said
    assert len(said) == len(expected)
    for line, start in zip(said, expected, strict=True):
        assert line.startswith(f"Secretfile.yml:{start}")


def test_a_lane_that_is_asked_of_a_manifest_without_lanes_is_an_error():
    """Asking for a lane where there is none is a problem, whoever asks."""
    assert "defines none" in Opened("variables: {a: 1}\n", "prod").said[0]
    assert "defines none" in Opened("a: 1\n", environ={"SECRETZERO_ENVIRONMENT": "x"}).said[0]
    assert "unknown environment; known: dev, prod" in Opened(BOTH, "nope").said[0]


@pytest.mark.parametrize("content", [b"", b"- a\n", b"a: [\n", b"\xff"])
def test_var_files_that_are_no_maps_are_errors(content: bytes):
    """A var file follows the same rules as the manifest."""
    opened = Opened("variables: {a: 1}\n", var_files=["/v"], disk={"/v": content})
    assert opened.said[0].startswith("/v:")
    assert opened.variables == {"a": 1}


def test_a_var_file_of_the_command_line_that_is_not_there_is_named():
    """The path is the only place that such a message can have."""
    assert Opened("a: 1\n", var_files=["/nope"]).said == ["/nope: var_files: no such file"]


@pytest.mark.parametrize("name", ["", "1a", "a.b", "a b", "-"])
def test_overrides_have_names_of_variables(name: str):
    """What no string could refer to is refused; the value is not repeated."""
    said = Opened("a: 1\n", overrides={name: "hunter2"}).said
    assert said == ["--var: invalid variable name; write NAME=VALUE"]


def test_lenient_reading_warns_of_unknown_keys():
    """With `--lenient` an unknown key is a warning."""
    opened = Opened("environments: {profiles: {d: {nope: 1}}, nope: 1, x-mine: 1, description: d}\n", lenient=True)
    assert [problem.severity for problem in opened.problems] == ["warning", "warning"]


def test_a_null_section_is_absent():
    """What is null counts as not there."""
    opened = Opened("variables:\nenvironments:\n")
    assert (opened.said, opened.variables) == ([], {})
    text = "environments: {default: d, profiles: {d: {var_files: , lockfile: ~, labels: ~}, e: }}\n"
    assert Opened(text).said == []


def test_a_variable_that_moved_keeps_its_first_place():
    """A var file that replaces a variable does not move it below those that use it."""
    text = "variables: {env: dev, prefix: 'a/${env}'}\n"
    opened = Opened(text, var_files=["/v"], disk={"/v": b"prefix: 'b/${env}'\nenv: prod\n"})
    assert opened.said == []
    assert opened.variables == {"env": "prod", "prefix": "b/prod"}


def test_a_new_variable_of_a_var_file_comes_last():
    """One that only a var file has stands below those of the manifest: using it there is an error with both places."""
    opened = Opened("variables: {prefix: '${region}'}\n", var_files=["/v"], disk={"/v": b"region: eu\n"})
    assert opened.said == [
        "Secretfile.yml:1:22: variables.prefix: variable region is used before it is defined; it is defined at /v:1:1"
    ]
    assert Opened("variables: {prefix: '${region}'}\n", overrides={"region": "eu"}).variables["prefix"] == "eu"


def test_strings_of_the_manifest_see_the_lane():
    """The scope that comes back is what the rest of the manifest is interpolated with."""
    opened = Opened(BOTH + "secrets: ['{{ var.app }}-${env}-{{ var.db.port }}']\n", "prod")
    made = interpolate(opened.tree, opened.found.scope, "identity", opened.problems)
    assert isinstance(made, Map)
    assert plain(made.items["secrets"]) == ["shop-prod-3"]


def test_random_layers_merge_like_plain_maps():
    """Any pile of var files gives what merging plain maps gives."""
    rng = random.Random(5)

    def some(depth: int) -> object:
        if depth and rng.random() < 0.6:
            return {rng.choice("abc"): some(depth - 1) for _ in range(3)}
        return rng.randrange(9)

    def merged(base: object, over: object) -> object:
        if isinstance(base, dict) and isinstance(over, dict):
            return {**base, **{key: merged(base[key], item) if key in base else item for key, item in over.items()}}
        return over

    for _ in range(200):
        layers = [{rng.choice("abcd"): some(3) for _ in range(4)} for _ in range(4)]
        disk = {f"/{n}": str(layer).encode() for n, layer in enumerate(layers)}
        opened = Opened("a: 1\n", var_files=list(disk), disk=disk)
        expected: object = {}
        for layer in layers:
            expected = merged(expected, layer)
        assert opened.said == []
        assert opened.variables == expected


def test_random_environments_never_fail_in_another_way():
    """Any content of `environments` and `variables` gives problems with positions and a usable result."""
    rng = random.Random(6)
    words = [
        "default",
        "profiles",
        "d",
        "var_files",
        "lockfile",
        "labels",
        "${d}",
        "{{ var.d }}",
        "x",
        "~",
        "1",
        "{{",
        "env/dev.szvar",
    ]

    def some(depth: int) -> str:
        kind = rng.random()
        if depth and kind < 0.5:
            return "{" + ", ".join(f"'{rng.choice(words)}{n}': {some(depth - 1)}" for n in range(2)) + "}"
        if depth and kind < 0.6:
            return "{default: d, profiles: {d: " + some(depth - 1) + "}, var_files: " + some(depth - 1) + "}"
        if depth and kind < 0.7:
            return "[" + some(depth - 1) + "]"
        return f"'{rng.choice(words)}'"

    for _ in range(500):
        opened = Opened(f"environments: {some(4)}\nvariables: {some(3)}\n", rng.choice([None, "d"]))
        assert all(problem.line for problem in opened.problems)
        assert all(isinstance(node, Scalar) or node.mark for node in opened.found.scope.variables.values())
