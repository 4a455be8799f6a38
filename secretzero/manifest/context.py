"""What the readers of all sections share while one manifest is loaded for one lane."""

import json
from collections.abc import Mapping
from typing import NamedTuple

from attrs import field, frozen

from ..options.nodes import Map, Missing, Node, Problems, Scalar, Seq
from ..options.structure import Table, is_documentation
from ..protocols import Constraints, Generator, TargetKind
from ..values import Material
from .catalog import Catalog
from .interpolation.evaluate import Scope
from .model import Policy, ProviderEntry

Signature = tuple[object, ...]
"""What is equal for options that mean the same, wherever they stand."""


class MadeGenerator(NamedTuple):
    """A generator with what is known about it, made once for all secrets that are written alike.

    `unsupported` says why there is none, although nothing is wrong.
    """

    kind: str
    generator: Generator | None
    definition: str
    needs: tuple[str, ...] = ()
    unsupported: str = ""


class MadeTarget(NamedTuple):
    """The options of a target, made once for all targets that are written alike.

    `unsupported` says why there are none, although nothing is wrong; `part` is `value_field`.
    """

    options: TargetKind | None
    constraints: Constraints = Constraints()
    whole: Mapping[str, object] = {}
    part: str = ""
    unsupported: str = ""


class Strength(NamedTuple):
    """How many bits a generator has under some constraints. Both are kept, so that none later has the id of either."""

    bits: int | None
    generator: Generator
    constraints: Constraints


class Profile(NamedTuple):
    """Options that win over those of a target, by alias and by kind, and policies for all of them."""

    name: str = ""
    identity_policies: tuple[str, ...] = ()
    provider_overrides: Mapping[str, Map] = {}
    target_overrides: Mapping[str, Map] = {}


@frozen(eq=False, repr=False)
class Loading:
    """The sections that secrets refer to, and what equal options were made into.

    `used_templates` collects the names that secrets use. The maps that follow it save work, and each is filled by
    the one module that looks into it.
    """

    catalog: Catalog
    problems: Problems
    scope: Scope
    providers: Mapping[str, ProviderEntry]
    provider_kinds: frozenset[str]
    policies: Mapping[str, Policy]
    policy_names: frozenset[str]
    templates: Mapping[str, Map]
    profile: Profile = Profile()
    used_templates: set[str] = field(factory=set)
    generators: dict[Signature, MadeGenerator] = field(factory=dict)
    targets: dict[Signature, MadeTarget] = field(factory=dict)
    target_kinds: dict[str, Mapping[str, type]] = field(factory=dict)
    strengths: dict[int, dict[int, Strength]] = field(factory=dict)


LITERALS = frozenset(("default", "value"))
"""Options that hold the value itself; they are compared by fingerprint."""


def defined(node: Map, wanted: Table | None, *, without: frozenset[str] = frozenset()) -> dict[str, Material]:
    """Return the options of a map by their proper names, with environment text replaced by the variables' names."""
    found: dict[str, Material] = {}
    for key, child in node.items.items():
        option = wanted.options.get(key) if wanted else None
        name = option.name if option else key
        if name not in without and (option or not is_documentation(key)):
            found[name] = _described(child)
    return found


def _described(node: Node) -> Material:
    if isinstance(node, Map):
        return {key: _described(child) for key, child in node.items.items()}
    if isinstance(node, Seq):
        return [_described(child) for child in node.items]
    if isinstance(node, Missing):
        return f"${{{node.variable}}}"
    return "".join(f"${{{name}}}" for name in node.env) if node.env else node.value


def canonical(definition: object) -> str:
    """Return the one text of a definition."""
    return json.dumps(definition, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def signature(node: Map, *names: str) -> Signature | None:
    """Return what is equal for maps that mean the same, wherever they stand, after some names.

    None when something in the map is missing.
    """
    found: list[object] = list(names)
    return tuple(found) if _sign(node, found) else None


def _sign(node: Node, found: list[object]) -> bool:
    """Add what makes a node what it is; False when something is missing in it."""
    if isinstance(node, Scalar):
        found.extend((node.value.__class__, node.text, node.env))
        return node.__class__ is Scalar
    found.append(tuple(node.items) if isinstance(node, Map) else len(node.items))
    children = node.items.values() if isinstance(node, Map) else node.items
    return all([_sign(child, found) for child in children])  # noqa: C419 - a list costs half of a generator
