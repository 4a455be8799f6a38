"""Sources of values that are generated or read on this machine."""
