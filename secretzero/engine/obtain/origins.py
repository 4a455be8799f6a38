"""The order of origins for a new value: environment, sources, generator, person."""

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import NamedTuple

from attrs import evolve, frozen

from ...errors import NoValueError, RejectedError, SecretZeroError
from ...lockfile.model import Entry
from ...manifest.model import Field, Manifest, Secret, SourceEntry, supplied_by_people, variable_of
from ...planning.world import NO_SOURCE, SourceSeen
from ...protocols import Ask, Question, Request, Supplied
from ...values import SecretValue
from ..options import RunOptions
from ..state.lockfile import Ledger
from .environment import LONG, all_names, begun_by, long_name, preferred_name, short_names, supplied_by

MAXIMUM = 64 * 1024
_SOURCE = re.compile(r"source:(\d+):(.+)").fullmatch
LookUp = Callable[[str, str], SecretValue]


class Obtained(NamedTuple):
    """A value, and the origin that gave it, as the lockfile names origins."""

    value: SecretValue
    origin: str


@frozen(eq=False, repr=False)
class Origins:
    """Where values of this run come from. `request` is what every source gets, but for secret and field."""

    manifest: Manifest
    environ: Mapping[str, str]
    request: Request
    options: RunOptions
    ask: Ask

    def obtain(self, secret: Secret, field: Field, *, rotating: bool, look_up: LookUp) -> Obtained:
        """Return a new value of one field of a secret, from the first origin that has one.

        Raises NoValueError, naming what would supply it, when none has; RejectedError for a value that may not be.
        """
        if secret.absent and not supplied_by_people(field):
            path, variable = secret.absent[0].path, secret.absent[0].variable
            raise NoValueError(f"{path} needs the environment variable {variable}", hint=f"set {variable}")
        found = self._given(secret, field, rotating=rotating, look_up=look_up) or self._made(
            secret, field, rotating=rotating, look_up=look_up
        )
        refuse_unfit(field, found.value)
        return found

    def _given(self, secret: Secret, field: Field, *, rotating: bool, look_up: LookUp) -> Obtained | None:
        """Ask the environment and the sources, in their order."""
        name = _full_name(secret, field)
        usable = field.generator is not None and field.generator.nature != "derived" and not _refers(secret)
        local = usable and field.generator is not None and field.generator.nature in {"local", "issued"}
        from_environment = usable and self._named_in_environment(name)
        if local and rotating and not self.options.from_env:
            from_environment = False
        if from_environment and (found := self._variable((long_name(name),), field, rotating=rotating)):
            return found
        if not field.name and (found := self._sources(secret, look_up)):
            return found
        return self._variable(short_names(name), field, rotating=rotating) if from_environment else None

    def _named_in_environment(self, name: str) -> bool:
        """Return whether any variable could be meant for a secret of this name."""
        plain = variable_of(name)
        return plain in self._begun or name.upper() in self._begun or LONG + plain in self._begun

    @cached_property
    def _begun(self) -> frozenset[str]:
        return begun_by(self.environ)

    def _variable(self, names: tuple[str, ...], field: Field, *, rotating: bool) -> Obtained | None:
        layout = supplied.layout(bare=rotating) if (supplied := supplied_by_people(field)) else None
        found = supplied_by(self.environ, names, field.generator, layout)
        return Obtained(accepted(field, found[0]), f"env:{found[1]}") if found else None

    def _sources(self, secret: Secret, look_up: LookUp) -> Obtained | None:
        """Try the declared sources in order; a required one without a value ends the search."""
        for index, entry in enumerate(secret.sources):
            try:
                return Obtained(self.read_source(secret, entry, look_up), f"source:{index}:{entry.kind}")
            except NoValueError:
                if entry.required:
                    raise
        return None

    def read_source(self, secret: Secret, entry: SourceEntry, look_up: LookUp) -> SecretValue:
        """Read one declared source. Raises NoValueError when it has none, ProviderError when it is down."""
        if entry.source is None:
            raise NoValueError(f"the source kind {entry.kind} is not offered by this version")
        request = evolve(self.request, secret=secret.name, look_up=look_up)
        value = entry.source.obtain(request)
        return accepted(secret.fields[0], value) if secret.fields else value

    def _made(self, secret: Secret, field: Field, *, rotating: bool, look_up: LookUp) -> Obtained:
        generator = field.generator
        if generator is None:
            raise NoValueError(f"the kind {field.kind} is not offered by this version")
        if supplied := supplied_by_people(field):
            return self._by_hand(secret, field, supplied, rotating=rotating)
        usual = self.request
        request = Request(  # evolve(…) costs ten times as much, for every new value
            secret=secret.name,
            field=field.name,
            constraints=field.constraints,
            random=usual.random,
            now=usual.now,
            environ=usual.environ,
            look_up=look_up,
            read_file=usual.read_file,
            allow_weak=self.options.allow_weak,
        )
        return Obtained(generator.obtain(request), "derived" if generator.nature == "derived" else "generated")

    def _by_hand(self, secret: Secret, field: Field, supplied: Supplied, *, rotating: bool) -> Obtained:
        """Take the literal of the manifest, else ask a person; a rotation never takes the literal."""
        literal = None if rotating else supplied.literal()
        if literal is not None:
            return Obtained(literal, "manifest")
        if supplied.in_clear():
            if not self.options.prompt_nonsecrets:
                raise NoValueError(
                    f"no source of {secret.name} has a value", hint="use --prompt-nonsecrets to be asked for it"
                )
            return Obtained(self._ask(secret, field), "person")
        _refuse_gap(secret, field, rotating=rotating)
        if not supplied.may_ask():
            hint = self._hint(secret, field)
            raise NoValueError(f"no value for {secret.name}, and prompting for it is not allowed", hint=hint)
        if blanks := supplied.missing_leaves():
            answers = {leaf: self._ask(secret, field, leaf) for leaf in blanks}
            return Obtained(supplied.with_leaves(answers), "person")
        return Obtained(self._ask(secret, field), "person")

    def _ask(self, secret: Secret, field: Field, leaf: str = "") -> SecretValue:
        """Ask a person, three times at most; an empty answer and one that breaks the rules are refused."""
        full = _full_name(secret, field)
        label = f"Secret: {full} — {leaf}" if leaf else f"Secret: {full}"
        variable = preferred_name(f"{full}_{leaf}" if leaf and "." not in leaf else full)
        question = Question(label, _instructions(secret), variable=variable)
        refusal: SecretZeroError = NoValueError(f"no value was given for {full}", hint=self._hint(secret, field))
        for _ in range(3):
            answer = self.ask(question)
            try:
                if answer.canonical():
                    return answer if leaf else accepted(field, answer)
            except RejectedError as error:
                refusal = error
        raise refusal

    def _hint(self, secret: Secret, field: Field) -> str:
        return f"set {preferred_name(_full_name(secret, field))}, or run this in a terminal"

    def without_asking(self, secret: Secret, look_up: LookUp) -> SecretValue | None:
        """Return what a new value of a static secret would be, where that is known without asking a person."""
        field = secret.fields[0]
        given = self._given(secret, field, rotating=False, look_up=look_up)
        if given:
            return given.value
        return supplied.literal() if (supplied := supplied_by_people(field)) else None

    def peek(self, secret: Secret, entry: Entry, ledger: Ledger, look_up: LookUp) -> SourceSeen:
        """Return what the recorded origin of a secret gives now, without generating, prompting or keeping anything."""
        now = entry.now
        if now is None:
            return NO_SOURCE
        try:
            found = self.present(secret, now.origin, look_up)
        except SecretZeroError as error:
            return SourceSeen("down", error=error.message)
        seen = NO_SOURCE if found is None else _compared(found, now.origin, entry, ledger)
        rival = self._rival(secret, entry, ledger)
        return evolve(seen, rival=rival) if rival else seen

    def _rival(self, secret: Secret, entry: Entry, ledger: Ledger) -> str:
        """Name the variable that is not the recorded origin and has a value that a rotation would take."""
        field = secret.fields[0] if secret.fields else None
        supplied = supplied_by_people(field)
        if field is None or secret.template or _refers(secret) or supplied is None or supplied.in_clear():
            return ""
        try:
            found = self._variable(all_names(secret.name), field, rotating=False)
        except SecretZeroError:
            return ""
        different = found and _compared(found.value, found.origin, entry, ledger).state == "different"
        return found.origin.removeprefix("env:") if found and different else ""

    def present(self, secret: Secret, origin: str, look_up: LookUp) -> SecretValue | None:
        """Return what an origin says now; None where nothing is to be asked, or it says nothing any more."""
        field = secret.fields[0] if secret.fields else None
        supplied = supplied_by_people(field)
        if supplied and supplied.in_clear():
            return self.without_asking(secret, look_up)
        if field is None or secret.template or supplied is None or origin.startswith("source:"):
            return self._followed(secret, origin, look_up)
        names = (origin.removeprefix("env:"),) if origin.startswith("env:") else ()
        given = supplied_by(self.environ, names, field.generator, supplied.layout())
        if given:
            return accepted(field, given[0])
        return supplied.literal() if origin == "manifest" else None

    def _followed(self, secret: Secret, origin: str, look_up: LookUp) -> SecretValue | None:
        """Read the recorded source again, if it is one that is followed."""
        match = _SOURCE(origin)
        index = int(match[1]) if match else len(secret.sources)
        source = secret.sources[index] if index < len(secret.sources) else None
        if source is None or not source.follow or source.kind == "secret_ref":
            return None
        try:
            return self.read_source(secret, source, look_up)
        except NoValueError:
            if source.required:
                raise
            return None


