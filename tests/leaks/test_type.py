"""The type that holds a value shows it by no accident, and no error that the engine raises has one in it."""

import copy
import io
import json
import logging
import pickle
import pprint
import string
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import pytest
from rich.console import Console
from rich.pretty import Pretty
from rich.traceback import Traceback

from secretzero import Engine, RunOptions, SecretValue, SecretZeroError
from secretzero.engine.obtain import Obtained
from secretzero.engine.reading import Reading
from secretzero.shell import load_plan, save_plan
from secretzero.testing.canary import Canaries

Recorder = Callable[[str, object], None]


def held(canaries: Canaries) -> Iterator[SecretValue]:
    """Yield values of every shape."""
    text = canaries.make(awkward=True)
    yield SecretValue(text)
    yield SecretValue({"user": "app", "password": canaries.make()})
    yield SecretValue([canaries.make(), {"a": [canaries.make()]}])
    yield SecretValue(json.dumps({"password": canaries.make()}))


def shown(value: SecretValue) -> Iterator[str]:
    """Yield every text that somebody may make of a value without asking for it."""
    yield from (str(value), repr(value), f"{value}", f"{value!r:>80}", f"{value:<40}", "%s %r" % (value, value))  # noqa: UP031 - one more way
    yield "{} {!r}".format(value, [value, {"x": value}])
    yield string.Template("$value").substitute(value=value)
    yield pprint.pformat({"value": value})
    yield repr(attrs.asdict(RunOptions(supplied={"a": value})))
    yield repr((Obtained(value, "person"), attrs.evolve(RunOptions(supplied={"a": value}), strict=True)))
    yield json.dumps({"value": value}, default=str)
    yield repr([copy.copy(value), copy.deepcopy(value), copy.deepcopy({"a": [value]})])
    yield repr(
        [
            getattr(value, name, "")
            for name in dir(value)
            if name not in {"reveal", "canonical"} and "material" not in name
        ]
    )
    screen = io.StringIO()
    console = Console(file=screen, width=200)
    console.print(value, Pretty({"value": value}))
    console.log(value, log_locals=True)
    yield screen.getvalue()
    records = io.StringIO()
    handler = logging.StreamHandler(records)
    handler.emit(logging.LogRecord("x", logging.DEBUG, "", 1, "%s %r", (value, [value]), None))
    yield records.getvalue()


def failing(value: SecretValue) -> Exception:
    """Return an error that was raised where the value is a local variable."""
    local = [value, {"password": value}]
    try:
        value.part("no.such.part")
        raise ValueError(f"{value} {local}")
    except (KeyError, ValueError) as error:
        return error


def frames(error: BaseException) -> str:
    """Return what tools that show local variables make of an error."""
    screen = io.StringIO()
    shown = Traceback.from_exception(type(error), error, error.__traceback__, show_locals=True, locals_max_string=None)
    Console(file=screen, width=400).print(shown)
    captured = traceback.TracebackException.from_exception(error, capture_locals=True)
    return screen.getvalue() + "".join(captured.format()) + "".join(traceback.format_exception(error))


def test_nothing_shows_a_value_by_accident(record_property: Recorder):
    """Not text, format, logging, json, copies, attrs, pretty printers, or a traceback with local variables."""
    canaries = Canaries(1)
    count = 0
    for value in held(canaries):
        for text in (*shown(value), frames(failing(value))):
            count += 1
            assert canaries.sightings(text) == ()
    record_property("figure", f"G17: {len(canaries.values)} values in {count} texts made by accident: 0 hits")


def test_a_value_goes_into_no_stream():
    """It cannot be pickled, marshalled as JSON, hashed, iterated, measured or joined."""
    for value in held(Canaries(2)):
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            with pytest.raises(TypeError):
                pickle.dumps(value, protocol)
        for careless in (json.dumps, hash, iter, len, bytes, "".join, vars, sorted, dict):
            with pytest.raises(TypeError):
                careless(value)


def test_the_classes_that_carry_values_do_not_show_them():
    """What the engine passes around has a repr without what it holds."""
    canaries = Canaries(3)
    for value in held(canaries):
        for carrier in (Obtained(value, "person"), Reading(value, 1, ""), RunOptions(supplied={"a": value})):
            assert canaries.sightings(repr(carrier) + str(carrier) + pprint.pformat(carrier)) == ()


MANIFEST = """
secrets:
  - {name: first, kind: static, config: {validation: "^sk_"}, targets: [{provider: local, kind: file, config: {path: .env, key: FIRST}}]}
  - {name: second, kind: random_password, targets: [{provider: local, kind: file, config: {path: app.json, key: second}}]}
  - {name: third, kind: static, source: {kind: file, config: {path: third.json, key: token}}, targets: [{provider: local, kind: file, config: {path: app.toml, key: third}}]}
"""  # noqa: E501 - a table


