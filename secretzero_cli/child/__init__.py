"""A child process that gets values."""
