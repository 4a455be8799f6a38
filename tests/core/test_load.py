"""What a manifest means once it is loaded for one lane."""

import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from attrs import evolve, frozen
from bad_manifests import CASES

from secretzero.engine.catalog import builtin_catalog
from secretzero.errors import ManifestError
from secretzero.manifest.catalog import Catalog
from secretzero.manifest.load import load_manifest
from secretzero.manifest.model import Manifest, Rotation, Secret, Target, Window
from secretzero.protocols import Constraints, Place
from secretzero.refs import Ref
from secretzero.values import SecretValue

CATALOG = builtin_catalog()
FILE = "targets: [{provider: local, kind: file, config: {path: .env}}]"
JSON = FILE.replace(".env", "all.json")
Load = Callable[..., Manifest]


@frozen
class Narrow:
    """A target kind of one place that takes so many characters out of so few."""

    least: int = 0
    most: int | None = None
    allowed: str | None = None
    at: str = "x"

    one_place: ClassVar[bool] = True

    def places(self, name: str) -> tuple[Place, ...]:
        return (Place(Ref("narrow", self.at)),)

    def constraints(self) -> Constraints:
        return Constraints(min_length=self.least, max_length=self.most, allowed=self.allowed)

    def check(self, name: str, value: SecretValue) -> None:
        """Take any name."""

    def object_options(self) -> Mapping[str, object]:
        return {}

    def open(self, connection: object) -> object:
        return connection


NARROW: Catalog = evolve(CATALOG, targets={"local": CATALOG.targets["local"], "narrow": {"narrow": Narrow}})


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Load a manifest from its text; other files stand beside it."""

    def _load(
        text: str, catalog: Catalog = CATALOG, *, files: Mapping[str, str] | None = None, **rest: object
    ) -> Manifest:
        for name, content in {**(files or {}), "Secretfile.yml": text}.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(content, encoding="utf-8")
        return load_manifest(str(tmp_path / "Secretfile.yml"), catalog, **{"environ": {}, **rest})

    return _load


def only(manifest: Manifest) -> Secret:
    """Return the one secret of a manifest."""
    (secret,) = manifest.secrets
    return secret


def said(manifest: Manifest) -> list[tuple[str, str, str]]:
    """Return severity, path and message of each problem."""
    return [(problem.severity, problem.path, problem.message) for problem in manifest.problems]


def errors(load: Load, text: str, catalog: Catalog = CATALOG, **rest: object) -> list[str]:
    """Return path and message of each error."""
    with pytest.raises(ManifestError) as caught:
        load(text, catalog, **rest)
    return [f"{p.path}: {p.message}" for p in caught.value.problems if p.severity == "error"]


# -- one secret


def test_a_secret_has_what_is_written_and_the_defaults(load: Load):
    """What is not written has the default of the specification."""
    secret = only(load(f"secrets: [{{name: db, kind: random_password, {FILE}}}]"))
    assert (secret.name, secret.kind, secret.on_change, secret.one_time, secret.local) == (
        "db",
        "random_password",
        "keep",
        False,
        False,
    )
    assert (secret.rotation, secret.unsupported, secret.needs, secret.absent) == (Rotation(), "", (), ())
    (target,) = secret.targets
    assert (target.uri, target.object, target.field, target.part) == ("file://.env#db", "file://.env", "db", "")
    assert (target.required, target.on_foreign, target.slot) == (True, "fail", "current")


def test_an_alias_of_a_kind_is_that_kind(load: Load):
    """`password` is `random_password`, in the name of the kind and in the definition."""
    one = only(load(f"secrets: [{{name: a, kind: password, config: {{length: 40}}, {FILE}}}]"))
    other = only(load(f"secrets: [{{name: a, kind: random_password, config: {{length: 40}}, {FILE}}}]"))
    assert one.kind == other.kind == "random_password"
    assert one.definition == other.definition == '["random_password",{"length":40}]'


def test_the_definition_holds_proper_names_and_no_literal(load: Load):
    """A definition does not include spellings, order, documentation or the value of a static secret."""
    text = "secrets: [{name: a, kind: %s, config: %s, %s}]"
    one = only(
        load(text % ("random_password", "{include_symbols: false, length: 9, notes: x, allow_weak: true}", FILE))
    )
    other = only(load(text % ("random_password", "{allow_weak: true, length: 9, special: false}", FILE)))
    assert one.definition == other.definition
    literal = only(load(text % ("static", "{default: s3cr3t, validation: '^s'}", FILE)))
    assert literal.definition == '["static",{"validation":"^s"}]'


def test_the_definition_names_environment_variables(load: Load):
    """What came from the environment is in the definition by its name, so that no value is committed."""
    text = f"secrets: [{{name: a, kind: random_string, config: {{prefix: '${{PREFIX}}-'}}, {FILE}}}]"
    secret = only(load(text, environ={"PREFIX": "canary"}))
    assert secret.definition == '["random_string",{"prefix":"${PREFIX}"}]'
    assert secret.fields[0].generator.prefix == "canary-"


def test_a_source_is_part_of_the_definition(load: Load):
    """Another source makes another definition; another period does not."""
    text = "secrets: [{name: a, kind: static, source: {kind: env, config: {name: %s}}, rotation_period: %s, %s}]"
    one, two, three = (only(load(text % (*pair, FILE))) for pair in (("X", "1d"), ("Y", "1d"), ("X", "2d")))
    assert one.definition != two.definition
    assert one.definition == three.definition


def test_a_credential_that_is_not_set_is_absent_and_no_error(load: Load):
    """`validate` needs no credentials: the option is left out, and its place is kept."""
    secret = only(load(f"secrets: [{{name: a, kind: static, config: {{default: '${{STRIPE_KEY}}'}}, {FILE}}}]"))
    assert [(each.variable, each.path) for each in secret.absent] == [("STRIPE_KEY", "secrets[0].config.default")]
    assert secret.fields[0].generator.literal() is None


def test_a_literal_from_the_environment_is_hidden(load: Load):
    """A static value from the environment shows in no repr."""
    text = f"secrets: [{{name: a, kind: static, config: {{default: '${{X}}'}}, {FILE}}}]"
    secret = only(load(text, environ={"X": "canary-1"}))
    assert secret.fields[0].generator.literal() == SecretValue("canary-1")
    assert "canary-1" not in repr(secret)


def test_variables_of_one_secret_lie_over_the_others(load: Load):
    """`vars` count for the strings of that secret and for nothing else."""
    text = """
