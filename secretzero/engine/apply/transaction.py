"""The transaction of the sync protocol: obtain, intend, announce, write, commit, erase."""

from collections.abc import Iterable, Mapping

from ...clock import stamp
from ...errors import BlockedError, ProviderError, SecretZeroError, UnfinishedError
from ...files import refusals_of
from ...lockfile.history import trimmed
from ...lockfile.model import Entry, Generation, amend
from ...planning.observation import Observation
from ...planning.plan import Plan, Step, TargetAction
from ..context import Run
from ..report import Outcome, Status, TargetOutcome
from ..state.journal import Journal, Record
from ..state.lockfile import Ledger
from .change import Work, generation_of, told
from .commit import committed_entry, object_records
from .git_guard import guard_plaintext
from .prepare import Workshop
from .write import Job, Writer


class Transaction:
    """Carries a plan out. Between two lines of `carry_out` the process may die: the next run goes on."""

    def __init__(self, run: Run, journal: Journal, journalled: Mapping[str, Record], seen: Observation) -> None:
        self._run = run
        self._journal = journal
        self._journalled = journalled
        self._seen = seen
        self._writer = Writer(run, journal, seen.versions)

    def carry_out(self, plan: Plan) -> list[Outcome]:
        """Do what the plan says; one failure never stops the other secrets."""
        works = Workshop(self._run, self._journalled).works_of(plan)
        guard_plaintext(self._run, works)
        _stop_dependants(works)
        ready = [work for work in works if work.error is None]
        if ready:
            self._run.audit("apply", [work.name for work in ready])
            jobs = self._writer.jobs_of(ready)
            self._intend(ready)
            try:
                self._go_on(ready, jobs)
            except ProviderError as error:
                hint = "; ".join(told for told in (error.hint, "secretzero sync finishes it") if told)
                raise UnfinishedError(error.message, hint=hint) from error
        return self._outcomes(plan, works)

    def _go_on(self, works: list[Work], jobs: list[Job]) -> None:
        """Do what follows once every value is in the journal."""
        self._announce(works)
        self._journal.append(self._writer.records_of(jobs))
        self._writer.write(jobs)
        self._drop_unseen(works)
        self._commit(works)
        self._erase(works)

    def _intend(self, works: Iterable[Work]) -> None:
        """Make every value durable, sealed, before any target may see it."""
        wanted = [work for work in works if not work.journalled and work.value is not None and work.writes]
        if wanted:
            with refusals_of(self._run.folder):
                self._run.disk.make_folder(self._run.folder)
        self._journal.append(_intent(work) for work in wanted)

    def _announce(self, works: Iterable[Work]) -> None:
        """Say in the lockfile which generation is about to appear, before the first write."""
        for ledger, mine in by_ledger(works):
            fresh = [work for work in mine if work.new and work.writes and work.entry.pending != work.op]
            if fresh:
                entries = {work.name: _announced(work, self._withdrawn(work)) for work in fresh}
                for work in fresh:
                    work.entry = entries[work.name]
                ledger.save(ledger.with_entries(entries, drop=_former_names(fresh)))

    def _withdrawn(self, work: Work) -> Generation | None:
        """Return the generation of the op that this one replaces, known by its fingerprints for ever."""
        op = work.step.withdraw
        if not op:
            return None
        known = work.entry.generations.get(op)
        if known is None and op in self._journalled:
            known = generation_of(self._journalled[op])
        return amend(known, withdrawn=True) if known else None

    def _drop_unseen(self, works: Iterable[Work]) -> None:
        """Withdraw an op that met a conflict before anything of it was visible."""
        for work in works:
            errors = [outcome.error for outcome in work.outcomes.values() if outcome.error]
            conflict = any(error.code == "conflict" for error in errors)
            visible = any(work.done(t.uri) for t in work.writes) or bool(work.step.op)
            uncertain = any(error.code == "unavailable" for error in errors)
            lost = conflict or any(part.dropped for part in work.made_from)
            work.dropped = work.new and lost and not visible and not uncertain

    def _commit(self, works: list[Work]) -> None:
        """Write what happened into the lockfile, once."""
        now = stamp(self._run.now)
        for ledger, mine in by_ledger(works):
            entries: dict[str, Entry] = {}
            for work in mine:
                entry = committed_entry(work, now)
                if entry is not None:
                    work.entry = entries[work.name] = trimmed(entry)
            gone = tuple(w.name for w in mine if w.secret is None and not w.entry.targets and w.name not in entries)
            gone += tuple(
                w.name for w in mine if w.name in entries and w.secret is None and not entries[w.name].targets
            )
            for name in gone:
                entries.pop(name, None)
            marked = object_records(ledger, mine, entries, self._seen)
            ledger.save(ledger.with_entries(entries, drop=gone + _former_names(mine), objects=marked))
            self._run.mark_seen(ledger, dropped=frozenset(w.entry.id for w in mine if w.name in gone))

    def _erase(self, works: Iterable[Work]) -> None:
        """Forget the values that the lockfile now vouches for, and those that were withdrawn."""
        over = {work.op for work in works if work.op and (work.complete or work.dropped)}
        over |= {work.step.withdraw for work in works if work.step.withdraw}
        self._journal.erase(over)

    def _outcomes(self, plan: Plan, works: Iterable[Work]) -> list[Outcome]:
        by_name = {(work.name, work.ledger.local): work for work in works}
        return [_outcome(step, by_name.get((step.secret, step.local))) for step in plan.steps]


