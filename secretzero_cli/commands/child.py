"""The command that starts a process with secrets in its environment."""

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from secretzero import Reading, UsageError
from secretzero.shell import names_of_declared, variables_of

from ..child.environment import surroundings
from ..child.process import become, run_child
from ..command import Session, verb
from ..exits import NOT_EXECUTABLE, NOT_FOUND
from ..options.selection import excluding, hidden_texts, read_selected
from ..options.shared import completed, only_these
from ..preferences import is_on

if TYPE_CHECKING:
    from ..child.output import Stream


@click.argument("words", metavar="CMD [ARG]...", nargs=-1, type=click.UNPROCESSED)
@only_these("-s", "--secret", "--only")
@excluding
@click.option(
    "--map",
    "mapped",
    metavar="ENV=SECRET",
    multiple=True,
    help="Set the variable ENV to the value of SECRET or NAME.PART; repeatable.",
    shell_complete=completed("secrets"),
)
@click.option("--clean-env", is_flag=True, help="Inherit only basic variables such as PATH, HOME and TERM.")
@click.option(
    "--redact/--no-redact",
    default=None,
    help="Replace values in the output of CMD by ********.  [default: only in pipes, and only if CI is set]",
)
@click.option("--replace", is_flag=True, help="Replace this process by CMD; nothing is redacted.")
def _start(  # noqa: PLR0913 - each is an option
    session: Session,
    *,
    words: tuple[str, ...],
    exclude: tuple[str, ...],
    mapped: tuple[str, ...],
    clean_env: bool,
    redact: bool | None,
    replace: bool,
) -> int:
    """Start CMD with the values of secrets in its environment, and exit with its exit code.

    The name of a variable comes from --map, else from the secret's first dotenv target, else it is the name of the
    secret in capitals; a map sets NAME_PART for each part. CMD is started without a shell, with the arguments
    after -- unchanged.
    """
    if not words:
        raise UsageError("no command given", hint="secretzero run -- CMD ARG...")
    if replace and redact:
        raise UsageError("--replace and --redact cannot be combined")
    renamed = _renamed(mapped)
    readings = read_selected(session, "run", exclude, besides=tuple(renamed.values()))
    variables = variables_of(session.manifest, readings, renamed)
    declared = names_of_declared(session.manifest)
    environ = surroundings(session.environ, declared, variables, clean=clean_env, chosen=renamed)
    try:
        if replace:
            become(words, environ)
        return run_child(words, environ, _redacted(session, readings, redact=redact))
    except OSError as error:
        from ..output.streams import say
        from ..output.tables import visible

        say(f"secretzero: {visible(words[0])}: {os.strerror(error.errno or 0)}")
        return NOT_FOUND if isinstance(error, FileNotFoundError | NotADirectoryError) else NOT_EXECUTABLE


def _redacted(session: Session, readings: Mapping[str, Reading], *, redact: bool | None) -> "tuple[Stream, ...]":
    """Return the streams to redact; without a choice, pipes if CI is set."""
    if not (is_on(session.environ, "CI") if redact is None else redact):
        return ()
    from ..child.output import streams_of

    return streams_of(hidden_texts(session, readings), everywhere=bool(redact))


def _renamed(mapped: Sequence[str]) -> dict[str, str]:
    """Parse `--map`: the name of a variable, and the name of a secret or of a part of one."""
    renamed: dict[str, str] = {}
    for text in mapped:
        name, equals, secret = text.partition("=")
        if not equals or not secret or not (name.isascii() and name.isidentifier()):
            raise UsageError(
                f"invalid --map {text}; write ENV=SECRET", hint="ENV has letters, digits and _, and no digit first"
            )
        if renamed.setdefault(name, secret) != secret:
            raise UsageError(f"--map names {name} twice")
    return renamed


run_command = verb("run", "F L V E R", only_text=True, allow_interspersed_args=False)(_start)
exec_command = verb("exec", "F L V E R", only_text=True, allow_interspersed_args=False)(_start)
