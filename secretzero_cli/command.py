"""Commands as functions, each with its own options and the shared ones."""

import inspect
from collections.abc import Callable
from typing import Any

import click

from .options.shared import CONTEXT, SHARED, everywhere
from .preferences import Given
from .session import Session

__all__ = ["Session", "verb"]


def verb(
    name: str, shared: str = "", *, only_text: bool = False, **context_settings: Any
) -> Callable[[Callable[..., int | None]], click.Command]:
    """Make a command of a function ``(session, **options) -> exit code``; `shared` are letters of `SHARED`.

    The command has the function's own options, the shared ones and the global ones; the function's docstring is the
    help text. The session turns what it raises into an exit code. A command with `only_text` writes values or starts
    another program: its errors are always text, whatever the environment prefers.
    """

    def decorate(function: Callable[..., int | None]) -> click.Command:
        def call(**options: object) -> int:
            given = Given(**click.get_current_context().obj)
            return Session(name, given._replace(output="text") if only_text else given).run(function, options)

        params = list(reversed(getattr(function, "__click_params__", ())))
        own = {spelling for parameter in params for spelling in parameter.opts}
        for option in [*(option for letter in shared.split() for option in SHARED[letter]()), *everywhere()]:
            if not own & set(option.opts):
                params.append(option)
                own |= set(option.opts)
        text = inspect.cleandoc(function.__doc__ or "")
        settings = {**CONTEXT, **context_settings}
        return click.Command(name, callback=call, params=params, help=text, context_settings=settings)

    return decorate
