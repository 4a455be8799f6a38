"""Expressions in texts of the manifest: their grammar is closed."""
