"""The state, the protected files and the git repository of a project."""