def _stop_dependants(works: Iterable[Work]) -> None:
    """Give what is made from a value that is not to be its error, too: it would publish what nobody keeps."""
    for work in works:
        failed = next((part for part in work.made_from if part.error is not None), None)
        if failed is not None and work.error is None and work.new:
            work.error = BlockedError(
                f"needs {failed.name}, which failed", hint=failed.error.hint if failed.error else ""
            )


def by_ledger(works: Iterable[Work]) -> list[tuple[Ledger, list[Work]]]:
    """Group works by the lockfile that records them."""
    groups: dict[int, tuple[Ledger, list[Work]]] = {}
    for work in works:
        groups.setdefault(id(work.ledger), (work.ledger, []))[1].append(work)
    return list(groups.values())


def _former_names(works: Iterable[Work]) -> tuple[str, ...]:
    """Name the entries that move to a new name."""
    return tuple(work.step.renamed_from for work in works if work.step.renamed_from)


def _intent(work: Work) -> Record:
    """Return the journal record that makes a value durable before any target sees it."""
    base = work.entry.current if work.new else work.op
    body = {
        "id": work.entry.id,
        "secret": work.name,
        "created_at": work.entry.created_at,
        "kind": work.entry.kind,
        "n": work.generation.n if work.generation else 0,
        "base": base,
        "base_n": work.entry.generations[base].n if base in work.entry.generations else 0,
        "targets": [target.uri for target in work.writes],
        "generation": told(work.generation) if work.generation else {},
        "partial": work.partial,
        "value": work.value.reveal() if work.value else None,
    }
    return Record("intent", work.op, work.ledger.local, body)


def _announced(work: Work, withdrawn: Generation | None) -> Entry:
    """Return the entry with the generation of this op as pending."""
    known = dict(work.entry.generations)
    if withdrawn is not None:
        known[work.step.withdraw] = withdrawn
    if work.generation is not None:
        known[work.op] = work.generation
    return amend(work.entry, generations=known, pending=work.op)


def _outcome(step: Step, work: Work | None) -> Outcome:
    """Say what became of a step; a blocked one is a failure with its own error."""
    if work is None:
        return Outcome(step, error=blocked_error(step) if step.action == "block" else None)
    if work.error is not None:
        work.error.secret = work.error.secret or work.name
        return Outcome(step, error=work.error)
    targets = [work.outcomes.get(t.uri) or _untouched(t.uri, t.action) for t in step.targets]
    return Outcome(step, tuple(targets), generated=work.new and work.committed and not work.dropped)


_UNTOUCHED: Mapping[TargetAction, Status] = {"forget": "removed", "block": "failed"}


def _untouched(uri: str, action: TargetAction) -> TargetOutcome:
    return TargetOutcome(uri, _UNTOUCHED.get(action, "skipped"))


def blocked_error(step: Step) -> SecretZeroError:
    """Return the error that a blocked step is."""
    from ...errors import (
        BlockedError,
        KeyMissingError,
        NoValueError,
        ProviderError,
        RejectedError,
        StalePlanError,
        UnavailableError,
        UntrustedError,
    )

    kinds: dict[str, type[SecretZeroError]] = {
        "conflict": StalePlanError,
        "rollback": StalePlanError,
        "untrusted": UntrustedError,
        "key_missing": KeyMissingError,
        "no_value": NoValueError,
        "unavailable": UnavailableError,
        "provider": ProviderError,
        "rejected": RejectedError,
    }
    target = next((t.uri for t in step.targets if t.action == "block"), "")
    error = kinds.get(step.code, BlockedError)(step.reason, hint=step.hint, target=target)
    error.secret = step.secret
    return error
