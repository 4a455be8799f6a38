"""The kind of command that the program is made of: a function with the options that commands share."""

import inspect
from collections.abc import Callable
from typing import Any

import click

from .options.shared import CONTEXT, SHARED, everywhere


class Verb(click.Command):
    """A command: its own options, the shared ones, and those of the whole program."""

    def __init__(self, *arguments: Any, shared: str = "", **settings: Any) -> None:
        settings["context_settings"] = {**CONTEXT, **settings.get("context_settings", {})}
        super().__init__(*arguments, **settings)
        own = {name for parameter in self.params for name in parameter.opts}
        for option in [*(option for letter in shared.split() for option in SHARED[letter]()), *everywhere()]:
            if not own & set(option.opts):
                self.params.append(option)
                own |= set(option.opts)


def verb(
    name: str, shared: str = "", *, only_text: bool = False, **settings: Any
) -> Callable[[Callable[..., int | None]], Verb]:
    """Make a command of a function ``(session, **options) -> exit code``; `shared` are letters of `SHARED`.

    The function's docstring is the help. What it raises becomes an exit code in the session. A command with `only_text`
    writes values or lets another program write: its errors are text whatever the environment prefers.
    """

    def decorate(function: Callable[..., int | None]) -> Verb:
        def call(**options: object) -> int:
            from .session import Session

            given = click.get_current_context().obj
            return Session(name, given._replace(output="text") if only_text else given).run(function, options)

        declared = list(reversed(getattr(function, "__click_params__", ())))
        text = inspect.cleandoc(function.__doc__ or "")
        return Verb(name, callback=call, params=declared, help=text, shared=shared, **settings)

    return decorate
