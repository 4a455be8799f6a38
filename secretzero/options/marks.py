"""Places in files that people write."""

from typing import NamedTuple


class Mark(NamedTuple):
    """A place in a file that people write: the file's number, and a character offset from 0 (-1: nowhere)."""

    file: int = 0
    offset: int = -1


class Absent(NamedTuple):
    """An option that names an environment variable which is not set: an error only when the value is needed.

    `whole` says that the option is nothing but that variable, so that a value may take its place.
    """

    variable: str
    path: str
    mark: Mark
    whole: bool = True
