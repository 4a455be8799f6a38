"""Apply a plan as one transaction of the sync protocol: obtain, intend, announce, write, commit, erase."""

from collections.abc import Iterable, Mapping

from ...clock import stamp
from ...errors import BlockedError, ConflictError, ProviderError, SecretZeroError, UnavailableError, UnfinishedError
from ...files import refusals_of
from ...planning.plan import Plan, Step, TargetAction
from ...planning.world import Observation
from ..context import Run
from ..report import Outcome, Status, TargetOutcome, planned_outcome
from ..state.journal import Journal, Record, generation_fields
from ..state.lockfile import Ledger
from .change import Change, Effect, Key, Result
from .commit import committed_entry, object_records, trimmed
from .git_guard import guard_plaintext
from .prepare import Preparation
from .write import Job, Writer, write_record


class Transaction:
    """Carries out a plan. If the process dies at any point, the next run continues from the journal."""

    def __init__(self, run: Run, journal: Journal, journalled: Mapping[str, Record], seen: Observation) -> None:
        self._run = run
        self._journal = journal
        self._journalled = journalled
        self._seen = seen
        self._writer = Writer(run, journal, seen.versions)

    def carry_out(self, plan: Plan) -> list[Outcome]:
        """Carry out the plan; a secret that fails does not stop the others."""
        changes, errors = Preparation(self._run, self._journalled).prepare(plan)
        errors |= guard_plaintext(self._run, changes)
        errors |= _failed_dependants(changes, errors)
        ready = [change for change in changes if change.key not in errors]
        results: list[Result] = []
        if ready:
            self._run.audit("apply", [change.name for change in ready])
            jobs = self._writer.jobs_of(ready)
            self._intend(ready)
            try:
                results = self._finish(ready, jobs, errors)
            except ProviderError as error:
                hint = "; ".join(filter(None, (error.hint, "run secretzero sync to finish")))
                raise UnfinishedError(error.message, hint=hint) from error
        return _outcomes(plan, results, errors)

    def _finish(self, changes: list[Change], jobs: list[Job], errors: Iterable[Key]) -> list[Result]:
        """Announce, write, commit and erase, once every value is in the journal."""
        self._announce(changes)
        self._journal.append(map(write_record, jobs))
        results = _results(changes, self._writer.write(jobs, errors))
        self._commit(results)
        self._erase(results)
        return results

    def _intend(self, changes: Iterable[Change]) -> None:
        """Save every value in the journal, sealed, before it is written to any target."""
        wanted = [each for each in changes if not each.journalled and each.value is not None and each.writes]
        if wanted:
            with refusals_of(self._run.folder):
                self._run.disk.make_folder(self._run.folder)
        self._journal.append(_intent(change) for change in wanted)

    def _announce(self, changes: Iterable[Change]) -> None:
        """Record the new generations as pending in the lockfile, before the first write."""
        for ledger, mine in _by_ledger(changes):
            fresh = [change for change in mine if change.announced is not change.entry]
            if fresh:
                entries = {change.name: change.announced for change in fresh}
                ledger.save(ledger.with_entries(entries, drop=_former_names(fresh)))

    def _commit(self, results: list[Result]) -> None:
        """Record the results in the lockfile, with one write."""
        now = stamp(self._run.clock.now())
        by_key = {result.change.key: result for result in results}
        for ledger, mine in _by_ledger(result.change for result in results):
            entries = {each.name: trimmed(committed_entry(by_key[each.key], now)) for each in mine}
            gone = [each for each in mine if each.secret is None and not entries[each.name].targets]
            for change in gone:
                del entries[change.name]
            marked = object_records(ledger, (by_key[change.key] for change in mine), entries, self._seen)
            drop = tuple(change.name for change in gone) + _former_names(mine)
            ledger.save(ledger.with_entries(entries, drop=drop, objects=marked))
            self._run.mark_seen(ledger, dropped=frozenset(change.entry.id for change in gone))

    def _erase(self, results: Iterable[Result]) -> None:
        """Erase from the journal the values that reached all their targets, and those that were withdrawn."""
        over = {result.change.op for result in results if result.complete or result.dropped}
        over |= {result.change.step.withdraw for result in results}
        self._journal.erase(over - {""})


