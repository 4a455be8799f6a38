"""Other shapes of the same stores."""
