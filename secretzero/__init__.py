"""SecretZero: every secret of a project, declared once, made once, put everywhere.

These are the names for applications, deploy hooks and authors of providers; what a command line or a server needs
besides is in `secretzero.shell`. Each is imported when it is first used (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "1.0.0.dev0"

if TYPE_CHECKING:
    from .engine.catalog import load_manifest as load_manifest
    from .engine.engine import Engine as Engine
    from .engine.options import RunOptions as RunOptions
    from .engine.reading import Reading as Reading
    from .engine.report import Outcome as Outcome
    from .engine.report import Report as Report
    from .engine.report import TargetOutcome as TargetOutcome
    from .engine.tools.keys import KeyState as KeyState
    from .errors import *  # noqa: F403 - every error is public
    from .lockfile.model import Lockfile as Lockfile
    from .manifest.model import Manifest as Manifest
    from .manifest.model import Secret as Secret
    from .planning.drift import Drift as Drift
    from .planning.plan import Plan as Plan
    from .planning.plan import Step as Step
    from .planning.plan import TargetStep as TargetStep
    from .protocols import Constraints as Constraints
    from .protocols import Generator as Generator
    from .protocols import Place as Place
    from .protocols import Provider as Provider
    from .protocols import Question as Question
    from .protocols import Request as Request
    from .protocols import Source as Source
    from .protocols import TargetKind as TargetKind
    from .protocols.stores import Store as Store
    from .refs import Ref as Ref
    from .values import *  # noqa: F403 - as is every class of values

_MODULES = {
    ".engine.catalog": "load_manifest",
    ".engine.engine": "Engine",
    ".engine.options": "RunOptions",
    ".engine.reading": "Reading",
    ".engine.report": "Outcome Report TargetOutcome",
    ".engine.tools.keys": "KeyState",
    ".errors": "AuthenticationError BlockedError BusyError ConfigurationError ConflictError DriftedError "
    "InterruptedRunError KeyMissingError LockfileError ManifestError NoValueError NotFoundError "
    "NotInstalledError PlanFileError Problem ProviderError RejectedError SecretZeroError Severity StalePlanError "
    "TwoProjectsError UnavailableError UnfinishedError UnsupportedError UntrustedError UsageError",
    ".lockfile.model": "Lockfile",
    ".manifest.model": "Manifest Secret",
    ".planning.drift": "Drift",
    ".planning.plan": "Plan Step TargetStep",
    ".protocols": "Constraints Generator Place Provider Question Request Source TargetKind",
    ".protocols.stores": "Store",
    ".refs": "Ref",
    ".values": "Description Material SecretValue Version Written as_text",
}
_HOME = {name: module for module, names in _MODULES.items() for name in names.split()}

__all__ = ["__version__", *sorted(_HOME)]  # noqa: PLE0604 - the names of the table above


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name], __name__), name)


def __dir__() -> list[str]:
    return __all__
