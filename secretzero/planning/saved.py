"""A plan as text and back, so that exactly the plan that was reviewed is applied later."""

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
_AGAIN = "save a new plan with secretzero plan --out"


def render_plan(plan: Plan, key: ProjectKey | None) -> str:
    """Render a plan as JSON, signed if the project key is available. It holds no value of a secret."""
    body = to_data(plan)
    return json.dumps({"kind": _KIND, "schema": SCHEMA, "plan": body, "seal": _seal(body, key)}, indent=2) + "\n"


def parse_plan(content: bytes, name: str, key: ProjectKey | None, *, lane: str | None = None) -> Plan:
    """Read what `render_plan` wrote for a lane (None: for any).

    Raises PlanFileError for a file that is not a plan, was truncated, edited, or saved by another version, and
    StalePlanError for a plan that was saved for another lane or without the project key.
    """
    body, seal = _opened(content, name)
    if lane is not None and isinstance(other := body.get("lane"), str) and other != lane:
        hint = f"apply it with the option -e {other}" if other else "apply it without the option -e"
        raise StalePlanError(f"the plan is for {f'environment {other}' if other else 'no environment'}", hint=hint)
    signed = seal.startswith("p1:")
    if signed and key is None:
        raise PlanFileError("the plan is signed, and the project key is not on this machine", file=name)
    if not hmac.compare_digest(seal.encode("utf-8", "surrogatepass"), _seal(body, key if signed else None).encode()):
        raise PlanFileError("the plan was edited, or belongs to another project", hint=_AGAIN, file=name)
    if key is not None and not signed:
        raise StalePlanError("the plan was made without the project key", hint=_AGAIN, file=name)
    try:
        plan = from_data(Plan, body)
        if to_data(plan) != body:
            raise UsageError("fields are missing")
    except UsageError as error:
        raise PlanFileError("invalid plan", hint=_AGAIN, file=name) from error
    return plan


def _opened(content: bytes, name: str) -> tuple[Mapping[str, object], str]:
    """Return the plan's data and its seal. Raises PlanFileError if the file is not a plan of this version."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        raise PlanFileError("not a saved plan, or truncated", hint=_AGAIN, file=name) from None
    if not isinstance(document, dict) or document.get("kind") != _KIND:
        raise PlanFileError("not a saved plan", hint=_AGAIN, file=name)
    if document.get("schema") != SCHEMA:
        hint = f"update secretzero, or {_AGAIN}"
        raise PlanFileError("the plan was saved by another version of secretzero", hint=hint, file=name)
    body, seal = document.get("plan"), document.get("seal")
    if not isinstance(body, dict) or not isinstance(seal, str):
        raise PlanFileError("the plan was edited", hint=_AGAIN, file=name)
    return body, seal


def _seal(body: Mapping[str, object], key: ProjectKey | None) -> str:
    """Sign the content with the key of plans; without a key, a digest still detects a truncated or edited file."""
    content = json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
    if key is None:
        return "d1:" + sha256(content).hexdigest()
    return "p1:" + hmac.digest(key.plan, b"saved plan\n" + content, "sha256").hex()
