"""Where files outside of the project are kept."""

import os
import pwd
import subprocess
import sys

import pytest

from secretzero.errors import ConfigurationError
from secretzero.places import Places


@pytest.mark.parametrize("environ", [{}, {"HOME": ""}, {"HOME": "", "XDG_STATE_HOME": "", "XDG_CONFIG_HOME": ""}])
def test_a_home_that_nobody_names_is_that_of_the_list_of_users(environ: dict[str, str]):
    """An empty variable counts as unset, and never as the root or the current folder."""
    home = pwd.getpwuid(os.geteuid()).pw_dir
    found = Places.of(environ)
    assert (found.home, found.state) == (home, os.path.join(home, ".local/state/secretzero"))
    assert found.config == os.path.join(home, ".config/secretzero")


def test_a_relative_home_is_refused():
    """The hint names the variable that helps."""
    with pytest.raises(ConfigurationError) as caught:
        Places.of({"HOME": "here"})
    assert "XDG_STATE_HOME" in caught.value.hint


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become an unknown user")
def test_a_user_without_a_home_must_name_a_folder():
    """In a container any number may be the user; nothing is kept in the folder where it happens to be."""
    code = "import os, sys; os.setuid(54321); from secretzero.places import Places\n"
    code += "try: print(Places.of(dict(pair.split('=') for pair in sys.argv[1:])))\n"
    code += "except secretzero.places.ConfigurationError as error: print(error.code, error.hint)"
    for given, expected in (
        (("HOME=",), "configuration set XDG_STATE_HOME or HOME"),
        (("XDG_STATE_HOME=/s",), "Places(state='/s/secretzero', config='/.config/secretzero', home='')"),
    ):
        command = [sys.executable, "-c", "import attrs, secretzero.places; " + code, *given]
        assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == expected