def _compared(value: SecretValue, origin: str, entry: Entry, ledger: Ledger) -> SourceSeen:
    """Compare what the recorded origin says now with the current generation."""
    if ledger.key is None:
        return SourceSeen("none", origin)
    return SourceSeen("same" if ledger.is_current(entry, value) else "different", origin)


def _refuse_gap(secret: Secret, field: Field, *, rotating: bool) -> None:
    """Stop where the manifest's own text lacks a variable in its middle: what a person answers is not that text."""
    for path, variable in [(gap.path, gap.variable) for gap in secret.absent if not gap.whole and not rotating]:
        if ".source" not in path and f"{field.name}." in path:
            raise NoValueError(f"{variable} is not set, which {path} needs", hint=f"set {variable}")


def accepted(field: Field, value: SecretValue) -> SecretValue:
    """Bring a value from outside into the type that a field declares. Raises RejectedError where it does not fit."""
    supplied = supplied_by_people(field)
    return supplied.accept(value) if supplied else value


def refuse_unfit(field: Field, value: SecretValue) -> None:
    """Raise RejectedError when a value is too long or breaks the field's own rule; never showing it."""
    if len(value.canonical()) > MAXIMUM:
        raise RejectedError("the value is longer than 64 KiB")
    if supplied := supplied_by_people(field):
        supplied.check(value)


def _refers(secret: Secret) -> bool:
    return any(source.kind == "secret_ref" for source in secret.sources)


def _full_name(secret: Secret, field: Field) -> str:
    return f"{secret.name}_{field.name}" if field.name else secret.name


def _instructions(secret: Secret) -> str:
    """Render what the manifest tells a person to do to get the value."""
    given = secret.agent_instructions
    if not given:
        return ""
    lines = [str(given.get("summary", ""))]
    steps = given.get("steps", ())
    for number, step in enumerate(steps if isinstance(steps, list | tuple) else (), 1):
        if isinstance(step, Mapping):
            lines.append(f"{number}. {step.get('action', '')}: {step.get('description', '')}")
    if link := given.get("documentation_url"):
        lines.append(str(link))
    return "\n".join(line for line in lines if line)
