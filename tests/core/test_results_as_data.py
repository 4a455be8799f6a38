"""Results of the engine become plain data and come back equal."""

import json

import pytest
from jsonschema import Draft202012Validator

from secretzero import (
    Drift,
    KeyState,
    LockfileError,
    ManifestError,
    Outcome,
    Plan,
    Problem,
    Report,
    RunOptions,
    SecretValue,
    SecretZeroError,
    Step,
    TargetOutcome,
    TargetStep,
    UnavailableError,
    UsageError,
)
from secretzero.planning.world import Wishes
from secretzero.shell import Inspection, from_data, schema_of, to_data

STEP = Step("db", "uuid", "create", targets=(TargetStep("file://.env#DB", "write", "new", "missing"),), bits=122)
PLAN = Plan((STEP,), lane="prod", based_on={"manifest": "ab"}, wishes=Wishes(only=frozenset({"db", "a"})))
RESULTS = [
    PLAN,
    Report(PLAN, (Outcome(STEP, (TargetOutcome("file://.env#DB", "stored", "readback"),), generated=True),)),
    Drift("db", "file://.env#DB", "missing", "holds no value", "value"),
    Problem("Secretfile.yml", 3, 5, "secrets[0].kind", "unknown kind"),
    Inspection("/x/.gitsecrets.lock", local=False, project="p", secrets=3, rolled_back={"db": "seen 3, has 2"}),
    KeyState("p", "k1", "ab12", here=True),
]


def written(value: object) -> object:
    """Return data as it is after it was written and read."""
    return json.loads(json.dumps(to_data(value)))


@pytest.mark.parametrize("result", RESULTS, ids=lambda result: type(result).__name__)
def test_a_result_comes_back_equal(result: object):
    """Each result, written as JSON and read again, is the one that it was."""
    assert from_data(type(result), written(result)) == result


@pytest.mark.parametrize(
    "error",
    [
        UnavailableError("no answer", retry_after=2.5, target="aws://x", hint="try again"),
        LockfileError("cut off", file=".gitsecrets.lock", line=3),
        ManifestError([Problem("Secretfile.yml", 1, 2, "secrets", "expected a list")]),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_comes_back_as_its_class(error: SecretZeroError):
    """The code names the class, and every fact of the error is there again."""
    back = from_data(SecretZeroError, written(error))
    assert (type(back), back.args, vars(back)) == (type(error), error.args, vars(error))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"steps": "x"}, "expected a list @ Plan.steps"),
        ({"lane": 3}, "expected str @ Plan.lane"),
        ({"more": 1}, "unknown field more @ Plan"),
        ({"steps": [{"secret": "db", "kind": "uuid", "action": "creaet"}]}, "@ Plan.steps[0].action"),
        ({"steps": [{"secret": "db", "kind": "uuid", "action": "keep", "local": "no"}]}, "expected bool"),
        ({"steps": [{"secret": "db", "kind": "uuid"}]}, "missing field @ Plan.steps[0].action"),
    ],
)
def test_what_has_another_shape_is_refused(changes: dict[str, object], said: str):
    """Nothing is turned into what was expected, and the message says where."""
    with pytest.raises(UsageError) as caught:
        from_data(Plan, {**to_data(PLAN), **changes})
    assert said in caught.value.message


def test_values_never_become_data():
    """A value of a secret is refused, wherever it is."""
    with pytest.raises(UsageError):
        to_data(RunOptions(supplied={"db": SecretValue("hunter2")}))


@pytest.mark.parametrize(
    "result", [each for each in RESULTS if hasattr(each, "__attrs_attrs__")], ids=lambda r: type(r).__name__
)
def test_the_schema_accepts_the_data(result: object):
    """The schema of a class is valid, accepts what its results become, and refuses a field more."""
    known: dict[object, str] = {SecretZeroError: "error", LockfileError: "error"}
    schema = {**schema_of(type(result), known), "$defs": {"error": {"type": "object"}}}
    Draft202012Validator.check_schema(schema)
    assert Draft202012Validator(schema).is_valid(written(result))
    assert not Draft202012Validator(schema).is_valid({**to_data(result), "more": 1})


@pytest.mark.parametrize("data", [{"code": "usage"}, {"code": "manifest", "message": "x"}, {}, {"hint": "x"}, "usage"])
def test_data_that_is_no_error_is_refused(data: object):
    """What has no message, or no problems, is not an error of ours."""
    with pytest.raises(UsageError):
        from_data(SecretZeroError, data)
