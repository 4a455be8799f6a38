"""Manifests that are wrong: each text marks with § where every problem stands, and names the paths in that order.

The marks are taken out before the text is loaded. `secret`, `target`, `config` and `policy` put a piece into an
otherwise valid manifest, so that a case shows nothing but what is wrong.
"""

from typing import NamedTuple


class Case(NamedTuple):
    """One manifest: what is wrong with it, its text, and the paths of its problems in the order of the marks."""

    title: str
    text: str
    paths: tuple[str, ...]


CASES: list[Case] = []

_FILE = "targets: [{provider: local, kind: file, config: {path: .env, key: K}}]"


def bad(title: str, text: str, *paths: str) -> None:
    """Add a case."""
    CASES.append(Case(title, text, paths))


def secret(title: str, piece: str, *paths: str, kind: str = "static") -> None:
    """Add a case whose only secret has one more line."""
    body = "\n".join(f"    {line}" for line in piece.splitlines())
    bad(title, f"secrets:\n  - name: a\n    kind: {kind}\n    {_FILE}\n{body}\n", *(f"secrets[0].{p}" for p in paths))


def config(title: str, kind: str, options: str, *paths: str) -> None:
    """Add a case about the options of a generator."""
    secret(title, f"config: {options}", *(f"config{p}" for p in paths), kind=kind)


def target(title: str, piece: str, *paths: str) -> None:
    """Add a case about one target of one secret."""
    text = f"secrets:\n  - name: a\n    kind: static\n    targets:\n      - {piece}\n"
    bad(title, text, *(f"secrets[0].targets[0]{p}" for p in paths))


def policy(title: str, piece: str, *paths: str) -> None:
    """Add a case about one policy."""
    bad(title, f"policies:\n  p: {piece}\n", *(f"policies.p{p}" for p in paths))


# -- the file itself

bad("an empty file", "§", "")
bad("a list at the root", "§- a\n", "")
bad("a text at the root", "§hello\n", "")
bad("more than one YAML document", "secrets: []\n§---\nsecrets: []\n", "")
bad("a tag", "secrets: §!!seq []\n", "secrets")
bad("an unclosed bracket", "secrets: [\n§", "")
bad("a duplicate key", "labels: {a: 1, §a: 2}\n", "labels.a")
bad("a duplicate section", "secrets: []\n§secrets: []\n", "secrets")
bad("an alias without an anchor", "labels: §*nowhere\n", "labels")
bad("null cannot be a key", "labels: {§~: 1}\n", "labels")
bad("a map as a key", "labels: {§{a: 1}: 2}\n", "labels")
bad("an unknown escape", 'labels: {a: "§\\q"}\n', "")

# -- the root

bad("an unknown section", "§secret_list: []\n", "secret_list")
bad("a misspelt section", "§secrts: []\n", "secrts")
bad("llm at the root", "§llm: {}\n", "llm")
bad("output at the root", "§output: {}\n", "output")
bad("discovery at the root", "§discovery: {}\n", "discovery")
bad("variables that are a list", "variables: §[a]\n", "variables")
bad("environments that are a list", "environments: §[a]\n", "environments")
bad("target profiles that are a list", "target_profiles: §[a]\n", "target_profiles")
bad("providers that are a list", "providers: §[a]\n", "providers")
bad("secrets that are a map", "secrets: §{a: 1}\n", "secrets")
bad("secrets that are text", "secrets: §all\n", "secrets")
bad("templates that are a list", "templates: §[a]\n", "templates")
bad("policies that are a list", "policies: §[a]\n", "policies")
bad("metadata that is text", "metadata: §shop\n", "metadata")
bad("a project that is a list", "metadata: {project: §[shop]}\n", "metadata.project")
bad("an owner that is a boolean", "metadata: {owner: §true}\n", "metadata.owner")
bad("environments of metadata that are text", "metadata: {environments: §dev}\n", "metadata.environments")
bad("compliance that is text", "metadata: {compliance: §soc2}\n", "metadata.compliance")
bad("a null in compliance", "metadata: {compliance: [soc2, §null]}\n", "metadata.compliance[1]")
bad("labels that are a list", "labels: §[a]\n", "labels")
bad("annotations that are text", "annotations: §text\n", "annotations")
bad("a state that is not a URI", "state: §somewhere\n", "state")
bad("a state with an empty segment", "state: §vault+kv2://secret//x\n", "state")
bad("a state without its alias", "state: §{uri: vault+kv2://secret/x}\n", "state")
bad("a state without its URI", "state: §{provider: vault}\n", "state")
bad("a state with an unknown key", "state: {provider: v, uri: a://b, §path: x}\n", "state.path")
bad("a state that is a list", "state: §[a]\n", "state")
bad("an unknown place of the lockfile", "lockfile: §cloud\n", "lockfile")
bad("a lockfile that is a map", "lockfile: §{path: x}\n", "lockfile")
bad("a config that is text", "config: §text\n", "config")
bad("an unknown key in config", "config: {§audit: {}}\n", "config.audit")
bad("an output that is text", "config: {output: §json}\n", "config.output")
bad("an unknown format", "config: {output: {format: §xml}}\n", "config.output.format")
bad("an unknown colour", "config: {output: {color: §red}}\n", "config.output.color")
bad("an unknown verbosity", "config: {output: {verbosity: §loud}}\n", "config.output.verbosity")
bad("an unknown key in output", "config: {output: {§colour: auto}}\n", "config.output.colour")
bad("an agent that is text", "agent: §human\n", "agent")
bad("an unknown mode of the agent", "agent: {mode: §robot}\n", "agent.mode")
bad("a port that is text", "agent: {web_port_min: §http}\n", "agent.web_port_min")
bad("a port that is too high", "agent: {web_port_max: §70000}\n", "agent.web_port_max")
bad("an unknown key of the agent", "agent: {§port: 1}\n", "agent.port")

