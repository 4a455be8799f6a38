"""The command that checks the manifest."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from secretzero import BlockedError, Manifest, ManifestError, Problem
from secretzero.shell import literals

from .. import MANIFEST_SPEC
from ..command import Session, verb
from ..exits import CONFIGURATION, FAILURE, OK
from ..output.errors import problem_found

if TYPE_CHECKING:
    from ..output.documents import ManifestCounts, ValidateDocument


@verb("validate", "F V E O")
@click.option("--strict", is_flag=True, help="Treat warnings as failures.")
@click.option(
    "--from-0.14", "from_014", is_flag=True, help="Also report what has changed its meaning since version 0.14."
)
@click.option("--strict-manifest-plaintext", is_flag=True, help="Treat values of secrets in the manifest as failures.")
def validate_command(session: Session, *, strict: bool, from_014: bool, strict_manifest_plaintext: bool) -> int:
    """Check the manifest and report every problem. Changes nothing and needs no credentials."""
    try:
        manifest = session.only_manifest()
    except ManifestError as error:
        session.errors.append(error)
        message = _number(sum(problem.severity == "error" for problem in error.problems), "problem")
        return session.answer(None, lambda: _document(session, message), CONFIGURATION)
    warnings = session.note_problems()
    if from_014:
        from secretzero.shell import differences

        for said in differences(manifest):
            session.warn(said.message, about=_blocked(said))
    plain = literals(manifest)
    if strict_manifest_plaintext:
        session.errors += map(_blocked, plain)
    failed = bool(session.errors) or (strict and warnings > 0)
    text = _summary(manifest, os.path.relpath(session.manifest_path))
    return session.answer(lambda: [text], lambda: _document(session, text, manifest, plain), FAILURE if failed else OK)


def _document(
    session: Session, message: str, manifest: Manifest | None = None, plain: Sequence[Problem] = ()
) -> "ValidateDocument":
    """Return the document of a manifest (None if it is invalid) and of the values that it contains in plain text."""
    counts: ManifestCounts | None = None
    if manifest is not None:
        counts = {
            "manifest_spec_version": MANIFEST_SPEC,
            "variables_count": len(manifest.variables),
            "providers_count": len(manifest.providers),
            "secrets_count": len(manifest.secrets),
            "templates_count": len(manifest.templates),
        }
    return {
        "valid": manifest is not None,
        "message": message,
        "file": session.manifest_path,
        "config": counts,
        "plaintext_violations": [problem_found(problem) for problem in plain],
    }


def _blocked(problem: Problem) -> BlockedError:
    """Return the error of a problem of a secret, at its position."""
    return BlockedError(
        problem.message,
        hint=problem.hint,
        secret=problem.path,
        file=problem.file,
        line=problem.line,
        column=problem.column,
    )


def _summary(manifest: Manifest, name: str) -> str:
    count = len(manifest.secrets)
    targets = sum(len(secret.targets) for secret in manifest.secrets)
    environment = f", environment {manifest.lane}" if manifest.lane else ""
    return f"{name} is valid: {_number(count, 'secret')}, {_number(targets, 'target')}{environment}."


def _number(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
