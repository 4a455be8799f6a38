"""Turning steps into work: each new or copied value in hand before anything has an effect."""

from collections.abc import Mapping

from attrs import define, field

from ..errors import BlockedError, NotFoundError, NoValueError, RejectedError, SecretZeroError
from ..keys import new_id
from ..lockfile.model import Entry, Generation, amend
from ..manifest.model import Secret, Target
from ..planning.plan import Plan, Step, TargetStep
from ..stamps import stamp
from ..values import Material, SecretValue
from .journal import Record
from .ledger import Ledger
from .observe import match
from .report import TargetOutcome
from .run import Run
from .stores import readable

_WRITES = frozenset({"write", "copy", "restore"})


@define
class Work:
    """One secret on its way: the value, the generation it belongs to, and what is still to be done where."""

    step: Step
    ledger: Ledger
    name: str
    entry: Entry
    secret: Secret | None = None
    op: str = ""
    value: SecretValue | None = field(default=None, repr=False)
    generation: Generation | None = None
    new: bool = False
    journalled: bool = False
    writes: tuple[Target, ...] = ()
    outcomes: dict[str, TargetOutcome] = field(factory=dict)
    times: dict[str, str] = field(factory=dict)
    markers: dict[str, str] = field(factory=dict)
    error: SecretZeroError | None = None
    dropped: bool = False

    @property
    def recorded(self) -> list[TargetStep]:
        """The targets that hold the value already and only have to be recorded."""
        return [target for target in self.step.targets if target.action == "record"]

    @property
    def forgotten(self) -> list[TargetStep]:
        """The targets that left the manifest."""
        return [target for target in self.step.targets if target.action in {"forget", "delete"}]

    def done(self, uri: str) -> bool:
        """Tell whether this target holds the value now."""
        outcome = self.outcomes.get(uri)
        return outcome is not None and outcome.status == "stored"

    @property
    def complete(self) -> bool:
        """Tell whether every target that was to be written holds the value."""
        return all(self.done(target.uri) for target in self.writes)

    @property
    def committed(self) -> bool:
        """Tell whether every required target holds the value."""
        return all(self.done(target.uri) for target in self.writes if target.required)