def _failed_dependants(changes: Iterable[Change], errors: Mapping[Key, SecretZeroError]) -> dict[Key, SecretZeroError]:
    """Return the errors of changes that depend on a failed one: they would publish a value that is not kept."""
    found: dict[Key, SecretZeroError] = {}
    for change in changes:
        failed = next((key for key in change.made_from if key in errors or key in found), None)
        if failed is not None and change.new and change.key not in errors:
            hint = (errors.get(failed) or found[failed]).hint
            found[change.key] = BlockedError(f"needs {failed.secret}, which failed", hint=hint)
    return found


def _results(changes: Iterable[Change], effects: Mapping[Key, Mapping[str, Effect]]) -> list[Result]:
    """Pair each change with its effects; an op with a conflict before any of it was visible is dropped."""
    results: list[Result] = []
    dropped: set[Key] = set()
    for change in changes:
        result = Result(change, effects.get(change.key, {}))
        if change.new and _is_lost(result, dropped):
            dropped.add(change.key)
            result = Result(change, result.effects, dropped=True)
        results.append(result)
    return results


def _is_lost(result: Result, dropped: set[Key]) -> bool:
    """Return whether an op has a conflict, or depends on a dropped one, and no part of it can be visible."""
    codes = {effect.outcome.error.code for effect in result.effects.values() if effect.outcome.error}
    if ConflictError.code not in codes and dropped.isdisjoint(result.change.made_from):
        return False
    visible = any(result.stored(target.uri) for target in result.change.writes) or bool(result.change.step.op)
    return not visible and UnavailableError.code not in codes


def _by_ledger(changes: Iterable[Change]) -> list[tuple[Ledger, list[Change]]]:
    """Group changes by the lockfile that records them."""
    groups: dict[int, tuple[Ledger, list[Change]]] = {}
    for change in changes:
        groups.setdefault(id(change.ledger), (change.ledger, []))[1].append(change)
    return list(groups.values())


def _former_names(changes: Iterable[Change]) -> tuple[str, ...]:
    """Return the old names of renamed entries."""
    return tuple(change.step.renamed_from for change in changes if change.step.renamed_from)


def _intent(change: Change) -> Record:
    """Return the journal record that keeps a value before it is written to any target."""
    entry, generation = change.entry, change.generation
    base = entry.current if change.new else change.op
    body = {
        "id": entry.id,
        "secret": change.name,
        "created_at": entry.created_at,
        "kind": entry.kind,
        "n": generation.n if generation else 0,
        "base": base,
        "base_n": entry.generations[base].n if base in entry.generations else 0,
        "targets": [target.uri for target in change.writes],
        "generation": generation_fields(generation) if generation else {},
        "partial": change.partial,
        "value": change.value.reveal() if change.value else None,
    }
    return Record(kind="intent", op=change.op, local=change.ledger.local, body=body)


def _outcomes(plan: Plan, results: Iterable[Result], errors: Mapping[Key, SecretZeroError]) -> list[Outcome]:
    """Return the outcome of each step, in the order of the plan."""
    by_key = {result.change.key: result for result in results}
    keys = map(Key.of, plan.steps)
    return [_outcome(step, by_key.get(key), errors.get(key)) for step, key in zip(plan.steps, keys, strict=True)]


def _outcome(step: Step, result: Result | None, error: SecretZeroError | None) -> Outcome:
    if error is not None:
        error.secret = error.secret or step.secret
        return Outcome(step, error=error)
    if result is None:
        return planned_outcome(step)
    targets = tuple(
        result.outcome(target.uri) or TargetOutcome(target.uri, _UNTOUCHED.get(target.action, "skipped"))
        for target in step.targets
    )
    return Outcome(step, targets, generated=result.change.new and result.committed and not result.dropped)


_UNTOUCHED: Mapping[TargetAction, Status] = {"forget": "removed", "block": "failed"}