# -- variables

bad("an undefined variable", 'labels: {}\nsecrets:\n  - {name: "§{{ var.x }}", kind: static}\n', "secrets[0].name")
bad("a variable below", 'variables:\n  a: "{{ §var.b }}"\n  b: x\n', "variables.a")
bad("a variable that uses itself", 'variables: {a: "{{ §var.a }}"}\n', "variables.a")
bad("an undefined environment name in variables", "variables: {a: '§${NOWHERE}'}\n", "variables.a")
bad("unknown name in an expression", "variables: {a: '{{ §env.X }}'}\n", "variables.a")
bad("an unknown filter", "variables: {a: \"{{ 'x' | §shout }}\"}\n", "variables.a")
bad("a condition", "variables: {a: 1, b: '{{ var.a §== 1 }}'}\n", "variables.b")
bad("an expression that is never closed", "variables: {a: '§{{ var.x'}\n", "variables.a")
bad("a dollar brace that begins nothing", "variables: {a: '§${1x}'}\n", "variables.a")
bad("two mistakes at once", "variables: {a: '§${1}', b: '§${2}'}\n", "variables.a", "variables.b")

# -- lanes

_LANE = "environments: {default: dev, profiles: {dev: {"
bad(
    "a default that does not exist",
    "§environments: {default: prod, profiles: {dev: {}}}\n",
    "environments.default",
)
bad(
    "profiles that are a list",
    "§environments: {default: dev, profiles: §[dev]}\n",
    "environments",
    "environments.profiles",
)
bad("an unknown key of environments", "environments: {§lanes: {}}\n", "environments.lanes")
bad("a lane that is text", "environments: {profiles: {dev: §x}}\n", "environments.profiles.dev")
bad("an unknown key of a lane", f"{_LANE}§files: []}}}}}}\n", "environments.profiles.dev.files")
bad("var files that are text", f"{_LANE}var_files: §x.szvar}}}}}}\n", "environments.profiles.dev.var_files")
bad("a missing var file", f"{_LANE}var_files: [§no.szvar]}}}}}}\n", "var_files")
bad("a lockfile that is a list", f"{_LANE}lockfile: §[x]}}}}}}\n", "environments.profiles.dev.lockfile")
bad("an empty lockfile", f"{_LANE}lockfile: §''}}}}}}\n", "environments.profiles.dev.lockfile")
bad("an unknown target profile", f"{_LANE}target_profile: §p}}}}}}\n", "environments.profiles.dev.target_profile")
bad("labels of a lane that are text", f"{_LANE}labels: §x}}}}}}\n", "environments.profiles.dev.labels")
bad(
    "two lanes with one lockfile",
    "environments: {profiles: {dev: {lockfile: x.lock}, prod: {lockfile: §./x.lock}}}\n",
    "environments.profiles.prod.lockfile",
)
bad(
    "a lane with the lockfile of the default one",
    "environments: {default: dev, profiles: {dev: {}, prod: {lockfile: §.gitsecrets.lock}}}\n",
    "environments.profiles.prod.lockfile",
)
bad(
    "a lane whose lockfile is the local one of another",
    "environments: {default: dev, profiles: {dev: {}, §local: {}}}\n",
    "environments.profiles.local.lockfile",
)

# -- target profiles

bad("a target profile that is text", "target_profiles: {p: §x}\n", "target_profiles.p")
bad("an unknown key of a target profile", "target_profiles: {p: {§options: {}}}\n", "target_profiles.p.options")
bad("policies that are text", "target_profiles: {p: {identity_policies: §x}}\n", "target_profiles.p.identity_policies")
bad("an unknown policy", "target_profiles: {p: {identity_policies: §[x]}}\n", "target_profiles.p.identity_policies")
bad(
    "overrides of an unknown alias",
    "target_profiles: {p: {provider_overrides: {§x: {}}}}\n",
    "target_profiles.p.provider_overrides.x",
)
bad(
    "overrides of an unknown kind",
    "target_profiles: {p: {target_overrides: {§x: {}}}}\n",
    "target_profiles.p.target_overrides.x",
)
bad(
    "overrides that are a list",
    "target_profiles: {p: {provider_overrides: §[]}}\n",
    "target_profiles.p.provider_overrides",
)
bad(
    "an override that is text",
    "target_profiles: {p: {target_overrides: {file: §x}}}\n",
    "target_profiles.p.target_overrides.file",
)

# -- providers

