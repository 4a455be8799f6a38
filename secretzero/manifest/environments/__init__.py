"""Which environment is meant, and what it has."""
