"""Carrying it out: observe, decide, apply."""
