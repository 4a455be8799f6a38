"""What to do: pure rules, without input, output, clock or environment."""
