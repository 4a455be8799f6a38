"""What a manifest asks for that only a person may allow: paths outside of the project, or in git's own folder."""

from collections.abc import Iterator, Mapping
from hashlib import sha256

from ..manifest.model import Manifest, Secret
from ..planning.world import Obstacle
from ..protocols import NamesFiles, ProjectFiles, offers

VARIABLE = "SECRETZERO_TRUST"


def needs_trust(options: object, files: ProjectFiles) -> bool:
    """Return whether the options of a target or source name a file that is not the project's own."""
    return offers(options, NamesFiles) and any(files.leaves_project(path) for path in options.files())


def _paths(secret: Secret) -> Iterator[str]:
    """Yield the paths of the files that a secret is written to or read from."""
    for options in (*(target.options for target in secret.targets), *(entry.source for entry in secret.sources)):
        if offers(options, NamesFiles):
            yield from options.files()


def trust_digest(paths: Mapping[str, list[str]]) -> str:
    """Return the digest that covers exactly what the manifest asks to be trusted with."""
    lines = sorted({f"path {path}" for found in paths.values() for path in found})
    return sha256("\n".join(lines).encode()).hexdigest()


def untrusted(manifest: Manifest, files: ProjectFiles, environ: Mapping[str, str]) -> dict[str, Obstacle]:
    """Return the obstacle of each secret that needs trust which this process does not have."""
    named = {secret.name: set(_paths(secret)) for secret in manifest.secrets}
    outside = {path for path in set().union(*named.values()) if files.leaves_project(path)}
    if not outside:
        return {}
    paths = {name: sorted(paths & outside) for name, paths in named.items() if paths & outside}
    digest = trust_digest(paths)
    if environ.get(VARIABLE) == digest:
        return {}
    hint = f"to allow this, set {VARIABLE}={digest}"
    return {
        name: Obstacle(f"needs trust: {', '.join(found)} is not in the project's own files", hint, "untrusted")
        for name, found in paths.items()
    }
