"""Completion in shells: names from the manifest, read without a provider, a plugin or the network."""

import os
from collections.abc import Iterator, Mapping, Sequence

import click
from click.shell_completion import CompletionItem, ShellComplete, add_completion_class, get_completion_class

from .preferences import Given

VARIABLE = "_SECRETZERO_COMPLETE"
PROGRAM = "secretzero"
LARGEST = 1 << 20
SHELLS = ("bash", "zsh", "fish", "powershell")

_POWERSHELL = """\
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


class PowerShell(ShellComplete):
    """Completion for PowerShell, which click does not bring along."""

    name = "powershell"
    source_template = _POWERSHELL

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the one that is being typed, and that one."""
        from click.shell_completion import split_arg_string

        words, word = split_arg_string(os.environ.get("COMP_WORDS", ""))[1:], os.environ.get("COMP_WORD", "")
        return (words[:-1] if word and words and words[-1] == word else words), word

    def format_completion(self, item: CompletionItem) -> str:
        """Write one proposal as kind, word and help, with tabs between."""
        return f"{item.type}\t{item.value}\t{item.help or ''}"


def script(shell: str) -> str:
    """Return what a shell sources to complete this program."""
    add_completion_class(PowerShell)
    found = get_completion_class(shell)
    if found is None:
        raise ValueError(shell)
    completer = found(click.Group(PROGRAM), {}, PROGRAM, VARIABLE)
    text: str = completer.source_template % completer.source_vars()
    return text


def answer(program: click.Command, environ: Mapping[str, str]) -> int:
    """Answer a shell that asks for proposals; return the exit code."""
    add_completion_class(PowerShell)
    shell, _, instruction = environ[VARIABLE].partition("_")
    found = get_completion_class(shell)
    if found is None or instruction != "complete":
        return 1
    given = {"obj": Given(environ)}
    proposed = found(program, given, PROGRAM, VARIABLE).complete()
    if proposed:
        click.echo(proposed)
    return 0


def names(what: str, context: click.Context, begin: str) -> list[str]:
    """Return ``secrets``, ``lanes`` or ``kinds`` of the manifest that begin like a word; none of an unreadable one."""
    wanted, prefix = _WANTED[what]
    found = {
        prefix + name
        for path, name in _leaves(_content(context.obj or Given(os.environ)))
        if len(path) == len(wanted) and _fits(path, wanted)
    }
    return sorted(name for name in found if name.startswith(begin))


_ANY, _KEY = "*", ""
_WANTED = {
    "secrets": (("secrets", _ANY, "name"), ""),
    "kinds": (("secrets", _ANY, "kind"), "kind:"),
    "lanes": (("environments", "profiles", _ANY, _KEY), ""),
}
"""Where in a manifest the names stand: a value after its keys, or (for lanes) a key, which ends with a mark."""


def _fits(path: Sequence[str], wanted: Sequence[str]) -> bool:
    return len(path) == len(wanted) and all(w in (_ANY, step) for step, w in zip(path, wanted, strict=True))


def _content(given: Given) -> bytes:
    """Return the manifest that a command would read; nothing where it would find none."""
    from secretzero import SecretZeroError
    from secretzero.shell import find_manifest

    try:
        path = given.file or find_manifest(os.getcwd(), given.environ)
        if not os.path.isfile(path):  # A pipe would be waited for.
            return b""
        with open(path, "rb") as file:
            return file.read(LARGEST)
    except (OSError, SecretZeroError):
        return b""


def _leaves(content: bytes) -> Iterator[tuple[list[str], str]]:
    """Yield the path of each value with its text, and each key with a mark at the end; until the YAML is broken."""
    # The core's reader gives nothing of a file that is broken anywhere, and a file that is being typed often is.
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
