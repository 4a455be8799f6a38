"""The façade: open a project, look at it, decide, carry out.

What a verb needs is imported by the verb: a program that only names the engine does not pay for all of it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from attrs import evolve

from ..errors import StalePlanError
from .options import RunOptions, SuppliedFrom
from .parts import Parts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from ..lockfile.model import Lockfile
    from ..planning.drift import Drift
    from ..planning.plan import Plan
    from ..protocols import Ask
    from ..values import SecretValue
    from .context import Progress
    from .parts import Audit
    from .reading import Reading
    from .report import Report


class Engine(Parts):
    """Brings secrets to the state that a manifest declares. `Engine.open` is the usual way to get one.

    An engine can be used any number of times; each call reads the lockfile again. The error of a single secret is part
    of the report; any other error is raised. All methods raise UsageError for a secret that is not declared, and
    LockfileError if the lockfile or the journal cannot be read. Those that write (`apply`, `sync`, `rotate`, `set`)
    also raise LockfileError if either was edited, BusyError, KeyMissingError, ConfigurationError, and, if the next sync
    has to finish the run, InterruptedRunError and UnfinishedError.

    Args:
        manifest: What is wanted, as returned by `load_manifest`.
        catalog: The kinds of generators, sources and targets that manifests may name.
        disk: The file system.
        clock: The time, in UTC.
        places: The user's state and configuration folders.
        random: Returns n random bytes.
        environ: The environment variables that are read.
        ask: Asks a person for a value. None: prompting is off.
        worktree: What git knows of the project's files. None: git is asked.
        connect: Connects to a provider, given its kind and its entry in the manifest. None: local files only.
        audit: Records an action and the names it concerns, before it happens. None: nothing is recorded.
        progress: Is called during long work with what is done, how much, and the total.
        waiting: Is called once when another run holds the lock.
        stopping: Returns True when a run should stop after the current step. None: it never does.
        transaction: Carries plans out. None: the ordinary transaction.
        recovery: Finishes what an earlier run left open. None: the ordinary recovery.

    Example:
        >>> from secretzero import Engine
        >>> engine = Engine.open("Secretfile.yml")
        >>> engine.sync().failed
        ()
        >>> engine.resolve("db_password")
        SecretValue(hidden)
    """

    def __repr__(self) -> str:
        return f"Engine(manifest={self.manifest.path!r}, environment={self.manifest.lane!r})"

    @classmethod
    def open(  # noqa: PLR0913 - each is one optional choice, by keyword
        cls, manifest: str = "Secretfile.yml", *, lockfile: str | None = None, environment: str | None = None,
        variables: Mapping[str, str] = {}, var_files: Sequence[str] = (), ask: Ask | None = None,
        progress: Progress | None = None, environ: Mapping[str, str] | None = None, audit: Audit | None = None,
        lenient: bool = False, waiting: Callable[[], None] | None = None, stopping: Callable[[], bool] | None = None,
    ) -> Engine:  # fmt: skip
        """Load a manifest and return the engine of its project, on this machine. Nothing is written.

        Args:
            manifest: Path of the manifest.
            lockfile: Path of the lockfile. None: as the manifest says.
            environment: Name of the environment. None: the manifest's default.
            variables: Values that replace variables of the manifest and of var files.
            var_files: Paths of var files; later ones win.
            ask: Asks a person for a value. None: prompting is off.
            progress: Is called during long work with what is done, how much, and the total.
            environ: The environment variables. None: those of this process.
            audit: Records an action and the names it concerns, before it happens. None: nothing is recorded.
            lenient: Whether unknown keys and kinds in the manifest are warnings.
            waiting: Is called once when another run holds the lock.
            stopping: Returns True when a run should stop after the current step. None: it never does.

        Returns:
            The engine.

        Raises:
            ManifestError: The manifest or a var file is not valid; the error has all problems.
            ConfigurationError: There is no state folder, because neither HOME nor XDG_STATE_HOME is an absolute path.
        """
        from .catalog import load_manifest

        environ = dict(os.environ) if environ is None else environ
        loaded = load_manifest(
            manifest, environment=environment, variables=variables, var_files=var_files, environ=environ,
            lockfile=lockfile, lenient=lenient,
        )  # fmt: skip
        engine = cls._on_this_machine(loaded, environ)
        return evolve(engine, ask=ask, audit=audit, progress=progress, waiting=waiting, stopping=stopping)

    @property
    def lockfile(self) -> Lockfile:
        """What the shared lockfile of this environment records now; an empty one before the first sync."""
        from .state.lockfile import Ledger

        return Ledger(self.disk, self.manifest.lockfile).lockfile

    @property
    def local_lockfile(self) -> Lockfile:
        """What the lockfile of the secrets that belong to this machine alone records now."""
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
        """Return what `sync`, or with `rotate` a rotation, would do. It changes nothing and never prompts.

        Args:
            only: Secrets, as ``NAME`` or ``NAME.PART``, and what is derived from them. ``()``: all.
            rotate: Whether secrets that are due get a new value.
            force: With `rotate`: whether those in `only`, or all, get one even if they are not due.
            refresh: Whether targets are read. False: the lockfile is believed.
            options: How the run would behave.

        Returns:
            One step for each secret, in the order in which they can be carried out.

        Example:
            >>> from secretzero import Engine
            >>> [step.action for step in Engine.open("Secretfile.yml").plan(rotate=True, force=True).steps]
            ['rotate']
        """
        from .phases import observe_and_decide

        run, recovered = self._looking(options)
        wishes = self._wishes(only, options, rotate=rotate, force=force)
        return observe_and_decide(run, recovered, wishes, refresh=refresh)[0]

    def apply(self, plan: Plan, *, options: RunOptions = RunOptions()) -> Report:
        """Do exactly what a plan says.

        Args:
            plan: A plan made by `plan`, perhaps saved and loaded since.
            options: How the run behaves.

        Returns:
            What happened to each secret and target.

        Raises:
            StalePlanError: Something changed since the plan was made, or an earlier run is unfinished. Nothing was
                written.
        """
        from .phases import carry_out, observe_and_decide, refuse_stale
        from .recovery import Recovered, journal_to_read

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

        Args:
            only: Secrets, as ``NAME`` or ``NAME.PART``, and what is derived from them. ``()``: all.
            dry_run: Whether to report what would be done and do nothing.
            refresh: Whether targets are read. False: the lockfile is believed, unless it shows something to do.
            options: How the run behaves.

        Returns:
            What happened to each secret and target. A secret that failed does not stop the others.

        Example:
            >>> from secretzero import Engine
            >>> [outcome.step.action for outcome in Engine.open("Secretfile.yml").sync().outcomes]
            ['keep']
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
        """Give secrets that are due a new value, and bring it to every target.

        Args:
            only: Secrets, as ``NAME`` or ``NAME.PART``, and what is derived from them. ``()``: all.
            force: Whether those in `only`, or all, are rotated even if they are not due.
            dry_run: Whether to report what would be done and do nothing.
            options: How the run behaves.

        Returns:
            What happened to each secret and target.

        Example:
            >>> from secretzero import Engine
            >>> report = Engine.open("Secretfile.yml").rotate(only=["db_password"], force=True)
            >>> [outcome.generated for outcome in report.outcomes]
            [True]
        """
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
        """Give a static secret a new value, and bring it to every target.

        Args:
            name: Name of the secret.
            value: Its new value.
            origin: Where the value came from, for the lockfile: ``stdin`` or ``person``.
            dry_run: Whether to report what would be done and do nothing.
            options: How the run behaves.

        Returns:
            What happened to the secret, its targets, and the secrets derived from it.

        Raises:
            UsageError: The secret is not declared, not static, or only a part of one.
            RejectedError: The value does not satisfy the manifest's validation.

        Example:
            >>> from secretzero import Engine, SecretValue
            >>> Engine.open("typed.yml").set("api_key", SecretValue("s3cret")).outcomes[0].stored
            True
        """
        from .request import supplying

        given = supplying(self.manifest, options, name, value, origin=origin)
        wishes = evolve(self._wishes([name], given), supplied=frozenset({name}))
        return self._go(wishes, given, dry_run=dry_run)

    def drift(self, *, only: Collection[str] = ()) -> tuple[Drift, ...]:
        """Compare the value at every target with the lockfile. It changes nothing.

        Args:
            only: Secrets, as ``NAME`` or ``NAME.PART``, and what is derived from them. ``()``: all.

        Returns:
            A verdict for each target.

        Example:
            >>> from secretzero import Engine
            >>> [(drift.target, drift.verdict) for drift in Engine.open("Secretfile.yml").drift()]
            [('file://.env#DB_PASSWORD', 'in step')]
        """
        from ..planning.drift import drift_of
        from .observe.world import Looker

        run, recovered = self._looking(RunOptions())
        wishes = self._wishes(only, RunOptions())
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
        """Return the current value of one secret, for an application that starts up.

        It is read from the first readable target that holds the recorded value.

        Args:
            name: ``NAME``, or ``NAME.PART`` for a part of it.

        Returns:
            The value, hidden until `SecretValue.reveal` is called.

        Raises:
            NoValueError: No target has the value.
            DriftedError: A target holds something else than the recorded value.

        Example:
            >>> from secretzero import Engine
            >>> len(Engine.open("Secretfile.yml").resolve("db_password").reveal())
            32
        """
        return self.read([name], action="resolve")[name].value

    def read(self, names: Collection[str] = (), *, action: str = "read", take_from: str = "") -> dict[str, Reading]:
        """Return the current values of several secrets; each object is read once.

        Args:
            names: Secrets, as ``NAME`` or ``NAME.PART``. ``()``: all.
            action: What the audit log calls it. The record is written before a value is returned.
            take_from: The one target to read: its URI, a glob, ``ALIAS/KIND`` or ``ALIAS/KIND/ID``. ``""``: any.

        Returns:
            A reading for each name.

        Raises:
            NoValueError: One of them cannot be read anywhere.
            DriftedError: A target holds something else than the recorded value.
        """
        from .reading import Reader
        from .recovery import Recovered, read_journal
        from .request import listed

        run = self._run(RunOptions())
        proved = run.shared.key or run.local.key
        recovered = read_journal(run, act=False, recovery=self.recovery) if proved else Recovered()
        reader = Reader(run, recovered.journalled)
        wanted = listed(names) or [secret.name for secret in self.manifest.secrets]
        found = {name: reader.read(name, take_from=take_from) for name in wanted}
        self.audit(action, found)
        return found