class Workshop:
    """Obtains values for the steps of a plan, in their order; what fails is kept with its error."""

    def __init__(self, run: Run, journalled: Mapping[str, Record]) -> None:
        self._run = run
        self._journalled = journalled
        self._contents: dict[str, SecretValue] = {}
        self._works: dict[str, Work] = {}
        self._now = stamp(run.now)
        self._opened = {(record.body["id"], int(str(record.body["n"]))) for record in journalled.values()}

    def works_of(self, plan: Plan) -> list[Work]:
        """Return the work of every step that changes something; values that were read are forgotten again."""
        for step in plan.steps:
            if step.changes and step.action != "block":
                self._works[step.secret] = self._work_of(step)
        self._contents.clear()
        return list(self._works.values())

    def _work_of(self, step: Step) -> Work:
        run = self._run
        secret = run.manifest.secret_named.get(step.secret)
        if secret is None or secret.local != step.local:
            ledger = run.local if step.local else run.shared
            return Work(step, ledger, step.secret, ledger.lockfile.secrets[step.secret])
        ledger = run.ledger(secret)
        run.found_project(ledger)
        entry = run.entry(secret) or self._new_entry(secret)
        work = Work(step, ledger, secret.name, entry, secret)
        try:
            self._fill(work, secret, step)
            self._check(work, secret)
        except SecretZeroError as error:
            work.error = error
        return work

    def _new_entry(self, secret: Secret) -> Entry:
        return Entry(new_id("sec", self._run.random), secret.kind, self._now)

    def _fill(self, work: Work, secret: Secret, step: Step) -> None:
        """Get the value, and the generation that it is or becomes."""
        chosen = {target.uri for target in step.targets if target.action in _WRITES}
        work.writes = tuple(target for target in secret.targets if target.uri in chosen)
        if step.op:
            self._resume(work, step)
        elif step.makes_value:
            self._make(work, secret, step)
        elif work.entry.current:
            work.op, work.generation = work.entry.current, work.entry.now
            if work.writes:
                work.value = self.current(secret, step.take_from)

    def _resume(self, work: Work, step: Step) -> None:
        """Go on with the value of an unfinished op, from the journal or from a target that shows it."""
        work.op, work.new = step.op, True
        record = self._journalled.get(step.op)
        if record is not None:
            work.value = value_of(record)
            work.generation = work.entry.generations.get(step.op) or generation_of(record)
            work.journalled = True
            if not work.entry.generations and record.body["id"] != work.entry.id:
                work.entry = amend(work.entry, id=str(record.body["id"]), created_at=str(record.body["created_at"]))
            return
        work.generation = work.entry.generations[step.op]
        work.value = self.at(step.take_from)

    def _make(self, work: Work, secret: Secret, step: Step) -> None:
        run, entry = self._run, work.entry
        before = entry.now
        value, origin = self._obtain(secret, step, entry)
        if before is not None and step.action == "rotate":
            if match(entry, "", value, work.ledger) == entry.current:
                raise RejectedError("the new value equals the present one", hint="supply another one")
            self._notice_ignored(secret)
        work.op, work.new, work.value = run.new_op(), True, value
        clear = value.reveal() if secret.kind in {"nonsecret", "local"} else None
        opened = [n for identity, n in self._opened if identity == entry.id]
        work.generation = Generation(
            at=self._now,
            n=max([entry.highest, *opened]) + 1,
            fingerprints=fingerprints_of(work, secret, work.op, value),
            origin=origin,
            reason=_reason(step),
            definition=work.ledger.fingerprints.definition(secret.definition),
            bits=step.bits if origin in {"generated", "derived"} else None,
            shape=value.shape,
            parts={name: self._op_of(name) for name in secret.needs},
            fields=tuple(f.name for f in secret.fields) if secret.template else (),
            value=clear,
            has_value=secret.kind in {"nonsecret", "local"},
        )

    def _notice_ignored(self, secret: Secret) -> None:
        """Say that a variable which could supply the value was not taken by a rotation."""
        from .variables import long_name, short_names

        environ = self._run.environ
        found = next((n for n in (long_name(secret.name), *short_names(secret.name)) if environ.get(n)), None)
        if found and secret.nature == "local" and not self._run.options.from_env:
            self._run.notices.append(f"{found} is set but a rotation makes a new value; --from-env takes it")

    def _op_of(self, name: str) -> str:
        """Return the op that another secret has at the end of this run."""
        if name in self._works:
            return self._works[name].op
        secret = self._run.manifest.secret_named.get(name)
        entry = self._run.entry(secret) if secret else None
        return entry.current if entry else ""

    def _obtain(self, secret: Secret, step: Step, entry: Entry) -> tuple[SecretValue, str]:
        """Get a new value for the reason that the step has."""
        options = self._run.options
        if step.action == "adopt":
            return self._adopted(secret, step)
        if secret.name in options.supplied:
            return options.supplied[secret.name], options.supplied_from
        if secret.template:
            return self._template(secret, step, entry)
        if step.reason in {"followed", "literal changed"} and entry.now and not secret.needs:
            present = self._run.origins.present(secret, entry.now.origin, self.look_up)
            if present is None:
                raise NoValueError("its source no longer has a value")
            return present, entry.now.origin
        found = self._run.origins.obtain(
            secret, secret.fields[0], rotating=step.action == "rotate", look_up=self.look_up
        )
        return found.value, found.origin

    def _adopted(self, secret: Secret, step: Step) -> tuple[SecretValue, str]:
        if step.take_from == "fields":
            return self._assembled(
                secret, {t.part: t.uri for t in secret.targets if t.part}
            ), f"target:{step.targets[0].uri}"
        value = self.at(step.take_from)
        if secret.template or any(part for f in secret.fields if f.generator for part in f.generator.parts):
            value = as_map(value)
        return value, f"target:{step.take_from}"

    def _template(self, secret: Secret, step: Step, entry: Entry) -> tuple[SecretValue, str]:
        """Obtain each field; a change of the template's fields keeps the others, a rotation keeps the static ones."""
        whole: dict[str, Material] = {}
        origins = []
        kept = {}
        if step.action == "update" and entry.current:
            kept = as_dict(self.current(secret, step.take_from))
        for each in secret.fields:
            static = each.generator is not None and each.generator.nature == "static"
            if each.name in kept:
                whole[each.name] = kept[each.name]
                continue
            try:
                found = self._run.origins.obtain(secret, each, rotating=step.action == "rotate", look_up=self.look_up)
            except NoValueError:
                if not (static and entry.current):
                    raise
                whole[each.name] = as_dict(self.current(secret, ""))[each.name]
                continue
            whole[each.name] = found.value.reveal()
            origins.append(found.origin)
        return SecretValue(whole), "generated" if "generated" in origins else (origins or ["manifest"])[0]

    def look_up(self, name: str, part: str) -> SecretValue:
        """Return the value that another secret, or a part of it, has at the end of this run. Raises NoValueError."""
        owner, inner = self._run.manifest.owner_of(name)
        if owner is None:
            raise NoValueError(f"there is no secret {name}")
        work = self._works.get(owner.name)
        if work is not None and work.error is not None:
            raise NoValueError(f"{owner.name} has no value in this run")
        value = work.value if work is not None and work.value is not None else self.current(owner, "")
        path = ".".join(step for step in (inner, part) if step)
        try:
            return value.part(path)
        except KeyError:
            raise NoValueError(f"{owner.name} has no part {path}") from None

    def current(self, secret: Secret, take_from: str) -> SecretValue:
        """Return the current value of a secret from wherever it can be read and proved. Raises NoValueError."""
        entry = self._run.entry(secret)
        ledger = self._run.ledger(secret)
        if entry is None or entry.now is None:
            raise NoValueError(f"{secret.name} has no value yet", hint="run secretzero sync")
        candidates = (
            lambda: self._from_targets(secret, entry, ledger, take_from),
            lambda: self._from_journal(entry),
            lambda: self._from_origin(secret, entry, ledger),
            lambda: self._from_fields(secret, entry, ledger),
        )
        for candidate in candidates:
            if (value := candidate()) is not None:
                return value
        hint = f"supply it with secretzero set {secret.name}, or replace it: secretzero rotate {secret.name} --force"
        raise NoValueError(f"no readable copy of {secret.name} holds the recorded value", hint=hint)

    def _from_targets(self, secret: Secret, entry: Entry, ledger: Ledger, first: str) -> SecretValue | None:
        whole = sorted((t for t in secret.targets if not t.part and t.options), key=lambda t: t.uri != first)
        for target in whole:
            try:
                value = self.at(target.uri)
            except SecretZeroError:
                continue
            if match(entry, "", value, ledger) == entry.current:
                return _shaped(value, entry)
        return None

    def _from_journal(self, entry: Entry) -> SecretValue | None:
        record = self._journalled.get(entry.current)
        return value_of(record) if record else None

    def _from_origin(self, secret: Secret, entry: Entry, ledger: Ledger) -> SecretValue | None:
        """Make the value again where that gives the same: a derived value, a literal, a setting in clear."""
        now = entry.now
        if now is not None and now.has_value:
            return SecretValue(now.value)  # type: ignore[arg-type]
        try:
            if secret.nature == "derived":
                value = self._run.origins.obtain(secret, secret.fields[0], rotating=False, look_up=self.look_up).value
            else:
                found = self._run.origins.present(secret, now.origin if now else "", self.look_up)
                if found is None:
                    return None
                value = found
        except SecretZeroError:
            return None
        return value if match(entry, "", value, ledger) == entry.current else None

    def _from_fields(self, secret: Secret, entry: Entry, ledger: Ledger) -> SecretValue | None:
        """Put a map together from the targets that hold its pieces; those that cannot be read are left out."""
        found: dict[str, Material] = {}
        for target in secret.targets:
            if not target.part or target.options is None or target.part in found:
                continue
            try:
                value = self.at(target.uri)
            except SecretZeroError:
                continue
            if match(entry, target.part, value, ledger) == entry.current:
                found[target.part] = value.reveal()
        return SecretValue(found) if found else None

    def _assembled(self, secret: Secret, uris: Mapping[str, str]) -> SecretValue:
        return SecretValue({f.name: self.at(uris[f.name]).reveal() for f in secret.fields})

    def at(self, uri: str) -> SecretValue:
        """Return what one target holds, unproved; an object is read once however many secrets are in it."""
        base, _, _ = uri.partition("#")
        if base not in self._contents:
            store, path = self._run.stores.store_of(base)
            self._contents[base] = readable(store).read(path)
        target = self._run.target_at.get(uri)
        try:
            return self._contents[base].part(target.field if target and target.field else "value")
        except KeyError:
            raise NotFoundError("nothing there", target=uri) from None

    def _check(self, work: Work, secret: Secret) -> None:
        """Refuse a value that a target cannot hold, and a file that git tracks, before anything has an effect."""
        if work.value is None:
            return
        for target in work.writes:
            if target.options is None:
                raise BlockedError("the provider is not offered by this version", target=target.uri)
            try:
                piece = work.value.part(target.part)
            except KeyError:
                raise NoValueError(f"the value has no part {target.part}", target=target.uri) from None
            target.options.check(target.field, piece)


