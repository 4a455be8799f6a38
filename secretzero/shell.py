"""What command lines and servers need besides the names of `secretzero`, each imported on first use (PEP 562)."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .audit.files import FileAudit as FileAudit
    from .clock import SystemClock as SystemClock
    from .documents import OPTIONAL as OPTIONAL
    from .documents import Moment as Moment
    from .documents import Schema as Schema
    from .documents import from_data as from_data
    from .documents import schema_of as schema_of
    from .documents import to_data as to_data
    from .engine.apply.git_guard import guard_file as guard_file
    from .engine.report import Status as Status
    from .engine.report import blocked_error as blocked_error
    from .engine.request import find_secret as find_secret
    from .engine.state.git import unmerged_sides as unmerged_sides
    from .engine.tools.advice import *
    from .engine.tools.direct_read import read_elsewhere as read_elsewhere
    from .engine.tools.environment import *
    from .engine.tools.keys import export_key as export_key
    from .engine.tools.keys import import_key as import_key
    from .engine.tools.keys import key_state as key_state
    from .engine.tools.lockfiles import *
    from .engine.tools.saved_plans import *
    from .files import LocalDisk as LocalDisk
    from .formats import FORMATS as FORMATS
    from .lockfile.merge_driver import merged_bytes as merged_bytes
    from .lockfile.merge_driver import resolved_bytes as resolved_bytes
    from .lockfile.model import Confirmed as Confirmed
    from .lockfile.model import Entry as Entry
    from .manifest.discover import find_manifest as find_manifest
    from .manifest.discover import project_root as project_root
    from .manifest.model import NamedFile as NamedFile
    from .manifest.model import Target as Target
    from .manifest.named_files import named_files as named_files
    from .places import Places as Places
    from .planning.drift import Verdict as Verdict
    from .planning.plan import Action as Action
    from .planning.plan import TargetAction as TargetAction
    from .planning.rotation import due_at as due_at
    from .settings import Settings as Settings
    from .settings import load_settings as load_settings
    from .settings import settings_path as settings_path

_MODULES = {
    ".planning.drift": "Verdict",
    ".planning.plan": "Action TargetAction",
    ".audit.files": "FileAudit",
    ".clock": "SystemClock",
    ".documents": "Moment OPTIONAL Schema from_data schema_of to_data",
    ".engine.apply.git_guard": "guard_file",
    ".engine.report": "Status blocked_error",
    ".engine.request": "find_secret",
    ".engine.state.git": "unmerged_sides",
    ".engine.tools.advice": "differences literals",
    ".engine.tools.direct_read": "read_elsewhere",
    ".engine.tools.environment": "Variable names_of_declared secret_texts variables_of",
    ".engine.tools.keys": "export_key import_key key_state",
    ".engine.tools.lockfiles": "Inspection inspect_lockfiles",
    ".engine.tools.saved_plans": "load_plan save_plan",
    ".files": "LocalDisk",
    ".formats": "FORMATS",
    ".lockfile.merge_driver": "merged_bytes resolved_bytes",
    ".lockfile.model": "Entry Confirmed",
    ".manifest.discover": "find_manifest project_root",
    ".manifest.model": "NamedFile Target",
    ".manifest.named_files": "named_files",
    ".places": "Places",
    ".planning.rotation": "due_at",
    ".settings": "Settings load_settings settings_path",
}
_HOME = {name: module for module, names in _MODULES.items() for name in names.split()}

__all__ = sorted(_HOME)  # noqa: PLE0605 - the names of the table above


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name], __package__), name)


def __dir__() -> list[str]:
    return __all__
