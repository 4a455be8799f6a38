"""A clock set by hand, scripted answers, seeded randomness, and a file system in memory that can lose power."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from random import Random

from ..errors import NoValueError
from ..protocols import Question
from ..values import Material, SecretValue
from .disk import MemoryDisk

__all__ = ["Dice", "MemoryDisk", "Person", "SetClock"]

_START = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


class SetClock:
    """A clock that only moves when it is set; sleeping advances it at once. `slept` lists the sleeps in seconds."""

    def __init__(self, moment: datetime = _START) -> None:
        self._moment = moment
        self._since = 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        """Return the moment the clock is set to."""
        return self._moment

    def monotonic(self) -> float:
        """Return the seconds since the clock was created."""
        return self._since

    def sleep(self, seconds: float) -> None:
        """Advance the clock by this many seconds, without waiting."""
        self.slept.append(seconds)
        self.advance(timedelta(seconds=seconds))

    def advance(self, period: timedelta) -> None:
        """Advance the clock by a period."""
        self._moment += period
        self._since += period.total_seconds()


class Person:
    """A person with scripted answers: one for each label, or the next of a list for any question.

    `asked` lists the questions. A question without an answer raises NoValueError, as without a terminal.
    """

    def __init__(self, answers: Mapping[str, Material] | Iterable[Material] = ()) -> None:
        self._script = answers if isinstance(answers, Mapping) else iter(answers)
        self.asked: list[Question] = []

    def __call__(self, question: Question) -> SecretValue:
        """Answer a question. Raises NoValueError if the script has no answer."""
        self.asked.append(question)
        script = self._script
        answer = script.get(question.label) if isinstance(script, Mapping) else next(script, None)
        if answer is None:
            raise NoValueError(f"no answer to {question.label!r}")
        return SecretValue(answer)


class Dice:
    """A source of random bytes that is determined by its seed. Never use it for real secrets."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - repeatable on purpose

    def __call__(self, length: int) -> bytes:
        """Return the next bytes."""
        return self._random.randbytes(length)
