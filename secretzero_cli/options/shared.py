"""The options that commands share, and those of the whole program."""

from collections.abc import Callable
from typing import Any

import click

from ..preferences import FORMATS

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def keep(context: click.Context, parameter: click.Parameter, value: object) -> None:
    """Keep what an option said where the session finds it; an option that was not given changes nothing.

    The options of a command are read after those of the program, and so win over them.
    """
    if value is not None and value is not False and value != () and parameter.name is not None:
        context.obj = context.obj._replace(**{parameter.name: value})


def _shared(*names: str, **settings: Any) -> click.Option:
    return click.Option(names, expose_value=False, callback=keep, **settings)


def _flag(*names: str, text: str) -> click.Option:
    return _shared(*names, is_flag=True, default=False, help=text)


def completed(what: str) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """Return what completes a word with ``secrets``, ``lanes`` or ``kinds``; nothing is read before a shell asks."""

    def complete(context: click.Context, _parameter: click.Parameter, begin: str) -> list[str]:
        from ..completion import names

        return names(what, context, begin)

    return complete


def environment() -> click.Option:
    """Return the option that chooses a lane."""
    found = completed("lanes")
    return _shared("-e", "--environment", metavar="LANE", help="The lane to work in.", shell_complete=found)


def _secrets() -> click.Option:
    text = "Only this secret, NAME.FIELD or a glob, and what is made from it; may be repeated."
    found = completed("secrets")
    return _shared("-s", "--secret", "only", metavar="NAME", multiple=True, help=text, shell_complete=found)


def _output() -> list[click.Option]:
    kind = click.Choice(FORMATS)
    return [
        _shared("-o", "--output", "--format", "output", type=kind, help="How the answer is written.  [default: text]"),
        _shared("--json", "output", flag_value="json", default=None, help="The same as --output json."),
    ]


def _variables(short: str = "-v") -> list[click.Option]:
    names = [name for name in (short, "--var-file", "var_files") if name]
    return [
        _shared(*names, metavar="PATH", multiple=True, help="A file of variables; may be repeated."),
        _shared("--var", "variables", metavar="NAME=VALUE", multiple=True, help="A variable; may be repeated."),
    ]


def _file() -> click.Option:
    text = "The manifest.  [default: Secretfile.yml here, or above up to the project's root]"
    return _shared("-f", "--file", metavar="PATH", help=text)


SHARED: dict[str, Callable[[], list[click.Option]]] = {
    "F": lambda: [_file()],
    "L": lambda: [_shared("-l", "--lockfile", metavar="PATH", help="The lockfile, instead of the lane's.")],
    "V": _variables,
    "v": lambda: _variables(""),
    "E": lambda: [environment()],
    "O": _output,
    "S": lambda: [_secrets()],
    "D": lambda: [_flag("--detailed-exitcode", text="Exit with 2 when changes are pending.")],
    "w": lambda: [_flag("-v", "--verbose", text="Show more.")],
    "R": lambda: [_shared("--reason", metavar="TEXT", help="Why; kept in the audit log.")],
}
"""The letters of the specification's table; ``v`` is V without its short form, and ``w`` takes that for verbose."""


def everywhere() -> list[click.Option]:
    """Return the options of the whole program, which may stand before or after the command."""
    return [
        _flag("-n", "--non-interactive", text="Ask nobody anything."),
        _flag("-y", "--yes", text="Answer confirmations with yes; never supplies a value."),
        _flag("-q", "--quiet", text="Say nothing but the answer and errors."),
        _flag("--verbose", text="Show every step."),
        _flag("--no-color", text="No colour."),
        _flag("--lenient", text="Unknown keys and kinds of the manifest are warnings."),
        _flag("--offline", text="No network."),
    ]
