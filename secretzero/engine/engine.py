"""The façade: open a project, look at it, decide, carry out.

What a verb needs is imported by the verb: a program that only names the engine does not pay for all of it.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from attrs import define, evolve, field

from ..errors import StalePlanError, UsageError
from .defaults import never_stop, no_audit, no_prompt
from .options import RunOptions, SuppliedFrom

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from ..clock import Clock
    from ..files import Disk
    from ..lockfile.model import Lockfile
    from ..manifest.catalog import Catalog
    from ..manifest.model import Manifest, Secret
    from ..places import Places
    from ..planning.drift import Drift
    from ..planning.plan import Plan
    from ..planning.world import Wishes
    from ..protocols import Ask
    from ..values import SecretValue
    from .apply.transaction import Transaction
    from .context import Progress, Run
    from .defaults import Audit
    from .reading import Reading
    from .recovery import Recovery
    from .report import Report
    from .state.connections import Connect
    from .state.git import Worktree


@define
class Engine:
    """Brings secrets to the state that a manifest declares. `open` is the ordinary way to get one.

    Every dependency is a field, so that tests hand in time, chance, files, people and connections. An engine may be
    used again and again; each call reads the lockfile anew. Methods raise the errors of `secretzero.errors`; what
    concerns one secret alone is in the report instead.
    """

    manifest: Manifest
    catalog: Catalog
    disk: Disk
    clock: Clock
    places: Places
    random: Callable[[int], bytes] = field(repr=False)
    environ: Mapping[str, str] = field(repr=False)
    ask: Ask = no_prompt
    worktree: Worktree | None = None
    connect: Connect | None = None
    audit: Audit = no_audit
    progress: Progress | None = None
    waiting: Callable[[], None] | None = None
    stopping: Callable[[], bool] = never_stop
    transaction: type[Transaction] | None = None
    recovery: Recovery | None = None

    @classmethod
    def open(  # noqa: PLR0913 - each is one optional choice, by keyword
        cls,
        manifest: str = "Secretfile.yml",
        *,
        lockfile: str | None = None,
        environment: str | None = None,
        variables: Mapping[str, str] = {},
        var_files: Sequence[str] = (),
        ask: Ask = no_prompt,
        progress: Progress | None = None,
        environ: Mapping[str, str] | None = None,
        audit: Audit = no_audit,
        lenient: bool = False,
        waiting: Callable[[], None] | None = None,
        stopping: Callable[[], bool] = never_stop,
    ) -> Engine:
        """Load a manifest and return the engine of its project. Raises ManifestError with all that is wrong in it.

        `variables` and `var_files` are laid over the manifest's, `ask` asks a person, `environ` is the process
        environment unless given, `stopping` tells whether a run should stop after the step in hand.
        """
        from ..clock import SystemClock
        from ..files import LocalDisk
        from ..places import Places
        from .catalog import builtin_catalog, load_manifest

        environ = dict(os.environ) if environ is None else environ
        loaded = load_manifest(
            manifest, environment=environment, variables=variables, var_files=var_files, environ=environ,
            lockfile=lockfile, lenient=lenient,
        )  # fmt: skip
        return cls(
            manifest=loaded, catalog=builtin_catalog(), disk=LocalDisk(), clock=SystemClock(), random=os.urandom,
            places=Places.of(environ), environ=environ, ask=ask, audit=audit, progress=progress, waiting=waiting,
            stopping=stopping,
        )  # fmt: skip

    @property
    def lockfile(self) -> Lockfile:
        """What the shared lockfile of this lane says now."""
        from .state.lockfile import Ledger

        return Ledger(self.disk, self.manifest.lockfile).lockfile

    @property
    def local_lockfile(self) -> Lockfile:
        """What the lockfile of this machine's own secrets says now."""
        from .state.lockfile import Ledger

        return Ledger(self.disk, self.manifest.local_lockfile, local=True).lockfile

    def plan(
        self,
        *,
        only: Collection[str] = (),
        rotate: bool = False,
        force: bool = False,
        refresh: bool = True,
        options: RunOptions = RunOptions(),
    ) -> Plan:
        """Say what `sync`, or with `rotate` a rotation, would do. Changes nothing anywhere and asks nobody.

        Without `refresh` the lockfile is believed and no store is asked.
        """
        from .phases import observe_and_decide, read_journal

        run = self._run(options)
        run.unlock()
        wishes = self._wishes(only, options, rotate=rotate, force=force)
        recovered = read_journal(run, act=False, recovery=self.recovery)
        return observe_and_decide(run, recovered, wishes, refresh=refresh)[0]

    def apply(self, plan: Plan, *, options: RunOptions = RunOptions()) -> Report:
        """Do exactly what a plan says. Raises StalePlanError when the world it was decided from has moved."""
        from .apply.stale import refuse_stale
        from .foreign_journal import journal_to_read
        from .phases import carry_out, observe_and_decide
        from .recovery import Recovered

        with self._locked(options) as run:
            if run.disk.stamp(run.journal_path) is not None or journal_to_read(run, act=False):
                raise StalePlanError("an earlier run is unfinished", hint="run secretzero sync first")
            recovered = Recovered()
            present, world = observe_and_decide(run, recovered, plan.wishes)
            refuse_stale(plan, present)
            return carry_out(run, recovered, present, world, self.transaction)

    def sync(
        self,
        *,
        only: Collection[str] = (),
        dry_run: bool = False,
        refresh: bool = True,
        options: RunOptions = RunOptions(),
    ) -> Report:
        """Finish what an earlier run left open, then bring every secret to its targets, under one lock.

        Without `refresh` the lockfile is believed: only what it does not know is done.
        """
        return self._go(self._wishes(only, options), options, dry_run=dry_run, refresh=refresh)

    def rotate(
        self,
        *,
        only: Collection[str] = (),
        force: bool = False,
        dry_run: bool = False,
        options: RunOptions = RunOptions(),
    ) -> Report:
        """Give due secrets a new generation; with `force` those named, or all, due or not."""
        return self._go(self._wishes(only, options, rotate=True, force=force), options, dry_run=dry_run)

    def set(
        self,
        name: str,
        value: SecretValue,
        *,
        origin: SuppliedFrom = "stdin",
        dry_run: bool = False,
        options: RunOptions = RunOptions(),
    ) -> Report:
        """Give a static secret a new value, everywhere, in one run. `origin` is ``stdin`` or ``person``."""
        from ..choices import refuse_other, words_of
        from .obtain.origins import accepted, refuse_unfit, supplied_by_people

        refuse_other("origin", origin, words_of(SuppliedFrom))
        secret = self._named(name)
        if secret.name != name:
            raise UsageError(f"{name} is a part of {secret.name}", hint=f"set the whole of {secret.name}")
        supplied = supplied_by_people(secret.fields[0]) if len(secret.fields) == 1 and not secret.template else None
        if supplied is None or supplied.in_clear():
            raise UsageError(f"{name} is no static secret", hint=f"secretzero rotate {name} --force makes a new value")
        accepted_value = accepted(secret.fields[0], value)
        refuse_unfit(secret.fields[0], accepted_value)
        given = evolve(options, supplied={name: accepted_value}, supplied_from=origin)
        wishes = evolve(self._wishes([name], given), supplied=frozenset({name}))
        return self._go(wishes, given, dry_run=dry_run)

    def drift(self, *, only: Collection[str] = ()) -> tuple[Drift, ...]:
        """Compare the value at every target with the lockfile. Changes nothing."""
        from ..planning.drift import drift_of
        from .observe.world import Looker
        from .phases import read_journal

        run = self._run(RunOptions())
        run.unlock()
        wishes = self._wishes(only, RunOptions())
        recovered = read_journal(run, act=False, recovery=self.recovery)
        world = Looker(run, recovered).world(wishes, verify=True)
        found = [
            drift_of(secret.name, target.uri, run.entry(secret), world.observation.targets[target.uri])
            for secret in self.manifest.secrets
            if not only or secret.name in wishes.only
            for target in secret.targets
            if target.uri in world.observation.targets
        ]
        self.audit("drift", [f"{drift.secret} {drift.target} {drift.verdict}" for drift in found])
        return tuple(found)

    def resolve(self, name: str) -> SecretValue:
        """Return the current value of a secret, ``NAME`` or ``NAME.PART``, for an application that starts up.

        It is read from the first readable target whose fingerprint is the recorded one. Raises NoValueError when no
        target has it, UsageError for a name that is not declared.
        """
        return self.read([name], action="resolve")[name].value

    def read(self, names: Collection[str] = (), *, action: str = "read", take_from: str = "") -> dict[str, Reading]:
        """Return the current values of secrets (``()``: all), each object read once.

        `action` is what the audit log calls it, and no value leaves before it says so. `take_from` is the one target
        to read from: a URI, a glob of one, ``alias/kind`` or ``alias/kind/id``. Raises NoValueError for the first that
        cannot be read anywhere, DriftedError where something else stands.
        """
        from .phases import read_journal
        from .reading import Reader
        from .recovery import Recovered

        run = self._run(RunOptions())
        run.unlock()
        proved = run.shared.key or run.local.key
        recovered = read_journal(run, act=False, recovery=self.recovery) if proved else Recovered()
        reader = Reader(run, recovered.journalled)
        wanted = names or [secret.name for secret in self.manifest.secrets]
        found = {name: reader.read(name, take_from=take_from) for name in wanted}
        self.audit(action, found)
        return found

    def _go(self, wishes: Wishes, options: RunOptions, *, dry_run: bool, refresh: bool = True) -> Report:
        """Plan and carry out under one lock; a dry run only plans, and takes none."""
        from .phases import carry_out, observe_and_decide, read_journal, report_of_dry_run

        if dry_run:
            run = self._run(options)
            run.unlock()
            recovered = read_journal(run, act=False, recovery=self.recovery)
            return report_of_dry_run(run, observe_and_decide(run, recovered, wishes, refresh=refresh)[0])
        with self._locked(options) as run:
            recovered = read_journal(run, act=True, recovery=self.recovery)
            plan, world = observe_and_decide(run, recovered, wishes, refresh=refresh)
            if not refresh and (plan.changes or recovered.journalled):
                # What is believed may not be overwritten: something is to be done, so everything is looked at.
                plan, world = observe_and_decide(run, recovered, wishes)
            return carry_out(run, recovered, plan, world, self.transaction)

    def _run(self, options: RunOptions) -> Run:
        """Read the lockfiles and compose what a run needs; nothing is locked, made or asked."""
        from ..protocols import Request
        from .catalog import connections
        from .context import Run
        from .obtain.origins import Origins
        from .state.connections import Stores
        from .state.founding import Founder
        from .state.git import worktree_of
        from .state.lockfile import Ledger
        from .state.project_key import ProjectKeys

        manifest = self.manifest
        files, connect = connections(self, manifest, self.connect, lock_wait=options.lock_timeout)
        request = Request(
            "", random=self.random, now=self.clock.now(), environ=self.environ, read_file=files.read
        )  # fmt: skip
        return Run(
            manifest=manifest,
            disk=self.disk,
            clock=self.clock,
            random=self.random,
            places=self.places,
            environ=self.environ,
            files=files,
            stores=Stores(manifest, self.catalog, connect),
            founder=Founder(manifest.lockfiles, ProjectKeys.of(self), self.random),
            origins=Origins(manifest=manifest, environ=self.environ, request=request, options=options, ask=self.ask),
            options=options,
            worktree=self.worktree or worktree_of(manifest.root),
            audit=self.audit,
            shared=Ledger(self.disk, manifest.lockfile),
            local=Ledger(self.disk, manifest.local_lockfile, local=True),
            progress=self.progress,
            stopping=self.stopping,
        )

    @contextmanager
    def _locked(self, options: RunOptions) -> Iterator[Run]:
        """Hold the locks of the lockfiles for the whole run; then read them and find their keys."""
        from .state.locks import all_locks

        wanted = {self.disk.real(self.manifest.lockfile), self.disk.real(self.manifest.local_lockfile)}
        if not any(self.disk.stamp(path) for path in self.manifest.lockfiles or (self.manifest.lockfile,)):
            wanted.add(self.disk.real(self.manifest.path))
        with all_locks(
            self.disk, self.places, wanted, wait=options.lock_timeout, clock=self.clock, waiting=self.waiting
        ):
            run = self._run(options)
            run.unlock()
            run.need_keys()
            yield run

    def _wishes(
        self, only: Collection[str], options: RunOptions, *, rotate: bool = False, force: bool = False
    ) -> Wishes:
        from .request import wishes_of

        names = frozenset(self._named(name).name for name in only)
        return wishes_of(self.manifest, names, options, rotate=rotate, force=force)

    def _named(self, name: str) -> Secret:
        """Return the secret of a name, or the one whose part it names. Raises UsageError with what may be meant."""
        from .request import unknown_secret

        secret, _ = self.manifest.owner_of(name)
        if secret is None:
            raise unknown_secret(name, self.manifest)
        return secret
