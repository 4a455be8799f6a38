"""What was done: the lockfile, its records and their keyed digests."""
