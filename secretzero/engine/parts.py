"""What an engine is made of, and how it composes and locks its runs.

Modules are imported by the method that needs them, as in the façade.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from attrs import define, field

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from typing import Self

    from ..clock import Clock
    from ..files import Disk
    from ..manifest.catalog import Catalog
    from ..manifest.model import Manifest
    from ..places import Places
    from ..planning.world import Wishes
    from ..protocols import Ask, ProjectFiles
    from .apply.transaction import Transaction
    from .context import Progress, Run
    from .options import RunOptions
    from .recovery import Recovered, Recovery
    from .report import Report
    from .state.connections import Connect
    from .state.git import Worktree

Audit = Callable[[str, Iterable[str]], None]
"""Records an action and the names of its secrets before it happens: ``audit(action, names)``."""


def no_audit(_action: str, _names: Iterable[str]) -> None:
    """Record nothing."""


def or_no_audit(audit: Audit | None) -> Audit:
    """Return what records actions, or what records none."""
    return audit or no_audit


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
        return run, read_journal(run, act=False, recovery=self.recovery)

    def _run(self, options: RunOptions) -> Run:
        """Read the lockfiles, find their keys and compose what a run needs; nothing is locked, made or asked."""
        from ..protocols import Request
        from .context import Run
        from .obtain import Origins, no_prompt
        from .state.connections import Stores
        from .state.git import Worktree
        from .state.lockfile import Founder, Ledger
        from .state.project_key import ProjectKeys

        manifest = self.manifest
        shared, local = Ledger(self.disk, manifest.lockfile), Ledger(self.disk, manifest.local_lockfile, local=True)
        founder = Founder(manifest.lockfiles, ProjectKeys(self.disk, self.places, self.environ), self.random)
        for ledger in (shared, local):
            ledger.unlock(founder.keys)
        files, connect = connections_of(self, lock_wait=options.lock_timeout)
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
            founder=founder,
            origins=Origins(request, options, self.ask or no_prompt),
            options=options,
            worktree=self.worktree or Worktree(manifest.root),
            audit=self.audit,
            shared=shared,
            local=local,
            progress=self.progress,
            stopping=self.stopping,
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
            run.need_keys()
            yield run

    def _wishes(
        self, only: Collection[str], options: RunOptions, *, rotate: bool = False, force: bool = False
    ) -> Wishes:
        from .request import wishes_of

        return wishes_of(self.manifest, only, options, rotate=rotate, force=force)


def connections_of(parts: Parts, *, lock_wait: float = 60.0) -> tuple[ProjectFiles, Connect]:
    """Return the files of the project, and what connects to providers; `lock_wait` is in seconds."""
    from ..protocols import Surroundings
    from .catalog import connections

    here = Surroundings(
        disk=parts.disk,
        clock=parts.clock,
        places=parts.places,
        environ=parts.environ,
        folder=parts.manifest.folder,
        root=parts.manifest.root,
        lock_wait=lock_wait,
    )
    return connections(here, parts.connect)
