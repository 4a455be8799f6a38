"""The environment of a child process: what it inherits, what it is given, what never reaches it."""

import re
from collections.abc import Collection, Iterable, Mapping

from secretzero import RejectedError, UsageError, as_text
from secretzero.shell import Variable

OURS = "SECRETZERO_"
_USUAL = frozenset("PATH HOME USER SHELL TERM LANG TZ TMPDIR".split())
_STEERS = re.compile(
    r"(LD_|DYLD_|PERL5|GIT_(CONFIG|TRACE)).*|PYTHON[A-Z]+|RUBY[A-Z]+|PATH|HOME|SHELL|IFS|ENV|BASH_ENV|"
    r"GIT_(SSH|SSH_COMMAND|ASKPASS|EXEC_PATH|PAGER|EDITOR|EXTERNAL_DIFF|PROXY_COMMAND|TEMPLATE_DIR|DIR|WORK_TREE)|"
    r"NODE_OPTIONS|NODE_PATH",
    re.DOTALL,
).fullmatch
"""Names by which a variable decides what a program loads or runs: whoever writes a manifest must not choose them."""


def surroundings(
    environ: Mapping[str, str],
    declared: Collection[str],
    variables: Iterable[Variable],
    *,
    clean: bool,
    chosen: Collection[str] = (),
) -> dict[str, str]:
    """Return the environment of a child: the parent's without what is `declared`, and then the values.

    A `clean` one inherits only what every program needs. Our own variables never pass, and a value is called
    what steers programs, as PATH does, only if that name is among the `chosen`. Raises UsageError for a name,
    RejectedError for a value, that cannot be.
    """
    inherited = {
        name: text
        for name, text in environ.items()
        if name not in declared and not name.startswith(OURS) and (not clean or _is_usual(name))
    }
    return inherited | {variable.name: _text_of(variable, chosen) for variable in variables}


def _is_usual(name: str) -> bool:
    return name in _USUAL or name.startswith("LC_")


def _text_of(variable: Variable, chosen: Collection[str]) -> str:
    said = f"{variable.secret} would be {variable.name}, and"
    if variable.name.startswith(OURS):
        raise UsageError(f"{said} {OURS}* never passes", hint=f"--map OTHER_NAME={variable.secret}")
    if variable.name not in chosen and _STEERS(variable.name):
        hint = f"--map OTHER_NAME={variable.secret}, or --map {variable.name}={variable.secret} if that is meant"
        raise UsageError(f"{said} that decides what programs load or run", hint=hint)
    text = as_text(variable.value.reveal())
    if "\0" in text:
        raise RejectedError(f"{variable.name}: no environment can hold NUL", secret=variable.secret)
    return text