bad("a provider that is text", "providers: {aws: §x}\n", "providers.aws")
bad("an unknown kind of provider", "providers: {x: {kind: §nowhere}}\n", "providers.x.kind")
bad("an alias that is not a kind", "providers: {nowhere: §{}}\n", "providers.nowhere")
bad("a kind that only plugins have", "providers: {x: {kind: §sops}}\n", "providers.x.kind")
bad("a kind that is null", "providers: {aws: {kind: §null}}\n", "providers.aws.kind")
bad("an unknown key of a provider", "providers: {aws: {§region: x}}\n", "providers.aws.region")
bad("auth that is text", "providers: {aws: {auth: §token}}\n", "providers.aws.auth")
bad("an unknown kind of auth", "providers: {aws: {auth: {kind: §magic}}}\n", "providers.aws.auth.kind")
bad("a config of auth that is text", "providers: {aws: {auth: {config: §x}}}\n", "providers.aws.auth.config")
bad("profiles of auth that are text", "providers: {aws: {auth: {profiles: §x}}}\n", "providers.aws.auth.profiles")
bad(
    "an unknown kind in a profile",
    "providers: {aws: {auth: {profiles: {x: {kind: §y}}}}}\n",
    "providers.aws.auth.profiles.x.kind",
)
bad("a config of a provider that is a list", "providers: {aws: {config: §[x]}}\n", "providers.aws.config")
bad("an unknown fallback", "providers: {aws: {fallback_generator: §ask}}\n", "providers.aws.fallback_generator")
bad(
    "an unknown fallback in auth",
    "providers: {aws: {auth: {fallback_generator: §ask}}}\n",
    "providers.aws.auth.fallback_generator",
)
bad(
    "an undefined variable in a provider",
    "providers: {aws: {config: {region: '§{{ var.x }}'}}}\n",
    "providers.aws.config.region",
)

# -- secrets

bad("a secret that is text", "secrets: [§a]\n", "secrets[0]")
bad("a secret without name", "secrets: [§{kind: static}]\n", "secrets[0]")
bad("a secret without kind", "secrets: [§{name: a}]\n", "secrets[0]")
bad("a secret without anything", "secrets: [§§{}]\n", "secrets[0]", "secrets[0]")
bad("a null name", "secrets: [{name: §null, kind: static}]\n", "secrets[0].name")
bad("a name that is a boolean", "secrets: [{name: §true, kind: static}]\n", "secrets[0].name")
bad("an empty name", "secrets: [{name: §'', kind: static}]\n", "secrets[0].name")
bad("a name with a space", "secrets: [{name: §a b, kind: static}]\n", "secrets[0].name")
bad("a name that begins with a dot", "secrets: [{name: §.a, kind: static}]\n", "secrets[0].name")
bad("a name that begins with a hyphen", "secrets: [{name: §-a, kind: static}]\n", "secrets[0].name")
bad("a name that is too long", f"secrets: [{{name: §{'a' * 257}, kind: static}}]\n", "secrets[0].name")
bad("a name twice", "secrets: [{name: a, kind: static}, {name: §a, kind: static}]\n", "secrets[1].name")
bad(
    "two names for one variable",
    "secrets: [{name: a-b, kind: static}, {name: §a.b, kind: static}]\n",
    "secrets[1].name",
)
bad(
    "a name that is a part of another secret",
    "secrets: [{name: k, kind: ssh_keypair}, {name: §k_private_key, kind: static}]\n",
    "secrets[1].name",
)
bad("an unknown kind", "secrets: [{name: a, kind: §random_pasword}]\n", "secrets[0].kind")
bad("a kind that is a map", "secrets: [{name: a, kind: §{}}]\n", "secrets[0].kind")
bad(
    "a template without its prefix",
    "secrets: [{name: a, kind: §t}]\ntemplates: {t: {fields: {f: {generator: {kind: static}}}}}\n",
    "secrets[0].kind",
)
bad("an unknown template", "secrets: [{name: a, kind: §templates.x}]\n", "secrets[0].kind")
secret("an unknown key", "§rotate: true", "rotate")
secret("a misspelt key", "§rotation_perod: 90d", "rotation_perod")
secret("generator instead of kind", "§generator: x", "generator")
secret("generator_config instead of config", "§generator_config: {}", "generator_config")
secret("template instead of kind", "§template: x", "template")
secret("type instead of kind", "§type: x", "type")
secret("an option outside of config", "§length: 3", "length")
secret("a former name that is not a name", "formerly: §a b", "formerly")
secret("a former name that is a list", "formerly: §[b]", "formerly")
bad(
    "a former name that is still declared",
    "secrets: [{name: a, kind: static, formerly: §b}, {name: b, kind: static}]\n",
    "secrets[0].formerly",
)
bad(
    "a former name twice",
    "secrets: [{name: a, kind: static, formerly: c}, {name: b, kind: static, formerly: §c}]\n",
    "secrets[1].formerly",
)
secret("a config that is a list", "config: §[a]", "config")
secret("vars that are a list", "vars: §[a]", "vars")
secret("one_time that is a number", "one_time: §1", "one_time")
secret("one_time that is other text", "one_time: §maybe", "one_time")
secret("a bare number as a period", "rotation_period: §90", "rotation_period")
secret("a period of nothing", "rotation_period: §0d", "rotation_period")
secret("a period of another unit", "rotation_period: §3s", "rotation_period")
secret("a period that is null", "rotation_period: §null", "rotation_period")
secret("on_change that is another word", "on_change: §replace", "on_change")
secret("local that is another word", "local: §here", "local")
secret("local_allow_cloud that is 2", "local_allow_cloud: §2", "local_allow_cloud")
secret("process tags that are text", "process_tags: §a", "process_tags")
secret("a process tag that is a map", "process_tags: [§{}]", "process_tags[0]")
secret("instructions that are text", "agent_instructions: §do it", "agent_instructions")
secret(
    "instructions without a summary",
    "agent_instructions: §{steps: [{action: a, description: b}]}",
    "agent_instructions",
)
secret("instructions without steps", "agent_instructions: §{summary: a}", "agent_instructions")
secret("instructions with no step", "agent_instructions: {summary: a, steps: §[]}", "agent_instructions.steps")
secret(
    "a step without its action",
    "agent_instructions: {summary: a, steps: [§{description: b}]}",
    "agent_instructions.steps[0]",
)
secret(
    "a step without its description",
    "agent_instructions: {summary: a, steps: [§{action: b}]}",
    "agent_instructions.steps[0]",
)
_STEPS = "agent_instructions: {summary: a, steps: [{action: a, description: b, "
_WHERE = "agent_instructions.steps[0]"
secret("an unknown key of a step", _STEPS + "§do: x}]}", f"{_WHERE}.do")
secret("params that are text", _STEPS + "params: §x}]}", f"{_WHERE}.params")
secret("a step that is required maybe", _STEPS + "required: §maybe}]}", f"{_WHERE}.required")
_STEPS = "agent_instructions: {summary: a, steps: [{action: a, description: b}], "
secret("an unknown key of instructions", _STEPS + "§by: x}", "agent_instructions.by")
secret("prerequisites that are text", _STEPS + "prerequisites: §x}", "agent_instructions.prerequisites")
secret("an automation hint that is a list", _STEPS + "automation_hint: §[x]}", "agent_instructions.automation_hint")
secret("an estimated time that is null", _STEPS + "estimated_time: §~}", "agent_instructions.estimated_time")
secret("a fallback that is a map", _STEPS + "fallback: §{}}", "agent_instructions.fallback")
secret("required tools that are text", _STEPS + "required_tools: §x}", "agent_instructions.required_tools")
secret(
    "a documentation address that is a list", _STEPS + "documentation_url: §[]}", "agent_instructions.documentation_url"
)
secret("several mistakes", "one_time: §3\non_change: §x\nlocal: §y", "one_time", "on_change", "local")

