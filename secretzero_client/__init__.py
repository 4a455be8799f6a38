"""The HTTP client of the API comes later; for now it has a version."""

from secretzero import __version__ as __version__
