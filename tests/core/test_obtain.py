"""Where a new value comes from: the order of origins, names of variables, questions, sources."""

import json
from pathlib import Path

import pytest
from projects import LOCKFILE, Machine, actions, file_target, problems, secret

from secretzero.engine.obtain import long_name, short_names
from secretzero.manifest.model import variable_of
from secretzero.testing.fakes import Person
from secretzero.values import Material


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """An empty project on a machine without prompting."""
    return Machine(tmp_path / "home", tmp_path / "shop")


def made(machine: Machine, name: str = "key", key: str = "KEY") -> tuple[Material, str]:
    """Sync, and return the value of a secret with the origin that the lockfile names."""
    report = machine.sync()
    assert problems(report) == {}
    now = machine.entry(name).now
    assert now is not None
    return machine.values()[key], now.origin


def source(kind: str, **config: object) -> dict[str, object]:
    """Return a source as the manifest writes it."""
    options = {name: config.pop(name) for name in ("required", "follow") if name in config}
    return {"kind": kind, "config": config, **options}


class TestOrder:
    """Each row takes the first origin away, and the next one is asked."""

    MANIFEST = secret(
        "key",
        "static",
        source=[source("env", name="GIVEN", required=False), source("file", path="given.txt", required=False)],
        config={"value": "literal"},
    )
    ROWS = (
        ("SECRETZERO_SECRET_KEY", "long", "env:SECRETZERO_SECRET_KEY"),
        ("GIVEN", "source", "source:0:env"),
        ("given.txt", "file", "source:1:file"),
        ("KEY", "short", "env:KEY"),
        ("", "literal", "manifest"),
    )

    @pytest.mark.parametrize("first", range(len(ROWS)))
    def test_of_a_static_value(self, machine: Machine, first: int):
        """Long variable, sources in their order, short variable, the manifest's literal."""
        machine.manifest(self.MANIFEST)
        for name, value, _ in self.ROWS[first:]:
            if name.endswith(".txt"):
                (machine.folder / name).write_text(f"{value}\n")
            elif name:
                machine.environ[name] = value
        assert made(machine) == self.ROWS[first][1:]

    def test_of_a_generated_value(self, machine: Machine):
        """Variables and sources come before the generator, on create."""
        machine.manifest(secret("key", source=source("env", name="GIVEN", required=False)))
        machine.environ.update({"SECRETZERO_SECRET_KEY": "long", "GIVEN": "source", "KEY": "short"})
        assert made(machine) == ("long", "env:SECRETZERO_SECRET_KEY")

    def test_the_generator_is_last(self, machine: Machine):
        """An empty variable counts as unset."""
        machine.manifest(secret("key"))
        machine.environ["KEY"] = ""
        value, origin = made(machine)
        assert (len(str(value)), origin) == (32, "generated")

    def test_a_rotation_makes_a_new_value(self, machine: Machine):
        """The variable is ignored with a notice, unless the run allows it."""
        machine.manifest(secret("key"))
        machine.sync()
        machine.environ["KEY"] = "given"
        report = machine.rotate("key")
        assert machine.values()["KEY"] != "given"
        assert any("KEY is set" in notice and "--from-env" in notice for notice in report.notices)
        assert machine.rotate("key", from_env=True).failed == ()
        assert machine.values()["KEY"] == "given"

    def test_a_rotation_never_takes_the_literal(self, machine: Machine):
        """A static secret's new value comes from the environment, a source or a person."""
        machine.manifest(secret("key", "static", config={"value": "literal"}))
        machine.sync()
        assert problems(machine.rotate("key")) == {"key": "no_value"}
        machine.environ["KEY"] = "given"
        assert machine.rotate("key").failed == ()
        assert machine.values()["KEY"] == "given"

    def test_a_derived_value_takes_nothing_from_outside(self, machine: Machine):
        """Variables of its name are never asked."""
        machine.manifest(secret("db"), secret("key", "derived", config={"template": "x{{ secret.db }}"}))
        machine.environ["KEY"] = machine.environ["SECRETZERO_SECRET_KEY"] = "given"
        value, origin = made(machine)
        assert (value, origin) == (f"x{machine.values()['DB']}", "derived")

    def test_a_reference_takes_nothing_from_outside(self, machine: Machine):
        """The value of the other secret counts, and follows it."""
        machine.manifest(secret("db"), secret("key", "static", source=source("secret_ref", secret="db")))
        machine.environ["KEY"] = "given"
        assert made(machine) == (machine.values()["DB"], "source:0:secret_ref")
        assert actions(machine.rotate("db")) == {"db": "rotate", "key": "update"}
        assert machine.values()["KEY"] == machine.values()["DB"]
        assert set(actions(machine.sync()).values()) == {"keep"}


