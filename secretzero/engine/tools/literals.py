"""Values of secrets that stand in the manifest itself, where everybody who reads it can see them."""

from ...errors import Problem
from ...manifest.model import Manifest
from ...sources.manual import NOT_GIVEN, Static
from ...values import SecretValue


def literals(manifest: Manifest) -> tuple[Problem, ...]:
    """Name each static secret whose value is written in the manifest; one from the environment is not."""
    found = []
    for secret in manifest.secrets:
        if any(isinstance(field.generator, Static) and _written(field.generator) for field in secret.fields):
            file, line, column = manifest.locate(secret.mark)
            message = "its value is written in the manifest"
            found.append(Problem(file, line, column, secret.name, message, "take it out, and use secretzero set"))
    return tuple(found)


def _written(static: Static) -> bool:
    given = [value for value in (static.default, static.value) if value is not NOT_GIVEN]
    return any(value is not None and not isinstance(value, SecretValue) for value in given)
