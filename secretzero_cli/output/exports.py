"""Values as text for other programs: one writer for each format of `export`."""

import os
import re
from collections.abc import Callable, Mapping, Sequence

from attrs import frozen

from secretzero import Material, RejectedError, as_text
from secretzero.shell import FORMATS, Variable

_KUBERNETES_KEY = re.compile(r"[-._A-Za-z0-9]{1,253}").fullmatch
_KUBERNETES_SIZE = 1 << 20
_CONTROL = re.compile(r"[\x01-\x08\x0b-\x1f\x7f]").search
_NOT_DNS = re.compile(r"[^a-z0-9]+")
_RUNNER = re.compile(r"GITHUB_|RUNNER_|NODE_OPTIONS\Z", re.IGNORECASE).match


@frozen
class Request:
    """What to export: the variables, the values by the names of their secrets, and the name of the project."""

    variables: Sequence[Variable]
    tree: Mapping[str, Material]
    project: str = ""


def _texts(request: Request, check: Callable[[str, Material], None]) -> dict[str, str]:
    """Return the text of each variable after checking all of them."""
    texts = {variable.name: as_text(variable.value.reveal()) for variable in request.variables}
    _checked(texts, check)
    return texts


def _checked(fields: Mapping[str, Material], check: Callable[[str, Material], None]) -> None:
    """Check every field; all refusals become one error."""
    refused = []
    for name, material in fields.items():
        try:
            check(name, material)
        except RejectedError as error:
            refused.append(error)
    if refused:
        message = "\n".join(error.message for error in refused)
        raise RejectedError(message, hint="exclude it with --exclude, or choose another --format")


def _sound(name: str, text: Material) -> None:
    """Refuse what an environment or a text cannot hold."""
    if not (name.isascii() and name.isidentifier()):
        raise RejectedError(f"invalid variable name: {name!r}; use letters, digits and _, and no digit first")
    if "\0" in str(text):
        raise RejectedError(f"{name}: an environment variable cannot contain NUL")
    FORMATS["json"].check(name, text)


def _document(form: str) -> Callable[[Request], bytes]:
    """Return the writer of a format with maps: values are under the names of their secrets."""

    def write(request: Request) -> bytes:
        _checked(request.tree, FORMATS[form].check)
        return FORMATS[form].edit(None, request.tree)

    return write


def _dotenv(request: Request) -> bytes:
    return FORMATS["dotenv"].edit(None, _texts(request, FORMATS["dotenv"].check))


def _shell(request: Request) -> bytes:
    """Write lines that any POSIX shell can read with `eval` or `.`."""

    def check(name: str, text: Material) -> None:
        _sound(name, text)
        FORMATS["dotenv"].check(name, "", dialect="posix")

    texts = _texts(request, check)
    quoted = {name: text.replace("'", "'\\''") for name, text in texts.items()}
    return "".join([f"export {name}='{text}'\n" for name, text in quoted.items()]).encode()


def _systemd(request: Request) -> bytes:
    """Write a file for ``EnvironmentFile=``, in which only four characters are special in double quotes."""

    def check(name: str, text: Material) -> None:
        _sound(name, text)
        if _CONTROL(str(text)):
            raise RejectedError(f"{name}: systemd silently ignores a value that contains a control character")

    texts = _texts(request, check)
    quoted = {name: re.sub(r'(["\\$`])', r"\\\1", text) for name, text in texts.items()}
    return "".join([f'{name}="{text}"\n' for name, text in quoted.items()]).encode()


def _compose(request: Request) -> bytes:
    """Write a Compose file with one service for others to ``extends``; Compose interpolates ``$``, so it is doubled."""
    texts = _texts(request, _sound)
    environment: dict[str, Material] = {name: text.replace("$", "$$") for name, text in texts.items()}
    return FORMATS["yaml"].edit(None, {"services": {"secretzero": {"environment": environment}}})


def _kubernetes(request: Request) -> bytes:
    """Write a Secret for ``kubectl apply -f -``."""

    def check(name: str, text: Material) -> None:
        if not _KUBERNETES_KEY(name):
            raise RejectedError(f"invalid key of a Kubernetes Secret: {name!r}")
        FORMATS["yaml"].check(name, text)

    texts: dict[str, Material] = dict(_texts(request, check))
    if sum(len(as_text(text).encode()) for text in texts.values()) > _KUBERNETES_SIZE:
        raise RejectedError("a Kubernetes Secret holds at most 1 MiB", hint="export fewer values with --secret")
    name = _NOT_DNS.sub("-", request.project.lower()).strip("-")[:63] or "secretzero"
    fields: dict[str, Material] = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name},
        "type": "Opaque",
        "stringData": texts,
    }
    return FORMATS["yaml"].edit(None, fields)


def _actions(request: Request) -> bytes:
    """Write lines for ``$GITHUB_ENV`` of GitHub Actions, each value between two delimiters that cannot be guessed."""

    def check(name: str, text: Material) -> None:
        _sound(name, text)
        if _RUNNER(name):
            raise RejectedError(
                f"{name}: GitHub Actions does not allow a step to set this", hint="exclude it with --exclude"
            )

    mark = f"ghadelimiter_{os.urandom(16).hex()}"
    return "".join([f"{name}<<{mark}\n{text}\n{mark}\n" for name, text in _texts(request, check).items()]).encode()


def masks(texts: Sequence[str]) -> bytes:
    """Return the commands by which GitHub Actions masks each line of these texts in its logs."""
    lines = dict.fromkeys(line for text in texts for line in re.split(r"[\r\n]+", text) if line.strip())
    return "".join([f"::add-mask::{line.replace('%', '%25')}\n" for line in lines]).encode()


EXPORTS: Mapping[str, Callable[[Request], bytes]] = {
    "dotenv": _dotenv,
    "shell": _shell,
    **{form: _document(form) for form in ("json", "yaml", "toml", "tfvars")},
    "gha": _actions,
    "compose": _compose,
    "k8s": _kubernetes,
    "systemd": _systemd,
}
"""The writers of `export --format`. Each raises RejectedError that lists everything the format cannot represent."""
