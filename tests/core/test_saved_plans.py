"""A saved plan is the plan that was looked at, or it is refused."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from secretzero.choices import words_of
from secretzero.errors import PlanFileError, StalePlanError
from secretzero.keys import ProjectKey
from secretzero.planning.plan import ACTIONS, Plan, Step, TargetAction, TargetStep, TargetVerdict
from secretzero.planning.saved import parse_plan, render_plan
from secretzero.planning.world import Code, Wishes

KEY, OTHER = ProjectKey(bytes(range(32))), ProjectKey(bytes(32))
texts = st.text(max_size=8)
names = st.frozensets(texts, max_size=3)
targets = st.builds(
    TargetStep,
    texts,
    st.sampled_from(words_of(TargetAction)),
    texts,
    st.sampled_from(words_of(TargetVerdict)),
)
steps = st.builds(
    Step, texts, texts, st.sampled_from(ACTIONS), texts, st.lists(targets, max_size=3).map(tuple),
    bits=st.none() | st.integers(0, 512), hint=texts, code=st.sampled_from(words_of(Code)), op=texts, take_from=texts,
    withdraw=texts, local=st.booleans(), notice=texts,
)  # fmt: skip
wishes = st.builds(
    Wishes, names, st.booleans(), names, names, st.sampled_from(["", "fail", "adopt", "overwrite"]), st.booleans(),
    names, st.booleans(),
)  # fmt: skip
plans = st.builds(
    Plan, st.lists(steps, max_size=4).map(tuple), texts, st.dictionaries(texts, texts, max_size=3),
    st.dictionaries(texts, texts, max_size=3), wishes, st.lists(texts, max_size=3).map(tuple),
    st.lists(texts, max_size=3).map(tuple),
)  # fmt: skip
PLAN = Plan(
    (Step("db", "uuid", "create", "new", (TargetStep("file://.env#DB", "write", "", "missing"),), bits=122),),
    "prod",
    {"manifest": "ab", "lockfile": "cd", "local": ""},
    {"file://.env": "ef"},
    Wishes(only=frozenset({"db"}), on_drift="adopt"),
)


@settings(deadline=None)
@given(plans, st.sampled_from([KEY, None]))
def test_what_is_read_is_what_was_written(plan: Plan, key: ProjectKey | None):
    """Every plan comes back as it was, with a key and without one."""
    text = render_plan(plan, key)
    assert parse_plan(text.encode(), "p", key) == plan
    assert render_plan(parse_plan(text.encode(), "p", key), key) == text


@pytest.mark.parametrize("key", [KEY, None])
def test_a_plan_that_was_edited_is_refused(key: ProjectKey | None):
    """Whatever byte that means something is changed, the plan is no longer taken."""
    text = render_plan(PLAN, key)
    random = Random(7)
    for _ in range(400):
        at = random.randrange(len(text))
        changed = text[:at] + random.choice('abc019{}[]",: ') + text[at + 1 :]
        try:
            same = json.loads(changed) == json.loads(text)
        except ValueError:
            same = False
        if not same:
            with pytest.raises(PlanFileError):
                parse_plan(changed.encode(), "p", key)


def test_a_plan_that_was_cut_is_refused():
    """At every length but the whole."""
    text = render_plan(PLAN, KEY).rstrip()
    for length in range(len(text)):
        with pytest.raises(PlanFileError):
            parse_plan(text[:length].encode(), "p", KEY)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"\xff", b"null", b"[" * 100_000, b'{"kind": "secretzero-plan"}']
)
def test_what_is_no_plan_is_refused(content: bytes):
    """Other files are refused."""
    with pytest.raises(PlanFileError):
        parse_plan(content, "p", KEY)


def test_a_plan_from_the_future_is_refused():
    """Another schema is said to be one."""
    with pytest.raises(PlanFileError, match="another version"):
        parse_plan(render_plan(PLAN, KEY).replace('"schema": 1', '"schema": 2').encode(), "p", KEY)


@pytest.mark.parametrize("key", [OTHER, None])
def test_a_plan_of_another_project_or_without_the_key_is_refused(key: ProjectKey | None):
    """A signature counts only under the key that made it."""
    with pytest.raises(PlanFileError):
        parse_plan(render_plan(PLAN, KEY).encode(), "p", key)


def test_a_plan_without_a_signature_is_stale_where_there_is_a_key():
    """It was made before the first sync, or by somebody without the key."""
    with pytest.raises(StalePlanError):
        parse_plan(render_plan(PLAN, None).encode(), "p", KEY)


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.update(extra=1),
        lambda body: body.pop("steps"),
        lambda body: body["steps"][0].update(action="explode"),
        lambda body: body["steps"][0].update(value="x"),
        lambda body: body["steps"][0]["targets"][0].update(action="explode"),
        lambda body: body["wishes"].update(only=5),
    ],
)
def test_the_digest_alone_does_not_make_a_plan(change: Callable[[dict[str, Any]], object]):
    """A recomputed digest does not make other data a plan."""
    from secretzero.planning.saved import _seal

    document = json.loads(render_plan(PLAN, None))
    change(document["plan"])
    document["seal"] = _seal(document["plan"], None)
    with pytest.raises(PlanFileError):
        parse_plan(json.dumps(document).encode(), "p", None)


def test_a_plan_with_a_target_to_adopt_can_be_saved():
    """A step may be blocked by one target while another is to be adopted."""
    taken, stopped = TargetStep("box://a", "adopt", "changed outside", "changed"), TargetStep("box://b", "block")
    plan = Plan((Step("db", "uuid", "block", "changed", (taken, stopped), code="blocked"),))
    assert parse_plan(render_plan(plan, KEY).encode(), "p", KEY) == plan


@pytest.mark.parametrize("seal", ["p1:é", "\ud800", "", "p1:" + "0" * 64])
def test_a_seal_that_nobody_made_is_refused(seal: str):
    """Also one with characters that no seal has."""
    document = json.loads(render_plan(PLAN, KEY)) | {"seal": seal}
    with pytest.raises(PlanFileError):
        parse_plan(json.dumps(document).encode(), "p", KEY)


@pytest.mark.parametrize(("made_for", "read_for"), [("prod", ""), ("prod", "dev"), ("", "dev")])
@pytest.mark.parametrize("key", [KEY, None])
def test_a_plan_for_another_environment_is_refused_as_such(made_for: str, read_for: str, key: ProjectKey | None):
    """The message names the environment, and the hint the option: nothing was edited and no manifest changed."""
    text = render_plan(evolve(PLAN, lane=made_for), key).encode()
    with pytest.raises(StalePlanError) as caught:
        parse_plan(text, "p", key, lane=read_for)
    assert (made_for or "no environment") in caught.value.message
    assert (f"-e {made_for}" if made_for else "without the option -e") in caught.value.hint
