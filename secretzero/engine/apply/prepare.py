"""Turn steps into changes: every value is obtained before anything is written."""

from collections.abc import Mapping
from typing import NamedTuple, get_args

from ...clock import stamp
from ...errors import BlockedError, NoValueError, RejectedError, SecretZeroError
from ...keys import named_id, new_id
from ...lockfile.model import Entry, Generation, Reason, amend
from ...manifest.model import Field, Secret, Target
from ...planning.plan import Plan, Step
from ...values import Material, SecretValue
from ..context import Run
from ..current import Copies, in_shape, pieces_of
from ..obtain import Obtained, all_names
from ..state.journal import Record
from ..state.lockfile import Ledger
from .change import Change, Key, fingerprints_of

_WRITES = frozenset({"write", "copy", "restore"})


class Chosen(NamedTuple):
    """The value of a secret that its targets get, and its op, with the meaning of these fields in `Change`."""

    op: str
    generation: Generation | None
    value: SecretValue | None = None
    new: bool = False
    journalled: bool = False
    partial: bool = False


class Preparation:
    """Obtains the values for the steps of a plan, in order, and keeps the error of each step that fails."""

    def __init__(self, run: Run, journalled: Mapping[str, Record]) -> None:
        self._run = run
        self._journalled = journalled
        self._changes: dict[str, Change] = {}
        self._errors: dict[Key, SecretZeroError] = {}
        self._keys: dict[str, Key] = {}
        self._copies = Copies(run, journalled, self._in_this_run)
        self._ids: dict[bool, frozenset[str]] = {}
        self._now = stamp(run.clock.now())
        self._opened = {(record.body["id"], int(str(record.body["n"]))) for record in journalled.values()}

    def prepare(self, plan: Plan) -> tuple[list[Change], dict[Key, SecretZeroError]]:
        """Return the changes of a plan, and the errors of those that failed. Values that were read are dropped.

        Entries whose secret was removed from the manifest come last; they only lose targets.
        """
        left = []
        for step in plan.steps:
            if not step.changes or step.action == "block":
                continue
            secret = self._run.manifest.secret_named.get(step.secret)
            if secret is None or secret.local != step.local:
                ledger = self._run.local if step.local else self._run.shared
                entry = ledger.lockfile.secrets[step.secret]
                left.append(Change(key=Key.of(step), step=step, ledger=ledger, entry=entry, announced=entry))
                continue
            self._keys[secret.name] = Key.of(step)
            try:
                self._changes[secret.name] = self._change_of(step, secret)
            except SecretZeroError as error:
                self._errors[self._keys[secret.name]] = error
        self._copies.forget()
        return [*self._changes.values(), *left], self._errors

    def _change_of(self, step: Step, secret: Secret) -> Change:
        """Obtain the value of a step, and the generation that it is or becomes."""
        ledger, entry = self._run.ledger(secret), self._entry_of(step, secret)
        chosen = {target.uri for target in step.targets if target.action in _WRITES}
        writes = tuple([target for target in secret.targets if target.uri in chosen])
        made_from = [name for name in secret.needs if name in self._keys] if secret.needs else ()
        made = self._chosen(step, secret, ledger, entry, writes=bool(writes))
        if made.value is not None:
            _check(writes, made.value)
        return Change(
            key=self._keys[secret.name],
            step=step,
            ledger=ledger,
            entry=entry,
            announced=self._announced(step, entry, made) if made.new and writes else entry,
            secret=secret,
            writes=writes,
            made_from=tuple([self._keys[name] for name in made_from]),
            depth=max([self._changes[name].depth + 1 for name in made_from if name in self._changes], default=0),
            op=made.op,
            value=made.value,
            generation=made.generation,
            new=made.new,
            journalled=made.journalled,
            partial=made.partial,
        )

    def _entry_of(self, step: Step, secret: Secret) -> Entry:
        """Return the entry of a secret; one that only the journal has so far keeps the id recorded there."""
        entry = self._run.entry(secret) or self._new_entry(secret)
        record = self._journalled.get(step.op) if step.op else None
        if record is not None and not entry.generations and record.body["id"] != entry.id:
            return amend(entry, id=record.text("id"), created_at=record.text("created_at"))
        return entry

    def _announced(self, step: Step, entry: Entry, made: Chosen) -> Entry:
        """Announce the op as pending in the entry; the fingerprints of the one that it replaces are kept forever."""
        if entry.pending == made.op or made.generation is None:
            return entry
        record = self._journalled.get(step.withdraw)
        kept = entry.withdraw(step.withdraw, record.generation if record else None).generations
        return amend(entry, generations={**kept, made.op: made.generation}, pending=made.op)

    def _in_this_run(self, name: str) -> SecretValue | None:
        """Return the value that a secret gets in this run, or None if it keeps its present value."""
        if self._keys.get(name) in self._errors:
            raise NoValueError(f"{name} has no value in this run")
        return self._changes[name].value if name in self._changes else None

    def _new_entry(self, secret: Secret) -> Entry:
        """Return a new entry. Its id is derived from the name, so that two branches that add the secret agree."""
        ledger = self._run.ledger(secret)
        identity = named_id(ledger.lockfile.project, secret.name)
        if identity in self._taken(ledger):
            identity = new_id("sec", self._run.random)
        return Entry(identity, secret.kind, self._now)

    def _taken(self, ledger: Ledger) -> frozenset[str]:
        """Return the ids in a lockfile: one may belong to a secret that has since been renamed."""
        if ledger.local not in self._ids:
            self._ids[ledger.local] = frozenset(entry.id for entry in ledger.lockfile.secrets.values())
        return self._ids[ledger.local]

    def _chosen(self, step: Step, secret: Secret, ledger: Ledger, entry: Entry, *, writes: bool) -> Chosen:
        """Choose the op that the targets get, with its value if any of them needs it."""
        if step.op:
            return self._resumed(step, entry)
        if step.makes_value:
            return self._made(step, secret, ledger, entry)
        if not entry.current or not writes:
            return Chosen(entry.current, entry.now)
        value = self._copies.current(secret, step.take_from)
        return Chosen(entry.current, entry.now, value, partial=ledger.match(entry, "", value) != entry.current)

    def _resumed(self, step: Step, entry: Entry) -> Chosen:
        """Continue with the value of an unfinished op, from the journal or from a target that holds it."""
        op, record = step.op, self._journalled.get(step.op)
        if record is None:
            return Chosen(op, entry.generations[op], self._copies.at(step.take_from), new=True)
        return Chosen(op, entry.generations.get(op) or record.generation, record.value, new=True, journalled=True)

    def _made(self, step: Step, secret: Secret, ledger: Ledger, entry: Entry) -> Chosen:
        """Obtain a new value."""
        value, origin = self._obtain(secret, step, entry)
        if entry.now is not None and (step.action == "rotate" or step.reason == "set"):
            if ledger.match(entry, "", value) == entry.current:
                raise RejectedError("the new value is the same as the current one", hint="supply a different value")
            self._notice_ignored(secret)
        op = self._run.new_op()
        opened = [n for identity, n in self._opened if identity == entry.id] if self._opened else ()
        generation = Generation(
            at=self._now,
            n=max((entry.highest, *opened)) + 1,
            fingerprints=fingerprints_of(ledger, entry.id, secret, op, value),
            origin=origin,
            reason=_REASONS[step.reason],
            definition=ledger.fingerprints.definition(secret.definition),
            bits=step.bits if origin in {"generated", "derived"} else None,
            shape=value.shape,
            parts={name: self._op_of(name) for name in secret.needs},
            fields=tuple(f.name for f in secret.fields) if secret.template else (),
            value=value.reveal() if secret.in_clear else None,
            has_value=secret.in_clear,
        )
        return Chosen(op, generation, value, new=True)

    def _notice_ignored(self, secret: Secret) -> None:
        """Add a notice if the rotation ignored an environment variable that could supply the value."""
        environ = self._run.environ
        found = next((n for n in all_names(secret.name) if environ.get(n)), None)
        if found and secret.nature == "local" and not self._run.options.from_env:
            self._run.notices.append(f"{found} is set, but a rotation generates a new value; use --from-env to take it")

    def _op_of(self, name: str) -> str:
        """Return the op that another secret will have at the end of this run."""
        if name in self._changes:
            return self._changes[name].op
        secret = self._run.manifest.secret_named.get(name)
        entry = self._run.entry(secret) if secret else None
        return entry.current if entry else ""

    def _obtain(self, secret: Secret, step: Step, entry: Entry) -> tuple[SecretValue, str]:
        """Obtain a new value, in the way that the reason of the step asks for."""
        options, look_up = self._run.options, self._copies.look_up
        if step.action == "adopt":
            return self._adopted(secret, step)
        if secret.name in options.supplied or secret.template:
            given = options.supplied.get(secret.name)
            return (given, options.supplied_from) if given else self._template(secret, step, entry)
        if step.reason in {"followed", "literal changed"} and not secret.needs and not secret.in_clear:
            return self._followed(secret, entry)
        found = self._run.origins.obtain(secret, secret.fields[0], rotating=step.action == "rotate", look_up=look_up)
        return found.value, found.origin

    def _followed(self, secret: Secret, entry: Entry) -> tuple[SecretValue, str]:
        """Read the recorded origin again."""
        origin = entry.now.origin if entry.now else ""
        present = self._run.origins.present(secret, origin, self._copies.look_up)
        if present is None:
            raise NoValueError("the source no longer has a value")
        return present, origin

    def _adopted(self, secret: Secret, step: Step) -> tuple[SecretValue, str]:
        if step.take_from == "fields":
            uris = {target.part: target.uri for target in secret.targets if target.part}
            fields = {f.name: self._copies.at(uris[f.name]).reveal() for f in secret.fields}
            return SecretValue(fields), f"target:{step.targets[0].uri}"
        value = self._copies.at(step.take_from)
        if secret.template or any(part for f in secret.fields if f.generator for part in f.generator.parts):
            value = in_shape(value, "map")
        return value, f"target:{step.take_from}"

    def _template(self, secret: Secret, step: Step, entry: Entry) -> tuple[SecretValue, str]:
        """Obtain each field. An update keeps the unchanged fields; a rotation keeps static ones without a new value."""
        whole: dict[str, Material] = {}
        origins = []
        renewed = step.action != "update"
        kept = pieces_of(self._copies.current(secret, step.take_from)) if not renewed and entry.current else {}
        for each in secret.fields:
            if each.name in kept:
                whole[each.name] = kept[each.name]
                continue
            if not renewed and entry.now and each.name in entry.now.fields:
                hint = f"supply it, or replace all fields: secretzero rotate {secret.name} --force"
                raise NoValueError(f"no readable copy of {secret.name}.{each.name}", hint=hint)
            found = self._field(secret, each, rotating=step.action == "rotate", had_one=bool(entry.current))
            whole[each.name] = found.value.reveal()
            origins.append(found.origin)
        return SecretValue(whole), "generated" if "generated" in origins else (origins or ["manifest"])[0]

    def _field(self, secret: Secret, each: Field, *, rotating: bool, had_one: bool) -> Obtained:
        """Obtain one field of a template; a static one without a new value keeps its current one."""
        try:
            return self._run.origins.obtain(secret, each, rotating=rotating, look_up=self._copies.look_up)
        except NoValueError:
            if not had_one or each.generator is None or each.generator.nature != "static":
                raise
        return Obtained(self._copies.current(secret).part(each.name), "kept")


def _check(targets: tuple[Target, ...], value: SecretValue) -> None:
    """Reject a value that a target cannot hold, before anything is written."""
    for target in targets:
        if target.options is None:
            raise BlockedError("this version does not support the provider", target=target.uri)
        try:
            piece = value.part(target.part)
        except KeyError:
            raise NoValueError(f"the value has no part {target.part}", target=target.uri) from None
        target.options.check(target.field, piece)


_REASONS: Mapping[str, Reason] = {word: word for word in get_args(Reason)} | {
    "": "new",
    "found at its target": "adopted",
}
"""The reasons of steps in the terms of the lockfile."""
