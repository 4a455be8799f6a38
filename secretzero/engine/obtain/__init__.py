"""Where new values come from."""
