"""Child processes that receive values."""
