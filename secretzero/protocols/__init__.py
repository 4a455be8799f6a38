"""The few shapes that everything else is made of: stores, kinds of targets, sources and providers."""

from .kinds import (
    Addressable,
    Ask,
    Constraints,
    Generator,
    Located,
    NamesFiles,
    Place,
    ProjectFiles,
    Provider,
    Question,
    Request,
    Source,
    Supplied,
    Surroundings,
    TargetKind,
    offers,
)
from .stores import (
    Comparing,
    Deletable,
    Labelled,
    Listable,
    OnDisk,
    Readable,
    Snapshotting,
    Store,
    Synced,
    Versioned,
    Writable,
)

__all__ = [
    "Addressable", "Ask", "Comparing", "Constraints", "Deletable", "Generator", "Labelled", "Listable", "Located",
    "NamesFiles", "OnDisk", "Place", "ProjectFiles", "Provider", "Question", "Readable", "Request", "Snapshotting",
    "Source", "Store", "Supplied", "Surroundings", "Synced", "TargetKind", "Versioned", "Writable", "offers",
]  # fmt: skip
