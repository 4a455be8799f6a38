"""The commands that show or write current values."""

import os
from collections.abc import Mapping
from typing import Any

import click

from secretzero import ConfigurationError, Reading, Secret, UsageError
from secretzero.shell import variables_of

from ..command import Session, verb
from ..options import selection
from ..options.shared import completed, only_these
from ..output import streams
from ..project.protected_files import refuse_protected

_METHOD = "retrieve_secret"
_FORMATS = ("dotenv", "shell", "json", "yaml", "toml", "tfvars", "gha", "compose", "k8s", "systemd")


@verb("get", "F L V E O R")
@click.argument("secret", metavar="[SECRET]", required=False, shell_complete=completed("secrets"))
@click.option("--from", "take_from", metavar="TARGET", default="", help="Read only this target: URI or ALIAS/KIND.")
@click.option("--reveal", is_flag=True, help="Print the value. The audit record is written first.")
@click.option("--provider", "alias", metavar="ALIAS", help="Read directly from this provider, whether declared or not.")
@click.option("--secret-id", "place", metavar="ID", help="What to read: PATH#KEY, or PATH for a whole file.")
@click.option("--method", metavar="NAME", default=_METHOD, help=f"How to read it; files support {_METHOD}.")
@click.option("--arg", "arguments", metavar="KEY=VALUE", multiple=True, help="An argument of the method; repeatable.")
@click.option("--policy-check/--no-policy-check", default=None, help="Has no effect.")
def get_command(
    session: Session,
    *,
    secret: str | None,
    take_from: str,
    reveal: bool,
    policy_check: bool | None,
    **direct: Any,
) -> int | None:
    """Read a secret (NAME or NAME.FIELD) and compare it with the recorded value; with --reveal, print it."""
    if reveal:
        selection.refuse_agent(session, "get --reveal")
    if policy_check is not None:
        session.warn("--policy-check has no effect", code="no_effect")
    action = "reveal" if reveal else "get"
    if secret is None or direct["alias"] or direct["place"]:
        if secret or take_from:
            raise UsageError("give either a secret, or --provider and --secret-id, not both")
        reading, body = _read_directly(session, action, **direct)
    else:
        [reading] = session.engine.read([secret], action=action, take_from=take_from).values()
        body = _described(session, session.manifest.owner_of(secret)[0], secret, reading)
    selection.warn_unproved(session, [reading])
    if reveal and session.preferences.output == "text":
        streams.write_value(reading.value.canonical())
        return None
    if reveal:
        body |= {"revealed": True, "value": reading.value.reveal()}
    return session.answer(lambda: _lines(body), lambda: body)


def _read_directly(
    session: Session, action: str, *, alias: str | None, place: str | None, method: str, arguments: tuple[str, ...]
) -> tuple[Reading, dict[str, object]]:
    """Read a value by its provider and ID."""
    from secretzero.shell import read_elsewhere

    if not alias or not place:
        raise UsageError("no secret given; name a secret, or use --provider and --secret-id")
    if method != _METHOD or arguments:
        raise UsageError(f"files support only the method {_METHOD}, without arguments")
    notice = f"{place} was not compared with the lockfile, because it was read by its ID"
    reading = Reading(read_elsewhere(session.engine, alias, place, action=action), notice=notice)
    return reading, {**_described(session, None, place, reading), "provider": alias}


def _described(session: Session, secret: Secret | None, name: str, reading: Reading) -> dict[str, object]:
    """Describe a value that was read, without the value itself."""
    target = next(iter(secret.targets), None) if secret else None
    return {
        "provider": target.alias if target else None,
        "secret_id": name,
        "kind": secret.kind if secret else None,
        "method": _METHOD,
        "retrieved": True,
        "revealable": not session.preferences.agent_mode,
        "revealed": False,
        "notes": [reading.notice] if reading.notice else [],
        "generation": reading.generation or None,
    }


def _lines(body: Mapping[str, object]) -> list[str]:
    from ..output.tables import columns

    facts = [("secret", body["secret_id"]), ("kind", body["kind"]), ("generation", body["generation"])]
    facts.append(("read", "not compared" if body["notes"] else "the recorded value"))
    return columns([(name, str(value)) for name, value in facts if value is not None])


@verb("export", "F L V E R", only_text=True)
@only_these("-s", "--secret")
@selection.excluding
@click.option("--format", "form", type=click.Choice(_FORMATS), default="dotenv", show_default=True, help="The format.")
@click.option("-o", "--output", "path", metavar="FILE", help="Write to this file (0600) instead of stdout.")
@click.option("--reveal", is_flag=True, help="Print the values to stdout.")
@click.option("--allow-tracked", is_flag=True, help="Allow writing to a file that git tracks.")
def export_command(
    session: Session, *, exclude: tuple[str, ...], form: str, path: str | None, reveal: bool, allow_tracked: bool
) -> None:
    """Write current values for a shell, a file or CI. The audit record is written first."""
    from ..output.exports import EXPORTS, Request

    selection.refuse_agent(session, "export")
    path = None if path == "-" else path
    in_actions = form == "gha" and path is None and session.environ.get("GITHUB_ACTIONS") == "true"
    if path is None and not reveal and not in_actions:
        raise UsageError(
            "values are printed only with --reveal", hint="add --reveal, or write them to a file with -o FILE"
        )
    if path is not None:
        selection.guard_values(session, path, allow_tracked=allow_tracked)
    if in_actions:
        refuse_protected(_actions_file(session), session.manifest, session.environ)
    readings = selection.read_selected(session, "export", exclude)
    project = session.manifest.metadata.get("project") or ""
    variables, tree = variables_of(session.manifest, readings), selection.tree_of(session, readings)
    content = EXPORTS[form](Request(variables, tree, str(project)))
    if in_actions:
        _into_actions(session, readings, content)
    elif path is None:
        streams.write_bytes(content)
    else:
        streams.write_file(path, content)


def _actions_file(session: Session) -> str:
    """Return the file from which GitHub Actions takes variables. Raises ConfigurationError."""
    path = session.environ.get("GITHUB_ENV")
    if not path:
        raise ConfigurationError("GITHUB_ENV is not set")
    return path


def _into_actions(session: Session, readings: Mapping[str, Reading], content: bytes) -> None:
    """Mask every secret line in the logs of GitHub Actions, then set the variables for the following steps."""
    from secretzero.shell import LocalDisk

    from ..output.exports import masks

    path = _actions_file(session)
    streams.write_bytes(masks(selection.hidden_texts(session, readings)))
    with streams.os_errors("cannot write the file of GITHUB_ENV", ConfigurationError):
        LocalDisk().append(os.path.realpath(path), content)
