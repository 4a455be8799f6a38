"""For those who write providers: the store contract, fakes that need no patching, faults, and canaries."""
