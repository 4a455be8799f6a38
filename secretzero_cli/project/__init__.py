"""What a command finds in the project."""
