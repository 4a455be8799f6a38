"""Observing before deciding: what targets and sources hold, compared with the lockfile, and all obstacles."""

from collections.abc import Iterable, Mapping

from ...errors import SecretZeroError
from ...lockfile.model import Entry
from ...manifest.model import Secret
from ...planning.decide import bits_of
from ...planning.graph import with_dependants
from ...planning.world import NO_SOURCE, Observation, Obstacle, Seen, SourceSeen, Wishes, World, removed_uris
from ..context import Run
from ..current import Copies
from ..recovery import ROLLBACK, Recovered
from ..state.rollback import read_seen, rolled_back
from ..trust import needs_trust, untrusted
from .removed import states_of_removed
from .targets import Asked, Observer, RemovedTarget

LEAST_BITS = 64


class Looker:
    """Makes the world that a plan is decided from."""

    def __init__(self, run: Run, recovered: Recovered) -> None:
        self._run = run
        self._recovered = recovered
        self._copies = Copies(run, recovered.journalled)

    def world(self, wishes: Wishes, *, verify: bool = False, refresh: bool = True) -> World:
        """Ask the stores and sources of the chosen secrets, and gather what is known."""
        run = self._run
        chosen = self._chosen(wishes)
        obstacles = self._obstacles(chosen, wishes)
        reachable = [s for s in chosen if s.name not in obstacles or obstacles[s.name].code != "untrusted"]
        observation = self._observe(reachable, wishes, verify=verify) if refresh else self._believe(reachable)
        return World(
            now=run.clock.now(),
            shared=run.shared.lockfile,
            local=run.local.lockfile,
            observation=observation,
            wishes=wishes,
            open_ops=self._recovered.open_ops,
            obstacles=obstacles,
            definitions=self._definitions(chosen),
            journalled=frozenset(self._recovered.journalled),
            weak=self._weak(chosen, wishes),
        )

    def _chosen(self, wishes: Wishes) -> list[Secret]:
        """Return the wanted secrets, those made from them, and what they are made from."""
        secrets = self._run.manifest.secrets
        if not wishes.only:
            return list(secrets)
        names = with_dependants(wishes.only, secrets)
        names |= {need for s in secrets if s.name in names for need in s.needs}
        return [secret for secret in secrets if secret.name in names]

    def _observe(self, secrets: list[Secret], wishes: Wishes, *, verify: bool) -> Observation:
        run = self._run
        observer = Observer(run.stores, run.random, verify=verify)
        asked = [
            Asked(target, run.entry(secret), run.ledger(secret))
            for secret in secrets
            for target in secret.targets
            if target.options is not None
        ]
        targets = {one.target.uri: seen for one, seen in zip(asked, observer.look_at(asked), strict=True)}
        sources: dict[str, SourceSeen] = {}
        for secret in secrets:
            source = self._source(secret, run.entry(secret), observer, targets)
            if source is not NO_SOURCE and source != NO_SOURCE:
                sources[secret.name] = source
        return Observation(
            targets=targets,
            sources=sources,
            versions=observer.versions,
            failures=observer.failures,
            left=self._copies_left(secrets, observer, targets),
            gone=states_of_removed(run, observer) if wishes.prune else {},
        )

    def _copies_left(
        self, secrets: list[Secret], observer: Observer, found: Mapping[str, Seen]
    ) -> dict[str, dict[str, str]]:
        """Return the removed targets that still hold current values, for secrets that lack a copy."""
        asked: list[tuple[str, Asked]] = []
        for secret in secrets:
            entry, ledger = self._run.entry(secret), self._run.ledger(secret)
            ops = {seen.op if (seen := found.get(target.uri)) else "" for target in secret.targets}
            if entry is None or entry.now is None or ops <= {entry.current}:
                continue
            uris = [uri for uri in removed_uris(entry, secret.targets) if entry.targets[uri].op == entry.current]
            places = [
                RemovedTarget(uri, part) for uri in filter(self._may_open, uris) for part in entry.now.fingerprints
            ]
            asked += [(secret.name, Asked(one, entry, ledger)) for one in places]
        left: dict[str, dict[str, str]] = {}
        for (name, one), seen in zip(asked, observer.look_at([one for _, one in asked]), strict=True):
            if one.entry and seen.op == one.entry.current:
                left.setdefault(name, {})[one.target.part] = one.target.uri
        return left

    def _may_open(self, uri: str) -> bool:
        """Return whether a removed target can still be opened, and needs no trust for it."""
        opener = self._run.stores.opener_of(uri)
        return opener is not None and not needs_trust(opener.options, self._run.files)

    def _source(self, secret: Secret, entry: Entry | None, observer: Observer, found: Mapping[str, Seen]) -> SourceSeen:
        """Ask the recorded origin; for a secret without a generation, compare unknown values with its own."""
        origins = self._run.origins
        if entry is not None and entry.current:
            return origins.peek(secret, entry, self._run.ledger(secret), self._copies.look_up)
        unknown = any((seen := found.get(t.uri)) and seen.state == "unknown" for t in secret.targets)
        if not unknown or secret.nature != "static" or secret.template:
            return NO_SOURCE
        try:
            value = origins.without_asking(secret, self._copies.look_up)
        except SecretZeroError:
            return NO_SOURCE
        return SourceSeen("none", likeness=observer.likeness(value)) if value else NO_SOURCE

    def _believe(self, secrets: Iterable[Secret]) -> Observation:
        """Believe the lockfile for every target; no store is asked."""
        targets = {}
        for secret in secrets:
            entry = self._run.entry(secret)
            for target in secret.targets:
                op = entry.op_at(target.uri) if entry else ""
                targets[target.uri] = Seen("known", op, "lockfile", readable=True) if op else Seen("absent")
        return Observation(targets)

    def _definitions(self, secrets: Iterable[Secret]) -> dict[str, str]:
        return {
            secret.name: ledger.fingerprints.definition(secret.definition)
            for secret in secrets
            if secret.definition and (ledger := self._run.ledger(secret)).key is not None
        }

    def _weak(self, secrets: Iterable[Secret], wishes: Wishes) -> dict[str, int]:
        """Name the secrets whose generator would give less than 64 bits without anybody having allowed it."""
        if self._run.options.allow_weak:
            return {}
        found = {}
        renewed = wishes.forced or wishes.rotate
        for secret in secrets:
            if not renewed and (entry := self._run.entry(secret)) is not None and entry.current:
                continue
            if secret.nature not in {"local", "template"} or all(f.kind == "pin" for f in secret.fields):
                continue
            if any(getattr(f.generator, "allow_weak", False) for f in secret.fields):
                continue
            bits = bits_of(secret)
            if bits is not None and bits < LEAST_BITS:
                found[secret.name] = bits
        return found

    def _obstacles(self, secrets: Iterable[Secret], wishes: Wishes) -> dict[str, Obstacle]:
        """Gather what stops whole secrets: rollback, missing trust, an unfinished run of an older lockfile."""
        run = self._run
        found = dict(self._recovered.obstacles)
        for ledger in (run.shared, run.local):
            if ledger.exists:
                seen = read_seen(run.disk, run.seen_path(ledger), ledger.lockfile.project)
                for name, reason in rolled_back(ledger.lockfile, seen).items():
                    found[name] = Obstacle(reason, ROLLBACK, "rollback")
        if wishes.on_drift == "overwrite":
            found = {}
        found.update(untrusted(run.manifest, run.files, run.environ))
        by_former = {s.formerly: s.name for s in secrets if s.formerly}
        return {by_former.get(name, name): obstacle for name, obstacle in found.items()}