# -- rotation

secret("a rotation that is a list", "rotation: §[90d]", "rotation")
secret("a rotation that is a bare number", "rotation: §90", "rotation")
secret("an unknown key of rotation", "rotation: {§every: 90d}", "rotation.every")
secret("a period that is not a period", "rotation: {period: §soon}", "rotation.period")
secret("an unknown strategy", "rotation: {strategy: §triple}", "rotation.strategy")
secret("dual for a kind that is not issued", "rotation: {strategy: §dual}", "rotation.strategy")
secret("keep without a ring", "rotation: {§keep: 3}", "rotation.keep")
secret("a ring that keeps one", "rotation: {strategy: ring, keep: §1}", "rotation.keep")
secret("keep that is text", "rotation: {strategy: ring, keep: §few}", "rotation.keep")
secret("a separator without a ring", "rotation: {§separator: ','}", "rotation.separator")
secret("an empty separator", "rotation: {strategy: ring, separator: §''}", "rotation.separator")
secret("a grace without a unit", "rotation: {grace: §10}", "rotation.grace")
secret("another word for verify", "rotation: {verify: §always}", "rotation.verify")
secret("a verify without address", "rotation: {verify: §{expect: 200}}", "rotation.verify")
secret("an expected status that is text", "rotation: {verify: {http: x, expect: §ok}}", "rotation.verify.expect")
secret("an empty argv", "rotation: {verify: {argv: §[]}}", "rotation.verify.argv")
secret("an unknown key of verify", "rotation: {verify: {argv: [x], §shell: true}}", "rotation.verify.shell")
secret("a window that is text", "rotation: {window: §nights}", "rotation.window")
secret("an unknown day", "rotation: {window: {days: [mon, §funday]}}", "rotation.window.days[1]")
secret("no day", "rotation: {window: {days: §[]}}", "rotation.window.days")
secret("an hour that is none", "rotation: {window: {from: §'25:00'}}", "rotation.window.from")
secret("an end that is not a time", "rotation: {window: {to: §noon}}", "rotation.window.to")
secret("an unknown time zone", "rotation: {window: {timezone: §Mars/Base}}", "rotation.window.timezone")
secret("an unknown key of a window", "rotation: {window: {§day: mon}}", "rotation.window.day")
secret("two periods that differ", "rotation: 30d\nrotation_period: §90d", "rotation_period")

# -- sources

