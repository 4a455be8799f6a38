"""SecretZero: every secret of a project, declared once, made once, put everywhere.

Public names are imported when they are first used (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from .engine.engine import Engine as Engine
    from .engine.options import RunOptions as RunOptions
    from .engine.report import Outcome as Outcome
    from .engine.report import Report as Report
    from .errors import AuthenticationError as AuthenticationError
    from .errors import BlockedError as BlockedError
    from .errors import BusyError as BusyError
    from .errors import ConfigurationError as ConfigurationError
    from .errors import ConflictError as ConflictError
    from .errors import KeyMissingError as KeyMissingError
    from .errors import LockfileError as LockfileError
    from .errors import ManifestError as ManifestError
    from .errors import NotFoundError as NotFoundError
    from .errors import NotInstalledError as NotInstalledError
    from .errors import NoValueError as NoValueError
    from .errors import Problem as Problem
    from .errors import ProviderError as ProviderError
    from .errors import RejectedError as RejectedError
    from .errors import SecretZeroError as SecretZeroError
    from .errors import StalePlanError as StalePlanError
    from .errors import UnavailableError as UnavailableError
    from .errors import UnsupportedError as UnsupportedError
    from .errors import UntrustedError as UntrustedError
    from .errors import UsageError as UsageError
    from .lockfile.model import Lockfile as Lockfile
    from .manifest.load import load_manifest as load_manifest
    from .manifest.model import Manifest as Manifest
    from .planning.drift import Drift as Drift
    from .planning.plan import Plan as Plan
    from .planning.plan import Step as Step
    from .protocols import Constraints as Constraints
    from .protocols import Generator as Generator
    from .protocols import Provider as Provider
    from .protocols import Question as Question
    from .protocols import Request as Request
    from .protocols import Source as Source
    from .protocols import Store as Store
    from .protocols import TargetKind as TargetKind
    from .refs import Ref as Ref
    from .values import Description as Description
    from .values import SecretValue as SecretValue
    from .values import Version as Version
    from .values import Written as Written

_MODULES = {
    ".engine.engine": "Engine",
    ".engine.options": "RunOptions",
    ".engine.report": "Outcome Report",
    ".errors": "AuthenticationError BlockedError BusyError ConfigurationError ConflictError KeyMissingError "
    "LockfileError ManifestError NotFoundError NotInstalledError NoValueError Problem ProviderError RejectedError SecretZeroError "
    "StalePlanError UnavailableError UnsupportedError UntrustedError UsageError",
    ".lockfile.model": "Lockfile",
    ".manifest.load": "load_manifest",
    ".manifest.model": "Manifest",
    ".planning.drift": "Drift",
    ".planning.plan": "Plan Step",
    ".protocols": "Constraints Generator Provider Question Request Source Store TargetKind",
    ".refs": "Ref",
    ".values": "Description SecretValue Version Written",
}
_HOME = {name: module for module, names in _MODULES.items() for name in names.split()}

__all__ = ["__version__", *sorted(_HOME)]  # noqa: PLE0604 - the names of the table above


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name], __name__), name)


def __dir__() -> list[str]:
    return __all__
