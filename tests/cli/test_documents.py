"""Every command answers with one object that its published schema describes."""

import json
import os
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from published import SCHEMAS, schemas
from shell import ONE, Answer, Project

SCHEMA_OF = {"apply": "run-report", "sync": "run-report", "set": "run-report"}
MANY = """
variables: {place: here, api_token: x}
environments: {default: dev, profiles: {dev: {}, prod: {}}}
secrets:
  - name: db
    kind: random_password
    rotation_period: 90d
    tags: [core]
    targets: [{provider: local, kind: file, config: {path: .env, key: DB}}]
  - name: url
    kind: derived
    config: {url: {scheme: pg, password: {secret: db}, host: h}}
    targets: [{provider: local, kind: file, config: {path: .env, key: URL}}]
  - {name: typed, kind: static, targets: [{provider: local, kind: file, config: {path: .env, key: TYPED}}]}
  - {name: mine, kind: pin, local: true, targets: [{provider: local, kind: file, config: {path: own.json, key: pin}}]}
  - {name: later, kind: random_password, targets: [{provider: aws, kind: ssm_parameter, config: {name: /x}}]}
"""


def checked(answer: Answer, command: str, schema: str = ""):
    """Validate an answer, and return its object."""
    found = answer.document
    published = json.loads((SCHEMAS / f"{schema or SCHEMA_OF.get(command, command)}.json").read_text("utf-8"))
    Draft202012Validator.check_schema(published)
    Draft202012Validator(published).validate(found)
    assert found["command"] == command
    assert found["exit_code"] == answer.code
    return found


@pytest.fixture
def project(tmp_path: Path):
    """Make the project of these tests."""
    return Project(tmp_path, MANY)


@pytest.mark.parametrize(
    "words",
    [
        ("version",), ("version", "--detailed"), ("validate",), ("validate", "--strict-manifest-plaintext"),
        ("plan",), ("plan", "--rotate"), ("sync",), ("sync", "--dry-run"), ("sync", "--plan"), ("rotate",),
        ("rotate", "--dry-run", "db", "--force"), ("status",), ("status", "--detailed"), ("show",),
        ("show", "db", "--detailed"), ("list",), ("list", "providers"), ("list", "targets"), ("list", "variables"),
        ("drift",), ("apply", "-y"), ("create", "--force"),
    ],
)  # fmt: skip
def test_answers_are_what_the_schemas_say(project: Project, words: tuple[str, ...]):
    """Before the first sync and after it, the one object on stdout is as published."""
    for _ in range(2):
        checked(project(*words, "--json"), words[0])
        project("sync", TYPED="x")


def test_set_answers_as_a_run(project: Project):
    """The value comes from stdin and is nowhere in the answer."""
    project("sync", TYPED="x")
    answer = project.process("set", "typed", "--json", stdin=b"hunter2\n")
    assert checked(answer, "set")["secrets_stored"] == 1
    assert "hunter2" not in answer.out + answer.err
    assert "TYPED=hunter2" in project.read(".env")


@pytest.mark.parametrize("command", ["validate", "plan", "apply", "sync", "rotate", "status", "show", "list", "drift"])
def test_a_manifest_that_cannot_be_read_is_told_as_an_object(project: Project, command: str):
    """Each problem is an object with its line and column, and the exit code is 5."""
    project.write("Secretfile.yml", "secrets:\n  - {name: a, kynd: x}\n  - {name: a b, kind: uuid}\n")
    found = checked(project(command, "--json"), command)
    assert found["exit_code"] == 5
    assert {(error["line"], error["column"] > 1) for error in found["errors"]} >= {(2, True), (3, True)}


@pytest.mark.parametrize("words", [("sync", "--nonsense"), ("plan", "-s", "nobody"), ("rotate", "nobody")])
def test_mistakes_are_objects_too(project: Project, words: tuple[str, ...]):
    """Exit code 2 has the same form."""
    found = checked(project(*words, "--json"), words[0])
    assert (found["exit_code"], found["errors"][0]["code"]) == (2, "usage")


def test_a_failure_outside_of_any_command_has_the_form_of_failures(project: Project):
    """An unknown command is a failure, too."""
    answer = project("snyc", "--json")
    checked(answer, "", schema="failure")
    assert "did you mean 'sync'?" in answer.document["errors"][0]["message"]


