"""The program `secretzero`: its table of commands, and the message for a mistyped one."""

import gc
import os
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from importlib import import_module

import click

from .options.shared import CONTEXT, environment, everywhere

COMMANDS: dict[str, tuple[str, str]] = {
    "create": ("create", "Write a starter manifest."),
    "validate": ("validate", "Check the manifest and report every problem."),
    "list": ("listing", "List secrets, providers, targets or variables."),
    "show": ("show", "Show the declaration and the recorded state of secrets."),
    "status": ("status", "Show sync state, due rotations and pending operations."),
    "plan": ("plan", "Show what would change, and why."),
    "apply": ("apply", "Apply a plan exactly as it was saved."),
    "sync": ("sync", "Plan and apply; first complete what an earlier run left unfinished."),
    "rotate": ("rotate", "Replace the values of due secrets, or of named secrets with --force."),
    "set": ("setting", "Set a secret to a value that you supply."),
    "drift": ("drift", "Compare every target with the lockfile."),
    "get": ("values", "Show one secret; print its value with --reveal."),
    "export": ("values", "Write values for a shell, a file or CI."),
    "run": ("child", "Start a process with secrets in its environment."),
    "exec": ("child", "Same as run."),
    "lock": ("lock", "Verify or merge lockfiles."),
    "key": ("key", "Show, export or import the project key."),
    "completion": ("completion", "Print a completion script for a shell."),
    "version": ("version", "Print the version."),
}
"""Each command: the module in `secretzero_cli.commands` that defines ``<name>_command``, and its line of help."""

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
"""Commands of version 0.14 that no longer exist, each with the closest replacement, if there is one."""


class Program(click.Group):
    """The group of all commands; the module of a command is imported when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the same everywhere
        """Return the names of all commands, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - the same
        """Import a command and return it; None for an unknown name."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f".commands.{COMMANDS[cmd_name][0]}", __package__)
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - the same
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or fail with a suggestion."""
        if args[0] not in COMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            ctx.fail(_unknown(args[0]))
        return super().resolve_command(ctx, args)


def _unknown(name: str) -> str:
    message = f"no such command: {name}"
    if replacement := GONE.get(name):
        return f"{message}; use: secretzero {replacement}"
    from difflib import get_close_matches

    near = get_close_matches(name, COMMANDS, 1)
    return f"{message}; did you mean '{near[0]}'?" if near else f"{message}; for a list, run: secretzero --help"


@click.group(cls=Program, name="secretzero", invoke_without_command=True, context_settings=CONTEXT)
@click.option("--version", is_flag=True, help="Print the version and exit.")
@click.pass_context
def program(context: click.Context, *, version: bool) -> int:
    """Generate the secrets of a project, write them to every target, and rotate them safely."""
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
        code: int | None = program.main(list(arguments), "secretzero", obj={"environ": environ}, standalone_mode=False)
    except click.UsageError as error:
        return _misused(error, arguments, environ)
    return code or 0


def _misused(error: click.UsageError, arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Report a usage error."""
    from secretzero import UsageError

    from .session import refuse

    name = (error.ctx.info_name if error.ctx else "") or ""
    usage = error.ctx.command_path if error.ctx else "secretzero"
    misuse = UsageError(error.format_message(), hint=f"for usage, run: {usage} --help")
    return refuse(misuse, arguments, environ, command="" if name == "secretzero" else name)


def main() -> None:
    """Run the command line of this process; this is the entry point of the program."""
    if os.name == "nt":
        sys.exit("SecretZero runs on Linux and macOS; on Windows, run it in WSL")
    if "_SECRETZERO_COMPLETE" in os.environ:
        from .completion import answer

        sys.exit(answer(program, os.environ))
    arguments = sys.argv[1:]
    if not arguments or (arguments[-1] in {"-h", "--help", "--version"} and "--" not in arguments):
        try:  # Of a command line that only prints help, only the output itself can fail.
            sys.exit(called(arguments, os.environ))
        except OSError as error:
            from .output.streams import give_up

            sys.exit(give_up(error))
    from .exits import signalled
    from .signals import StoppedError, handle_signals

    gc.disable()
    handle_signals()
    try:
        from .session import internal

        sys.excepthook = partial(internal, arguments)
        code = called(arguments, os.environ)
    except StoppedError as stopped:
        code = signalled(stopped.number)
    gc.freeze()  # Without this, the interpreter scans every object once more at exit.
    sys.exit(code)
