"""The locks of a run, and what is said where the state folder that holds them refuses."""

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager

from ...clock import Clock
from ...errors import ConfigurationError
from ...files import Disk
from ...places import Places


@contextmanager
def all_locks(
    disk: Disk,
    places: Places,
    paths: Collection[str],
    *,
    wait: float,
    clock: Clock,
    waiting: Callable[[], None] | None,
) -> Iterator[None]:
    """Hold the lock of each path, taken in sorted order, for as long as the context lasts.

    Raises BusyError when one is held for longer than `wait` seconds, ConfigurationError without a folder to lock in.
    """
    with ExitStack() as held:
        try:
            disk.make_folder(places.locks)
            for path in sorted(paths):
                held.enter_context(disk.lock(places.lock_of(path), wait=wait, clock=clock, waiting=waiting))
        except OSError as error:
            raise no_state_folder(places, error) from error
        yield


def no_state_folder(places: Places, error: OSError, doing: str = "written") -> ConfigurationError:
    """Return the error of a command that needs the state folder where the file system refuses it."""
    return ConfigurationError(
        f"the state folder {places.state} cannot be {doing}: {os.strerror(error.errno or 0)}",
        hint="set XDG_STATE_HOME to a folder that can be read and written",
    )
