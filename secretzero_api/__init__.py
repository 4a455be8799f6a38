"""The HTTP API over the core comes later; for now it has a version."""

__version__ = "0.1.0"
