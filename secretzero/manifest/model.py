"""The manifest as classes: what is wanted, with everything resolved for one lane."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cached_property
from typing import Literal, NamedTuple

from attrs import field, frozen

from ..errors import Problem
from ..options.nodes import Absent, Mark
from ..protocols import Constraints, Generator, Source, Supplied, TargetKind, offers

_OUTSIDE = re.compile(r"[^A-Z0-9]")


def variable_of(name: str) -> str:
    """Return the environment name of a secret, field or part: in capitals, every other character as ``_``."""
    upper = name.upper()
    return upper if upper.isascii() and upper.isidentifier() else _OUTSIDE.sub("_", upper)


class Window(NamedTuple):
    """When rotations may happen: days (0 is Monday), minutes from midnight, and a time zone by name."""

    days: frozenset[int]
    start: int
    end: int
    timezone: str = "UTC"


class Rotation(NamedTuple):
    """How a value is replaced: how old it may get, and in which way."""

    period: timedelta | None = None
    strategy: str = "single"
    keep: int = 2
    separator: str = ","
    grace: timedelta = timedelta(0)
    verify: object = "auto"
    window: Window | None = None


class SourceEntry(NamedTuple):
    """One source of a secret, tried in order. `source` is None when this version does not know the kind."""

    kind: str
    source: Source | None
    required: bool = True
    follow: bool = False
    mark: Mark = Mark()


class Consumer(NamedTuple):
    """Who reads a target."""

    name: str
    kind: str = ""
    restart: tuple[str, ...] = ()


class Target(NamedTuple):
    """A place that a secret, or a part of it, is written to, identified by its canonical URI.

    `object` is that URI without its field. `part` is a dot path into the value, ``""`` for the whole; for a template
    it begins with the field's name. `options` is None when this version does not know the kind: then `uri` is only
    a name to show.
    """

    uri: str
    object: str
    field: str
    part: str
    alias: str
    provider: str
    kind: str
    options: TargetKind | None = None
    required: bool = True
    on_foreign: Literal["fail", "adopt", "overwrite"] = "fail"
    slot: str = "current"
    identity_policies: tuple[str, ...] = ()
    consumers: tuple[Consumer, ...] = ()
    mark: Mark = Mark()


class Field(NamedTuple):
    """One generated piece of a secret: the whole of a plain one (name ``""``), or a named field of a template."""

    name: str
    kind: str
    generator: Generator | None
    constraints: Constraints = Constraints()


def supplied_by_people(field: Field | None) -> Supplied | None:
    """Return the generator of a field whose value people supply; None for any other."""
    return field.generator if field is not None and offers(field.generator, Supplied) else None


class Secret(NamedTuple):
    """The declaration of a secret: what value it has, where it comes from and where it is stored.

    Attributes:
        name: Its name.
        kind: The kind of generator, or ``template``'s.
        fields: The pieces that are generated: one without a name, or the fields of a template.
        targets: Where the value must be.
        sources: Where a first value may come from, in order.
        rotation: How it is replaced.
        one_time: Whether it is made once and never again without being named.
        on_change: What happens when its definition changes.
        local: Whether it belongs to this machine alone.
        formerly: The name that it had.
        template: Name of its template.
        definition: Canonical text of kind and options, without any value.
        needs: Secrets that it is derived from.
        absent: Variables that it names and that have no value.
        unsupported: Why this version cannot carry it out; such a secret is a ``block`` step.
        agent_instructions: What the manifest says to coding agents.
        description: What the manifest says to people.
        process_tags: Words to choose it by, as in 0.14.
        tags: Words to choose it by.
        mark: Where it is in the manifest.

    Example:
        >>> from secretzero import Engine
        >>> secret = Engine.open("Secretfile.yml").manifest.secrets[0]
        >>> secret.name, secret.kind, secret.targets[0].uri
        ('db_password', 'random_password', 'file://.env#DB_PASSWORD')
    """

    name: str
    kind: str
    fields: tuple[Field, ...]
    targets: tuple[Target, ...] = ()
    sources: tuple[SourceEntry, ...] = ()
    rotation: Rotation = Rotation()
    one_time: bool = False
    on_change: str = "keep"
    local: bool = False
    formerly: str = ""
    template: str = ""
    definition: str = ""
    needs: tuple[str, ...] = ()
    absent: tuple[Absent, ...] = ()
    unsupported: str = ""
    agent_instructions: Mapping[str, object] | None = None
    description: str = ""
    process_tags: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    mark: Mark = Mark()

    @property
    def in_clear(self) -> bool:
        """Return whether it is a nonsecret: the lockfile keeps its value, and files that hold it may be committed."""
        return self.kind in {"nonsecret", "local"}

    @property
    def nature(self) -> str:
        """What kind of origin it has: ``local``, ``issued``, ``static``, ``derived``, ``template`` or ``unknown``."""
        if self.template:
            return "template"
        generator = self.fields[0].generator if self.fields else None
        return generator.nature if generator else "unknown"


@frozen
class ProviderEntry:
    """One alias under `providers`: its kind, and its options as written (never shown)."""

    alias: str
    kind: str
    options: Mapping[str, object] = field(factory=dict, repr=False)
    known: bool = True


class Policy(NamedTuple):
    """A rule by name; for now only its form is checked."""

    name: str
    kind: str
    enabled: bool = True
    severity: Literal["", "error", "warning", "info"] = ""
    options: Mapping[str, object] = {}


FileRole = Literal["the manifest", "a var file", "the lockfile", "the local lockfile", "a target", "a source"]


class NamedFile(NamedTuple):
    """A file that a manifest reads, writes or needs: its absolute path, its role, and whether this environment uses it.

    Links and ``..`` in the path are not resolved.
    """

    path: str
    role: FileRole
    in_use: bool = True


@frozen
class Variable:
    """One variable as `list variables` shows it; `sensitive` when its text is not for showing."""

    name: str
    value: object = field(repr=False)
    sensitive: bool = False


@frozen
class Manifest:
    """A manifest as loaded for one environment, with everything resolved. Paths are absolute.

    Attributes:
        path: The manifest's own path.
        folder: Its folder, where relative paths start.
        root: The project's root.
        lockfile: The shared lockfile of this environment.
        local_lockfile: The lockfile of this machine's own secrets.
        lockfiles: Those of all environments, this one's first.
        own_files: Everything that SecretZero itself reads and writes, for any environment.
        other_files: The files of targets and sources of the other environments that are valid.
        lane: Name of the environment, ``""`` where the manifest has none.
        lanes: Names of all environments.
        secrets: What is declared.
        providers: Connections by alias.
        policies: Rules by name.
        variables: Variables as they may be shown.
        templates: Names of the templates.
        target_profile: The profile in use.
        var_files: Var files that were read.
        metadata: What the manifest says of the project.
        output: What it says about output.
        problems: Warnings and notices, never errors.
        replaced_options: Target options that the profile replaced.
        digest: Changes when anything does that was loaded.
        locate: Returns file, line and column of a mark.

    Example:
        >>> from secretzero import load_manifest
        >>> manifest = load_manifest("Secretfile.yml")
        >>> list(manifest.secret_named), len(manifest.problems)
        (['db_password'], 1)
    """

    path: str
    folder: str
    root: str
    lockfile: str
    local_lockfile: str
    lockfiles: tuple[str, ...] = ()
    own_files: tuple[NamedFile, ...] = ()
    other_files: tuple[NamedFile, ...] = ()
    lane: str = ""
    lanes: tuple[str, ...] = ()
    secrets: tuple[Secret, ...] = ()
    providers: Mapping[str, ProviderEntry] = {}
    policies: Mapping[str, Policy] = {}
    variables: tuple[Variable, ...] = ()
    templates: tuple[str, ...] = ()
    target_profile: str = ""
    var_files: tuple[str, ...] = ()
    metadata: Mapping[str, object] = {}
    output: Mapping[str, object] = {}
    problems: tuple[Problem, ...] = ()
    replaced_options: tuple[str, ...] = ()
    digest: str = ""
    locate: Callable[[Mark], tuple[str, int, int]] = field(
        repr=False, eq=False, default=lambda _: ("Secretfile.yml", 0, 0)
    )

    @cached_property
    def secret_named(self) -> Mapping[str, Secret]:
        """The secrets by name."""
        return {secret.name: secret for secret in self.secrets}

    def owner_of(self, name: str) -> tuple[Secret | None, str]:
        """Split ``NAME`` or ``NAME.PART`` at the longest declared name.

        Args:
            name: What a person wrote.

        Returns:
            The secret, None when none has the name, and the part, ``""`` for the whole.
        """
        owner = name
        while owner not in self.secret_named and "." in owner:
            owner = owner.rpartition(".")[0]
        return self.secret_named.get(owner), name[len(owner) + 1 :]
