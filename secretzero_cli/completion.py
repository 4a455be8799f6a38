"""Completion in shells: names from the manifest, read without a provider, a plugin or the network."""

import os
from collections.abc import Iterator, Mapping

import click
from click.shell_completion import CompletionItem, ShellComplete, add_completion_class, get_completion_class

from .preferences import Given

VARIABLE = "_SECRETZERO_COMPLETE"
PROGRAM = "secretzero"
LARGEST = 1 << 20


class PowerShell(ShellComplete):
    """Completion for PowerShell, which click does not support."""

    name = "powershell"
    source_template = """\
Register-ArgumentCompleter -Native -CommandName %(prog_name)s -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $env:%(complete_var)s = "powershell_complete"
    $env:COMP_WORDS = $commandAst.ToString()
    $env:COMP_WORD = $wordToComplete
    %(prog_name)s | ForEach-Object {
        $kind, $value, $text = $_ -split "`t", 3
        if (-not $text) { $text = $value }
        [System.Management.Automation.CompletionResult]::new($value, $value, "ParameterValue", $text)
    }
    Remove-Item Env:%(complete_var)s, Env:COMP_WORDS, Env:COMP_WORD
}
"""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the one that is being typed, and that one."""
        from click.shell_completion import split_arg_string

        words, word = split_arg_string(os.environ.get("COMP_WORDS", ""))[1:], os.environ.get("COMP_WORD", "")
        return (words[:-1] if word and words and words[-1] == word else words), word

    def format_completion(self, item: CompletionItem) -> str:
        """Write one completion as kind, word and help, separated by tabs."""
        return f"{item.type}\t{item.value}\t{item.help or ''}"


def _completer(shell: str) -> type[ShellComplete] | None:
    add_completion_class(PowerShell)
    return get_completion_class(shell)


def script(shell: str) -> str:
    """Return the completion script of a shell."""
    found = _completer(shell)
    if found is None:
        raise ValueError(shell)
    completer = found(click.Group(PROGRAM), {}, PROGRAM, VARIABLE)
    text: str = completer.source_template % completer.source_vars()
    return text


def answer(program: click.Command, environ: Mapping[str, str]) -> int:
    """Answer a shell that requests completions; return the exit code."""
    shell, _, instruction = environ[VARIABLE].partition("_")
    found = _completer(shell)
    if found is None or instruction != "complete":
        return 1
    proposed = found(program, {"obj": {"environ": environ}}, PROGRAM, VARIABLE).complete()
    if proposed:
        click.echo(proposed)
    return 0


def names(what: str, context: click.Context, begin: str) -> list[str]:
    """Return the ``secrets``, ``environments`` or ``kinds`` of the manifest that start with `begin`."""
    wanted, prefix = _WANTED[what]
    found = {
        prefix + name
        for path, name in _leaves(_content(Given(**context.obj or {"environ": os.environ})))
        if len(path) == len(wanted) and all(key in (_ANY, step) for step, key in zip(path, wanted, strict=True))
    }
    return sorted(name for name in found if name.startswith(begin))


_ANY, _KEY = "*", ""
_WANTED = {
    "secrets": (("secrets", _ANY, "name"), ""),
    "kinds": (("secrets", _ANY, "kind"), "kind:"),
    "environments": (("environments", "profiles", _ANY, _KEY), ""),
}
"""Where in a manifest the names are: a value after its keys or, for environments, a key, which ends with a marker."""


def _content(given: Given) -> bytes:
    """Return the manifest that a command would read; empty if there is none."""
    from secretzero import SecretZeroError
    from secretzero.shell import find_manifest

    try:
        path = given.file or find_manifest(os.getcwd(), given.environ)
        if not os.path.isfile(path):  # Reading a pipe would block.
            return b""
        with open(path, "rb") as file:
            return file.read(LARGEST)
    except (OSError, SecretZeroError):
        return b""


def _leaves(content: bytes) -> Iterator[tuple[list[str], str]]:
    """Yield the path and text of each value, and each key with a marker at the end, up to the first syntax error."""
    # The core's reader refuses a file with any syntax error, and a file that is being edited often has one.
    import yaml

    path: list[str] = []
    keyed: list[str | None] = []
    try:
        for event in yaml.parse(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            if isinstance(event, yaml.ScalarEvent) and keyed and keyed[-1] == "":
                keyed[-1] = event.value
                yield [*path, event.value, _KEY], event.value
            elif isinstance(event, yaml.ScalarEvent) and keyed:
                yield [*path, keyed[-1] or "-"], event.value
                keyed[-1] = keyed[-1] and ""
            elif isinstance(event, yaml.CollectionStartEvent):
                path += [keyed[-1] or "-"] if keyed else []
                keyed.append("" if isinstance(event, yaml.MappingStartEvent) else None)
            elif isinstance(event, yaml.CollectionEndEvent):
                keyed.pop()
                del path[-1:]
                if keyed:
                    keyed[-1] = keyed[-1] and ""
    except yaml.YAMLError:
        return
