"""The command that checks the manifest."""

import os
from collections.abc import Sequence

import click

from secretzero import BlockedError, Manifest, ManifestError, Problem
from secretzero.shell import literals

from ..command import verb
from ..exits import CONFIGURATION, FAILURE, OK
from ..output.answer import MANIFEST_SPEC
from ..session import Session


@verb("validate", "F V E O")
@click.option("--strict", is_flag=True, help="Treat warnings as failures.")
@click.option(
    "--from-0.14", "from_014", is_flag=True, help="Also report what has changed its meaning since version 0.14."
)
@click.option("--strict-manifest-plaintext", is_flag=True, help="Treat values of secrets in the manifest as failures.")
def validate_command(session: Session, *, strict: bool, from_014: bool, strict_manifest_plaintext: bool) -> int:
    """Check the manifest and report every problem. Changes nothing and needs no credentials."""
    path = session.manifest_path
    try:
        manifest = session.only_manifest()
    except ManifestError as error:
        session.errors.append(error)
        message = _number(sum(problem.severity == "error" for problem in error.problems), "problem")
        return session.answer(None, lambda: _document(path, message), CONFIGURATION)
    warnings = session.note_problems()
    if from_014:
        for said in _differences(manifest):
            session.warn(said.message, secret=said.path, file=said.file, line=said.line, column=said.column)
    plain = literals(manifest)
    if strict_manifest_plaintext:
        session.errors += [_breach(problem) for problem in plain]
    failed = bool(session.errors) or (strict and warnings > 0)
    text = _summary(manifest, os.path.relpath(path))
    return session.answer(lambda: [text], lambda: _document(path, text, manifest, plain), FAILURE if failed else OK)


def _document(path: str, message: str, manifest: Manifest | None = None, plain: Sequence[Problem] = ()) -> object:
    """Return the document of a manifest (None if it is invalid) and of the values that it contains in plain text."""
    from ..output.documents import ManifestCounts, ValidateDocument
    from ..output.errors import Finding

    counts = (
        None
        if manifest is None
        else ManifestCounts(
            manifest_spec_version=MANIFEST_SPEC,
            variables_count=len(manifest.variables),
            providers_count=len(manifest.providers),
            secrets_count=len(manifest.secrets),
            templates_count=len(manifest.templates),
        )
    )
    return ValidateDocument(
        valid=manifest is not None,
        message=message,
        file=path,
        config=counts,
        plaintext_violations=tuple(Finding.of(problem) for problem in plain),
    )


def _breach(problem: Problem) -> BlockedError:
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


def _differences(manifest: Manifest) -> tuple[Problem, ...]:
    from secretzero.shell import differences

    return differences(manifest)
