"""The command that prints the version."""

import platform
import sys
from typing import TYPE_CHECKING

import click

from secretzero import __version__

from .. import MANIFEST_SPEC
from ..command import Session, verb

if TYPE_CHECKING:
    from ..output.documents import VersionDocument


@verb("version", "O")
@click.option("--detailed", is_flag=True, help="Also show the interpreter and the platform.")
def version_command(session: Session, *, detailed: bool) -> int:
    """Print the version."""
    facts: VersionDocument = {
        "name": "secretzero",
        "version": __version__,
        "website": "https://pypi.org/project/secretzero/",
    }
    if detailed:
        facts["python_version"] = platform.python_version()
        facts["platform"] = platform.platform()
        facts["executable"] = sys.executable
        facts["manifest_spec_version"] = MANIFEST_SPEC
    more = [f"{name}: {value}" for name, value in facts.items()][2:] if detailed else []
    return session.answer(lambda: [f"secretzero {__version__}", *more], lambda: facts)
