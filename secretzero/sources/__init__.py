"""Values made or fetched on this machine."""
