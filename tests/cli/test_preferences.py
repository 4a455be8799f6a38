"""What wins where options, environment, manifest and user configuration say different things."""

from typing import Any

import pytest

from secretzero_cli.preferences import Given, Preferences, preferences_of

CONFIGURED = [
    ("format", "json", "output", "json"),
    ("color", False, "color", False),
    ("color", "false", "color", False),
    ("color", "never", "color", False),
    ("color", True, "color", True),
    ("color", "always", "color", True),
    ("color", "auto", "color", True),
    ("verbosity", "quiet", "quiet", True),
    ("verbosity", "verbose", "verbose", True),
]
STATED: list[tuple[dict[str, str], dict[str, Any], dict[str, object]]] = [
    ({}, {"output": "yaml"}, {"output": "yaml"}),
    ({"SECRETZERO_OUTPUT": "yaml"}, {}, {"output": "yaml"}),
    ({"SECRETZERO_OUTPUT": "json"}, {"output": "yaml"}, {"output": "yaml"}),
    ({}, {"no_color": True}, {"color": False}),
    ({"NO_COLOR": "1"}, {}, {"color": False}),
    ({}, {"verbose": True}, {"verbose": True}),
    ({}, {"quiet": True}, {"quiet": True}),
    ({}, {"reason": "mine"}, {"reason": "mine"}),
    ({"SECRETZERO_REASON": "theirs"}, {}, {"reason": "theirs"}),
    ({"SECRETZERO_REASON": "theirs"}, {"reason": "mine"}, {"reason": "mine"}),
    ({"COLUMNS": "132"}, {}, {"width": 132}),
    ({"CI": "true"}, {}, {"interactive": False}),
    ({"SECRETZERO_NON_INTERACTIVE": "1"}, {}, {"interactive": False}),
    ({}, {"non_interactive": True}, {"interactive": False}),
    ({}, {"yes": True}, {"assume_yes": True}),
    ({}, {"show_input": True}, {"show_input": True}),
]


def test_nothing_said_means_text_in_colour_and_a_person_who_is_asked():
    """The defaults."""
    assert preferences_of(Given({})) == Preferences(interactive=True)


@pytest.mark.parametrize(("name", "said", "preference", "expected"), CONFIGURED)
def test_configuration_is_heard(name: str, said: object, preference: str, expected: object):
    """What the manifest says counts, else what the user's configuration says."""
    for configured in ([{name: said}], [{name: said}, {name: "auto"}], [{}, {name: said}]):
        assert getattr(preferences_of(Given({}), configured), preference) == expected


@pytest.mark.parametrize(("environ", "options", "expected"), STATED)
def test_options_and_environment_win_over_configuration(
    environ: dict[str, str], options: dict[str, Any], expected: dict[str, object]
):
    """Options over variables, and both over what is configured."""
    configured = [{"format": "json", "color": "always", "verbosity": "normal"}]
    found = preferences_of(Given(environ, **options), configured)._asdict()
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize("option", ["quiet", "verbose"])
@pytest.mark.parametrize("configured", ["quiet", "verbose"])
def test_an_option_about_verbosity_is_all_that_counts(option: str, configured: str):
    """Nothing is both quiet and verbose unless the options say so."""
    found = preferences_of(Given({}, **{option: True}), [{"verbosity": configured}])
    assert (found.quiet, found.verbose) == (option == "quiet", option == "verbose")


@pytest.mark.parametrize("width", ["", "0", "-1", "80.5", "٨٠", "9" * 5000])
def test_a_width_that_is_none_is_ignored(width: str):
    """Other programs' variables are never an error."""
    assert preferences_of(Given({"COLUMNS": width})).width is None


def test_a_coding_agent_is_asked_nothing():
    """Agent mode means that no person is there."""
    found = preferences_of(Given({}), agent_mode=True)
    assert (found.agent_mode, found.interactive) == (True, False)
