"""Who is at the keyboard: a person, or a coding agent that its environment variables give away."""

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
"""Environment variables that coding agents set, and what each is called in the audit log."""

_SWITCHES = ("SECRETZERO_AGENT", "SZ_AGENT", "SZ_AGENT_MODE")
_OFF = frozenset({"0", "false", "no", "off"})


def agent_of(environ: Mapping[str, str]) -> str:
    """Return the name of the coding agent that runs this process; ``""`` for a person."""
    return next((name for variable, name in AGENTS.items() if environ.get(variable)), "")


def agent_mode(environ: Mapping[str, str], agents: Callable[[], str]) -> bool:
    """Tell whether values are never shown: switched on, or an agent that the user's configuration refuses.

    `agents` is asked only when an agent was recognised.
    """
    for switch in _SWITCHES:
        said = environ.get(switch, "").strip().lower()
        if said:
            return said not in _OFF
    return bool(agent_of(environ)) and agents() == "refuse"