secret("a source that is text", "source: §env", "source")
secret("a source without kind", "source: §{config: {}}", "source")
secret("an unknown kind of source", "source: {kind: §keychain}", "source.kind")
secret("an unknown key of a source", "source: {kind: env, config: {name: X}, §trim: true}", "source.trim")
secret("an option outside of config", "source: §{kind: env, §name: X}", "source.config", "source.name")
secret("a required that is text", "source: {kind: env, required: §maybe, config: {name: X}}", "source.required")
secret("a follow that is a number", "source: {kind: env, follow: §1, config: {name: X}}", "source.follow")
secret("a config of a source that is text", "source: {kind: env, config: §X}", "source.config")
secret("env without a name", "source: {kind: env, config: §{}}", "source.config")
secret("env with no name", "source: {kind: env, config: {name: §''}}", "source.config.name")
secret("env with an unknown option", "source: {kind: env, config: {name: X, §strip: true}}", "source.config.strip")
secret("trim that is text", "source: {kind: env, config: {name: X, trim: §maybe}}", "source.config.trim")
secret("file without a path", "source: {kind: file, config: §{}}", "source.config")
secret("file with an empty path", "source: {kind: file, config: {path: §''}}", "source.config.path")
secret("file with an unknown format", "source: {kind: file, config: {path: x, format: §ini}}", "source.config.format")
secret(
    "file with an unknown encoding",
    "source: {kind: file, config: {path: x, encoding: §klingon}}",
    "source.config.encoding",
)
secret("file with a key that is a list", "source: {kind: file, config: {path: x.json, key: §[a]}}", "source.config.key")
secret("file with trim that is null", "source: {kind: file, config: {path: x, trim: §null}}", "source.config.trim")
secret("secret_ref without a secret", "source: {kind: secret_ref, config: §{}}", "source.config")
secret(
    "a field of a reference that is a map",
    "source: {kind: secret_ref, config: {secret: a, field: §{}}}",
    "source.config.field",
)
secret("the second of two sources", "source: [{kind: env, config: {name: X}}, {kind: §x}]", "source[1].kind")
bad(
    "a reference to no secret",
    "secrets: [{name: a, kind: static, source: {kind: secret_ref, config: {secret: §b}}}]\n",
    "secrets[0]",
)
bad(
    "a reference to itself",
    "secrets: [{name: a, kind: static, source: {kind: secret_ref, config: {secret: §a}}}]\n",
    "secrets[0]",
)
bad(
    "two secrets made from one another",
    "secrets:\n"
    "  - {name: a, kind: static, source: {kind: secret_ref, config: {secret: §b}}}\n"
    "  - {name: b, kind: static, source: {kind: secret_ref, config: {secret: a}}}\n",
    "secrets[0]",
)
bad(
    "a reference to a field that a template lacks",
    "secrets:\n"
    "  - {name: a, kind: templates.t}\n"
    "  - {name: b, kind: static, source: {kind: secret_ref, config: {secret: §a.x}}}\n"
    "templates: {t: {fields: {f: {generator: {kind: static}}}}}\n",
    "secrets[1]",
)
bad(
    "a nonsecret from a secret",
    "secrets:\n"
    "  - {name: a, kind: static}\n"
    "  - {name: b, kind: nonsecret, source: §{kind: secret_ref, config: {secret: a}}}\n",
    "secrets[1].source",
)
bad(
    "a nonsecret from a credential",
    "secrets: [{name: b, kind: nonsecret, source: §{kind: env, config: {name: MY_TOKEN}}}]\n",
    "secrets[0].source",
)

# -- generators

