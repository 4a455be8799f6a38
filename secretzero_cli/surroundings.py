"""The environment of a child process: what it inherits, what it is given, what never reaches it."""

from collections.abc import Collection, Iterable, Mapping

from secretzero import RejectedError, UsageError, Variable, as_text

OURS = "SECRETZERO_"
_USUAL = frozenset("PATH HOME USER SHELL TERM LANG TZ TMPDIR".split())


def surroundings(
    environ: Mapping[str, str], declared: Collection[str], variables: Iterable[Variable], *, clean: bool
) -> dict[str, str]:
    """Return the environment of a child: the parent's without what is `declared`, and then the values.

    A `clean` one inherits only what every program needs. Our own variables never pass. Raises UsageError for a name,
    RejectedError for a value, that no environment can hold.
    """
    inherited = {
        name: text
        for name, text in environ.items()
        if name not in declared and not name.startswith(OURS) and (not clean or _is_usual(name))
    }
    return inherited | {variable.name: _text_of(variable) for variable in variables}


def _is_usual(name: str) -> bool:
    return name in _USUAL or name.startswith("LC_")


def _text_of(variable: Variable) -> str:
    if variable.name.startswith(OURS):
        message = f"{variable.secret} would be {variable.name}, and {OURS}* never passes"
        raise UsageError(message, hint=f"--map OTHER_NAME={variable.secret}")
    text = as_text(variable.value.reveal())
    if "\0" in text:
        raise RejectedError(f"{variable.name}: no environment can hold NUL", secret=variable.secret)
    return text
