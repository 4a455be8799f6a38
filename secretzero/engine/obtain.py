"""The order of origins for a new value: environment, sources, generator, person."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import NamedTuple

from attrs import evolve, frozen

from ..errors import NoValueError, RejectedError, SecretZeroError
from ..lockfile.model import Entry
from ..manifest.model import Field, Secret, SourceEntry, supplied_by_people, variable_of
from ..planning.world import NO_SOURCE, SourceSeen
from ..protocols import Ask, Generator, Question, Request, Supplied
from ..values import Material, SecretValue
from .options import RunOptions
from .state.lockfile import Ledger

MAXIMUM = 64 * 1024
_SOURCE = re.compile(r"source:(\d+):(.+)").fullmatch
LONG = "SECRETZERO_SECRET_"
_RESERVED = frozenset(
    "HOME PATH USER USERNAME LOGNAME SHELL PWD OLDPWD LANG LANGUAGE TERM TMPDIR TMP TEMP TZ EDITOR VISUAL PAGER HOST "
    "HOSTNAME MAIL DISPLAY SHLVL IFS PS1 UID EUID GID CI DEBUG PORT".split()
)
_RESERVED_STARTS = (
    "LC_", "XDG_", "SSH_", "SUDO_", "LD_", "DYLD_", "PYTHON", "NODE_", "HTTP_", "HTTPS_", "NO_PROXY", "ALL_PROXY",
    "SECRETZERO_",
)  # fmt: skip
LookUp = Callable[[str, str], SecretValue]


class Obtained(NamedTuple):
    """A value, and the origin that gave it, as the lockfile names origins."""

    value: SecretValue
    origin: str


@frozen(eq=False, repr=False)
class Origins:
    """Where values of this run come from. `request` is what every source gets, but for secret and field."""

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
        """Every beginning, up to a ``_`` or the end, of the names in the environment.

        A secret whose names are not among them gets nothing from it: one look saves asking for each name and part.
        """
        found: set[str] = set()
        for name in self.request.environ:
            pieces = name.split("_")
            found.update("_".join(pieces[:count]) for count in range(1, len(pieces) + 1))
        return frozenset(found)

    def _variable(self, names: tuple[str, ...], field: Field, *, rotating: bool) -> Obtained | None:
        layout = supplied.layout(bare=rotating) if (supplied := supplied_by_people(field)) else None
        found = supplied_by(self.request.environ, names, field.generator, layout)
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
        given = supplied_by(self.request.environ, names, field.generator, supplied.layout())
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
    return SourceSeen("same" if ledger.match(entry, "", value) == entry.current else "different", origin)


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


def short_names(name: str) -> tuple[str, ...]:
    """Return the plain environment names that may supply a secret; names that mean something else are left out."""
    names = dict.fromkeys((variable_of(name), name.upper()))
    return tuple(n for n in names if n not in _RESERVED and not n.startswith(_RESERVED_STARTS))


def long_name(name: str) -> str:
    """Return the environment name that works for every secret."""
    return LONG + variable_of(name)


def all_names(name: str) -> tuple[str, ...]:
    """Return the names that may supply a secret, the one that is asked first in front."""
    return (long_name(name), *short_names(name))


def preferred_name(name: str) -> str:
    """Return the name to show a person: the short one unless it means something else."""
    return next(iter(short_names(name)), long_name(name))


def supplied_by(
    environ: Mapping[str, str], names: Iterable[str], generator: Generator | None, layout: SecretValue | None
) -> tuple[SecretValue, str] | None:
    """Return the value that the first of these variables holds, and that variable's name; an empty one is unset.

    A map may also be given part by part, the rest of it being that of the `layout`, or as JSON. Raises NoValueError
    when only some parts are there, RejectedError when the JSON cannot be read.
    """
    leaves = _leaves(generator, layout)
    for name in names:
        if text := environ.get(name):
            return (_parsed(text, name) if leaves else SecretValue(text)), name
        given = {leaf: environ[part] for leaf in leaves if environ.get(part := f"{name}_{variable_of(leaf)}")}
        if given:
            return _assembled(given, name, leaves, layout), name
    return None


def _leaves(generator: Generator | None, layout: SecretValue | None) -> tuple[str, ...]:
    """Name the parts of a value that is a map; none for anything else."""
    parts = tuple(part for part in (generator.parts if generator else ()) if part)
    if parts or layout is None or layout.shape != "map":
        return parts
    material = layout.reveal()
    return tuple(material) if isinstance(material, dict) else ()


def _parsed(text: str, name: str) -> SecretValue:
    try:
        material = json.loads(text)
    except (ValueError, RecursionError):
        material = None
    if not isinstance(material, dict):
        raise RejectedError(f"{name} must hold a JSON object")
    return SecretValue(material)


def _assembled(given: Mapping[str, str], name: str, leaves: tuple[str, ...], layout: SecretValue | None) -> SecretValue:
    base = layout.reveal() if layout is not None else {}
    whole: dict[str, Material] = {**(base if isinstance(base, dict) else {}), **given}
    missing = [f"{name}_{variable_of(leaf)}" for leaf in leaves if _is_blank(whole.get(leaf))]
    if missing:
        raise NoValueError(f"only some parts are set: missing {', '.join(missing)}")
    return SecretValue(whole)


def _is_blank(leaf: Material) -> bool:
    return leaf is None or (isinstance(leaf, str) and not leaf.strip())


def no_prompt(question: Question) -> SecretValue:
    """Raise NoValueError, with a hint that names what can supply the value."""
    name = question.label.removeprefix("Secret: ")
    hint = f"set {question.variable}, or run this in a terminal" if question.variable else "run this in a terminal"
    raise NoValueError(f"no value for {name}: not found in the environment, and prompting is off", hint=hint)