x-file: &f {provider: local, kind: file}
variables: {host: all}
secrets:
  - {name: a, kind: static, vars: {host: mine}, targets: &t [{<<: *f, config: {path: "{{ var.host }}"}}]}
  - {name: b, kind: static, targets: *t}
"""
    assert [secret.targets[0].object for secret in load(text).secrets] == ["file://mine", "file://all"]


def test_a_variable_keeps_its_type(load: Load):
    """An option that is one expression is what the variable is."""
    text = "variables: {n: 41}\nsecrets: [{name: a, kind: random_password, config: {length: '{{ var.n }}'}, %s}]"
    assert only(load(text % FILE)).fields[0].generator.length == 41


def test_a_rotation_is_a_period_or_a_map(load: Load):
    """`rotation: 90d`, `rotation_period: 90d` and `rotation: {period: 90d}` are the same."""
    text = "secrets: [{name: a, kind: static, %s, %s}]"
    spellings = (
        "rotation: 90d",
        "rotation_period: 90d",
        "rotation: {period: P90D}",
        "rotation: 90d, rotation_period: 90d",
    )
    for spelling in spellings:
        assert only(load(text % (spelling, FILE))).rotation == Rotation(timedelta(days=90))


def test_a_window_is_days_minutes_and_a_zone(load: Load):
    """Days count from Monday, times in minutes from midnight."""
    window = "{days: [sat, sun], from: '02:00', to: '24:00', timezone: Europe/Berlin}"
    secret = only(load(f"secrets: [{{name: a, kind: static, rotation: {{window: {window}}}, {FILE}}}]"))
    assert secret.rotation.window == Window(frozenset({5, 6}), 120, 1440, "Europe/Berlin")


def test_grace_depends_on_the_strategy(load: Load):
    """Without a word a ring keeps the old value for a day, a single value for no time."""
    text = "secrets: [{name: a, kind: static, rotation: {strategy: %s}, %s}]"
    assert only(load(text % ("single", FILE))).rotation.grace == timedelta(0)
    assert only(load(text % ("ring", FILE))).rotation.grace == timedelta(hours=24)


def test_instructions_know_the_secret_and_its_first_target(load: Load):
    """`secret_name` and `target` stand for what they describe; what is not defined stays as it is."""
    text = """
