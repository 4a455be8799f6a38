"""Stores that need no platform."""
