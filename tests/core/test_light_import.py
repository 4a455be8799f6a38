"""What an import loads, seen in a fresh process."""

import subprocess
import sys

HEAVY = frozenset(
    "boto3 botocore hvac azure lightkube nacl psycopg pymysql pymongo httpx requests yaml jsonschema cryptography "
    "cattrs sqlalchemy alembic filelock tenacity click rich starlette uvicorn jinja2 keyring opentelemetry regex "
    "ruamel tomlkit tomllib subprocess logging secrets tempfile concurrent importlib.metadata socket ssl pytest".split()
)
"""What may never be loaded before somebody needs it: packages of others, and modules that cost milliseconds."""

ORDINARY = (
    "attrs, attr.validators, base64, datetime, errno, fnmatch, hashlib, hmac, json, pathlib, platform, re, threading, "
    "typing, uuid"
)
"""What the core may stand on."""


def loaded_by(statement: str, *, after: str = "pass") -> set[str]:
    """Return the modules that one statement loads in a fresh process, after another."""
    script = f"import sys\n{after}\nbefore = set(sys.modules)\n{statement}\nprint(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
    return set(done.stdout.split())


def test_the_package_alone_is_almost_nothing():
    """`import secretzero` loads no other module of it, and nothing but what importlib and typing need."""
    assert loaded_by("import secretzero", after="import importlib, typing") == {"secretzero"}


def test_the_engine_loads_nothing_heavy():
    """`from secretzero import Engine` loads none of the heavy modules, and no more than it is known to need."""
    modules = loaded_by("from secretzero import Engine")
    assert {name for name in modules if name in HEAVY or name.partition(".")[0] in HEAVY} == set()
    others = loaded_by("from secretzero import Engine", after=f"import {ORDINARY}")
    assert {name for name in others if name.partition(".")[0] != "secretzero"} == set()


def test_the_engine_loads_no_rules_and_no_models():
    """A program that only names the engine pays for the façade alone: the rest comes with a verb."""
    rooms = {".".join(name.split(".")[:2]) for name in loaded_by("from secretzero import Engine")}
    later = ("manifest", "lockfile", "planning", "formats", "options")
    assert rooms & {f"secretzero.{room}" for room in later} == set()


def test_a_heavy_module_would_be_seen():
    """The look at a fresh process finds what is loaded there."""
    assert "tempfile" in loaded_by("import secretzero, tempfile")


def test_names_that_do_not_exist_are_said_to():
    """A public name that is misspelt is an ordinary AttributeError."""
    script = "import secretzero\ntry:\n    secretzero.Engin\nexcept AttributeError as error:\n    print(error)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
    assert done.stdout == "module 'secretzero' has no attribute 'Engin'\n"