class TestVariables:
    @pytest.mark.parametrize(
        ("name", "variable"), [("db", "DB"), ("a-b.c", "A_B_C"), ("x1", "X1"), ("a__b", "A__B"), ("a.b-", "A_B_")]
    )
    def test_names(self, name: str, variable: str):
        """Capitals, and every other character as an underscore."""
        assert variable_of(name) == variable
        assert long_name(name) == f"SECRETZERO_SECRET_{variable}"
        assert short_names(name)[0] == variable

    def test_the_name_merely_in_capitals_is_accepted_too(self):
        """An environment may hold names that a shell cannot set."""
        assert short_names("a-b") == ("A_B", "A-B")

    @pytest.mark.parametrize("name", ["home", "path", "Debug", "ci", "lc_all", "xdg_x", "python_path", "https_proxy"])
    def test_names_that_mean_something_else_need_the_long_form(self, machine: Machine, name: str):
        """HOME is never a secret."""
        assert short_names(name) == ()
        machine.manifest(secret(name, "static", file_target("KEY")))
        machine.environ[variable_of(name)] = str(machine.home)
        assert problems(machine.sync()) == {name: "no_value"}
        machine.environ[long_name(name)] = "given"
        assert made(machine, name)[0] == "given"

    def test_a_map_is_given_part_by_part_or_as_json(self, machine: Machine):
        """Each leaf of the literal may have a variable, or the whole is one JSON object."""
        machine.manifest(
            secret("key", "static", file_target("KEY", "k.json"), config={"value": {"user": "u", "pass": None}})
        )
        machine.environ["KEY_PASS"] = "given"
        assert machine.sync().failed == ()
        assert machine.values("k.json")["KEY"] == {"user": "u", "pass": "given"}
        del machine.environ["KEY_PASS"]
        machine.environ["KEY"] = json.dumps({"user": "v", "pass": "w"})
        assert machine.rotate("key").failed == ()
        assert machine.values("k.json")["KEY"] == {"user": "v", "pass": "w"}

    def test_some_parts_of_a_keypair_are_not_enough(self, machine: Machine):
        """What is missing is named."""
        machine.manifest(secret("key", "ssh_keypair", file_target("KEY", "k.json")))
        machine.environ["KEY_PUBLIC_KEY"] = "ssh-ed25519 AAAA"
        report = machine.sync()
        assert problems(report) == {"key": "no_value"}
        assert "KEY_PRIVATE_KEY" in str(report.failed[0].error)

    def test_json_that_cannot_be_read_is_refused_without_its_text(self, machine: Machine):
        """The message names the variable and never its content."""
        machine.manifest(secret("key", "ssh_keypair", file_target("KEY", "k.json")))
        machine.environ["KEY"] = "{broken-secret"
        report = machine.sync()
        assert problems(report) == {"key": "rejected"}
        assert "broken-secret" not in str(report.failed[0].error)

    def test_a_field_of_a_template_has_its_own(self, machine: Machine):
        """`<SECRET>_<FIELD>`."""
        token = f"{{generator: {{kind: random_bytes}}, targets: [{file_target('KEY')}]}}"
        machine.manifest(
            rest=f"secrets: [{{name: site, kind: templates.t}}]\ntemplates: {{t: {{fields: {{token: {token}}}}}}}\n"
        )
        machine.environ["SITE_TOKEN"] = "given"
        assert made(machine, "site")[0] == "given"

    def test_the_rule_of_the_value_applies(self, machine: Machine):
        """A value from the environment must match `validation`, and is not shown."""
        machine.manifest(secret("key", "static", config={"validation": "^sk_"}))
        machine.environ["KEY"] = "wrong-value"
        report = machine.sync()
        assert problems(report) == {"key": "rejected"}
        assert "wrong-value" not in str(report.failed[0].error)