class Scene:
    """A project on which a program that embeds the engine does everything wrong."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.canaries = Canaries(4)
        self.home = folder / "home"
        self.environ = {"HOME": str(self.home), "FIRST": f"sk_{self.canaries.make()}"}
        (folder / "Secretfile.yml").write_text(MANIFEST)
        (folder / "third.json").write_text(json.dumps({"token": self.canaries.make()}))

    def engine(self, **environ: str) -> Engine:
        """Open the engine again."""
        return Engine.open(str(self.folder / "Secretfile.yml"), environ={**self.environ, **environ})

    def write(self, name: str, text: str) -> None:
        """Write a file of the project, a canary in place of each ``@@``."""
        (self.folder / name).write_text(text.replace("@@", self.canaries.make()))

    def failures(self) -> Iterator[Callable[[], object]]:
        """Yield calls that fail, each once what it needs is in place."""
        canary = self.canaries.make
        yield lambda: self.engine().resolve("first")
        yield lambda: self.engine().set("first", SecretValue(canary()))
        self.engine().sync()
        yield lambda: self.engine().set("second", SecretValue(canary()))
        yield lambda: self.engine().set("third", SecretValue("sk_" + canary() + "\0"))
        yield lambda: self.engine().set("first", SecretValue("sk_" + canary() * 2000))
        yield lambda: self.engine().set("fist", SecretValue(canary()))
        yield lambda: self.engine(SECRETZERO_PROJECT_KEY=canary()).sync()
        yield lambda: self.engine(XDG_STATE_HOME=canary()).sync()
        yield lambda: load_plan(self.engine(), canary().encode(), "x.plan")
        saved = save_plan(self.engine(), self.engine().plan(rotate=True, force=True))
        yield lambda: load_plan(self.engine(), saved.replace("second", canary()).encode(), "x.plan")
        stale = self.engine().plan(rotate=True, force=True)
        self.write("third.json", '{"token": "@@"}')
        self.engine().rotate(force=True)
        yield lambda: self.engine().apply(stale)
        for name, text in (
            (".env", "FIRST=@@\n"), (".env", "FIRST='@@\n"), ("app.json", '{"second": "@@"'),
            ("app.toml", "third = @@"),
            ("app.json", '{"second": "@@", "second": "@@"}'), ("third.json", '{"token": "@@"'),
            ("third.json", '{"@@": 1}'), ("third.json", '{"token": {"@@": ["@@"]}}'),
        ):  # fmt: skip
            self.write(name, text)
            yield from (self.engine().sync, lambda: self.engine().rotate(force=True), self.engine().read)
            yield lambda: self.engine().resolve("second")
        (self.folder / "app.json").unlink()
        (self.folder / "app.json").mkdir()
        yield lambda: self.engine().rotate(force=True)
        lockfile = (self.folder / ".gitsecrets.lock").read_text()
        for old, new in (('"h1:', '"@@'), ('"n": 1', '"n": "@@"'), ('"schema": 2', '"schema": 9, "x": "@@"')):
            self.write(".gitsecrets.lock", lockfile.replace(old, new))
            yield self.engine().sync
            yield self.engine().drift
        for broken in (
            "secrets: [{name: @@, kind: static, confg: @@}]",
            "secrets: @@",
            "@@: [",
            'variables: {a: "${@@"}',
        ):
            self.write("Secretfile.yml", broken)
            yield self.engine


def errors_of(call: Callable[[], object]) -> Iterator[SecretZeroError]:
    """Yield what a call raises, or else the errors of the report that it returns."""
    try:
        report = call()
    except SecretZeroError as error:
        yield error
    else:
        for outcome in getattr(report, "failed", ()):
            found = [outcome.error, *(target.error for target in outcome.targets)]
            yield from (error for error in found if error is not None)


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and whatever it says that it came from, as every tool that shows errors follows it."""
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def test_no_error_of_the_engine_holds_a_value(tmp_path: Path, record_property: Recorder):
    """Neither its text, its fields, its pickle, its traceback, nor whatever it was raised from."""
    scene = Scene(tmp_path)
    kinds, count = set(), 0
    for call in scene.failures():
        for error in errors_of(call):
            kinds.add(type(error).__name__)
            count += 1
            for each in chain(error):
                texts = (str(each), repr(each), repr(vars(each)), "".join(traceback.format_exception(each)))
                for text in texts:
                    assert scene.canaries.sightings(text) == (), (type(error), type(each))
            assert scene.canaries.sightings(pickle.dumps(error.args) + pickle.dumps(error.__dict__)) == ()
    assert len(kinds) >= 10, kinds
    record_property(
        "figure", f"G15, SDK: {count} errors of {len(kinds)} kinds, {len(scene.canaries.values)} values: 0 hits"
    )