config("an unknown option", "random_password", "{§lenght: 20}", ".lenght")
config("a length of nothing", "random_password", "{length: §0}", ".length")
config("a length that is text", "random_password", "{length: §long}", ".length")
config("a length that is a boolean", "random_password", "{length: §true}", ".length")
config("a length that is null", "random_password", "{length: §null}", ".length")
config("a length that is a fraction", "random_password", "{length: §1.5}", ".length")
config("an upper that is a number", "random_password", "{upper: §1}", ".upper")
config("one option in two spellings", "random_password", "{upper: true, §uppercase: true}", ".uppercase")
config("a minimum without its class", "random_password", "{special: false, min_special: §2}", ".min_special")
config("a negative minimum", "random_password", "{min_number: §-1}", ".min_number")
config("symbols that are letters", "random_password", "{symbols: §abc}", ".symbols")
config("no class at all", "random_password", "§{upper: false, lower: false, number: false, special: false}", "")
config("characters to exclude that are a list", "random_password", "{exclude_characters: §[a]}", ".exclude_characters")
config("exclude_ambiguous that is text", "random_password", "{exclude_ambiguous: §some}", ".exclude_ambiguous")
config("a largest length of nothing", "random_password", "{max_length: §0}", ".max_length")
config("allow_weak that is text", "random_password", "{allow_weak: §maybe}", ".allow_weak")
config("an unknown charset", "random_string", "{charset: §klingon}", ".charset")
config("an alphabet and a charset", "random_string", "{charset: hex, alphabet: §abcdefghij}", ".alphabet")
config("a prefix that is a map", "random_string", "{prefix: §{}}", ".prefix")
config("a suffix that is a list", "random_string", "{suffix: §[]}", ".suffix")
config("an unknown encoding", "random_bytes", "{encoding: §base85}", ".encoding")
config("no bytes", "random_bytes", "{bytes: §0}", ".bytes")
config("no words", "passphrase", "{words: §0}", ".words")
config("a separator that is null", "passphrase", "{separator: §null}", ".separator")
config("capitalize that is text", "passphrase", "{capitalize: §some}", ".capitalize")
config("an unknown version", "uuid", "{version: §5}", ".version")
config("a pin without digits", "pin", "{length: §0}", ".length")
config("an unknown type of key", "ssh_keypair", "{type: §dsa}", ".type")
config("too few bits", "ssh_keypair", "{type: rsa, bits: §512}", ".bits")
config("a comment of two lines", "ssh_keypair", '{comment: §"a\\nb"}', ".comment")
config("a validation that is not an expression", "static", "{validation: §'['}", ".validation")
config(
    "a validation that is too slow to check",
    "static",
    "{validation: §'(a|aa)+$', value: %s!}" % ("a" * 60),
    ".validation",
)
config("prompt_on_empty that is text", "static", "{prompt_on_empty: §maybe}", ".prompt_on_empty")
config("an unknown type of a nonsecret", "nonsecret", "{type: §date}", ".type")
config("derived from nothing", "derived", "§{}", "")
config("derived in two ways", "derived", "§{object: {a: x}, template: y}", "")
config("derived with a form that is text", "derived", "{url: §x}", ".url")
config("a template that asks for more than secrets", "derived", "{template: '{{ §env.X }}'}", ".template")
bad(
    "derived from no secret",
    "secrets: [{name: a, kind: derived, config: {object: {x: {secret: §b}}}}]\n",
    "secrets[0]",
)

# -- targets

bad("targets that are a map", "secrets: [{name: a, kind: static, targets: §{provider: local}}]\n", "secrets[0].targets")
bad("a target that is text", "secrets: [{name: a, kind: static, targets: [§.env]}]\n", "secrets[0].targets[0]")
target("a target without provider", "§{kind: file}", "")
target("a target without kind", "§{provider: local}", "")
target("an unknown alias", "{provider: §locl, kind: file}", ".provider")
target("a provider that only a plugin has", "{provider: §sops, kind: x}", ".provider")
target("an unknown kind of target", "{provider: local, kind: §fil}", ".kind")
target("a kind of another provider", "{provider: aws, kind: §file}", ".kind")
target("an unknown key", "{provider: local, kind: file, §optional: true}", ".optional")
target("an option beside kind", "{provider: local, kind: file, §path: x}", ".path")
target("type instead of kind", "§{provider: local, §type: file}", "", ".type")
target("a config that is text", "{provider: local, kind: file, config: §x}", ".config")
target("an unknown option", "{provider: local, kind: file, config: {§pth: x}}", ".config.pth")
target("an empty path", "{provider: local, kind: file, config: {path: §''}}", ".config.path")
target("a path that is a list", "{provider: local, kind: file, config: {path: §[x]}}", ".config.path")
target("an unknown format", "{provider: local, kind: file, config: {format: §ini}}", ".config.format")
target("merge that is text", "{provider: local, kind: file, config: {merge: §maybe}}", ".config.merge")
target("a key that is empty", "{provider: local, kind: file, config: {key: §''}}", ".config.key")
target("a key that the format refuses", "§{provider: local, kind: file, config: {key: a b}}", "")
target("mappings that are a map", "{provider: local, kind: file, config: {mappings: §{a: b}}}", ".config.mappings")
target(
    "a mapping without its source",
    "{provider: local, kind: file, config: {mappings: [§{target_key: A}]}}",
    ".config.mappings[0]",
)
target(
    "a mapping without its target",
    "{provider: local, kind: file, config: {mappings: [§{source_key: a}]}}",
    ".config.mappings[0]",
)
target(
    "an unknown key of a mapping",
    "{provider: local, kind: file, config: {mappings: [{source_key: a, target_key: A, §x: 1}]}}",
    ".config.mappings[0].x",
)
target(
    "a key beside mappings",
    "{provider: local, kind: file, config: {key: K, mappings: §[{source_key: a, target_key: A}]}}",
    ".config.mappings",
)
target("an unknown dialect", "{provider: local, kind: file, config: {dialect: §bash}}", ".config.dialect")
target("a mode that is none", "{provider: local, kind: file, config: {mode: §'9999'}}", ".config.mode")
target(
    "a value field that is a list", "{provider: local, kind: file, config: {value_field: §[a]}}", ".config.value_field"
)
target("required under config", "{provider: local, kind: file, config: {§required: true}}", ".config.required")
target("required that is text", "{provider: local, kind: file, required: §maybe}", ".required")
target("another word for on_foreign", "{provider: local, kind: file, on_foreign: §keep}", ".on_foreign")
target("another word for slot", "{provider: local, kind: file, slot: §next}", ".slot")
target("policies that are text", "{provider: local, kind: file, identity_policies: §x}", ".identity_policies")
target("an unknown policy", "{provider: local, kind: file, identity_policies: §[x]}", ".identity_policies")
target("consumers that are text", "{provider: local, kind: file, consumers: §web}", ".consumers")
target("a consumer without name", "{provider: local, kind: file, consumers: [§{kind: x}]}", ".consumers[0]")
target(
    "a consumer whose kind is a list",
    "{provider: local, kind: file, consumers: [{name: a, kind: §[]}]}",
    ".consumers[0].kind",
)
target(
    "a restart that is text",
    "{provider: local, kind: file, consumers: [{name: a, restart: §x}]}",
    ".consumers[0].restart",
)
target(
    "an unknown key of a consumer",
    "{provider: local, kind: file, consumers: [{name: a, §url: x}]}",
    ".consumers[0].url",
)
target("an undefined name in a path", "{provider: local, kind: file, config: {path: 'x/§${NOWHERE}'}}", ".config.path")
target("a credential in a path", "{provider: local, kind: file, config: {path: 'x/§${MY_TOKEN}'}}", ".config.path")
bad(
    "two targets with one identity",
    "secrets:\n"
    "  - {name: a, kind: static, targets: [{provider: local, kind: file, config: {key: K}}]}\n"
    "  - {name: b, kind: static, targets: [§{provider: local, kind: file, config: {path: ./.env, key: K}}]}\n",
    "secrets[1].targets[0]",
)
bad(
    "two targets of one secret with one identity",
    "secrets: [{name: a, kind: static, targets: [{provider: local, kind: file}, §{provider: local, kind: file}]}]\n",
    "secrets[0].targets[1]",
)
bad(
    "one file in two modes",
    "secrets:\n"
    "  - {name: a, kind: static, targets: [{provider: local, kind: file}]}\n"
    "  - {name: b, kind: static, targets: [§{provider: local, kind: file, config: {mode: '0640'}}]}\n",
    "secrets[1].targets[0]",
)
bad(
    "one file in two formats and dialects",
    "secrets:\n"
    "  - {name: a, kind: static, targets: [{provider: local, kind: file}]}\n"
    "  - {name: b, kind: static, targets: [§§{provider: local, kind: file, config: {format: json, dialect: posix}}]}\n",
    "secrets[1].targets[0]",
    "secrets[1].targets[0]",
)
bad(
    "a whole file and a key in it",
    "secrets:\n"
    "  - {name: a, kind: static, targets: [{provider: local, kind: file, config: {format: raw}}]}\n"
    "  - {name: b, kind: static, targets: [§{provider: local, kind: file}]}\n",
    "secrets[1].targets[0]",
)
bad(
    "a local secret in the cloud",
    "secrets: [{name: a, kind: static, local: true, targets: [§{provider: aws, kind: secrets_manager}]}]\n",
    "secrets[0].targets[0]",
)