def test_yaml_says_the_same_as_json(project: Project):
    """The two forms are one object."""
    import yaml

    as_yaml = project("list", "-o", "yaml").out
    assert yaml.safe_load(as_yaml) == project("list", "--output", "json").document


@pytest.mark.parametrize(
    ("words", "environ"), [(("--format", "json"), {}), (("-ojson",), {}), ((), {"SECRETZERO_OUTPUT": "json"})]
)
def test_the_form_can_be_chosen_in_several_ways(project: Project, words: tuple[str, ...], environ: dict[str, str]):
    """Option, its old spelling, and variable."""
    assert project("list", *words, **environ).document["command"] == "list"


def test_the_form_of_the_manifest_and_of_the_user_count_last(tmp_path: Path):
    """Option beats variable, that beats the manifest, that beats the user's configuration."""
    project = Project(tmp_path, ONE + "config: {output: {format: json}}\n")
    os.makedirs(f"{project.home}/.config/secretzero")
    Path(f"{project.home}/.config/secretzero/config.yml").write_text("output: {format: yaml}\n")
    assert project("list").document["command"] == "list"
    assert project("list", "-o", "text").out.startswith("db_password")
    assert project("list", SECRETZERO_OUTPUT="yaml").out.startswith("schema_version: 1")
    project.write("Secretfile.yml", ONE)
    assert project("list").out.startswith("schema_version: 1")


def test_no_secret_is_in_any_document(project: Project):
    """The value that stands in the file is in no answer."""
    project("sync", TYPED="canary-value")
    told = [project(*words.split(), "--json").out for words in ("status", "show -d", "plan", "drift", "list targets")]
    assert all("canary-value" not in text for text in told)
    assert "api_token" in project("list", "variables").out
    assert project("list", "variables", "--json").document["variables"] == {"place": "here", "api_token": "********"}


@pytest.mark.parametrize(("name", "schema"), list(schemas()), ids=lambda value: value if isinstance(value, str) else "")
def test_a_published_schema_is_that_of_its_class(name: str, schema: dict[str, object]):
    """Each file is what the class of its document says; `python tests/published.py` writes it."""
    assert json.loads((SCHEMAS / f"{name}.json").read_text("utf-8")) == schema


def test_every_published_schema_has_a_class():
    """No file is left of a document that is gone."""
    assert {path.stem for path in SCHEMAS.glob("*.json")} == {name for name, _ in schemas()}


def test_schemas_are_shipped_for_every_command_that_answers():
    """Each schema is a valid schema, and has a title."""
    for path in SCHEMAS.glob("*.json"):
        schema = json.loads(path.read_text("utf-8"))
        Draft202012Validator.check_schema(schema)
        assert schema["title"].endswith(".")


def test_a_doubt_beside_an_error_stays_a_doubt(tmp_path: Path):
    """In a manifest that has errors only these are errors; what is doubtful besides is a warning in both forms."""
    places = "targets: [{provider: local, kind: file}]"
    text = f"secrets:\n  - {{name: a, kind: random_password, {places}}}\n  - {{name: b, kind: 5}}\n"
    project = Project(tmp_path, text)
    told = [line.partition(":")[0] for line in project("validate").err.splitlines()]
    assert told == ["warning", "error"]
    found = checked(project("validate", "--json"), "validate")
    assert (found["message"], len(found["errors"]), len(found["warnings"])) == ("1 problem", 1, 1)
    assert "unknown kind" in found["errors"][0]["message"]


def test_a_plan_that_only_renames_says_so(tmp_path: Path):
    """Both names are shown before, by the plan and its object, and after; the next plan has nothing to say."""
    manifest = (
        "secrets:\n  - {{name: {}, kind: uuid, targets: [{{provider: local, kind: file, config: {{key: K}}}}]}}\n"
    )
    project = Project(tmp_path, manifest.format("old"))
    assert project("sync").code == 0
    project.write("Secretfile.yml", manifest.format("new, formerly: old"))
    assert project("plan", "-q").out.splitlines() == [
        "rename  old -> new  file://.env#K",
        "1 to rename.",
        "Next: secretzero sync",
    ]
    [step] = checked(project("plan", "--json"), "plan")["steps"]
    assert (step["secret"], step["reason"]) == ("new", "renamed from old")
    assert project("sync", "-q").out.splitlines() == ["rename  old -> new  file://.env#K", "1 renamed."]
    assert project("plan", "-q").out == "1 unchanged.\n"
