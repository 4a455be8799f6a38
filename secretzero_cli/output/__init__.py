"""How answers are written, for people and for programs."""
