"""Reading what a person names by provider and place, whether or not a secret is declared there."""

from ...errors import NotFoundError, UnsupportedError, UsageError
from ...protocols import TargetKind
from ...refs import Ref, file_ref
from ...stores.file import Folder
from ...values import SecretValue
from ..engine import Engine
from ..state.connections import LOCAL, readable


def read_elsewhere(engine: Engine, alias: str, place: str, *, action: str = "read") -> SecretValue:
    """Return what stands at a place of a provider: ``PATH#KEY`` or a URI; without a key, the whole object.

    It is compared with nothing, and on record as `action` before it is returned. Raises UsageError for an alias that
    the manifest does not declare, UnsupportedError for a provider other than files, NotFoundError.
    """
    _check_local(engine, alias)
    ref = Ref.parse(place) if "://" in place else file_ref(*place.split("#", 1))
    if ref.scheme != "file":
        raise UsageError(f"{alias} holds files", hint="name one: PATH or PATH#KEY")
    manifest = engine.manifest
    folder = Folder(
        engine.disk, manifest.folder, manifest.root, engine.places.locks, engine.clock, engine.places.home,
        allow_outside=True,
    )  # fmt: skip
    value = readable(_options_of(engine, ref).open(folder)).read(ref.path)
    try:
        found = value.part(ref.field) if ref.field else value
    except KeyError:
        raise NotFoundError(f"{ref.path} has no key {ref.field}", target=str(ref)) from None
    engine.audit(action, [str(ref)])
    return found


def _check_local(engine: Engine, alias: str) -> None:
    declared = engine.manifest.providers
    if alias != LOCAL and alias not in declared:
        known = ", ".join(sorted({LOCAL, *declared}))
        raise UsageError(f"there is no provider {alias}", hint=f"providers are {known}")
    kind = declared[alias].kind if alias in declared else LOCAL
    if kind != LOCAL:
        raise UnsupportedError(f"this version reads files only, and {alias} is {kind}")


def _options_of(engine: Engine, ref: Ref) -> TargetKind:
    """Return how a file is read: as a target in it says, else as its name says."""
    for secret in engine.manifest.secrets:
        for target in secret.targets:
            if target.object == ref.object and target.options is not None:
                return target.options
    kind: type[TargetKind] = engine.catalog.targets[LOCAL]["file"]
    return kind(path=ref.path)  # type: ignore[call-arg]  # its options are its fields
