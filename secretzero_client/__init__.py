"""The HTTP client of the API comes later; for now it has a version."""

__version__ = "0.1.0"
