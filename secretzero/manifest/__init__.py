"""What is wanted: the manifest and how it is read."""
