"""The command that prints the version."""

import platform
import sys

import click

from secretzero import __version__

from ..command import verb
from ..exits import OK
from ..output.answer import MANIFEST_SPEC
from ..session import Session

WEBSITE = "https://pypi.org/project/secretzero/"


@verb("version", "O")
@click.option("--detailed", is_flag=True, help="Also show the interpreter and the platform.")
def version_command(session: Session, *, detailed: bool) -> int:
    """Print the version."""
    facts = {"name": "secretzero", "version": __version__, "website": WEBSITE}
    if detailed:
        facts |= {
            "python_version": platform.python_version(),
            "platform": platform.platform(),
            "executable": sys.executable,
            "manifest_spec_version": MANIFEST_SPEC,
        }

    def text() -> list[str]:
        rest = [f"{name}: {value}" for name, value in list(facts.items())[2:]] if detailed else []
        return [f"secretzero {__version__}", *rest]

    def document() -> object:
        from ..output.documents import VersionDocument

        return VersionDocument(**facts)

    return session.answer(text, document, OK)
