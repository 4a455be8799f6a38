"""Apply a plan, in the order of the sync protocol."""