secrets:
  - name: a
    kind: static
    agent_instructions:
      summary: "Put {{ secret_name }} into {{ target.path }} by {{ target.provider }}, ${WHATEVER}"
      steps: [{action: go, description: on}]
    targets: [{provider: local, kind: file, config: {path: x.env}}]
"""
    assert only(load(text)).agent_instructions["summary"] == "Put a into x.env by local, ${WHATEVER}"


def test_booleans_of_local_may_be_numbers(load: Load):
    """`local: 1` is what the public version accepts."""
    assert only(load(f"secrets: [{{name: a, kind: static, local: 1, {FILE}}}]")).local


def test_documentation_is_accepted_everywhere(load: Load):
    """Keys for people are kept or passed over, and never interpolated into an error."""
    text = """
x-anything: {a: 1}
secrets:
  - name: a
    kind: static
    description: "the ${KEY} of {{ var.nothing }}"
    tags: [one, two]
    notes: "{{ var.nothing }}"
    config: {notes: x, rotation_period: 3d}
    targets: [{provider: local, kind: file, purpose: "${NOTHING}", config: {path: .env, structure: flat}}]
"""
    secret = only(load(text))
    assert secret.description == "the ${KEY} of {{ var.nothing }}"
    assert secret.tags == ("one", "two")


# -- targets


def test_value_field_names_a_part(load: Load):
    """`value_field` and the keys of mappings make the dot path that a place gets; an empty one means nothing."""
    text = "secrets: [{name: k, kind: ssh_keypair, targets: [{provider: local, kind: file, config: {%s}}]}]"
    mappings = "value_field: private_key, mappings: [{source_key: a, target_key: A}, {source_key: b, target_key: B}]"
    assert only(load(text % "value_field: public_key")).targets[0].part == "public_key"
    assert only(load(text % "value_field: ''")).targets[0].part == ""
    assert [(t.field, t.part) for t in only(load(text % mappings)).targets] == [
        ("A", "private_key.a"),
        ("B", "private_key.b"),
    ]


def test_equal_options_are_made_once(load: Load):
    """Secrets that are written alike share generator and options, wherever they stand."""
    text = "secrets:\n" + "".join(
        f"  - {{name: s{n}, kind: random_password, config: {{length: 40}}, {FILE}}}\n" for n in (1, 2)
    )
    one, two = load(text).secrets
    assert one.fields[0].generator is two.fields[0].generator
    assert one.targets[0].options is two.targets[0].options
    assert one.targets[0].uri != two.targets[0].uri


def test_options_that_differ_only_in_type_are_not_equal(load: Load):
    """The text 1 and the number 1 are two things."""
    text = "secrets:\n" + "".join(
        f"  - {{name: s{v}, kind: static, config: {{default: {{a: {v}}}}}, {FILE}}}\n" for v in ("1", "'1'")
    )
    one, two = (secret.fields[0].generator.literal() for secret in load(text.replace("s'1'", "t")).secrets)
    assert (one, two) == (SecretValue({"a": 1}), SecretValue({"a": "1"}))


def test_a_target_profile_wins_over_the_target(load: Load):
    """Overrides merge deeply, that of the kind over that of the alias, and what changed is named."""
    text = """
environments: {default: prod, profiles: {prod: {target_profile: p}}}
policies: {id: {kind: provider_identity, providers: [local], rules: [{field: account, glob: x}]}}
target_profiles:
  p:
    identity_policies: [id]
    provider_overrides: {local: {path: alias.env, merge: false}}
    target_overrides: {file: {path: kind.env}}
secrets: [{name: a, kind: static, targets: [{provider: local, kind: file, config: {path: own.env, key: K}}]}]
"""
    manifest = load(text)
    (target,) = only(manifest).targets
    assert (target.uri, target.options.merge, target.identity_policies) == ("file://kind.env#K", False, ("id",))
    assert manifest.replaced_options == ("a: path", "a: merge")
    assert manifest.target_profile == "p"


def test_a_profile_that_makes_two_targets_one_is_named(load: Load):
    """The hint says whose overrides brought two targets together."""
    text = """
