"""What a manifest asks for that only a person may allow: paths outside of the project, or in git's own folder."""

from collections.abc import Mapping
from hashlib import sha256

from ..manifest.model import Manifest, Secret
from ..planning.world import Obstacle
from ..refs import Ref
from ..stores.file import Folder

VARIABLE = "SECRETZERO_TRUST"


def outside_paths(manifest: Manifest, folder: Folder) -> dict[str, list[str]]:
    """Return, for each secret that has any, the paths of its targets and sources that are not the project's own."""
    places = {secret.name: _places(secret) for secret in manifest.secrets}
    outside = {}
    for place in {place for found in places.values() for place in found}:
        path = Ref.parse(place).path if place.startswith("file://") else place
        if leaves(folder, path):
            outside[place] = path
    if not outside:
        return {}
    found = {name: sorted({outside[place] for place in mine if place in outside}) for name, mine in places.items()}
    return {name: paths for name, paths in found.items() if paths}


def leaves(folder: Folder, path: str) -> bool:
    """Tell whether a path leads out of the project, or into git's own folder; one that cannot be resolved does."""
    try:
        return folder.outside(path) or ".git" in folder.path_of(path).casefold().split("/")
    except OSError:
        return True


def _places(secret: Secret) -> list[str]:
    """List the URIs of files that a secret is written to, and the paths that it is read from."""
    places = [target.object for target in secret.targets if target.object.startswith("file://")]
    for entry in secret.sources:
        path = getattr(entry.source, "path", None) if entry.kind == "file" else None
        if path:
            places.append(str(path))
    return places


def trust_digest(paths: Mapping[str, list[str]]) -> str:
    """Return the digest that covers exactly what the manifest asks to be trusted with."""
    lines = sorted({f"path {path}" for found in paths.values() for path in found})
    return sha256("\n".join(lines).encode()).hexdigest()


def untrusted(manifest: Manifest, folder: Folder, environ: Mapping[str, str]) -> dict[str, Obstacle]:
    """Return the obstacle of each secret that needs trust which this process does not have."""
    paths = outside_paths(manifest, folder)
    if not paths:
        return {}
    digest = trust_digest(paths)
    if environ.get(VARIABLE) == digest:
        return {}
    hint = f"if that is meant, set {VARIABLE}={digest}"
    return {
        name: Obstacle(f"needs trust: {', '.join(found)} is not in the project's own files", hint, "untrusted")
        for name, found in paths.items()
    }
