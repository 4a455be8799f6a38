"""Commands as functions, each with its own options and the shared ones."""

import inspect
from collections.abc import Callable
from typing import Any

import click

from .options.shared import CONTEXT, SHARED, everywhere
from .session import Session

__all__ = ["Session", "Verb", "verb"]


class Verb(click.Command):
    """A command with its own options, the shared ones and the global ones."""

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

    The function's docstring is the help text. The session turns what it raises into an exit code. A command with
    `only_text` writes values or starts another program: its errors are always text, whatever the environment prefers.
    """

    def decorate(function: Callable[..., int | None]) -> Verb:
        def call(**options: object) -> int:
            given = click.get_current_context().obj
            return Session(name, given._replace(output="text") if only_text else given).run(function, options)

        declared = list(reversed(getattr(function, "__click_params__", ())))
        text = inspect.cleandoc(function.__doc__ or "")
        return Verb(name, callback=call, params=declared, help=text, shared=shared, **settings)

    return decorate
