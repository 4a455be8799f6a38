"""What commands need besides the verbs of the engine."""
