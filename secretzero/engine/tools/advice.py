"""What should be said of a valid manifest: where 0.14 read it in another way, and where it holds a secret in clear."""

from collections.abc import Iterator

from ...errors import Problem
from ...manifest.model import Manifest, Secret, supplied_by_people


def differences(manifest: Manifest) -> tuple[Problem, ...]:
    """Return a notice for each part of a valid manifest that version 0.14 interpreted differently."""
    found = [
        Problem(file=manifest.path, line=0, column=0, path="environments", message=message, severity="notice")
        for message in _of_environments(manifest)
    ]
    for secret in manifest.secrets:
        found += [_problem(manifest, secret, message)._replace(severity="notice") for message in _of_secret(secret)]
    return tuple(found)


def literals(manifest: Manifest) -> tuple[Problem, ...]:
    """Return a notice for each static secret whose value is in the manifest itself, not in the environment."""
    found = []
    for secret in manifest.secrets:
        supplied = filter(None, map(supplied_by_people, secret.fields))
        if any(each.written() and not each.in_clear() for each in supplied):
            problem = _problem(manifest, secret, "its value is written in the manifest")
            found.append(problem._replace(hint=f"remove it from the manifest, then run secretzero set {secret.name}"))
    return tuple(found)


def _problem(manifest: Manifest, secret: Secret, message: str) -> Problem:
    file, line, column = manifest.locate(secret.mark)
    return Problem(file=file, line=line, column=column, path=secret.name, message=message)


def _of_environments(manifest: Manifest) -> Iterator[str]:
    if len(manifest.lanes) > 1:
        yield "each environment has its own lockfile; in 0.14, those that did not name one shared it"
    if manifest.replaced_options and manifest.templates:
        yield "the target profile also holds for the targets of templates"


def _of_secret(secret: Secret) -> Iterator[str]:
    kinds = {field.kind for field in secret.fields}
    if kinds & {"random_password", "password"}:
        yield "special characters are 15 portable ones; symbols: ascii gives all 32, as in 0.14"
    if kinds & {"random_password", "random_string", "password", "string"}:
        yield "rotations ignore environment variables; use --from-env to take them, as 0.14 did"
    if secret.template and secret.one_time:
        yield "one_time holds for templates, too"
    if any(source.kind == "file" and getattr(source.source, "trim", False) for source in secret.sources):
        yield "the final newline of a text file is removed; trim: false keeps it"
    if any(target.kind == "file" and _keeps_maps(target.options) for target in secret.targets) and _is_map(secret):
        yield "this file holds a map as such, not as JSON in a string"


def _keeps_maps(options: object) -> bool:
    path = str(getattr(options, "path", ""))
    return path.endswith((".json", ".yaml", ".yml", ".toml", ".tfvars"))


def _is_map(secret: Secret) -> bool:
    return bool(secret.template) or any(len(getattr(field.generator, "parts", ())) > 1 for field in secret.fields)
