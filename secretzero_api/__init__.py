"""The HTTP API over the core comes later; for now it has a version."""

from secretzero import __version__ as __version__
