"""The `policies` of a manifest: their form."""

from collections.abc import Mapping

from ...options.nodes import At, Map, Node, below
from ...options.readers import (
    ANY_MAP,
    BOOLEAN,
    EACH_FILLED,
    FAILED,
    FILLED,
    TEXT,
    Choice,
    Integer,
    Listed,
    Parsed,
    Reader,
    UnfitError,
    Via,
    take,
)
from ...options.structure import Table
from ...patterns import check_pattern
from ..model import Policy
from .rotation import PERIOD

_COMMON = {
    "kind": FILLED,
    "description": TEXT,
    "enabled": BOOLEAN,
    "severity": Choice("error", "warning", "info"),
    "applies_to": Table({"secrets": EACH_FILLED, "except": EACH_FILLED, "lanes": EACH_FILLED}),
    "metadata": ANY_MAP,
}


def _expression(text: str) -> str:
    try:
        check_pattern(text)
    except ValueError as error:
        raise UnfitError("invalid regular expression", str(error)) from None
    return text


_TESTS = ("glob", "regex", "any_glob", "all_glob")
_RULE = Table(
    {"field": FILLED, "glob": TEXT, "regex": Parsed(_expression, text=FILLED), "any_glob": TEXT, "all_glob": TEXT},
    required=("field",),
)


def _rule(node: Node, at: At) -> object:
    if isinstance(node, Map) and sum(test in node.items for test in _TESTS) != 1:
        at.say(node.mark, f"expected one of {', '.join(_TESTS)}")
    return _RULE.read(node, at)


_ONE_TEST = {"oneOf": [{"required": [test]} for test in _TESTS]}


def _of(options: Mapping[str, Reader], required: tuple[str, ...] = ()) -> Table:
    return Table({**_COMMON, **options}, required=("kind", *required))


KINDS: Mapping[str, Table] = {
    "rotation": _of({"max_age": PERIOD, "require_rotation_period": BOOLEAN}),
    "access": _of({"allowed_targets": EACH_FILLED, "denied_targets": EACH_FILLED}),
    "provider_identity": _of(
        {
            "providers": Listed(FILLED, least=1),
            "match": Choice("all", "any"),
            "rules": Listed(Via(_rule, accepts=_RULE, also=_ONE_TEST), least=1),
        },
        ("providers", "rules"),
    ),
    "strength": _of({"min_bits": Integer(1, 4096), "forbid_literals": BOOLEAN}),
    "reuse": _of({"scope": Choice("secrets", "lanes"), "allow": Listed(Listed(FILLED, least=2))}),
    "compliance": _of({"standard": FILLED, "requirements": ANY_MAP}, ("standard",)),
}


def read_policies(node: Map, at: At) -> dict[str, Policy]:
    """Read all policies. One without `kind`, or that is not a map, enforces nothing: a warning."""
    every = (_policy(name, child, at.to(below(at.path, name))) for name, child in node.items.items())
    return {policy.name: policy for policy in every if policy}


def _policy(name: str, node: Node, at: At) -> Policy | None:
    if not isinstance(node, Map) or "kind" not in node.items:
        at.say(node.mark, "missing 'kind': the policy enforces nothing", "", "warning")
        return None
    kind = take(FILLED, node.items["kind"], at, below(at.path, "kind"))
    if kind is FAILED:
        return None
    if kind not in KINDS:
        hint = at.problems.nearest(kind, KINDS)
        at.problems.unknown(node.items["kind"].mark, below(at.path, "kind"), "unknown kind", hint)
        return None
    given = KINDS[kind].partly(node, at)
    rest = {key: value for key, value in given.items() if key not in {"kind", "enabled", "severity", "description"}}
    return Policy(
        name=name,
        kind=kind,
        enabled=given.get("enabled") is not False,
        severity=given.get("severity", ""),
        options=rest,
    )