# -- templates

_USE = "secrets: [{name: a, kind: templates.t}]\n"
bad("a template that is text", "templates: {t: §x}\n", "templates.t")
bad("a template without fields", _USE + "templates: {t: §{}}\n", "templates.t")
bad("a template of no field", _USE + "templates: {t: {fields: §{}}}\n", "templates.t.fields")
bad("fields that are a list", _USE + "templates: {t: {fields: §[a]}}\n", "templates.t.fields")
bad(
    "an unknown key of a template",
    _USE + "templates: {t: {fields: {f: {generator: {kind: static}}}, §vars: {}}}\n",
    "templates.t.vars",
)
bad(
    "targets of a template that are text",
    _USE + "templates: {t: {fields: {f: {generator: {kind: static}}}, targets: §x}}\n",
    "templates.t.targets",
)
bad("a field that is text", _USE + "templates: {t: {fields: {f: §x}}}\n", "templates.t.fields.f")
bad("a field without generator", _USE + "templates: {t: {fields: {f: §{}}}}\n", "templates.t.fields.f")
bad(
    "a field with a kind of its own",
    _USE + "templates: {t: {fields: {f: §{§kind: static}}}}\n",
    "templates.t.fields.f",
    "templates.t.fields.f.kind",
)
bad(
    "a field with no legal name",
    _USE + "templates: {t: {fields: {§a b: {generator: {kind: static}}}}}\n",
    "templates.t.fields['a b']",
)
bad(
    "a generator that is text",
    _USE + "templates: {t: {fields: {f: {generator: §static}}}}\n",
    "templates.t.fields.f.generator",
)
bad(
    "a generator without kind",
    _USE + "templates: {t: {fields: {f: {generator: §{}}}}}\n",
    "templates.t.fields.f.generator",
)
bad(
    "a generator of an unknown kind",
    _USE + "templates: {t: {fields: {f: {generator: {kind: §x}}}}}\n",
    "templates.t.fields.f.generator.kind",
)
bad(
    "an unknown key of a generator",
    _USE + "templates: {t: {fields: {f: {generator: {kind: static, §value: x}}}}}\n",
    "templates.t.fields.f.generator.value",
)
bad(
    "a config of a generator that is text",
    _USE + "templates: {t: {fields: {f: {generator: {kind: static, config: §x}}}}}\n",
    "templates.t.fields.f.generator.config",
)
bad(
    "an unknown option of a field",
    _USE + "templates: {t: {fields: {f: {generator: {kind: static, config: {§x: 1}}}}}}\n",
    "templates.t.fields.f.generator.config.x",
)
bad(
    "an unknown kind in a target of a field",
    _USE + "templates: {t: {fields: {f: {generator: {kind: static}, targets: [{provider: local, kind: §x}]}}}}\n",
    "templates.t.fields.f.targets[0].kind",
)
bad(
    "a config beside a template",
    "secrets: [{name: a, kind: templates.t, §config: {}}]\n"
    "templates: {t: {fields: {f: {generator: {kind: static}}}}}\n",
    "secrets[0].config",
)
bad(
    "a template that nobody uses is checked, too",
    "templates: {t: {fields: {f: {generator: {kind: §x}}}}}\n",
    "templates.t.fields.f.generator.kind",
)
bad(
    "a mistake in a template that two use is said once",
    "secrets: [{name: a, kind: templates.t}, {name: b, kind: templates.t}]\n"
    "templates: {t: {fields: {f: {generator: {kind: §x}}}}}\n",
    "templates.t.fields.f.generator.kind",
)
bad(
    "a secret with the name of a field",
    "secrets: [{name: a, kind: templates.t}, {name: §§a.f, kind: static}]\n"
    "templates: {t: {fields: {f: {generator: {kind: static}}}}}\n",
    "secrets[1].name",
    "secrets[1].name",
)

