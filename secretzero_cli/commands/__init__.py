"""The commands, in one module for each, or for those that share most of their code."""