environments: {default: prod, profiles: {prod: {target_profile: p}}}
target_profiles: {p: {target_overrides: {file: {key: SAME}}}}
secrets: [{name: a, kind: static, targets: []}, {name: b, kind: static, %s}, {name: c, kind: static, %s}]
"""
    with pytest.raises(ManifestError, match="target profile 'p' overrides options"):
        load(text % (FILE, FILE))


def test_targets_that_exclude_each_other_are_named(load: Load):
    """No value fits a target of at most 8 characters and one of at least 9."""
    text = """
secrets:
  - name: a
    kind: random_password
    targets:
      - {provider: narrow, kind: narrow, config: {most: 8, at: small}}
      - {provider: narrow, kind: narrow, config: {least: 9, at: large}}
"""
    assert "secrets[0].targets[1]: no value fits both narrow://small and narrow://large" in errors(load, text, NARROW)


def test_a_generator_that_no_target_lets_draw_is_an_error(load: Load):
    """Options of the generator and limits of the target may leave nothing."""
    target = "targets: [{provider: narrow, kind: narrow, config: {allowed: '!'}}]"
    text = f"secrets: [{{name: a, kind: random_password, config: {{special: false}}, {target}}}]"
    (message,) = errors(load, text, NARROW)
    assert message.startswith("secrets[0].config: no value fits both the generator and the targets")


def test_weakness_is_judged_within_the_limits_of_the_targets(load: Load):
    """A target of ten characters makes a strong generator weak."""
    text = (
        "secrets: [{name: a, kind: random_password, targets: [{provider: narrow, kind: narrow, config: {most: %d}}]}]"
    )
    ((severity, path, message),) = said(load(text % 5, NARROW))
    assert (severity, path) == ("warning", "secrets[0].kind")
    assert "guessable" in message
    assert "guessable" not in said(load(text % 12, NARROW))[0][2]


def test_a_guessable_generator_is_a_warning_until_somebody_consents(load: Load):
    """A weak generator loads, since values that exist stay; `allow_weak`, and a pin by itself, are consent."""
    weak = f"secrets: [{{name: a, kind: random_password, config: {{length: 6}}, {FILE}}}]"
    guessable = {message for severity, _, message in said(load(weak)) if severity == "warning"}
    assert any("guessable" in message for message in guessable)
    for consented in (
        weak.replace("length: 6", "length: 6, allow_weak: true"),
        f"secrets: [{{name: a, kind: pin, {FILE}}}]",
    ):
        assert not any("guessable" in message for _, _, message in said(load(consented)))


# -- templates


def test_a_template_gives_each_field_its_places(load: Load):
    """The field's targets come first, then the template's, then the secret's; one identity counts once."""
    text = """
secrets:
  - name: web
    kind: templates.site
    targets:
      - {provider: local, kind: file, config: {path: all.json}}
      - {provider: local, kind: file, config: {path: whole.json, key: WEB}}
templates:
  site:
    fields:
      token:
        generator: {kind: random_bytes}
        targets: [{provider: local, kind: file, config: {path: own.env, key: T}}]
      user: {generator: {kind: static}}
    targets: [{provider: local, kind: file, config: {path: all.json}}]
"""
    secret = only(load(text))
    assert [(t.uri, t.part) for t in secret.targets] == [
        ("file://own.env#T", "token"),
        ("file://all.json#token", "token"),
        ("file://all.json#user", "user"),
        ("file://whole.json#WEB", ""),
    ]
    assert [field.name for field in secret.fields] == ["token", "user"]
    assert (secret.template, secret.nature) == ("site", "template")


def test_a_template_is_read_under_the_variables_of_each_secret(load: Load):
    """Two secrets of one template differ in what their variables say."""
    text = """
secrets:
  - {name: a, kind: templates.t, vars: {n: 40}}
  - {name: b, kind: templates.t, vars: {n: 50}}
templates:
  t:
    fields: {f: {generator: {kind: random_password, config: {length: "{{ var.n }}"}}}}
    targets: [{provider: local, kind: file, config: {path: "{{ var.n }}.env"}}]
"""
    one, two = load(text).secrets
    assert (one.fields[0].generator.length, two.fields[0].generator.length) == (40, 50)
    assert (one.targets[0].uri, two.targets[0].uri) == ("file://40.env#f", "file://50.env#f")
    assert one.definition != two.definition


def test_a_template_that_nobody_uses_is_a_warning(load: Load):
    """It is most likely forgotten; variables of secrets that do not exist are accepted in it."""
    text = "templates: {t: {fields: {f: {generator: {kind: static, config: {default: '{{ var.x }}'}}}}}}"
    assert said(load(text)) == [("warning", "templates.t", "no secret uses this template")]