class TestFollowing:
    def test_a_variable_is_followed_from_its_recorded_origin(self, machine: Machine):
        """The environment of a static secret updates it, and its absence changes nothing."""
        machine.manifest(secret("key", "static"))
        machine.environ["KEY"] = "one"
        machine.sync()
        machine.environ["KEY"] = "two"
        report = machine.sync()
        assert (actions(report), machine.values()["KEY"]) == ({"key": "update"}, "two")
        del machine.environ["KEY"]
        assert actions(machine.sync()) == {"key": "keep"}

    def test_another_origin_is_a_finding_until_a_rotation_takes_it(self, machine: Machine):
        """A laptop and CI do not take turns."""
        machine.manifest(secret("key", "static", config={"value": "literal"}))
        machine.sync()
        machine.environ["KEY"] = "given"
        before = machine.bytes()
        step = machine.sync().outcomes[0].step
        assert (step.action, step.reason) == ("keep", "source changed")
        assert "KEY" in step.notice
        assert machine.bytes() == before
        assert machine.rotate("key").failed == ()
        assert machine.values()["KEY"] == "given"
        assert machine.sync().outcomes[0].step.notice == ""

    def test_a_source_that_is_not_followed_is_read_once(self, machine: Machine):
        """On create and on rotate only."""
        machine.manifest(secret("key", "static", source=source("file", path="given.txt")))
        (machine.folder / "given.txt").write_text("one")
        machine.sync()
        (machine.folder / "given.txt").write_text("two")
        assert actions(machine.sync()) == {"key": "keep"}
        assert machine.rotate("key").failed == ()
        assert machine.values()["KEY"] == "two"

    def test_a_followed_source_that_need_not_be_there(self, machine: Machine):
        """`required: false` and no value: the generation stays."""
        machine.manifest(secret("key", "static", source=source("file", path="g.txt", required=False, follow=True)))
        (machine.folder / "g.txt").write_text("one")
        machine.sync()
        (machine.folder / "g.txt").unlink()
        assert actions(machine.sync()) == {"key": "keep"}

    def test_a_required_source_ends_the_search(self, machine: Machine):
        """What comes after it is never asked."""
        machine.manifest(secret("key", source=source("env", name="GIVEN")))
        machine.environ["KEY"] = "short"
        assert problems(machine.sync()) == {"key": "no_value"}

    def test_a_setting_carries_its_source(self, machine: Machine):
        """A `nonsecret` always has its source's present value, in clear in the lockfile."""
        machine.manifest(secret("region", "nonsecret", file_target("KEY"), source=source("env", name="REGION")))
        machine.environ["REGION"] = "eu-1"
        machine.sync()
        machine.environ["REGION"] = "eu-2"
        assert actions(machine.sync()) == {"region": "update"}
        assert machine.values()["KEY"] == "eu-2"
        assert '"value": "eu-2"' in (machine.folder / LOCKFILE).read_text()


