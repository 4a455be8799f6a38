"""The order of secrets that are derived from one another."""

from collections.abc import Collection, Iterable, Mapping

from ..manifest.model import Secret


def in_order(secrets: Iterable[Secret]) -> list[Secret]:
    """Sort secrets so that each comes after those that it is derived from; otherwise keep the manifest's order.

    The manifest has no cycles: loading it refuses them.
    """
    secrets = list(secrets)
    if not any(secret.needs for secret in secrets):
        return secrets
    by_name = {secret.name: secret for secret in secrets}
    done: dict[str, Secret] = {}
    for secret in secrets:
        _visit(secret, by_name, done)
    return list(done.values())


def _visit(start: Secret, by_name: Mapping[str, Secret], done: dict[str, Secret]) -> None:
    """Place a secret after what it needs, without recursion: chains may be long."""
    waiting = [start]
    while waiting:
        secret = waiting[-1]
        open_needs = [by_name[name] for name in secret.needs if name in by_name and name not in done]
        if secret.name in done:
            waiting.pop()
        elif open_needs:
            waiting.extend(open_needs)
        else:
            done[secret.name] = secret
            waiting.pop()


def with_dependants(names: Collection[str], secrets: Iterable[Secret]) -> set[str]:
    """Return these names and those of all secrets that are derived from them, directly or indirectly."""
    chosen = set(names)
    for secret in in_order(secrets):
        if not chosen.isdisjoint(secret.needs):
            chosen.add(secret.name)
    return chosen