# -- between secrets


def test_needs_are_names_of_whole_secrets(load: Load):
    """`name.field` is the longest declared name that leaves a declared field."""
    text = f"""
secrets:
  - name: all
    kind: derived
    config: {{object: {{a: {{secret: web.tls}}, b: {{secret: k, field: public_key}}}}}}
    {FILE}
  - {{name: web, kind: templates.t}}
  - {{name: k, kind: ssh_keypair, {FILE}}}
  - {{name: ref, kind: static, source: {{kind: secret_ref, config: {{secret: k.private_key}}}}, {FILE}}}
templates: {{t: {{fields: {{tls: {{generator: {{kind: random_bytes}}}}}}, {JSON}}}}}
"""
    manifest = load(text)
    assert {name: secret.needs for name, secret in manifest.secret_named.items()} == {
        "all": ("web", "k"),
        "web": (),
        "k": (),
        "ref": ("k",),
    }


def test_a_name_with_two_readings_is_refused(load: Load):
    """`a.b.c` is field `b.c` of `a`, or field `c` of `a.b`."""
    text = f"""
secrets:
  - {{name: a, kind: ssh_keypair, {JSON}}}
  - {{name: a.b, kind: ssh_keypair, {JSON}}}
  - {{name: r, kind: static, source: {{kind: secret_ref, config: {{secret: a.b.c}}}}, {FILE}}}
"""
    assert errors(load, text) == ["secrets[2]: 'a.b.c' is a field of 'a' and of 'a.b'"]


def test_a_circle_is_said_once_however_long(load: Load):
    """Ten thousand secrets in a circle are one problem, and no recursion."""
    ref = "source: {kind: secret_ref, config: {secret: s%d}}"
    text = "secrets:\n" + "".join(
        f"  - {{name: s{n}, kind: static, {ref % ((n + 1) % 3000)}, {FILE}}}\n" for n in range(3000)
    )
    (message,) = errors(load, text)
    assert message.startswith("secrets[0]: depends on itself: s0 → s1 → s2")


# -- what is said of a valid manifest


def test_a_secret_without_target_is_blocked(load: Load):
    """It is a warning, only a notice when another secret needs it, and nothing for a nonsecret."""
    text = f"""
secrets:
  - {{name: alone, kind: static}}
  - {{name: needed, kind: static}}
  - {{name: setting, kind: nonsecret, config: {{value: x}}}}
  - {{name: d, kind: derived, config: {{object: {{a: {{secret: needed}}}}}}, {FILE}}}
"""
    manifest = load(text)
    assert [(s, p) for s, p, _ in said(manifest)] == [("warning", "secrets[0]"), ("notice", "secrets[1]")]
    assert [bool(secret.unsupported) for secret in manifest.secrets] == [True, True, False, False]


@pytest.mark.parametrize(
    ("piece", "reason"),
    [
        (f"kind: tls_certificate, {FILE}", "kind 'tls_certificate' is not supported yet"),
        (
            "kind: static, targets: [{provider: aws, kind: secrets_manager, config: {anything: goes}}]",
            "secrets_manager",
        ),
        (f"kind: static, source: {{kind: provider_read, config: {{provider: aws}}}}, {FILE}", "provider_read"),
        (f"kind: static, rotation: {{strategy: ring, keep: 3}}, {FILE}", "strategy 'ring'"),
        (f"kind: static, rotation: {{verify: {{argv: [x]}}}}, {FILE}", "verify"),
        ("kind: static, targets: [{provider: local, kind: file, slot: previous}]", "slot"),
    ],
)
def test_what_comes_later_is_a_notice_and_a_blocked_secret(load: Load, piece: str, reason: str):
    """A manifest of a later version validates; its secret says why it is not carried out."""
    manifest = load(f"secrets: [{{name: a, {piece}}}]")
    assert reason in only(manifest).unsupported
    assert [severity for severity, _, _ in said(manifest)] == ["notice"]


def test_what_only_this_machine_has_is_a_warning(load: Load):
    """It is said once for all of them, and not for local secrets, settings and what is derived."""
    text = "secrets:\n" + "".join(f"  - {{name: s{n}, kind: static, {FILE}}}\n" for n in range(7))
    ((severity, path, message),) = said(load(text))
    assert (severity, path) == ("warning", "secrets[0]")
    assert message.endswith("s0, s1, s2, s3, s4 and 2 more")
    assert said(load(text.replace("kind: static", "kind: static, local: true"))) == []
    assert said(load(text.replace("kind: static", "kind: nonsecret"))) == []