# -- policies

policy("an unknown kind of policy", "{kind: §rotate}", ".kind")
policy("a kind that is a boolean", "{kind: §true}", ".kind")
policy("an unknown key", "{kind: rotation, §age: 3d}", ".age")
policy("a severity that is none", "{kind: rotation, severity: §fatal}", ".severity")
policy("enabled that is text", "{kind: rotation, enabled: §sometimes}", ".enabled")
policy("applies_to that is a list", "{kind: rotation, applies_to: §[a]}", ".applies_to")
policy("an unknown key of applies_to", "{kind: rotation, applies_to: {§names: []}}", ".applies_to.names")
policy("secrets that are text", "{kind: rotation, applies_to: {secrets: §a}}", ".applies_to.secrets")
policy("exceptions that are text", "{kind: rotation, applies_to: {except: §a}}", ".applies_to.except")
policy("lanes that are text", "{kind: rotation, applies_to: {lanes: §a}}", ".applies_to.lanes")
policy("a description that is a list", "{kind: rotation, description: §[]}", ".description")
policy("metadata that is text", "{kind: rotation, metadata: §x}", ".metadata")
policy("an age that is a number", "{kind: rotation, max_age: §90}", ".max_age")
policy(
    "require_rotation_period that is text",
    "{kind: rotation, require_rotation_period: §maybe}",
    ".require_rotation_period",
)
policy("allowed targets that are text", "{kind: access, allowed_targets: §file}", ".allowed_targets")
policy("a denied target that is null", "{kind: access, denied_targets: [§~]}", ".denied_targets[0]")
policy("an identity policy without providers", "§{kind: provider_identity, rules: [{field: a, glob: x}]}", "")
policy("an identity policy without rules", "§{kind: provider_identity, providers: [aws]}", "")
policy("no provider", "{kind: provider_identity, providers: §[], rules: [{field: a, glob: x}]}", ".providers")
policy("no rule", "{kind: provider_identity, providers: [aws], rules: §[]}", ".rules")
policy(
    "another word for match",
    "{kind: provider_identity, providers: [aws], match: §most, rules: [{field: a, glob: x}]}",
    ".match",
)
_RULES = "{kind: provider_identity, providers: [aws], rules: ["
policy("a rule without field", _RULES + "§{glob: x}]}", ".rules[0]")
policy("a rule without test", _RULES + "§{field: a}]}", ".rules[0]")
policy("a rule with two tests", _RULES + "§{field: a, glob: x, regex: y}]}", ".rules[0]")
policy("a rule that is text", _RULES + "§x]}", ".rules[0]")
policy("a regex that is none", _RULES + "{field: a, regex: §'('}]}", ".rules[0].regex")
policy("a regex that is too long", _RULES + "{field: a, regex: §'" + "a" * 3000 + "'}]}", ".rules[0].regex")
policy("a regex that repeats too much", _RULES + "{field: a, regex: §'((a{999}){999}){9}'}]}", ".rules[0].regex")
policy("a glob that is a list", _RULES + "{field: a, glob: §[x]}]}", ".rules[0].glob")
policy("an unknown key of a rule", _RULES + "{field: a, glob: x, §equals: y}]}", ".rules[0].equals")
policy("bits that are text", "{kind: strength, min_bits: §many}", ".min_bits")
policy("bits below one", "{kind: strength, min_bits: §0}", ".min_bits")
policy("forbid_literals that is text", "{kind: strength, forbid_literals: §some}", ".forbid_literals")
policy("an unknown scope", "{kind: reuse, scope: §world}", ".scope")
policy("a pair of one", "{kind: reuse, allow: [§[a]]}", ".allow[0]")
policy("compliance without a standard", "§{kind: compliance}", "")
policy("requirements that are a list", "{kind: compliance, standard: soc2, requirements: §[]}", ".requirements")
