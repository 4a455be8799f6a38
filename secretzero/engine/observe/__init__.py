"""What targets and sources hold now."""