def test_lanes_that_write_one_place_are_a_warning(load: Load):
    """Every other lane whose var files load is compared with this one."""
    text = """
variables: {env: none}
environments: {default: dev, profiles: {dev: {var_files: [dev.szvar]}, prod: {var_files: [prod.szvar]}}}
secrets:
  - {name: a, kind: static, local: true, targets: [{provider: local, kind: file, config: {path: .env}}]}
  - {name: b, kind: static, local: true, targets: [{provider: local, kind: file, config: {path: "{{ var.env }}.env"}}]}
"""
    files = {"dev.szvar": "env: dev", "prod.szvar": "env: prod"}
    ((severity, path, message),) = said(load(text, files=files))
    assert (severity, path) == ("warning", "secrets[0].targets[0]")
    assert message == "environments 'dev' and 'prod' both write file://.env#a"
    assert said(load(text, files={**files, "prod.szvar": "- broken"})) == []


def test_lenient_makes_warnings_of_what_is_unknown(load: Load):
    """Unknown keys and kinds are warnings; a secret that needs an unknown kind is blocked."""
    text = f"secrts: []\nsecrets: [{{name: a, kind: martian, planet: mars, {FILE}}}]"
    assert len(errors(load, text)) == 3
    manifest = load(text, lenient=True)
    assert only(manifest).unsupported == "kind 'martian' is unknown"
    assert [s for s, _, _ in said(manifest)] == ["warning", "notice", "warning", "warning"]


# -- files, lanes, the whole


def test_each_lane_has_a_lockfile_of_its_own(load: Load, tmp_path: Path):
    """The default lane has the plain one, another its own, or the one it names; the command line wins."""
    text = "environments: {default: dev, profiles: {dev: {}, prod: {}, live: {lockfile: locks/live.lock}}}"
    files = [tmp_path / name for name in (".gitsecrets.lock", ".gitsecrets.prod.lock", "locks/live.lock")]
    assert [load(text, environment=lane).lockfile for lane in ("dev", "prod", "live")] == list(map(str, files))
    assert load(text, environment="prod").lockfiles == tuple(str(files[i]) for i in (1, 0, 2))
    assert load(text, environment="prod").local_lockfile == str(tmp_path / ".gitsecrets.prod.local.lock")
    assert load(text, environment="prod", lockfile="/x/y.lock").lockfile == "/x/y.lock"


def test_the_lockfile_is_named_like_the_manifest(tmp_path: Path):
    """`X.yml` has `X.lock`."""
    path = tmp_path / "other.yml"
    path.write_text("secrets: []")
    manifest = load_manifest(str(path), CATALOG, environ={})
    assert (manifest.lockfile, manifest.local_lockfile) == (
        str(tmp_path / "other.lock"),
        str(tmp_path / "other.local.lock"),
    )


def test_a_var_file_has_positions_of_its_own(load: Load):
    """What is wrong in a var file is said with its name, line and column."""
    text = "environments: {default: dev, profiles: {dev: {var_files: [env/dev.szvar]}}}"
    with pytest.raises(ManifestError) as caught:
        load(text, files={"env/dev.szvar": "a: 1\nb: '{{ var.nowhere }}'\n"})
    assert [(p.file, p.line, p.column) for p in caught.value.problems] == [("env/dev.szvar", 2, 5)]


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path):
    """A missing manifest, or a folder in its place, is said without a traceback."""
    for path in (tmp_path / "no.yml", tmp_path):
        with pytest.raises(ManifestError):
            load_manifest(str(path), CATALOG, environ={})


def test_the_digest_follows_what_was_loaded(load: Load):
    """Another byte, var file, lane or override makes another digest; a value of the environment does not."""
    text = "environments: {default: d, profiles: {d: {var_files: [v]}, e: {}}}\nvariables: {x: '${X:-1}'}\n"
    first = load(text, files={"v": "a: 1"}).digest
    others = [
        load(text + "# more\n").digest,
        load(text, files={"v": "a: 2"}).digest,
        load(text, environment="e", files={"v": "a: 1"}).digest,
        load(text, variables={"x": "2"}).digest,
    ]
    assert len({first, *others}) == 5
    assert load(text, environ={"X": "3"}).digest == first


