"""Fault injection: the moments at which a run can fail, and a store that fails at one of them."""

from collections.abc import Callable, Mapping
from functools import cache

from ..errors import SecretZeroError, UnavailableError
from ..protocols.stores import Store


class Crash(BaseException):
    """The simulated death of the process: none of its code runs after this."""


class Points:
    """Numbers the moments at which a run can fail, from 1, across all disks and stores that share this object.

    `trace` lists what was done at each moment as ``(operation, path)``. After a crash every further moment crashes too,
    so that clean-up code of the dead process has no effect; `begin` starts the next process.
    """

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Forget the trace and all faults, and count from 1 again."""
        self.count = 0
        self.trace: list[tuple[str, str]] = []
        self._before: dict[int, BaseException] = {}
        self._after: dict[int, BaseException] = {}
        self._dead = False

    def fail_at(self, moment: int, error: BaseException, *, after: bool = False) -> None:
        """Raise `error` at a moment: before it has any effect, or `after` its effect, as if the answer were lost."""
        (self._after if after else self._before)[moment] = error

    def crash_at(self, moment: int, *, after: bool = False) -> None:
        """Make the process die just before a moment, or just `after` its effect."""
        self.fail_at(moment, Crash(f"crash at {moment}"), after=after)

    def reach(self, operation: str, path: str) -> int:
        """Record a moment that is about to have an effect and return its number. Raises the fault set for it."""
        if self._dead:
            raise Crash("this process is dead")
        self.count += 1
        self.trace.append((operation, path))
        if self._before:
            self._strike(self._before, self.count)
        return self.count

    def passed(self, moment: int) -> None:
        """Record that a moment has had its effect. Raises the fault set for it."""
        if self._after:
            self._strike(self._after, moment)

    def _strike(self, faults: Mapping[int, BaseException], moment: int) -> None:
        error = faults.get(moment)
        if error is not None:
            self._dead = isinstance(error, Crash)
            raise error


CALLS = ("describe", "read", "write", "delete", "paths", "versions", "undelete", "destroy", "label", "newest", "sync")
"""Every call that a store can receive."""


def failing(store: Store, points: Points) -> Store:
    """Return the store with each of its calls as a moment of `points`; it has exactly the same capabilities."""
    calls = tuple(name for name in CALLS if hasattr(store, name))
    return _failing_class(calls)(store, points)


def failing_at(store: Store, call: int, error: SecretZeroError | None = None, *, after: bool = False) -> Store:
    """Return the store with its n-th call (from 1) failing before any effect, or `after` it as a lost answer."""
    points = Points()
    points.fail_at(call, error or UnavailableError("the platform did not answer"), after=after)
    return failing(store, points)


@cache
def _failing_class(calls: tuple[str, ...]) -> Callable[..., Store]:
    """Build the class once for each set of capabilities: a capability is the presence of a method."""
    return type("FailingStore", (_Failing,), {name: _guarded(name) for name in calls})


class _Failing:
    def __init__(self, store: Store, points: Points) -> None:
        self.store = store
        self.points = points


def _guarded(name: str) -> Callable[..., object]:
    def call(self: _Failing, path: str = "", *args: object, **options: object) -> object:
        moment = self.points.reach(name, path)
        answer = getattr(self.store, name)(*((path, *args) if path else args), **options)
        self.points.passed(moment)
        return answer

    return call
