"""Tools for provider authors: the store contract, fakes that need no patching, faults, and canaries."""
