"""Turning steps into work: each new or copied value in hand before anything has an effect."""

from collections.abc import Mapping

from ...clock import stamp
from ...errors import BlockedError, NoValueError, RejectedError, SecretZeroError
from ...keys import named_id, new_id
from ...lockfile.model import Entry, Generation, amend
from ...manifest.model import Field, Secret
from ...planning.plan import Plan, Step
from ...values import Material, SecretValue
from ..context import Run
from ..current import Copies
from ..obtain.environment import all_names
from ..obtain.origins import Obtained
from ..state.journal import Record
from ..state.lockfile import Ledger
from ..state.matching import match
from .change import Work, as_dict, as_map, fingerprints_of, generation_of, value_of

_WRITES = frozenset({"write", "copy", "restore"})


class Workshop:
    """Obtains values for the steps of a plan, in their order; what fails is kept with its error."""

    def __init__(self, run: Run, journalled: Mapping[str, Record]) -> None:
        self._run = run
        self._journalled = journalled
        self._works: dict[str, Work] = {}
        self._copies = Copies(run, journalled, self._works)
        self._ids: dict[bool, frozenset[str]] = {}
        self._now = stamp(run.now)
        self._opened = {(record.body["id"], int(str(record.body["n"]))) for record in journalled.values()}

    def works_of(self, plan: Plan) -> list[Work]:
        """Return the work of every step that changes something; values that were read are forgotten again."""
        left = []
        for step in plan.steps:
            if step.changes and step.action != "block":
                work = self._work_of(step)
                if work.secret is None:
                    left.append(work)
                else:
                    self._works[step.secret] = work
        self._copies.forget()
        return [*self._works.values(), *left]

    def _work_of(self, step: Step) -> Work:
        run = self._run
        secret = run.manifest.secret_named.get(step.secret)
        if secret is None or secret.local != step.local:
            ledger = run.local if step.local else run.shared
            return Work(step, ledger, step.secret, ledger.lockfile.secrets[step.secret])
        ledger = run.ledger(secret)
        entry = run.entry(secret) or self._new_entry(secret)
        work = Work(step, ledger, secret.name, entry, secret)
        work.made_from = tuple(self._works[name] for name in secret.needs if name in self._works)
        work.depth = max((part.depth + 1 for part in work.made_from), default=0)
        try:
            self._fill(work, secret, step)
            self._check(work)
        except SecretZeroError as error:
            work.error = error
        return work

    def _new_entry(self, secret: Secret) -> Entry:
        """Begin the records of a secret. Its id follows from its name, so that two branches that made it agree."""
        ledger = self._run.ledger(secret)
        identity = named_id(ledger.lockfile.project, secret.name)
        if identity in self._taken(ledger):
            identity = new_id("sec", self._run.random)
        return Entry(identity, secret.kind, self._now)

    def _taken(self, ledger: Ledger) -> frozenset[str]:
        """Return the ids that a lockfile has already: one may belong to a secret that was renamed since."""
        if ledger.local not in self._ids:
            self._ids[ledger.local] = frozenset(entry.id for entry in ledger.lockfile.secrets.values())
        return self._ids[ledger.local]

    def _fill(self, work: Work, secret: Secret, step: Step) -> None:
        """Get the value, and the generation that it is or becomes."""
        chosen = {target.uri for target in step.targets if target.action in _WRITES}
        work.writes = tuple([target for target in secret.targets if target.uri in chosen])
        if step.op:
            self._resume(work, step)
        elif step.makes_value:
            self._make(work, secret, step)
        elif work.entry.current:
            work.op, work.generation = work.entry.current, work.entry.now
            if work.writes:
                work.value = self._copies.current(secret, step.take_from)
                work.partial = match(work.entry, "", work.value, work.ledger) != work.op

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
        work.value = self._copies.at(step.take_from)

    def _make(self, work: Work, secret: Secret, step: Step) -> None:
        run, entry = self._run, work.entry
        before = entry.now
        value, origin = self._obtain(secret, step, entry)
        if before is not None and (step.action == "rotate" or step.reason == "set"):
            if match(entry, "", value, work.ledger) == entry.current:
                raise RejectedError("the new value equals the present one", hint="supply another one")
            self._notice_ignored(secret)
        work.op, work.new, work.value = run.new_op(), True, value
        clear = value.reveal() if secret.in_clear else None
        opened = [n for identity, n in self._opened if identity == entry.id] if self._opened else ()
        work.generation = Generation(
            at=self._now,
            n=max((entry.highest, *opened)) + 1,
            fingerprints=fingerprints_of(work, secret, work.op, value),
            origin=origin,
            reason=_reason(step),
            definition=work.ledger.fingerprints.definition(secret.definition),
            bits=step.bits if origin in {"generated", "derived"} else None,
            shape=value.shape,
            parts={name: self._op_of(name) for name in secret.needs},
            fields=tuple(f.name for f in secret.fields) if secret.template else (),
            value=clear,
            has_value=secret.in_clear,
        )

    def _notice_ignored(self, secret: Secret) -> None:
        """Say that a variable which could supply the value was not taken by a rotation."""
        environ = self._run.environ
        found = next((n for n in all_names(secret.name) if environ.get(n)), None)
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
            raise NoValueError("its source no longer has a value")
        return present, origin

    def _adopted(self, secret: Secret, step: Step) -> tuple[SecretValue, str]:
        if step.take_from == "fields":
            uris = {target.part: target.uri for target in secret.targets if target.part}
            return self._assembled(secret, uris), f"target:{step.targets[0].uri}"
        value = self._copies.at(step.take_from)
        if secret.template or any(part for f in secret.fields if f.generator for part in f.generator.parts):
            value = as_map(value)
        return value, f"target:{step.take_from}"

    def _template(self, secret: Secret, step: Step, entry: Entry) -> tuple[SecretValue, str]:
        """Obtain each field; a change of the template's fields keeps the others, a rotation keeps the static ones."""
        whole: dict[str, Material] = {}
        origins = []
        renewed = step.action != "update"
        kept = as_dict(self._copies.current(secret, step.take_from)) if not renewed and entry.current else {}
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
        """Obtain one field of a template; a static one without a new value keeps the one it has."""
        try:
            return self._run.origins.obtain(secret, each, rotating=rotating, look_up=self._copies.look_up)
        except NoValueError:
            if not had_one or each.generator is None or each.generator.nature != "static":
                raise
        return Obtained(self._copies.current(secret).part(each.name), "kept")

    def _assembled(self, secret: Secret, uris: Mapping[str, str]) -> SecretValue:
        return SecretValue({f.name: self._copies.at(uris[f.name]).reveal() for f in secret.fields})

    def _check(self, work: Work) -> None:
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


def _reason(step: Step) -> str:
    return {"found at its target": "adopted"}.get(step.reason, step.reason) or "new"
