"""Coding agents: who they are is seen, and what they may see is the user's to say."""

import pytest

from secretzero_cli.preferences import AGENTS, agent_mode, agent_of


@pytest.mark.parametrize(("variable", "name"), AGENTS.items())
def test_an_agent_is_known_by_its_environment(variable: str, name: str):
    """Its own variable gives it away; a person has none of them."""
    assert agent_of({variable: "1"}) == name
    assert agent_of({"HOME": "/home/me"}) == ""


@pytest.mark.parametrize(
    ("environ", "configured", "expected"),
    [
        ({}, "refuse", False),
        ({"CLAUDECODE": "1"}, "allow", False),
        ({"CLAUDECODE": "1"}, "refuse", True),
        ({"CLAUDECODE": "1", "SECRETZERO_AGENT": "0"}, "refuse", False),
        ({"SECRETZERO_AGENT": "1"}, "allow", True),
        ({"SZ_AGENT": "true"}, "allow", True),
        ({"SZ_AGENT_MODE": "1"}, "allow", True),
        ({"SECRETZERO_AGENT": ""}, "refuse", False),
    ],
)
def test_agent_mode_is_switched_on_or_follows_the_configuration(
    environ: dict[str, str], configured: str, expected: object
):
    """A switch wins in both directions; else a recognised agent counts where the user refuses agents."""
    assert agent_mode(environ, configured) is expected
