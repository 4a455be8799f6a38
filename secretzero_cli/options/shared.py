"""The options that commands share, and the global ones."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def keep(context: click.Context, parameter: click.Parameter, value: object) -> None:
    """Store the value of an option for the session; an option that was not given changes nothing.

    The options of a command are read after the global ones, and so take precedence. What is stored are the fields of
    `Given`, which is made when the session begins: `--help` needs none.
    """
    if value is not None and value is not False and value != () and parameter.name is not None:
        context.obj[parameter.name] = value


def _shared(*names: str, **settings: Any) -> click.Option:
    return click.Option(names, expose_value=False, callback=keep, **settings)


def kept(*names: str, **settings: Any) -> Callable[[Function], Function]:
    """Add an option whose value is stored for the session."""
    return click.option(*names, expose_value=False, callback=keep, **settings)


def _flag(*names: str, text: str) -> click.Option:
    return _shared(*names, is_flag=True, default=False, help=text)


def completed(what: str) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """Return a completer for ``secrets``, ``environments`` or ``kinds``; it reads the manifest only when called."""

    def complete(context: click.Context, _parameter: click.Parameter, begin: str) -> list[str]:
        from ..completion import names

        return names(what, context, begin)

    return complete


def environment() -> click.Option:
    """Return the option that selects an environment."""
    text = "The environment to work in."
    found = completed("environments")
    return _shared("-e", "--environment", metavar="ENVIRONMENT", help=text, shell_complete=found)


def _variables(*short: str) -> list[click.Option]:
    return [
        _shared(
            *short, "--var-file", "var_files", metavar="PATH", multiple=True, help="A file of variables; repeatable."
        ),
        _shared("--var", "variables", metavar="NAME=VALUE", multiple=True, help="Set a variable; repeatable."),
    ]


_ONLY: dict[str, Any] = {"metavar": "NAME", "multiple": True, "shell_complete": completed("secrets")}
"""What the options that select secrets have in common."""


def only_these(*names: str) -> Callable[[Function], Function]:
    """Add the option that selects secrets to read, without those that are derived from them."""
    return kept(*names, "only", help="Only this secret, NAME.FIELD or glob; repeatable.", **_ONLY)


def _output() -> list[click.Option]:
    from ..preferences import FORMATS

    form, text = click.Choice(FORMATS), "Output format.  [default: text]"
    return [
        _shared("-o", "--output", "--format", "output", type=form, help=text),
        _shared("--json", "output", flag_value="json", default=None, help="Same as --output json."),
    ]


_FILE = "The manifest.  [default: Secretfile.yml here or in a parent folder, up to the project root]"
_SECRETS = "Only this secret, NAME.FIELD or glob, and secrets derived from it; repeatable."
SHARED: dict[str, Callable[[], list[click.Option]]] = {
    "F": lambda: [_shared("-f", "--file", metavar="PATH", help=_FILE)],
    "L": lambda: [_shared("-l", "--lockfile", metavar="PATH", help="Use this lockfile instead of the environment's.")],
    "V": lambda: _variables("-v"),
    "v": _variables,
    "E": lambda: [environment()],
    "O": _output,
    "S": lambda: [_shared("-s", "--secret", "only", help=_SECRETS, **_ONLY)],
    "D": lambda: [_flag("--detailed-exitcode", text="Exit with code 2 if changes are pending.")],
    "w": lambda: [_flag("-v", "--verbose", text="Show more detail.")],
    "R": lambda: [_shared("--reason", metavar="TEXT", help="The reason, recorded in the audit log.")],
}
"""The letters of the specification's table; ``v`` is V without ``-v``, which ``w`` uses for verbose."""


def everywhere() -> list[click.Option]:
    """Return the global options, which are accepted before and after the command."""
    return [
        _flag("-n", "--non-interactive", text="Never prompt."),
        _flag("-y", "--yes", text="Answer yes to confirmations; never supplies a value."),
        _flag("-q", "--quiet", text="Print only the answer and errors."),
        _flag("--verbose", text="Show every step."),
        _flag("--no-color", text="Disable colored output."),
        _flag("--lenient", text="Report unknown keys and kinds in the manifest as warnings."),
        _flag("--offline", text="Do not use the network."),
    ]
