"""Output and prompting preferences of one run, from options, environment and configuration."""

from collections import ChainMap
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, get_args

Output = Literal["text", "json", "yaml"]

FORMATS: tuple[Output, ...] = get_args(Output)
_OFF = frozenset({"", "0", "false", "no", "off"})
_ON = frozenset({"1", "true", "yes", "on"})
_NO_COLOR = frozenset({"false", "never"})
_WIDEST = 6
"""A terminal width has fewer digits than this."""
AGENTS = {
    "CLAUDECODE": "claude-code",
    "CURSOR_AGENT": "cursor",
    "GEMINI_CLI": "gemini-cli",
    "CODEX_SANDBOX": "codex",
    "OPENCODE": "opencode",
    "AUGMENT_AGENT": "augment",
    "AMP_CURRENT_THREAD_ID": "amp",
    "REPLIT_AGENT": "replit",
}
"""Environment variables that coding agents set, and the name of each agent in the audit log."""


class Given(NamedTuple):
    """The shared options of a command line, and the environment variables of the process."""

    environ: Mapping[str, str]
    file: str = ""
    lockfile: str = ""
    environment: str | None = None
    var_files: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    output: Output | Literal[""] = ""
    reason: str = ""
    detailed_exitcode: bool = False
    show_input: bool = False
    non_interactive: bool = False
    yes: bool = False
    quiet: bool = False
    verbose: bool = False
    no_color: bool = False
    lenient: bool = False
    offline: bool = False


class Preferences(NamedTuple):
    """How answers are written, and whether and how to prompt.

    `color` has an effect only on a terminal; `width` is the terminal's width in columns, if the environment states it.
    In `agent_mode` a coding agent runs the command: no value is shown and nothing is prompted.
    """

    output: Output = "text"
    color: bool = True
    width: int | None = None
    quiet: bool = False
    verbose: bool = False
    interactive: bool = False
    agent_mode: bool = False
    assume_yes: bool = False
    show_input: bool = False
    reason: str = ""


def preferences_of(
    given: Given, configured: Sequence[Mapping[str, object]] = (), *, agent_mode: bool = False
) -> Preferences:
    """Return the preferences of a run: options first, then the environment, then configuration, then defaults.

    `configured` holds the ``output`` sections of the manifest and of the user's configuration, as far as they are
    loaded, in this order.
    """
    environ, said = given.environ, ChainMap(*map(dict, configured))
    output = given.output or environ.get("SECRETZERO_OUTPUT") or said.get("format")
    verbosity = "" if given.quiet or given.verbose else said.get("verbosity")
    width = environ.get("COLUMNS", "")
    prompting_off = given.non_interactive or is_on(environ, "SECRETZERO_NON_INTERACTIVE") or is_on(environ, "CI")
    return Preferences(
        output=output if output in FORMATS else "text",
        color=not (given.no_color or environ.get("NO_COLOR") or str(said.get("color")).lower() in _NO_COLOR),
        width=int(width) or None if width.isdecimal() and width.isascii() and len(width) < _WIDEST else None,
        quiet=given.quiet or verbosity == "quiet",
        verbose=given.verbose or verbosity == "verbose",
        interactive=not prompting_off and not agent_mode,
        agent_mode=agent_mode,
        assume_yes=given.yes,
        show_input=given.show_input,
        reason=given.reason or environ.get("SECRETZERO_REASON", ""),
    )


def is_on(environ: Mapping[str, str], name: str) -> bool:
    """Return whether an environment variable switches something on."""
    return environ.get(name, "").strip().lower() not in _OFF


def check_switches(environ: Mapping[str, str]) -> None:
    """Raise UsageError if an environment variable has a value that its option does not accept."""
    from secretzero import UsageError

    if environ.get("SECRETZERO_OUTPUT") not in {None, "", *FORMATS}:
        raise UsageError("invalid output format in SECRETZERO_OUTPUT", hint=f"set it to {', '.join(FORMATS)}")
    if environ.get("SECRETZERO_NON_INTERACTIVE", "").strip().lower() not in _ON | _OFF:
        raise UsageError("invalid value of SECRETZERO_NON_INTERACTIVE", hint="set it to 1 or 0")


def wanted_output(arguments: Sequence[str]) -> Output | Literal[""]:
    """Guess the output format from arguments that could not be parsed; ``""`` if they do not state one."""
    for word, following in zip(arguments, [*arguments[1:], ""], strict=True):
        name, _, value = word.partition("=")
        chosen = value or following
        if name in {"-o", "--output", "--format"} and chosen in FORMATS:
            return chosen
        if word == "--json" or word in {"-ojson", "-oyaml"}:
            return "yaml" if word == "-oyaml" else "json"
    return ""


def agent_of(environ: Mapping[str, str]) -> str:
    """Return the name of the coding agent that runs this process; ``""`` for a person."""
    return next((name for variable, name in AGENTS.items() if environ.get(variable)), "")


def agent_mode(environ: Mapping[str, str], agents: str) -> bool:
    """Return whether agent mode is on, in which no value is shown.

    A switch decides. Without one, agent mode is on if an agent is recognized and `agents` is ``refuse``.
    """
    for switch in ("SECRETZERO_AGENT", "SZ_AGENT", "SZ_AGENT_MODE"):
        if value := environ.get(switch, "").strip().lower():
            return value not in _OFF
    return bool(agent_of(environ)) and agents == "refuse"
