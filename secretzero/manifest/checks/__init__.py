"""What is checked once every section has been read."""