def test_variables_know_whether_they_may_be_shown(load: Load):
    """What came from the environment, or is named like a credential, is not for showing."""
    text = "variables: {plain: 1, env: '${X}', db_password: y, nested: {a: '${X}'}}"
    found = {variable.name: variable.sensitive for variable in load(text, environ={"X": "1"}).variables}
    assert found == {"plain": False, "env": True, "db_password": True, "nested": True}


def test_provider_options_come_from_the_first_place_that_has_them(load: Load):
    """Flat under auth, then auth.config, the default profile, config."""
    text = """
providers:
  aws:
    auth: {kind: token, region: flat, config: {region: b, url: inner}, profiles: {default: {url: c, role: profile}}}
    config: {role: d, extra: last}
"""
    options = load(text).providers["aws"].options
    assert {key: options[key] for key in ("region", "url", "role", "extra", "auth_kind")} == {
        "region": "flat",
        "url": "inner",
        "role": "profile",
        "extra": "last",
        "auth_kind": "token",
    }


def test_an_alias_is_the_provider_that_it_names(load: Load):
    """A second alias of `local` works like `local`."""
    text = (
        "providers: {here: {kind: local}}\nsecrets: [{name: a, kind: static, targets: [{provider: here, kind: file}]}]"
    )
    (target,) = only(load(text)).targets
    assert (target.alias, target.provider, target.uri) == ("here", "local", "file://.env#a")


def test_null_sections_count_as_absent(load: Load):
    """A section without content counts as absent."""
    assert load("secrets:\nproviders: ~\nmetadata:\nstate: null\nlockfile:\n").secrets == ()


def test_the_example_of_the_specification_loads(load: Load):
    """It validates without credentials, in both lanes; what comes later is a notice."""
    example = Path(__file__).parent / "specification_example.yml"
    files = {"env/dev.szvar": "env: dev", "env/prod.szvar": "env: prod"}
    for lane in ("dev", "prod"):
        manifest = load(example.read_text(encoding="utf-8"), files=files, environment=lane)
        assert len(manifest.secrets) == 12
        assert [name for name, secret in manifest.secret_named.items() if not secret.unsupported] == [
            "app_settings",
            "laptop_root",
        ]
        assert {problem.severity for problem in manifest.problems} == {"notice", "warning"}
        assert manifest.metadata["project"] == "shop"


def test_no_manifest_ends_in_anything_but_problems(load: Load):
    """Whatever a few wrong characters make of a manifest, it loads or is refused; nothing else comes out."""
    rng = random.Random(20261121)
    texts = [case.text.replace("§", "") for case in CASES]
    for _ in range(1500):
        text = list(rng.choice(texts) + rng.choice(["", "variables: {x: '${Y}'}\n"]))
        for _ in range(rng.randint(1, 4)):
            at = rng.randint(0, len(text))
            text[at : at + rng.randint(0, 2)] = rng.choice(
                ["", ": ", "{", "}", "[", "]", "~", "null", "1", "${X}", "{{ var.x }}", "*a", "&a ", "'", "\n"]
            )
        loads_or_is_refused(load, "".join(text))


def loads_or_is_refused(load: Load, text: str) -> None:
    """Load a text; a refusal is as good as a manifest."""
    with suppress(ManifestError):
        load(text)


def test_targets_and_secrets_say_where_they_stand(load: Load):
    """A mark becomes line and column only when somebody asks."""
    manifest = load(f"secrets:\n  - name: a\n    kind: static\n    {FILE}\n")
    target: Target = only(manifest).targets[0]
    assert manifest.locate(target.mark) == ("Secretfile.yml", 4, 15)
    assert manifest.locate(only(manifest).mark) == ("Secretfile.yml", 2, 11)


def test_a_long_circle_is_cut_short(load: Load):
    """A circle of a thousand secrets is one error that names ten of them."""
    text = "secrets:\n" + "".join(
        f"  - {{name: s{i}, kind: derived, config: {{template: '{{{{ secret.s{(i + 1) % 1000} }}}}'}}, {FILE}}}\n"
        for i in range(1000)
    )
    [message] = errors(load, text)
    assert message.endswith("s0 → s1 → s2 → s3 → s4 → s5 → s6 → s7 → s8 → 991 more → s0")