class TestAsking:
    def ask(self, machine: Machine, *answers: Material) -> Person:
        person = Person(answers)
        machine.options["ask"] = person
        return person

    def test_a_person_is_asked_last(self, machine: Machine):
        """One question with the secret's label and the variable that would have answered it."""
        person = self.ask(machine, "typed")
        machine.manifest(secret("key", "static"))
        assert made(machine) == ("typed", "person")
        assert [(q.label, q.variable, q.hidden) for q in person.asked] == [("Secret: key", "KEY", True)]

    @pytest.mark.parametrize(
        "text", ["x${GONE}y", "${GONE}y", "${A_KIND:-x}${GONE}", {"user": "u", "pass": "p${GONE}"}]
    )
    def test_a_text_that_lacks_a_variable_is_not_asked_for(self, machine: Machine, text: object):
        """A text with a missing variable has no value: the error names the variable."""
        person = self.ask(machine, "typed")
        machine.manifest(secret("key", "static", file_target("KEY", "k.json"), config={"value": text}))
        report = machine.sync()
        assert problems(report) == {"key": "no_value"}
        assert str(report.failed[0].error).startswith("GONE is not set")
        assert person.asked == []
        machine.environ["GONE"] = "there"
        assert problems(machine.sync()) == {}

    def test_a_variable_that_is_the_whole_value_is_asked_for(self, machine: Machine):
        """A value that is nothing but a variable without a value is a question."""
        self.ask(machine, "typed")
        machine.manifest(secret("key", "static", config={"value": "${GONE}"}))
        assert made(machine) == ("typed", "person")

    def test_three_attempts(self, machine: Machine):
        """An empty answer and one that breaks the rule are asked again, three times in all."""
        machine.manifest(secret("key", "static", config={"validation": "^sk_"}))
        self.ask(machine, "", "wrong", "sk_right")
        assert made(machine)[0] == "sk_right"
        person = self.ask(machine, "", "wrong", "wrong", "sk_late")
        assert problems(machine.rotate("key")) == {"key": "rejected"}
        assert len(person.asked) == 3

    def test_leaf_by_leaf(self, machine: Machine):
        """The gaps of a map are asked for in sorted order, the rest stays as it is written."""
        value = {"user": "u", "pass": None, "at": {"host": "", "port": 5432}}
        machine.manifest(secret("key", "static", file_target("KEY", "k.json"), config={"value": value}))
        person = self.ask(machine, "h", "p")
        machine.sync()
        assert [question.label for question in person.asked] == ["Secret: key — at.host", "Secret: key — pass"]
        assert machine.values("k.json")["KEY"] == {"user": "u", "pass": "p", "at": {"host": "h", "port": 5432}}
        assert actions(machine.sync()) == {"key": "keep"}

    def test_all_questions_come_before_the_first_write(self, machine: Machine):
        """When the second question is asked, nothing of the first secret has been written."""
        machine.manifest(secret("one", "static"), secret("two", "static"))
        seen: list[bool] = []

        def person(question: object) -> object:
            from secretzero.values import SecretValue

            seen.append((machine.folder / ".env").exists())
            return SecretValue("typed")

        machine.options["ask"] = person
        machine.sync()
        assert seen == [False, False]

    def test_a_question_may_be_forbidden(self, machine: Machine):
        """`prompt_on_empty: false` names the variable instead."""
        machine.manifest(secret("key", "static", config={"prompt_on_empty": False}))
        person = self.ask(machine, "typed")
        report = machine.sync()
        assert (problems(report), person.asked) == ({"key": "no_value"}, [])
        assert "KEY" in report.failed[0].error.hint  # type: ignore[union-attr]

    def test_where_nobody_can_be_asked_the_others_go_on(self, machine: Machine):
        """Each missing value is named with the variable that supplies it."""
        machine.manifest(secret("key", "static"), secret("home", "static", file_target("H")), secret("db"))
        report = machine.sync()
        hints = {o.step.secret: o.error.hint for o in report.failed if o.error}
        assert "set KEY" in hints["key"]
        assert "set SECRETZERO_SECRET_HOME" in hints["home"]
        assert set(machine.values()) == {"DB"}

    def test_a_literal_that_is_an_unset_variable_is_asked_for(self, machine: Machine):
        """`${NAME}` exactly, and nothing there: the person is asked."""
        machine.manifest(secret("key", "static", config={"value": "${STRIPE}"}))
        self.ask(machine, "typed")
        assert made(machine)[0] == "typed"

    def test_a_literal_from_a_variable(self, machine: Machine):
        """Where it is set, it is the manifest's literal."""
        machine.manifest(secret("key", "static", config={"value": "${STRIPE}"}))
        machine.environ["STRIPE"] = "given"
        assert made(machine) == ("given", "manifest")

    def test_settings_are_asked_for_only_on_demand(self, machine: Machine):
        """A `nonsecret` without a value is a question only with --prompt-nonsecrets."""
        machine.manifest(secret("region", "nonsecret", file_target("KEY")))
        person = self.ask(machine, "eu")
        assert problems(machine.sync()) == {"region": "no_value"}
        assert person.asked == []
        assert machine.sync(prompt_nonsecrets=True).failed == ()
        assert machine.values()["KEY"] == "eu"

    def test_an_option_that_needs_a_variable_says_so(self, machine: Machine):
        """An absent `${NAME}` in a generator is an error only when the value is needed."""
        machine.manifest(secret("key", config={"length": "${LENGTH}"}), secret("db"))
        report = machine.sync()
        assert problems(report) == {"key": "no_value"}
        assert "LENGTH" in str(report.failed[0].error)
        machine.environ["LENGTH"] = "40"
        assert len(str(made(machine)[0])) == 40

    def test_a_value_that_is_too_long_is_refused(self, machine: Machine):
        """64 KiB are enough for everybody."""
        machine.manifest(secret("key", "static"))
        machine.environ["KEY"] = "x" * (64 * 1024 + 1)
        assert problems(machine.sync()) == {"key": "rejected"}