def fingerprints_of(work: Work, secret: Secret, op: str, value: SecretValue) -> dict[str, str]:
    """Fingerprint the whole value, and each part that some target uses alone."""
    made = {}
    for part in {"", *(target.part for target in secret.targets)}:
        try:
            canonical = value.part(part).canonical()
        except KeyError:
            continue
        made[part] = work.ledger.fingerprints.of(work.entry.id, part, op, canonical)
    return made


def _reason(step: Step) -> str:
    return {"found at its target": "adopted"}.get(step.reason, step.reason) or "new"


def _shaped(value: SecretValue, entry: Entry) -> SecretValue:
    """Read a value that stood as text in the shape that its generation has."""
    return as_map(value) if entry.now and entry.now.shape in {"map", "list"} else value


def as_map(value: SecretValue) -> SecretValue:
    """Read a text that is JSON as what it says; anything else stays what it is."""
    import json

    text = value.reveal()
    if not isinstance(text, str):
        return value
    try:
        return SecretValue(json.loads(text))
    except ValueError:
        return value


def as_dict(value: SecretValue) -> dict[str, Material]:
    """Return the pieces of a map; anything else has none."""
    material = as_map(value).reveal()
    return material if isinstance(material, dict) else {}


def value_of(record: Record) -> SecretValue:
    """Return the value that a journal record holds."""
    return SecretValue(record.body["value"])  # type: ignore[arg-type]


def generation_of(record: Record) -> Generation:
    """Return the generation that a journal record announces."""
    return Generation(**record.body["generation"])  # type: ignore[arg-type]
