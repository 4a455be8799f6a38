"""A plan as text and back, so that what was looked at today is exactly what is done tomorrow."""

import hmac
import json
from collections.abc import Mapping
from hashlib import sha256

from ..documents import from_data, to_data
from ..errors import PlanFileError, StalePlanError, UsageError
from ..keys import ProjectKey
from .plan import Plan

SCHEMA = 1
_KIND = "secretzero-plan"
_AGAIN = "make it again with secretzero plan --out"


def render_plan(plan: Plan, key: ProjectKey | None) -> str:
    """Write a plan as JSON, signed where the project key is here. No value of a secret is in it."""
    body = to_data(plan)
    return json.dumps({"kind": _KIND, "schema": SCHEMA, "plan": body, "seal": _seal(body, key)}, indent=2) + "\n"


def parse_plan(content: bytes, name: str, key: ProjectKey | None) -> Plan:
    """Read what `render_plan` wrote.

    Raises PlanFileError for a file that is no plan, was cut, edited, or comes from the future, and StalePlanError for
    one that was made where the project key was not, or when there was none.
    """
    body, seal = _opened(content, name)
    signed = seal.startswith("p1:")
    if signed and key is None:
        raise PlanFileError("the plan is signed, and the project key is not on this machine", file=name)
    if not hmac.compare_digest(seal, _seal(body, key if signed else None)):
        raise PlanFileError("the plan was edited, or belongs to another project", hint=_AGAIN, file=name)
    if key is not None and not signed:
        raise StalePlanError("the plan was made without the project key", hint=_AGAIN, file=name)
    try:
        return _shaped(body)
    except UsageError as error:
        raise PlanFileError("the plan does not have the shape of one", hint=_AGAIN, file=name) from error


def _opened(content: bytes, name: str) -> tuple[Mapping[str, object], str]:
    """Take the frame off: what kind of file it is, and of which time."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        raise PlanFileError("this is no saved plan, or it was cut off", hint=_AGAIN, file=name) from None
    if not isinstance(document, dict) or document.get("kind") != _KIND:
        raise PlanFileError("this is no saved plan", hint=_AGAIN, file=name)
    if document.get("schema") != SCHEMA:
        hint = f"update secretzero, or {_AGAIN}"
        raise PlanFileError("the plan was saved by another version of secretzero", hint=hint, file=name)
    body, seal = document.get("plan"), document.get("seal")
    if not isinstance(body, dict) or not isinstance(seal, str):
        raise PlanFileError("the plan was edited", hint=_AGAIN, file=name)
    return body, seal


def _seal(body: Mapping[str, object], key: ProjectKey | None) -> str:
    """Sign the content with the key of plans; without one a digest still finds a file that was cut or edited."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
    if key is None:
        return "d1:" + sha256(text).hexdigest()
    return "p1:" + hmac.digest(key.plan, b"saved plan\n" + text, "sha256").hex()


def _shaped(body: Mapping[str, object]) -> Plan:
    """Build the plan again; every part must be of its type."""
    plan = from_data(Plan, body)
    if to_data(plan) != body:
        raise UsageError("less in the file than a plan has")
    return plan
