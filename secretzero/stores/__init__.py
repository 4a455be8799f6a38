"""Stores that do not need a platform."""
