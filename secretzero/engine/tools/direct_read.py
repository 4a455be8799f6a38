"""Reading what a person names by provider and place, whether or not a secret is declared there."""

from ...errors import NotFoundError, UnsupportedError, UsageError
from ...protocols import Addressable, Located
from ...values import SecretValue
from ..engine import Engine
from ..parts import connections_of
from ..state.connections import Stores, readable


def read_elsewhere(engine: Engine, alias: str, place: str, *, action: str = "read") -> SecretValue:
    """Read a place of a provider directly: ``PATH#KEY`` or a URI; without a key, the whole object.

    It is compared with nothing. The audit record, as `action`, is written first. Raises UsageError for an alias that
    the manifest does not declare, UnsupportedError for a provider whose places cannot be named, NotFoundError.
    """
    ref = _located(engine, alias, place).ref
    _, connect = connections_of(engine)
    store, path = Stores(engine.manifest, engine.catalog, connect).store_of(ref.object)
    value = readable(store).read(path)
    try:
        found = value.part(ref.field) if ref.field else value
    except KeyError:
        raise NotFoundError(f"{path} has no key {ref.field}", target=str(ref)) from None
    engine.audit(action, [str(ref)])
    return found


def _located(engine: Engine, alias: str, place: str) -> Located:
    """Ask the target kinds of a provider what a place means."""
    declared, targets = engine.manifest.providers, engine.catalog.targets
    if alias not in declared and alias not in targets:
        known = ", ".join(sorted({*targets, *declared}))
        raise UsageError(f"no such provider: {alias}", hint=f"known providers: {known}")
    provider = declared[alias].kind if alias in declared else alias
    kinds = [kind for kind in targets.get(provider, {}).values() if isinstance(kind, Addressable)]
    if not kinds:
        raise UnsupportedError(f"cannot read from provider {alias} of kind {provider}: only files are supported")
    found = next((located for kind in kinds if (located := kind.at(place))), None)
    if found is None:
        raise UsageError(f"{place} does not name a file", hint="write PATH or PATH#KEY")
    return found
