"""SecretZero: every secret of a project, declared once, made once, put everywhere.

Public names are imported when they are first used (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "1.0.0.dev0"

if TYPE_CHECKING:
    from .audit.files import FileAudit as FileAudit
    from .clock import SystemClock as SystemClock
    from .engine.apply.git_guard import guard_file as guard_file
    from .engine.apply.transaction import blocked_error as blocked_error
    from .engine.catalog import load_manifest as load_manifest
    from .engine.engine import Engine as Engine
    from .engine.options import RunOptions as RunOptions
    from .engine.reading import Reading as Reading
    from .engine.report import Outcome as Outcome
    from .engine.report import Report as Report
    from .engine.report import TargetOutcome as TargetOutcome
    from .engine.state.git import unmerged_sides as unmerged_sides
    from .engine.tools.advice import differences as differences
    from .engine.tools.direct_read import read_elsewhere as read_elsewhere
    from .engine.tools.environment import Variable as Variable
    from .engine.tools.environment import names_of_declared as names_of_declared
    from .engine.tools.environment import secret_texts as secret_texts
    from .engine.tools.environment import variables_of as variables_of
    from .engine.tools.keys import export_key as export_key
    from .engine.tools.keys import import_key as import_key
    from .engine.tools.keys import key_state as key_state
    from .engine.tools.literals import literals as literals
    from .engine.tools.lockfiles import Inspection as Inspection
    from .engine.tools.lockfiles import inspect_lockfiles as inspect_lockfiles
    from .engine.tools.saved_plans import load_plan as load_plan
    from .engine.tools.saved_plans import save_plan as save_plan
    from .errors import AuthenticationError as AuthenticationError
    from .errors import BlockedError as BlockedError
    from .errors import BusyError as BusyError
    from .errors import ConfigurationError as ConfigurationError
    from .errors import ConflictError as ConflictError
    from .errors import DriftedError as DriftedError
    from .errors import KeyMissingError as KeyMissingError
    from .errors import LockfileError as LockfileError
    from .errors import ManifestError as ManifestError
    from .errors import NotFoundError as NotFoundError
    from .errors import NotInstalledError as NotInstalledError
    from .errors import NoValueError as NoValueError
    from .errors import PlanFileError as PlanFileError
    from .errors import Problem as Problem
    from .errors import ProviderError as ProviderError
    from .errors import RejectedError as RejectedError
    from .errors import SecretZeroError as SecretZeroError
    from .errors import StalePlanError as StalePlanError
    from .errors import UnavailableError as UnavailableError
    from .errors import UnsupportedError as UnsupportedError
    from .errors import UntrustedError as UntrustedError
    from .errors import UsageError as UsageError
    from .files import LocalDisk as LocalDisk
    from .formats import FORMATS as FORMATS
    from .lockfile.merging import merged_bytes as merged_bytes
    from .lockfile.merging import resolved_bytes as resolved_bytes
    from .lockfile.model import Entry as Entry
    from .lockfile.model import Lockfile as Lockfile
    from .manifest.discover import find_manifest as find_manifest
    from .manifest.discover import project_root as project_root
    from .manifest.model import Manifest as Manifest
    from .manifest.model import Secret as Secret
    from .manifest.model import Target as Target
    from .places import Places as Places
    from .planning.drift import Drift as Drift
    from .planning.plan import Plan as Plan
    from .planning.plan import Step as Step
    from .planning.plan import TargetStep as TargetStep
    from .planning.rotation import due_at as due_at
    from .protocols import Constraints as Constraints
    from .protocols import Generator as Generator
    from .protocols import Provider as Provider
    from .protocols import Question as Question
    from .protocols import Request as Request
    from .protocols import Source as Source
    from .protocols import Store as Store
    from .protocols import TargetKind as TargetKind
    from .refs import Ref as Ref
    from .settings import Settings as Settings
    from .settings import load_settings as load_settings
    from .values import Description as Description
    from .values import Material as Material
    from .values import SecretValue as SecretValue
    from .values import Version as Version
    from .values import Written as Written
    from .values import as_text as as_text

_MODULES = {
    ".engine.apply.transaction": "blocked_error",
    ".audit.files": "FileAudit",
    ".clock": "SystemClock",
    ".engine.tools.keys": "export_key import_key key_state",
    ".engine.tools.advice": "differences",
    ".engine.tools.direct_read": "read_elsewhere",
    ".engine.engine": "Engine",
    ".engine.tools.literals": "literals",
    ".engine.options": "RunOptions",
    ".engine.tools.environment": "Variable names_of_declared secret_texts variables_of",
    ".engine.apply.git_guard": "guard_file",
    ".engine.tools.saved_plans": "load_plan save_plan",
    ".engine.reading": "Reading",
    ".engine.report": "Outcome Report TargetOutcome",
    ".engine.state.git": "unmerged_sides",
    ".errors": "AuthenticationError BlockedError BusyError ConfigurationError ConflictError DriftedError "
    "KeyMissingError LockfileError ManifestError NotFoundError NotInstalledError NoValueError "
    "PlanFileError Problem ProviderError RejectedError SecretZeroError StalePlanError UnavailableError "
    "UnsupportedError UntrustedError UsageError",
    ".files": "LocalDisk",
    ".formats": "FORMATS",
    ".engine.tools.lockfiles": "Inspection inspect_lockfiles",
    ".lockfile.merging": "merged_bytes resolved_bytes",
    ".lockfile.model": "Entry Lockfile",
    ".manifest.discover": "find_manifest project_root",
    ".engine.catalog": "load_manifest",
    ".manifest.model": "Manifest Secret Target",
    ".places": "Places",
    ".planning.drift": "Drift",
    ".planning.plan": "Plan Step TargetStep",
    ".planning.rotation": "due_at",
    ".protocols": "Constraints Generator Provider Question Request Source Store TargetKind",
    ".refs": "Ref",
    ".settings": "Settings load_settings",
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
