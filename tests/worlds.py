"""What a plan is decided from, built by hand: one secret, what the lockfile says, what was seen."""

from collections.abc import Mapping
from datetime import timedelta

from attrs import evolve
from lockfiles import AT, entry_of, op_of

from secretzero.clock import parse_stamp
from secretzero.lockfile.model import Entry, Lockfile, amend
from secretzero.manifest.model import Field, Manifest, Secret, Target
from secretzero.planning.decide import decide
from secretzero.planning.plan import Plan, Step
from secretzero.planning.world import Observation, Seen, SourceSeen, Wishes, World
from secretzero.protocols import Generator
from secretzero.sources.derived import Derived
from secretzero.sources.manual import Nonsecret, Static
from secretzero.sources.passwords import RandomPassword

FIRST, SECOND, THIRD, STRANGE = op_of(1), op_of(2), op_of(3), op_of(99)
NOW = parse_stamp(AT) + timedelta(days=1)
ENV, COPY, BOX = "file://.env#A", "file://copy.env#A", "box://a"

CURRENT = Seen("known", SECOND, readable=True)
OLD = Seen("known", FIRST, readable=True)
PENDING = Seen("known", THIRD, readable=True)
ABSENT = Seen("absent")
UNKNOWN = Seen("unknown", likeness=b"one", readable=True)
OTHER = Seen("unknown", likeness=b"another", readable=True)
FOREIGN = Seen("foreign", evidence="marker")
UNSURE = Seen("cannot tell", evidence="no marker")

NOTHING = Wishes()

GENERATORS: Mapping[str, type] = {
    "random_password": RandomPassword,
    "static": Static,
    "nonsecret": Nonsecret,
}


def target_of(uri: str = ENV, part: str = "", **options: object) -> Target:
    """Return a target whose kind does not matter: nothing is opened."""
    base, _, name = uri.partition("#")
    return Target(uri, base, name, part, "local", "local", "file", object(), **options)  # type: ignore[arg-type]


def secret_of(name: str = "a", *targets: Target, kind: str = "random_password", **options: object) -> Secret:
    """Return a declared secret; without targets it has the one in `.env`."""
    generator: Generator = Derived(template="x") if kind == "derived" else GENERATORS[kind]()
    return Secret(name, kind, (Field("", kind, generator),), targets or (target_of(),), **options)  # type: ignore[arg-type]


def template_of(*fields: str, **options: object) -> Secret:
    """Return a secret of several fields, each at a key of its own."""
    made = tuple(Field(name, "random_password", RandomPassword()) for name in fields)
    targets = tuple(target_of(f"file://.env#{name.upper()}", name) for name in fields)
    return Secret("a", "templates.t", made, targets, template="t", **options)  # type: ignore[arg-type]


def entry(*ops: str, **options: object) -> Entry:
    """Return the entry of the secret: by default of two generations, the second current."""
    return entry_of("a", *(ops or (FIRST, SECOND)), **options)


def entry_from(origin: str = "generated", **facts: object) -> Entry:
    """Return such an entry, of whose current generation more is known."""
    recorded = entry()
    now = amend(recorded.generations[SECOND], origin=origin, **facts)
    return recorded.with_generation(SECOND, now)


def world_of(
    recorded: Entry | None = None,
    seen: Mapping[str, Seen] = {},
    *,
    source: SourceSeen | None = None,
    others: Mapping[str, Entry] = {},
    versions: Mapping[str, str] = {},
    failures: Mapping[str, str] = {},
    wishes: Wishes = NOTHING,
    **facts: object,
) -> World:
    """Return a world in which the lockfile has these entries, and this was seen."""
    secrets = {**({"a": recorded} if recorded else {}), **others}
    observation = Observation(seen, {"a": source} if source else {}, versions, failures)
    return World(NOW, Lockfile("prj", secrets=secrets), Lockfile(), observation, wishes, **facts)  # type: ignore[arg-type]


def planned(world: World, *secrets: Secret, **facts: object) -> Plan:
    """Decide for a manifest of these secrets."""
    manifest = Manifest("", "", "", "", "", secrets=secrets or (secret_of(),))
    return decide(manifest, evolve(world, **facts) if facts else world)


def step_for(world: World, *secrets: Secret) -> Step:
    """Return the step of the first secret."""
    return planned(world, *secrets).steps[0]


def at_targets(step: Step) -> dict[str, str]:
    """Return the action at each target."""
    return {target.uri: target.action for target in step.targets}
