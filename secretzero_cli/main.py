"""The program `secretzero`: which commands there are, and what a person who mistypes one is told."""

import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module

import click

from .options.shared import CONTEXT, environment, everywhere
from .preferences import Given

COMMANDS: dict[str, tuple[str, str]] = {
    "create": ("create", "Write a starter manifest."),
    "validate": ("validate", "Name every problem of the manifest at once."),
    "list": ("listing", "List secrets, providers, targets or variables."),
    "show": ("show", "Show what is known of one secret, or of all."),
    "status": ("status", "Say what the lockfile says, what is due and what is pending."),
    "plan": ("plan", "Show what would be done, and why."),
    "apply": ("apply", "Do exactly what a plan says."),
    "sync": ("sync", "Bring every secret to its targets."),
    "rotate": ("rotate", "Give due or named secrets a new value."),
    "set": ("setting", "Give one secret a new value that you have."),
    "drift": ("drift", "Compare every target with the lockfile."),
    "get": ("values", "Show one secret, or with --reveal its value."),
    "export": ("values", "Write values for a shell, a file or CI."),
    "run": ("child", "Start a process with secrets in its environment."),
    "exec": ("child", "The same as run."),
    "lock": ("lock", "Check or merge the lockfile."),
    "key": ("key", "Show, export or import the project key."),
    "completion": ("completion", "Print a completion script for a shell."),
    "version": ("version", "Print the version."),
}
"""Each command: the module in `secretzero_cli.commands` that has it as ``<name>_command``, and its line of help."""

GONE = {
    "add": "create",
    "new": "create",
    "scaffold-bundle": "create",
    "agent": "sync -n",
    "backup": "export",
    "catalog": "list targets",
    "config": "list variables",
    "format": "validate",
    "validate-bundle": "validate",
} | dict.fromkeys("auth detect discover gitnexus ingest mcp skills terraform web".split(), "")
"""Commands of the public 0.14 that do not exist here, each with the nearest that does, if there is one."""


class Program(click.Group):
    """The group of all commands; the module of a command is imported when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the same everywhere
        """Return the names of all commands, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - the same
        """Import a command; None for a name that is none."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f".commands.{COMMANDS[cmd_name][0]}", __package__)
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - the same
        """Write the list of commands without importing one."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is called, or say which one may be meant."""
        if args[0] not in COMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            ctx.fail(_unknown(args[0]))
        return super().resolve_command(ctx, args)


def _unknown(name: str) -> str:
    said = f"there is no command '{name}'"
    if nearest := GONE.get(name):
        return f"{said}; the nearest is: secretzero {nearest}"
    from difflib import get_close_matches

    near = get_close_matches(name, COMMANDS, 1)
    return f"{said}; did you mean '{near[0]}'?" if near else f"{said}; secretzero --help lists them"


@click.group(cls=Program, name="secretzero", invoke_without_command=True, context_settings=CONTEXT)
@click.option("--version", is_flag=True, help="Print the version and exit.")
@click.pass_context
def program(context: click.Context, *, version: bool) -> int:
    """Make every secret of a project once, put it everywhere, replace it without loss."""
    if version:
        from secretzero import __version__

        click.echo(f"secretzero {__version__}")
        context.exit(0)
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
    return 0


program.params += [environment(), *everywhere()]


def called(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run one command line and return its exit code."""
    try:
        code: int | None = program.main(list(arguments), "secretzero", obj=Given(environ), standalone_mode=False)
    except click.UsageError as error:
        return _mistaken(error, arguments, environ)
    return code or 0


def _mistaken(error: click.UsageError, arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Report a mistake in the command line."""
    from secretzero import UsageError

    from .output.answer import refuse

    name = (error.ctx.info_name if error.ctx else "") or ""
    usage = error.ctx.command_path if error.ctx else "secretzero"
    mistake = UsageError(error.format_message(), hint=f"{usage} --help")
    return refuse(mistake, arguments, environ, command="" if name == "secretzero" else name)


def _helped(arguments: Sequence[str]) -> int:
    """Run a command line that asks for help only, where nothing but writing it can go wrong."""
    try:
        return called(arguments, os.environ)
    except OSError as error:
        from .output.streams import give_up

        return give_up(error)


def main() -> None:
    """Run the command line of this process; the entry point of the program."""
    if os.name == "nt":
        sys.exit("SecretZero runs on Linux and macOS; on Windows it runs in WSL")
    if "_SECRETZERO_COMPLETE" in os.environ:
        from .completion import answer

        sys.exit(answer(program, os.environ))
    arguments = sys.argv[1:]
    if not arguments or (arguments[-1] in {"-h", "--help", "--version"} and "--" not in arguments):
        sys.exit(_helped(arguments))
    import gc

    from .exits import signalled
    from .signals import StoppedError, prepared

    gc.disable()
    prepared(arguments)
    try:
        code = called(arguments, os.environ)
    except StoppedError as stopped:
        code = signalled(stopped.number)
    gc.freeze()  # The interpreter would look through everything once more before it leaves.
    sys.exit(code)
