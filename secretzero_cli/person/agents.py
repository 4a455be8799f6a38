"""Detection of coding agents by their environment variables."""

from collections.abc import Callable, Mapping

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

_SWITCHES = ("SECRETZERO_AGENT", "SZ_AGENT", "SZ_AGENT_MODE")
_OFF = frozenset({"0", "false", "no", "off"})


def agent_of(environ: Mapping[str, str]) -> str:
    """Return the name of the coding agent that runs this process; ``""`` for a person."""
    return next((name for variable, name in AGENTS.items() if environ.get(variable)), "")


def agent_mode(environ: Mapping[str, str], agents: Callable[[], str]) -> bool:
    """Return whether agent mode is on, in which no value is shown.

    A switch decides. Without one, agent mode is on if an agent is recognized and `agents`, called only then, returns
    ``refuse``.
    """
    for switch in _SWITCHES:
        if value := environ.get(switch, "").strip().lower():
            return value not in _OFF
    return bool(agent_of(environ)) and agents() == "refuse"
