"""What an engine is made of, and how it composes and locks its runs.

Modules are imported by the method that needs them, as in the façade.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from attrs import define, evolve, field

from ..errors import UsageError
from .defaults import never_stop, no_prompt, or_no_audit
from .options import RunOptions, SuppliedFrom

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from typing import Self

    from ..clock import Clock
    from ..files import Disk
    from ..manifest.catalog import Catalog
    from ..manifest.model import Manifest, Secret
    from ..places import Places
    from ..planning.world import Wishes
    from ..protocols import Ask
    from ..values import SecretValue
    from .apply.transaction import Transaction
    from .context import Progress, Run
    from .defaults import Audit
    from .recovery import Recovered, Recovery
    from .report import Report
    from .state.connections import Connect
    from .state.git import Worktree


@define(eq=False, repr=False, slots=False)
class Parts:
    """The dependencies of an engine, each of which tests can supply. `Engine` describes them."""

    manifest: Manifest
    catalog: Catalog
    disk: Disk
    clock: Clock
    places: Places
    random: Callable[[int], bytes]
    environ: Mapping[str, str]
    ask: Ask | None = None
    worktree: Worktree | None = None
    connect: Connect | None = None
    audit: Audit = field(default=None, converter=or_no_audit)
    progress: Progress | None = None
    waiting: Callable[[], None] | None = None
    stopping: Callable[[], bool] | None = None
    transaction: type[Transaction] | None = None
    recovery: Recovery | None = None

    @classmethod
    def _on_this_machine(cls, manifest: Manifest, environ: Mapping[str, str]) -> Self:
        """Return an engine with the files, the clock and the randomness of this machine."""
        from ..clock import SystemClock
        from ..files import LocalDisk
        from ..places import Places
        from .catalog import builtin_catalog

        return cls(
            manifest=manifest,
            catalog=builtin_catalog(),
            disk=LocalDisk(),
            clock=SystemClock(),
            places=Places.of(environ),
            random=os.urandom,
            environ=environ,
        )

    def _go(self, wishes: Wishes, options: RunOptions, *, dry_run: bool, refresh: bool = True) -> Report:
        """Plan and carry out under one lock; a dry run only plans, and takes none."""
        from .phases import carry_out, observe_and_decide, report_of_dry_run
        from .recovery import read_journal

        if dry_run:
            run, recovered = self._looking(options)
            return report_of_dry_run(run, observe_and_decide(run, recovered, wishes, refresh=refresh)[0])
        with self._locked(options) as run:
            recovered = read_journal(run, act=True, recovery=self.recovery)
            plan, world = observe_and_decide(run, recovered, wishes, refresh=refresh)
            if not refresh and (plan.changes or recovered.journalled):
                # What is believed may not be overwritten: something is to be done, so everything is looked at.
                plan, world = observe_and_decide(run, recovered, wishes)
            return carry_out(run, recovered, plan, world, self.transaction)

    def _looking(self, options: RunOptions) -> tuple[Run, Recovered]:
        """Compose a run that changes nothing; return it with what an earlier one left open."""
        from .recovery import read_journal

        run = self._run(options)
        run.unlock()
        return run, read_journal(run, act=False, recovery=self.recovery)

    def _run(self, options: RunOptions) -> Run:
        """Read the lockfiles and compose what a run needs; nothing is locked, made or asked."""
        from ..protocols import Request
        from .catalog import connections
        from .context import Run
        from .obtain.origins import Origins
        from .state.connections import Stores
        from .state.founding import Founder
        from .state.git import GitWorktree
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
            origins=Origins(
                manifest=manifest, environ=self.environ, request=request, options=options, ask=self.ask or no_prompt
            ),
            options=options,
            worktree=self.worktree or GitWorktree(manifest.root),
            audit=self.audit,
            shared=Ledger(self.disk, manifest.lockfile),
            local=Ledger(self.disk, manifest.local_lockfile, local=True),
            progress=self.progress,
            stopping=self.stopping or never_stop,
        )

    @contextmanager
    def _locked(self, options: RunOptions) -> Iterator[Run]:
        """Hold the locks of the lockfiles, taken in sorted order, for the whole run; read them and find their keys.

        Raises BusyError when one is held for too long, ConfigurationError without a folder to lock in.
        """
        from .context import no_state_folder

        wanted = {self.disk.real(self.manifest.lockfile), self.disk.real(self.manifest.local_lockfile)}
        if not any(self.disk.stamp(path) for path in self.manifest.lockfiles or (self.manifest.lockfile,)):
            wanted.add(self.disk.real(self.manifest.path))
        with ExitStack() as held:
            try:
                self.disk.make_folder(self.places.locks)
                for path in sorted(wanted):
                    lock, wait = self.places.lock_of(path), options.lock_timeout
                    held.enter_context(self.disk.lock(lock, wait=wait, clock=self.clock, waiting=self.waiting))
            except OSError as error:
                raise no_state_folder(self.places, error) from error
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

    def _supplied(self, name: str, value: SecretValue, origin: SuppliedFrom, options: RunOptions) -> RunOptions:
        """Return the options of a run that gives a static secret this value. Raises UsageError, RejectedError."""
        from ..choices import refuse_other, words_of
        from ..manifest.model import supplied_by_people
        from .obtain.origins import accepted, refuse_unfit

        refuse_other("origin", origin, words_of(SuppliedFrom))
        secret = self._named(name)
        if secret.name != name:
            raise UsageError(f"{name} is only a part of {secret.name}", hint=f"set {secret.name} as a whole")
        supplied = supplied_by_people(secret.fields[0]) if len(secret.fields) == 1 and not secret.template else None
        if supplied is None or supplied.in_clear():
            raise UsageError(
                f"{name} is not a static secret", hint=f"run secretzero rotate {name} --force for a new value"
            )
        accepted_value = accepted(secret.fields[0], value)
        refuse_unfit(secret.fields[0], accepted_value)
        return evolve(options, supplied={name: accepted_value}, supplied_from=origin)
