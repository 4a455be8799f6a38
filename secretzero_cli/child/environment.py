"""The environment of a child process: inherited variables, values, and exclusions."""

import re
from collections.abc import Collection, Iterable, Mapping

from secretzero import RejectedError, UsageError, as_text
from secretzero.shell import Variable

RESERVED = "SECRETZERO_"
_USUAL = frozenset("PATH HOME USER SHELL TERM LANG TZ TMPDIR".split())
_STEERS = re.compile(
    r"(LD_|DYLD_|PERL5|GIT_(CONFIG|TRACE)).*|PYTHON[A-Z]+|RUBY[A-Z]+|PATH|HOME|SHELL|IFS|ENV|BASH_ENV|"
    r"GIT_(SSH|SSH_COMMAND|ASKPASS|EXEC_PATH|PAGER|EDITOR|EXTERNAL_DIFF|PROXY_COMMAND|TEMPLATE_DIR|DIR|WORK_TREE)|"
    r"NODE_OPTIONS|NODE_PATH",
    re.DOTALL,
).fullmatch
"""Variables that decide what a program loads or runs; a manifest must not choose these names."""


def surroundings(
    environ: Mapping[str, str],
    declared: Collection[str],
    variables: Iterable[Variable],
    *,
    clean: bool,
    chosen: Collection[str] = (),
) -> dict[str, str]:
    """Return the environment of a child: the parent's without the `declared` names, plus the values.

    A `clean` environment inherits only what every program needs. SECRETZERO_* variables are never passed, and a
    value may use a name that steers programs, such as PATH, only if that name is `chosen`. Raises UsageError for an
    invalid name, RejectedError for an invalid value.
    """
    inherited = {
        name: text
        for name, text in environ.items()
        if name not in declared
        and not name.startswith(RESERVED)
        and (not clean or name in _USUAL or name.startswith("LC_"))
    }
    return inherited | {variable.name: _text_of(variable, chosen) for variable in variables}


def _text_of(variable: Variable, chosen: Collection[str]) -> str:
    refused = f"cannot pass {variable.secret} as {variable.name}:"
    if variable.name.startswith(RESERVED):
        raise UsageError(
            f"{refused} {RESERVED}* variables are never passed", hint=f"use --map OTHER_NAME={variable.secret}"
        )
    if variable.name not in chosen and _STEERS(variable.name):
        hint = f"use --map OTHER_NAME={variable.secret}, or --map {variable.name}={variable.secret} if you mean it"
        raise UsageError(f"{refused} it decides what programs load or run", hint=hint)
    text = as_text(variable.value.reveal())
    if "\0" in text:
        raise RejectedError(f"{variable.name}: an environment variable cannot contain NUL", secret=variable.secret)
    return text
