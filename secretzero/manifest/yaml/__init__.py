"""YAML text to positioned nodes."""
