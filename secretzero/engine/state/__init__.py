"""What the machine and the project keep between runs: lockfiles, keys, the journal, connections."""
